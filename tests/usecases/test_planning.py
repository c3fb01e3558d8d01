"""Plans on the worked compound: gates, links, room, and small counts of ages."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, InputError
from gridgov.usecases import boards, deployment, planning
from tests import cases
from tests.usecases.conftest import AT

HOME = {"do": "add_point", "type": "kindergarten", "code": "K2", **dict(zip("xy", cases.degrees(410, 0), strict=True))}


def put(monkeypatch: pytest.MonkeyPatch, folder: Path, **rule: Any) -> None:
    pack = cases.pack(folder, **rule)
    monkeypatch.setattr(deployment, "pack", lambda *_: pack)


@pytest.fixture
def compound(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Sixty people behind a closed gate, of whom seven are small, and a kindergarten on the street."""
    files = cases.compound_case(tmp_path, gate="closed")
    files.home("H1", 400, 100, 60, compound="C", age_3_5=7).home("H2", 300, 0, 50, age_3_5=20)
    files.point("K1", 400, 0, verified="true").load(session)
    put(monkeypatch, tmp_path)
    return session


def drawn(session: Session, *edits: dict[str, Any]) -> dict[str, Any]:
    return planning.draw(session, AT, {"edits": list(edits)}).result


def counts(result: dict[str, Any]) -> tuple[float, float]:
    (row,) = result["types"]
    return row["before"], row["after"]


def test_gates_open_and_stand_elsewhere(compound: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, tmp_path, radius=350.0)
    assert counts(drawn(compound, {"do": "set_gate", "gate": "E", "state": "open"})) == (50, 110)
    assert counts(drawn(compound, {"do": "set_gate", "gate": "E", "state": "residents"})) == (50, 110)
    west = {"do": "add_gate", "compound": "C", "state": "open", **dict(zip("xy", cases.degrees(300, 100), strict=True))}
    assert counts(drawn(compound, west)) == (50, 50)
    way = {"do": "add_link", "path": [list(cases.degrees(*place)) for place in ((400, 100), (300, 100), (280, 0))]}
    assert counts(drawn(compound, west, way)) == (50, 110)
    far = west | dict(zip("xy", cases.degrees(200, 100), strict=True))
    told = {"edit": 1, "do": "add_gate", "in_doubt": True, "why": "wall", "places": None}
    assert drawn(compound, far)["edits_told"] == [told]
    nearest = {name: value for name, value in west.items() if name != "compound"}
    assert counts(drawn(compound, nearest, way)) == (50, 110)


def test_room_is_filled(compound: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, tmp_path, capacity_rule="people")
    assert counts(drawn(compound, {"do": "set_capacity", "point": "K1", "capacity": 30})) == (50, 30)
    assert counts(drawn(compound, {"do": "set_capacity", "point": "K1", "capacity": 30}, HOME)) == (50, 50)


def test_small_counts_of_ages_are_hidden(compound: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, tmp_path, serves=["3_5"])
    kept = planning.create(
        compound, "gate", planning.draw(compound, AT, {"edits": [{"do": "set_gate", "gate": "E", "state": "open"}]})
    )
    assert [(row["before"], row["after"]) for row in kept.result["types"]] == [(20, 27)]
    told = planning.show(kept)
    assert [(row["people"], row["before"], row["after"]) for row in told["types"]] == [(27, None, None)]
    assert [row["before"] for row in told["communities"] + told["ages"]] == [None] * len(told["ages"])
    with pytest.raises(ConflictError):
        planning.create(compound, "gate", planning.draw(compound, AT, {"edits": [HOME]}))
    with pytest.raises(InputError):
        drawn(compound, HOME | {"code": "K1"})


def test_a_second_drawing_reads_nothing_again(compound: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, opened = {"do": "close_point", "point": "K1"}, {"do": "set_gate", "gate": "E", "state": "open"}
    first = drawn(compound, closed), drawn(compound, opened, HOME)
    with monkeypatch.context() as patched:
        for reader in ("boards.read", "boards.network_of", "plan_edits.read_segments"):
            patched.delattr(f"gridgov.usecases.{reader}")
        assert (drawn(compound, closed), drawn(compound, opened, HOME)) == first
        with pytest.raises(InputError):
            drawn(compound, closed, HOME | {"code": "K1"})
        assert drawn(compound, closed) == first[0]


def test_what_is_made_ready_is_not_read_again(compound: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = {"do": "set_gate", "gate": "E", "state": "open"}
    first = drawn(compound, gate)
    boards.forget()
    planning.make_ready(compound, AT.day, edits=True)
    for reader in ("boards.read", "boards.network_of", "plan_edits.read_segments", "plan_edits.lay_out"):
        monkeypatch.delattr(f"gridgov.usecases.{reader}")
    assert drawn(compound, gate) == first


def test_a_drawing_sees_what_was_written_since(compound: Session, tmp_path: Path) -> None:
    edit = {"do": "set_gate", "gate": "E", "state": "open"}
    before = drawn(compound, edit)
    cases.Files(tmp_path).home("H3", 280, 0, 20).load(compound)
    assert drawn(compound, edit)["people"] == before["people"] + 20
