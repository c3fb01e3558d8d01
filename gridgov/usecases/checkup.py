"""How many compounds lack what the urban check-up (城市体检) asks of each, by street and community.

A compound lacks a facility where nobody in it reaches one, and has it in part where only some do. That is told by where
its homes lie, whoever lives there: no count of an age stands behind it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridgov.domain.checkup import Told, told_by
from gridgov.errors import InputError
from gridgov.sources.rulepacks import checkup_items
from gridgov.spatial.verdicts import DATA
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.browsing import HOUSEHOLD
from gridgov.usecases.keeping import Kept
from gridgov.usecases.runrecord import RunArrays, unpack_arrays

COMPOUND = "compound"
STATES = ("lacking", "partly", "met")
UNKNOWN = -1
LACKING, PARTLY, MET = range(3)
Bytes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]


class Place(NamedTuple):
    """A unit as the check-up names it."""

    unit: int
    code: str
    name: str | None
    level: str
    parent: int | None
    management: str | None


@dataclass(frozen=True)
class Line:
    """How many compounds of a place (None: of all asked about) lack an item, have it in part, have it, or unknown.

    The four counts are None for an item that the data can't tell.
    """

    place: Place | None
    told: Told
    compounds: int
    lacking: int | None
    partly: int | None
    met: int | None
    unknown: int | None


@dataclass(frozen=True)
class Checkup:
    """Every compound of a run with its state per item, (compounds, items) of `STATES`, -1 unknown."""

    items: tuple[Told, ...]
    places: dict[int, Place]
    compounds: tuple[int, ...]
    states: Bytes

    @classmethod
    def of(cls, session: Session, run: Run) -> "Checkup":
        """Judge all compounds of the day a run was made for."""
        pack = deployment.pack(session, run.pack)
        items = tuple(told_by(item, pack) for item in checkup_items())
        places = _places(session, At(run.as_of, run.batch_id))
        compounds = tuple(place.unit for place in places.values() if place.level == COMPOUND)
        arrays = unpack_arrays(run)
        owner = _owners(arrays, places, compounds)
        columns = [_state(told, arrays, owner, [places[unit] for unit in compounds]) for told in items]
        return cls(items, places, compounds, np.column_stack(columns) if columns else np.empty((0, 0), np.int8))

    def above(self, unit: int, level: str) -> int | None:
        """Return the place of a level that a unit is or lies in."""
        place, seen = self.places.get(unit), set[int]()
        while place is not None and place.level != level and place.unit not in seen:
            seen.add(place.unit)
            place = self.places.get(place.parent or 0)
        return None if place is None or place.level != level else place.unit


_checkups: Kept[Checkup] = Kept(4)


def checkup(session: Session, run: Run) -> Checkup:
    """Return the check-up behind a run, for the whole city: what is told of it goes through a scope."""
    pack = deployment.pack(session, run.pack)
    key: Hashable = (str(session.get_bind().engine.url), run.id, run.hash, run.created_at, pack)
    return _checkups.of(key, lambda: Checkup.of(session, run))


def lines(session: Session, run: Run, scope: Scope, area: int | None = None, level: str | None = None) -> list[Line]:
    """Count the compounds that the asker sees in an area: all in one, or by the places of a level.

    Raises
    ------
    InputError
        ``show_level_unknown`` for a level at which compounds aren't counted.
    """
    found, rows = checkup(session, run), _rows(session, run, scope, area)
    if level is None:
        return [_line(None, told, found.states[rows, at]) for at, told in enumerate(found.items)]
    if level not in levels(session):
        raise InputError("show_level_unknown", value=level, known=", ".join(levels(session)))
    groups: dict[int, list[int]] = {}
    for row in rows:
        place = found.above(found.compounds[row], level)
        if place is not None:
            groups.setdefault(place, []).append(row)
    ordered = sorted(groups, key=lambda unit: found.places[unit].code)
    return [
        _line(found.places[unit], told, found.states[groups[unit], at])
        for unit in ordered
        for at, told in enumerate(found.items)
    ]


def compounds(session: Session, run: Run, scope: Scope, item: str, state: str, area: int | None = None) -> list[Place]:
    """Return the compounds in a state of an item that the asker sees in an area, by code."""
    found = checkup(session, run)
    column = next((at for at, told in enumerate(found.items) if told.item.id == item), None)
    if column is None:
        raise InputError("option_unknown", name="item", value=item)
    wanted = UNKNOWN if state == "unknown" else STATES.index(state)
    rows = _rows(session, run, scope, area)
    places = [found.places[found.compounds[row]] for row in rows if found.states[row, column] == wanted]
    return sorted(places, key=lambda place: place.code)


def levels(session: Session) -> tuple[str, ...]:
    """Return the levels at which compounds are counted: their own, and those above; none where there are none."""
    profile = deployment.profile(session)
    if not profile.has(COMPOUND):
        return ()
    return tuple(level.id for level in profile.levels[: profile.rank(COMPOUND) + 1])


def _places(session: Session, at: At) -> dict[int, Place]:
    kept = UnitVersion
    columns = (kept.unit_id, kept.code, kept.name, kept.level, kept.parent_id, kept.management)
    standing = current(UnitVersion, at, Scope.everything()).where(UnitVersion.level != HOUSEHOLD)
    return {row[0]: Place(*row) for row in session.execute(standing.with_only_columns(*columns))}


def _rows(session: Session, run: Run, scope: Scope, area: int | None) -> list[int]:
    """Return the rows of the compounds that lie in the scope and in the area."""
    at = At(run.as_of, run.batch_id)
    wanted: set[int] | None = None
    for part in (scope, None if area is None else Scope.of({area})):
        if part is not None and part.areas is not None:
            seen = current(UnitVersion, at, part).where(UnitVersion.level == COMPOUND)
            numbers = set(session.scalars(seen.with_only_columns(UnitVersion.unit_id)))
            wanted = numbers if wanted is None else wanted & numbers
    return [row for row, unit in enumerate(checkup(session, run).compounds) if wanted is None or unit in wanted]


def _owners(arrays: RunArrays, places: dict[int, Place], compounds: Sequence[int]) -> Ints:
    """Return the row of the compound that each demand point is or lies in, -1 none."""
    row = {unit: at for at, unit in enumerate(compounds)}

    def owner(unit: int) -> int:
        place = places.get(unit)
        return -1 if place is None else row.get(unit, row.get(place.parent or 0, -1))

    return np.array([owner(unit) for unit in arrays.units.tolist()], dtype=np.int64)


def _state(told: Told, arrays: RunArrays, owner: Ints, compounds: Sequence[Place]) -> Bytes:
    """Tell the state of each compound for an item."""
    if told.item.fact is not None:
        return np.array([_managed(place.management) for place in compounds], dtype=np.int8)
    columns = [at for at, kind in enumerate(arrays.types) if kind in told.types and arrays.decided[at]]
    if not columns:
        return np.full(len(compounds), UNKNOWN, dtype=np.int8)
    best = arrays.share[:, columns].max(axis=1)
    doubted = (best == 0) & (arrays.cause[:, columns] == DATA).any(axis=1)
    full, some, none = (
        np.bincount(owner[(owner >= 0) & which], minlength=len(compounds)) > 0
        for which in (best == 1.0, best > 0, (best < 1.0) & ~doubted)
    )
    states = np.select([some & none, some & full, none], [PARTLY, MET, LACKING], UNKNOWN)
    return states.astype(np.int8)


def _managed(management: str | None) -> int:
    if management is None:
        return UNKNOWN
    return LACKING if management == "none" else MET


def _line(place: Place | None, told: Told, states: Bytes) -> Line:
    if told.why_not is not None:
        return Line(place, told, len(states), None, None, None, None)
    counts = [int((states == state).sum()) for state in (LACKING, PARTLY, MET, UNKNOWN)]
    return Line(place, told, len(states), *counts)


def row_of(line: Line) -> dict[str, Any]:
    """Return a line as programs read it."""
    place, told = line.place, line.told
    return {
        "place": None if place is None else place.code,
        "name": None if place is None else place.name,
        "level": None if place is None else place.level,
        "item": told.item.id,
        "grade": told.grade,
        "compounds": line.compounds,
        "lacking": line.lacking,
        "partly": line.partly,
        "met": line.met,
        "unknown": line.unknown,
    }


def item_rows(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Return the items as programs read them: names, what tells each, and why not where nothing does."""
    return [
        {
            "item": each.item.id,
            "zh": each.item.zh,
            "en": each.item.en,
            "types": list(each.types),
            "fact": each.item.fact,
            "grade": each.grade,
            "reach_only": each.reach_only,
        }
        for each in told
    ]
