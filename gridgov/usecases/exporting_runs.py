"""What a run came to, as rows that leave: the gap list, shares by unit, and the counts of the urban check-up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.privacy import WITHHELD
from gridgov.errors import InputError
from gridgov.storage.current import At, current
from gridgov.storage.models import GridVersion, Run, UnitVersion
from gridgov.usecases import checkup, covering, reading_runs
from gridgov.usecases.exporting_rows import Placed, Reading, Row
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.runrows import SHARE_LEVELS

_GAPS = (
    "place", "name", "level", "compound", "branch", "community", "street", "liaison", "department", "type", "scenario",
    "required", "people", "people_60plus", "people_0_5", "people_6_14", "nearest", "metres", "cause", "firm",
)  # fmt: skip
_CHECKUP = ("place", "name", "level", "item", "grade", "compounds", *checkup.STATES, "unknown")
_OF_A_PLACE = ("place", "name", "level", "parent_name", "people")


@dataclass(frozen=True)
class Told:
    """Rows with their places, the day and batch they hold for, and what else the watermark says of them."""

    columns: Sequence[str]
    rows: list[Placed]
    at: At
    about: dict[str, object]


@dataclass(frozen=True)
class _Asked:
    """What of a run is asked for: of the part of the city in `reading`, of a level; `placed` with shapes for a map."""

    reading: Reading
    run: Run
    wanted: GapFilter
    placed: bool

    @property
    def session(self) -> Session:
        return self.reading.session

    @property
    def at(self) -> At:
        return At(self.run.as_of, self.run.batch_id)


def told(reading: Reading, what: str, run: int | None, wanted: GapFilter, *, placed: bool) -> Told:
    """Return the rows of one of `WHATS`, of the newest run where none is named.

    Raises
    ------
    NotFoundError
        Where there is no such run.
    InputError
        Where it isn't told by the level asked for.
    """
    if what == "gaps" and reading.level is not None:
        raise InputError("export_not_by_level", value=what)
    asked = _Asked(reading, covering.find(reading.session, run, reading.at), wanted, placed)
    columns, rows = _TOLD[what](asked)
    about = {"run": asked.run.id, "pack": f"{asked.run.pack} {asked.run.pack_version}"}
    return Told(columns, rows, asked.at, about)


def _gaps(asked: _Asked) -> tuple[Sequence[str], list[Placed]]:
    gaps = reading_runs.gaps(asked.session, asked.run, asked.reading.scope, asked.wanted)
    numbers = _numbers(asked)
    return _GAPS, [
        (
            row | {"people": WITHHELD if row["people"] is None else row["people"]},
            numbers.get((row["level"], row["place"])),
        )
        for row in gaps
    ]


def _shares(asked: _Asked) -> tuple[Sequence[str], list[Placed]]:
    """Return a row a unit, with the share of each scenario and type: so that one file fits one layer of a map."""
    types = [row for row in asked.run.summary["types"] if asked.wanted.type in {None, row["type"]}]
    types = [row for row in types if asked.wanted.scenario in {None, row["scenario"]}]
    scenarios = list(dict.fromkeys(row["scenario"] for row in types))
    columns = (*_OF_A_PLACE, *(f"scenario_{name}" for name in scenarios), *(f"type_{row['type']}" for row in types))
    levels = SHARE_LEVELS if asked.reading.level is None else (asked.reading.level,)
    return columns, [placed for level in levels for placed in _shares_of(asked, level, types)]


def _shares_of(asked: _Asked, level: str, types: Sequence[Row]) -> Iterator[Placed]:
    if level == "demand":
        raise InputError("export_not_by_level", value="shares")
    rows = reading_runs.show(asked.session, asked.run, level, asked.reading.part)
    places = _grids(asked) if level == "grid" else _units(asked, level)
    every = [row["type"] for row in asked.run.summary["types"] if not row.get("by_age")]
    for (code, name, of), some in groupby(rows, key=lambda row: (row["code"], row["name"], row["level"])):
        known = {row["type"]: row for row in some}
        place = places.get((of, code))
        row = {"place": code, "name": name, "level": of, "parent_name": _parent(asked, place)}
        row["people"] = next((known[kind]["people"] for kind in every if kind in known), None)
        row |= {f"type_{each['type']}": known.get(each["type"], {}).get("share") for each in types}
        yield row | _means(row, types), _drawn(asked, place)


def _means(row: Row, types: Sequence[Row]) -> Row:
    """Return the share of each scenario: the mean over its required types, of those that may be told."""
    found: dict[str, list[float]] = {}
    for each in types:
        share = row[f"type_{each['type']}"]
        if each["required"] and share is not None:
            found.setdefault(f"scenario_{each['scenario']}", []).append(share)
    return {name: round(sum(shares) / len(shares), 6) for name, shares in found.items()}


def _checkup(asked: _Asked) -> tuple[Sequence[str], list[Placed]]:
    """Return the check-up's counts by street and community, or by the level asked for, each item a row."""
    known = checkup.levels(asked.session)
    wanted = [level for level in known if level != checkup.COMPOUND] or known
    levels = wanted if asked.reading.level is None else [asked.reading.level]
    lines = [
        line for level in levels for line in checkup.lines(asked.session, asked.run, asked.reading.part, level=level)
    ]
    return _CHECKUP, [(checkup.row_of(line), None if line.place is None else line.place.unit) for line in lines]


def _numbers(asked: _Asked) -> dict[tuple[str, str], int]:
    """Return the numbers of the units that the asker sees, by level and code."""
    columns = UnitVersion.level, UnitVersion.code, UnitVersion.unit_id
    standing = current(UnitVersion, asked.at, asked.reading.scope).with_only_columns(*columns)
    return {(level, code): number for level, code, number in asked.session.execute(standing)}


def _units(asked: _Asked, level: str) -> dict[tuple[str, str], UnitVersion]:
    """Return the units of a level by level and code; a compound may stand for its building groups."""
    levels = {level, checkup.COMPOUND} if level == "building" else {level}
    standing = current(UnitVersion, asked.at, asked.reading.scope).where(UnitVersion.level.in_(sorted(levels)))
    return {(unit.level, unit.code): unit for unit in asked.session.scalars(standing)}


def _grids(asked: _Asked) -> dict[tuple[str, str], GridVersion]:
    standing = current(GridVersion, asked.at, asked.reading.scope)
    return {("grid", grid.code): grid for grid in asked.session.scalars(standing)}


def _parent(asked: _Asked, place: Any) -> str | None:
    above = place.unit_id if isinstance(place, GridVersion) else getattr(place, "parent_id", None)
    return asked.reading.names.unit_name(above)


def _drawn(asked: _Asked, place: Any) -> Any:
    """Return a place's own shape for a map; where it has none, the unit that a point stands for."""
    if not asked.placed or place is None:
        return None
    return place.geometry if place.geometry is not None else place.unit_id


_TOLD: dict[str, Callable[[_Asked], tuple[Sequence[str], list[Placed]]]] = {
    "gaps": _gaps,
    "shares": _shares,
    "checkup": _checkup,
}
WHATS = tuple(_TOLD)
