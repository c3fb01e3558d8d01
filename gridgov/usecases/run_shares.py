"""Shares of places: of demand points, of units and of grids, and what of them may be shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.spatial.coverage import shares
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GridVersion, Run, UnitGrid, UnitVersion
from gridgov.usecases import gridding
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.run_points import CELL, by_level, by_type, known, points, put_cells
from gridgov.usecases.runrecord import RunArrays, unpack_arrays


@dataclass(frozen=True)
class PlaceShares:
    """Exact people and people covered of a place, per type; `total` is all its people where no type tells them."""

    code: str
    name: str | None
    level: str
    counts: dict[str, tuple[float | None, float | None]]
    total: float | None = None


def told(run: Run, places: Iterable[PlaceShares]) -> list[dict[str, Any]]:
    """Return one row per place and type, with what may be shown."""
    ages = AgeCounts(run)
    return [
        {
            "code": place.code,
            "name": place.name,
            "level": place.level,
            "type": kind,
            "people": people,
            "people_covered": covered,
            "share": None if not people or covered is None else round(covered / people, 6),
        }
        for place in places
        for kind, (people, covered) in ages.shown(place.counts, place.total).items()
    ]


def point_shares(session: Session, run: Run, scope: Scope, profile: str) -> Iterator[PlaceShares]:
    """Yield each demand point on its own level: a compound may stand for its building groups."""
    arrays = unpack_arrays(run).at(profile)
    for row, point in points(session, run, arrays, scope):
        if point.level != CELL:
            yield PlaceShares(point.code, point.name, point.level, by_type(arrays, row), known(arrays.people[row]))


def grid_shares(session: Session, run: Run, scope: Scope, profile: str) -> Iterator[PlaceShares]:
    """Add the demand points up by governance grid; a building group on a border counts in the first grid only."""
    arrays = unpack_arrays(run).at(profile)
    at = At(run.as_of, run.batch_id)
    grids = list(session.scalars(current(GridVersion, at, scope).order_by(GridVersion.code)))
    group = in_grids(session, at, arrays, grids)
    people, covered, _ = shares(arrays, arrays.weight, group, len(grids))
    for index, grid in enumerate(grids):
        yield PlaceShares(grid.code, grid.name, "grid", _counts(arrays, people[index], covered[index]))


def unit_shares(session: Session, run: Run, level: str, scope: Scope, profile: str) -> Iterator[PlaceShares]:
    """Add the demand points up by the unit of a level that they lie in, as the run did for its verdicts."""
    arrays = unpack_arrays(run).at(profile)
    units, group = by_level(session, run, arrays, level)
    people, covered, _ = shares(arrays, arrays.weight, group, len(units))
    row = {unit: at for at, unit in enumerate(units)}
    wanted = current(UnitVersion, At(run.as_of, run.batch_id), scope).where(UnitVersion.level == level)
    for unit in session.scalars(wanted.order_by(UnitVersion.code, UnitVersion.unit_id)):
        if unit.unit_id in row:
            at = row[unit.unit_id]
            yield PlaceShares(unit.code, unit.name, level, _counts(arrays, people[at], covered[at]))


def in_grids(session: Session, at: At, arrays: RunArrays, grids: Sequence[GridVersion]) -> npt.NDArray[np.int64]:
    """Return which of some grids each demand point counts in, -1 none: the basic ones only."""
    owner = _first_grids(session, at, {grid.grid_id: index for index, grid in enumerate(grids) if grid.kind == "basic"})
    group = np.array([owner.get(unit, -1) for unit in arrays.units.tolist()], dtype=np.int64)
    put_cells(group, arrays, grids)
    return group


def _first_grids(session: Session, at: At, number: Mapping[int, int]) -> dict[int, int]:
    """Return the grid of each unit, by number: as laid when the run was made, or since where nothing was laid then."""
    build = gridding.latest(session, at) or gridding.latest(session, At(at.day))
    laid = select(UnitGrid.unit_id, UnitGrid.grid_id).where(UnitGrid.batch_id == build)
    owner: dict[int, int] = {}
    for unit, grid in session.execute(laid.order_by(UnitGrid.unit_id, UnitGrid.share.desc(), UnitGrid.id)):
        if grid in number:
            owner.setdefault(unit, number[grid])
    return owner


def _counts(
    arrays: RunArrays, people: npt.NDArray[np.float64], covered: npt.NDArray[np.float64]
) -> dict[str, tuple[float | None, float | None]]:
    """Return people and people covered (t,) of one place by type."""
    return {
        arrays.types[column]: (_rounded(people[column]), _rounded(covered[column]))
        if people[column] > 0
        else (None, None)
        for column in np.flatnonzero(arrays.decided).tolist()
    }


def _rounded(value: np.float64) -> float:
    return round(float(value), 3)
