"""Files of edits: what a good one comes to, and what each bad one is told."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.plans import EDITS, OF_PATHS, Edit, edits
from gridgov.errors import InputError

GOOD: dict[str, Any] = {
    "type": "school", "point": "K1", "gate": "E", "compound": "C", "state": "open", "code": "K2",
    "x": 111.3, "y": 30.7, "capacity": 0, "path": [[111.3, 30.7], [111.4, 30.7]],
}  # fmt: skip


def row(do: str, **other: Any) -> dict[str, Any]:
    return {"do": do} | {field: GOOD[field] for field in EDITS[do][0]} | other


def refused(*rows: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(InputError) as caught:
        edits({"edits": list(rows)} | more)
    return caught.value.code, caught.value.params


def test_edits_are_numbered_from_one_and_keep_what_they_tell() -> None:
    found = edits({"edits": [row("close_point"), row("add_point", capacity=40)]})
    assert found == [
        Edit(1, "close_point", {"point": "K1"}),
        Edit(2, "add_point", {"type": "school", "x": 111.3, "y": 30.7, "capacity": 40}),
    ]


@pytest.mark.parametrize("do", EDITS)
def test_every_edit_is_taken_bare_and_full_and_refused_lacking_a_field(do: str) -> None:
    needed, allowed = EDITS[do]
    assert edits({"edits": [row(do)]})[0].told.keys() == set(needed)
    assert edits({"edits": [row(do, **{field: GOOD[field] for field in allowed})]})[0].told.keys() == {
        *needed,
        *allowed,
    }
    for field in needed:
        lacking = {name: value for name, value in row(do).items() if name != field}
        assert refused(row(do), lacking) == ("edit_field_missing", {"number": 2, "do": do, "field": field})
    assert refused(row(do, colour="red"))[0] == "edit_field_unknown"


def test_paths_and_gates_are_what_a_network_is_built_of() -> None:
    assert EDITS.keys() >= OF_PATHS
    assert not [do for do in OF_PATHS if "point" in EDITS[do][0] + EDITS[do][1]]


@pytest.mark.parametrize("document", [{}, {"edits": []}, {"edits": "close"}, {"edits": None}, {"edits": 3}])
def test_a_document_without_edits_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        edits(document)
    assert caught.value.code == "plan_without_edits"


def test_more_than_edits_is_refused() -> None:
    assert refused(row("close_point"), name="x", also=1) == ("plan_field_unknown", {"field": "also"})


@pytest.mark.parametrize("bad", [None, 3, [], {}, {"do": 3}, {"do": "fly"}, {"point": "K1"}])
def test_what_isnt_to_be_done_is_refused(bad: Any) -> None:
    code, told = refused(row("close_point"), bad)
    assert (code, told["number"]) == ("edit_do_unknown", 2)


BAD = [
    *(("move_point", "x", value, "edit_number_bad") for value in ("1", None, True, math.nan, math.inf, 180.1, -181)),
    *(("move_point", "y", value, "edit_number_bad") for value in (90.01, -91)),
    *(("set_capacity", "capacity", value, "edit_number_bad") for value in (-1, "9", math.nan, False)),
    *(("close_point", "point", value, "edit_text_bad") for value in ("", "  ", 7, None, ["K1"])),
    *(("set_gate", "state", value, "edit_state_unknown") for value in ("ajar", "", 1)),
    *(("add_link", "path", value, "edit_path_bad") for value in (None, [], [[111, 30]], "11", [[111, 30], [1]])),
    *(("add_link", "path", [[1, 2], value], "edit_path_bad") for value in ([3, 91], (3, 4), [3, 4, 0], None)),
]  # fmt: skip


@pytest.mark.parametrize(("do", "field", "value", "code"), BAD)
def test_bad_values_are_refused_by_number_and_value(do: str, field: str, value: Any, code: str) -> None:
    found, told = refused(row(do, **{field: value}))
    assert found == code
    assert told["number"] == 1
    assert told["value"] is value


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_on_earth_may_be_told(x: float, y: float) -> None:
    assert edits({"edits": [row("move_point", x=x, y=y)]})[0].told == {"point": "K1", "x": x, "y": y}
