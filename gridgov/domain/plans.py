"""What a plan may edit, and the check of a file of edits: each names its number, field and value where it is wrong."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridgov.domain.units import GATE_STATES
from gridgov.errors import InputError

EDITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "add_point": (("type", "x", "y"), ("code", "capacity")),
    "move_point": (("point", "x", "y"), ()),
    "open_point": (("point",), ()),
    "close_point": (("point",), ()),
    "set_capacity": (("point", "capacity"), ()),
    "set_gate": (("gate", "state"), ()),
    "add_gate": (("x", "y", "state"), ("compound",)),
    "add_link": (("path",), ()),
    "remove_link": (("x", "y"), ()),
}
OF_PATHS = frozenset({"set_gate", "add_gate", "add_link", "remove_link"})
FARTHEST = {"x": 180.0, "y": 90.0}


@dataclass(frozen=True)
class Edit:
    """One edit of a plan: its `number` in the file, from 1 on, what to `do`, and the fields told; x, y in EPSG:4490."""

    number: int
    do: str
    told: Mapping[str, Any]


def edits(document: Mapping[str, Any]) -> list[Edit]:
    """Check a document of edits.

    Raises
    ------
    InputError
        ``plan_without_edits``, ``edit_do_unknown``, ``edit_field_missing``, ``edit_field_unknown``, ``edit_text_bad``,
        ``edit_number_bad``, ``edit_state_unknown``, ``edit_path_bad``; each but the first with the edit's `number`.
    """
    rows = document.get("edits")
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise InputError("plan_without_edits")
    unknown = sorted(set(document).difference({"edits"}))
    if unknown:
        raise InputError("plan_field_unknown", field=unknown[0])
    return [_edit(number, row) for number, row in enumerate(rows, start=1)]


def _edit(number: int, row: object) -> Edit:
    told = dict(row) if isinstance(row, Mapping) else {}
    do = told.pop("do", None)
    if not isinstance(do, str) or do not in EDITS:
        raise InputError("edit_do_unknown", number=number, value="" if do is None else do, known=", ".join(EDITS))
    needed, allowed = EDITS[do]
    for field in needed:
        if field not in told:
            raise InputError("edit_field_missing", number=number, do=do, field=field)
    for field, value in told.items():
        if field not in needed + allowed:
            raise InputError("edit_field_unknown", number=number, do=do, field=field)
        _check(number, field, value)
    return Edit(number, do, told)


def _check(number: int, field: str, value: Any) -> None:
    if field == "path":
        if not isinstance(value, list) or len(value) < 2 or not all(_is_place(place) for place in value):
            raise InputError("edit_path_bad", number=number, value=value)
    elif field == "state":
        if value not in GATE_STATES:
            raise InputError("edit_state_unknown", number=number, value=value, known=", ".join(GATE_STATES))
    elif field in {"x", "y"}:
        if not _is_number(value) or abs(value) > FARTHEST[field]:
            raise InputError("edit_number_bad", number=number, field=field, value=value)
    elif field == "capacity":
        if not _is_number(value) or value < 0:
            raise InputError("edit_number_bad", number=number, field=field, value=value)
    elif not isinstance(value, str) or not value.strip():
        raise InputError("edit_text_bad", number=number, field=field, value=value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_place(place: object) -> bool:
    return (
        isinstance(place, list)
        and len(place) == len(FARTHEST)
        and all(_is_number(value) and abs(value) <= far for value, far in zip(place, FARTHEST.values(), strict=True))
    )
