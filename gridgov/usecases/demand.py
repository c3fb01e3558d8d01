"""Who needs services, where: building groups with people, else compounds, else cells of the unit grid (DOMAIN §1.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.units import AGE_BANDS
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.counts import BASES, Counts, Places
from gridgov.usecases.raster_people import Elsewhere, Living, people_of_rasters

__all__ = ["BASES", "WALLED", "DemandPoints", "Places", "read_demand", "read_places"]

WALLED = frozenset({"walled", "work_unit"})


@dataclass(frozen=True)
class DemandPoints:
    """The demand: units in code order, then cells of the unit grid outside of them, from the south-west.

    `xy` are planar, `people` NaN where unknown, `ages` by band; `groups` counts ages of several bands that are known
    together only; `basis` is the weakest used, `year` the oldest. `owners` are the units themselves, and of cells the
    community or else street round them, None outside of all; `cells` names the cells.
    """

    units: list[UnitVersion]
    xy: npt.NDArray[np.float64]
    people: npt.NDArray[np.float64]
    ages: npt.NDArray[np.float64]
    basis: str
    year: int | None
    owners: list[int | None]
    cells: Elsewhere
    groups: Mapping[tuple[int, ...], npt.NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.owners)


def read_places(session: Session, at: At) -> Places:
    """Read every unit of a day but the households, which have no place of their own."""
    wanted = current(UnitVersion, at, Scope.everything()).where(UnitVersion.level != "household")
    # Sorted here: the engines' collations don't agree, and ties between places go by code.
    ordered = sorted(session.scalars(wanted), key=lambda unit: (unit.code, unit.unit_id))
    units = {unit.unit_id: unit for unit in ordered}
    return Places(units, {unit: _chain(units, unit) for unit in units})


def read_demand(session: Session, places: Places, at: At) -> DemandPoints:
    """Choose and weigh the demand points of a day."""
    counts = Counts(places, deployment.number(session, "household_size"))
    rows = np.array([row for row in np.flatnonzero(counts.stands) if counts.units[row].geometry is not None], dtype=int)
    units = [counts.units[row] for row in rows]
    shapes = _planar(session, units)
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    ages = np.array([[_number(getattr(unit, f"age_{band}")) for band in AGE_BANDS] for unit in units], dtype=np.float64)
    living = Living(counts, rows, shapes, inner, ages.reshape(-1, len(AGE_BANDS)))
    found = people_of_rasters(session, at, living)
    used = set(counts.basis[rows][counts.known[rows]].tolist())
    people, basis = living.people, "raster" if found.used else BASES[max(used)] if used else "buildings"
    if basis == "buildings":
        people = np.array([1.0 if unit.level == "building" else np.nan for unit in units], dtype=np.float64)
    years = {unit.year for unit in units if unit.year is not None} | found.years
    cells = found.elsewhere
    return DemandPoints(
        units=units,
        xy=np.concatenate([inner, cells.xy]),
        people=np.concatenate([people, cells.people]),
        ages=np.concatenate([living.ages, cells.ages]),
        basis=basis,
        year=min(years, default=None),
        owners=[*(unit.unit_id for unit in units), *cells.owners],
        cells=cells,
        groups=found.groups,
    )


def _chain(units: Mapping[int, UnitVersion], unit: int) -> dict[str, int]:
    chain: dict[str, int] = {}
    at: int | None = unit
    while at is not None and at in units and units[at].level not in chain:
        chain[units[at].level] = at
        at = units[at].parent_id
    return chain


def _planar(session: Session, units: Sequence[UnitVersion]) -> npt.NDArray[np.object_]:
    shapes: npt.NDArray[Any] = np.array([unit.geometry for unit in units], dtype=object)
    return to_planar(shapes, deployment.crs(session)) if len(shapes) else shapes


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
