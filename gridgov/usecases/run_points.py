"""The demand points of a run: units, and cells of the unit grid where people live in no unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.spatial.coverage import CAUSES
from gridgov.spatial.middle import middle
from gridgov.storage.climbing import Ladder
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GridVersion, Run, UnitVersion
from gridgov.usecases.agecounts import AgeCounts, Counts
from gridgov.usecases.runrecord import REFERENCE, RunArrays, unpack_arrays

CELL = "cell"


@dataclass(frozen=True)
class Point:
    """A demand point as it is told: a unit, or a cell of the unit grid."""

    code: str
    name: str | None
    level: str
    place: tuple[float, float]


def demand_rows(session: Session, run: Run, scope: Scope, profile: str = REFERENCE) -> Iterator[dict[str, Any]]:
    """Yield the verdict on every demand point and type, with what may be shown."""
    arrays = unpack_arrays(run).at(profile)
    ages = AgeCounts(run)
    for row, point in points(session, run, arrays, scope):
        total = known(arrays.people[row])
        shown = _shown(ages, point, by_type(arrays, row), total)
        for column in np.flatnonzero(arrays.decided):
            kind, metres, cause = arrays.types[column], arrays.metres[row, column], int(arrays.cause[row, column])
            people, covered = shown[kind]
            near = int(arrays.point[row, column])
            yield {
                "demand": point.code,
                "x": round(point.place[0], 7),
                "y": round(point.place[1], 7),
                "people": people,
                "people_all": total,
                "type": kind,
                "metres": known(metres),
                "point": arrays.points[near] if near >= 0 and not np.isnan(metres) else None,
                "people_covered": covered,
                "covered": bool(arrays.covered[row, column]),
                "cause": CAUSES[cause] if cause >= 0 else None,
                "level": point.level,
            }


def points(session: Session, run: Run, arrays: RunArrays, scope: Scope) -> Iterator[tuple[int, Point]]:
    """Yield the demand points the asker may see, each with its row."""
    seen = {unit.unit_id: unit for unit in session.scalars(current(UnitVersion, At(run.as_of, run.batch_id), scope))}
    first = len(arrays.units) - len(arrays.cells)
    for row, unit_id in enumerate(arrays.units[:first].tolist()):
        unit = seen.get(unit_id)
        if unit is not None and unit.geometry is not None:
            yield row, Point(unit.code, unit.name, unit.level, middle(unit.geometry))
    for at, (code, place) in enumerate(zip(arrays.cells, arrays.places.tolist(), strict=True)):
        if scope.areas is None or int(arrays.owners[first + at]) in seen:
            yield first + at, Point(code, None, CELL, (place[0], place[1]))


def by_level(session: Session, run: Run, arrays: RunArrays, level: str) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Return the units of a level that demand points lie in, and which of them each point does, -1 none."""
    owners = arrays.owners.tolist()
    ladder = Ladder.above(session, At(run.as_of, run.batch_id), set(owners))
    home = {owner: ladder.unit(owner, level) for owner in set(owners)}
    row = {unit: at for at, unit in enumerate(sorted({unit for unit in home.values() if unit is not None}))}
    group = [row.get(home[owner] or 0, -1) for owner in owners]
    return list(row), np.array(group, dtype=np.int64)


def nearest_lacking(session: Session, run: Run, unit: UnitVersion, kind: str) -> tuple[float, float] | None:
    """Return where those people of a place live who lack a type and are nearest to it: a gap's metres are theirs."""
    arrays, at = unpack_arrays(run), At(run.as_of, run.batch_id)
    if kind not in arrays.types:
        return None
    column, homes = arrays.types.index(kind), [unit.unit_id]
    if unit.level == "compound":
        below = current(UnitVersion, at, Scope.everything()).where(UnitVersion.parent_id == unit.unit_id)
        homes += [each.unit_id for each in session.scalars(below)]
    lacking = arrays.weight[:, column] * (1.0 - arrays.share[:, column]) > 0
    rows = np.flatnonzero(lacking & np.isin(arrays.owners, homes))
    if not len(rows):
        return None
    row = int(rows[np.nan_to_num(arrays.metres[rows, column], nan=np.inf).argmin()])
    first = len(arrays.units) - len(arrays.cells)
    if row >= first:
        lon, lat = arrays.places[row - first].tolist()
        return lon, lat
    home = session.scalar(
        current(UnitVersion, at, Scope.everything()).where(UnitVersion.unit_id == int(arrays.units[row]))
    )
    return None if home is None or home.geometry is None else middle(home.geometry)


def by_type(arrays: RunArrays, row: int) -> dict[str, tuple[float | None, float | None]]:
    """Return the people of a demand point that each type serves, and those of them covered."""
    counts: dict[str, tuple[float | None, float | None]] = {}
    for column in np.flatnonzero(arrays.decided).tolist():
        people = known(arrays.weight[row, column])
        counts[arrays.types[column]] = people, None if people is None else people * float(arrays.share[row, column])
    return counts


def put_cells(group: npt.NDArray[np.int64], arrays: RunArrays, grids: Sequence[GridVersion]) -> None:
    """Put the cells of the unit grid into the basic grid that holds their middle, the first by code on a border."""
    first = len(group) - len(arrays.cells)
    basic = [at for at, grid in enumerate(grids) if grid.kind == "basic" and grid.geometry is not None]
    if arrays.cells and basic:
        tree = shapely.STRtree(np.array([grids[at].geometry for at in basic], dtype=object))
        cell, grid = tree.query(shapely.points(arrays.places), predicate="intersects")
        for row, at in sorted(zip(cell.tolist(), grid.tolist(), strict=True), reverse=True):
            group[first + row] = basic[at]


def known(value: np.float64) -> float | None:
    """Return a number, None where it is NaN."""
    return None if np.isnan(value) else float(value)


def _shown(ages: AgeCounts, point: Point, counts: Counts, total: float | None) -> Counts:
    """Return what may be shown of a demand point; of a cell no count of an age, however large."""
    if point.level != CELL:
        return ages.shown(counts, total)
    return {kind: (None, None) if kind in ages.groups else count for kind, count in counts.items()}
