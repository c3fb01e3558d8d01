"""The figures of any area: of a unit, or of one that a planner drew himself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_planar
from gridgov.storage.among import among
from gridgov.storage.current import At, Scope, current, within
from gridgov.storage.models import Run, RunGap, UnitVersion
from gridgov.usecases import deployment, reading_runs, run_map, run_places
from gridgov.usecases.keeping import Kept
from gridgov.usecases.run_places import Lived
from gridgov.usecases.runrecord import REFERENCE, RunArrays

Ints = npt.NDArray[np.int64]
Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """What is told of an area: `people` None where they are fewer than ten, and then nothing else is told either.

    `tiers`, `types` and `scenarios` are as a run tells them of a walker's profile; `gaps` counts the gaps of required
    types in it by cause, which are the verdict's at every pace.
    """

    people: float | None
    tiers: list[Row]
    types: list[Row]
    scenarios: list[Row]
    gaps: Counter[str]

    @property
    def worst(self) -> list[Row]:
        """The required types that most of the people don't reach, the least reached first."""
        rows = [row for row in self.types if row["required"] and row["share"] is not None and row["share"] < 1]
        return sorted(rows, key=lambda row: float(row["share"]))


def of_unit(session: Session, run: Run, scope: Scope, unit: int, profile: str = REFERENCE) -> Figures:
    """Return the figures of a unit, of what the asker may see of it."""
    lived, lying = run_places.lived(session, run), _gaps(session, run, scope)
    rows = reading_runs.rows_in(session, run, lived.arrays, scope, unit)
    inside = np.isin(lying.unit, _units_in(session, run, Scope.of({unit})))
    return _told(run, lived, lived.arrays.at(profile), rows, lying.cause[inside], drawn=False)


def of_areas(
    session: Session, run: Run, scope: Scope, areas: Iterable[BaseGeometry], profile: str = REFERENCE
) -> list[Figures]:
    """Return the figures of areas, EPSG:4490, of the people in them whom the asker may see.

    An area can be drawn round anybody, and again without him: of types that serve some ages, and of their scenarios,
    it tells the share only, to whole percents.
    """
    lived, seen = run_places.lived(session, run), run_places.rows_seen(session, run, scope)
    lying = _gaps(session, run, scope)
    planar = to_planar(np.array(list(areas), dtype=object), lived.crs)
    rows, arrays = [lived.in_planar(seen, area) for area in planar], lived.arrays.at(profile)
    return [
        _told(run, lived, arrays, some, lying.cause[lying.inside(area)], drawn=True)
        for some, area in zip(rows, planar, strict=True)
    ]


def _told(
    run: Run, lived: Lived, arrays: RunArrays, rows: Ints, causes: npt.NDArray[np.object_], *, drawn: bool
) -> Figures:
    people = lived.people(rows)
    if not people:
        return Figures(people, [], [], [], Counter())
    told = reading_runs.figures_of(run, arrays, rows)
    types, scenarios = told["types"], told["scenarios"]
    if drawn:
        aged = {row["scenario"] for row in types if row.get("by_age")}
        types = [_coarse(row) if row.get("by_age") else row for row in types]
        scenarios = [_coarse(row) if row["scenario"] in aged else row for row in scenarios]
    return Figures(people, told["tiers"], types, scenarios, Counter(causes.tolist()))


def _coarse(row: Row) -> Row:
    """Leave a share of people of some ages, or a mean of such, to whole percents."""
    share = row["share"]
    counts = {name: None for name in ("people", "people_covered") if name in row}
    return row | counts | {"share": None if share is None else round(share, 2)}


@dataclass(frozen=True)
class _Gaps:
    """The gaps of a run's required types (n,): the unit of each, its cause, and where it lies (n, 2), planar."""

    unit: Ints
    cause: npt.NDArray[np.object_]
    places: npt.NDArray[np.object_]

    def inside(self, area: BaseGeometry) -> npt.NDArray[np.bool_]:
        shapely.prepare(area)
        inside: npt.NDArray[np.bool_] = shapely.intersects(area, self.places)
        return inside


_lying: Kept[_Gaps] = Kept(8)


def _gaps(session: Session, run: Run, scope: Scope) -> _Gaps:
    """Return the gaps of required types at places that the asker may see."""
    crs, at = deployment.crs(session), At(run.as_of, run.batch_id)

    def made() -> _Gaps:
        wanted = select(RunGap.unit_id, RunGap.cause).where(RunGap.run_id == run.id, RunGap.required)
        told = session.execute(wanted.where(within(RunGap.unit_id, at, scope))).all()
        units = np.array([unit for unit, _ in told], dtype=np.int64)
        own, row = np.unique(units, return_inverse=True)
        standing = current(UnitVersion, at, Scope.everything()).where(among(session, UnitVersion.unit_id, own.tolist()))
        columns = standing.with_only_columns(UnitVersion.unit_id, UnitVersion.geometry)
        known = dict(session.execute(columns).all())
        shapes = to_planar(np.array([known.get(unit) for unit in own.tolist()] + [None], dtype=object), crs)
        places = shapely.point_on_surface(shapes)[:-1]
        return _Gaps(units, np.array([cause for _, cause in told] + [None], dtype=object)[:-1], places[row])

    return _lying.of((run_map.key(run), crs, scope), made)


def _units_in(session: Session, run: Run, scope: Scope) -> Ints:
    at = At(run.as_of, run.batch_id)
    seen = session.scalars(current(UnitVersion, at, scope).with_only_columns(UnitVersion.unit_id))
    return np.array(list(seen), dtype=np.int64)
