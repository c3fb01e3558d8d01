"""Who needs services, where: building groups with people, else compounds; weights and basis as DOMAIN §1.6."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.units import AGE_BANDS
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.usecases import deployment

BASES = ("people", "households", "floor_area", "raster", "buildings")
WALLED = frozenset({"walled", "work_unit"})


@dataclass(frozen=True)
class Places:
    """All units of a day by id, with the chain of ancestors of each by level."""

    units: Mapping[int, UnitVersion]
    chains: Mapping[int, Mapping[str, int]]

    def above(self, unit: int, level: str) -> int | None:
        """Return the ancestor of a unit on a level, itself included, or None."""
        return self.chains.get(unit, {}).get(level)


@dataclass(frozen=True)
class DemandPoints:
    """The demand in code order: planar places, weights (NaN unknown), age bands, and the weakest basis used."""

    units: list[UnitVersion]
    shapes: npt.NDArray[np.object_]
    xy: npt.NDArray[np.float64]
    people: npt.NDArray[np.float64]
    ages: npt.NDArray[np.float64]
    basis: str
    year: int | None


def read_places(session: Session, at: At) -> Places:
    """Read every unit of a day but the households, which have no place of their own."""
    wanted = current(UnitVersion, at, Scope.everything()).where(UnitVersion.level != "household")
    # Sorted here: the engines' collations don't agree, and ties between places go by code.
    ordered = sorted(session.scalars(wanted), key=lambda unit: (unit.code, unit.unit_id))
    units = {unit.unit_id: unit for unit in ordered}
    return Places(units, {unit: _chain(units, unit) for unit in units})


def read_demand(session: Session, places: Places) -> DemandPoints:
    """Choose and weigh the demand points of a day."""
    counts = _Counts(places, deployment.number(session, "household_size"))
    chosen = [unit for unit in places.units.values() if unit.geometry is not None and counts.stands(unit)]
    people = np.array([counts.known.get(unit.unit_id, (np.nan, ""))[0] for unit in chosen], dtype=np.float64)
    used = {counts.known[unit.unit_id][1] for unit in chosen if unit.unit_id in counts.known}
    basis = max(used, key=BASES.index) if used else "buildings"
    if not used:
        people = np.array([1.0 if unit.level == "building" else np.nan for unit in chosen], dtype=np.float64)
    shapes = _planar(session, chosen)
    ages = np.array(
        [[_number(getattr(unit, f"age_{band}")) for band in AGE_BANDS] for unit in chosen], dtype=np.float64
    )
    years = {unit.year for unit in chosen if unit.year is not None}
    return DemandPoints(
        units=chosen,
        shapes=shapes,
        xy=shapely.get_coordinates(shapes).reshape(-1, 2),
        people=people,
        ages=ages.reshape(-1, len(AGE_BANDS)),
        basis=basis,
        year=min(years, default=None),
    )


class _Counts:
    """People per unit with the basis of each number: recorded, by households, or a total spread by floor area."""

    def __init__(self, places: Places, household_size: float) -> None:
        self.places = places
        self.household_size = household_size
        self.placed: dict[int, list[int]] = defaultdict(list)
        for unit in places.units.values():
            if unit.level == "building" and unit.geometry is not None:
                self.placed[places.above(unit.unit_id, "compound") or 0].append(unit.unit_id)
        self.known: dict[int, tuple[float, str]] = {}
        for unit in places.units.values():
            self._count(unit)
        for level in ("compound", "community", "street"):
            self._spread(level)

    def stands(self, unit: UnitVersion) -> bool:
        """Tell whether a unit is a demand point: a building group, or a compound that has no better ones."""
        if unit.level == "building":
            compound = self.places.above(unit.unit_id, "compound")
            return compound is None or not self._stands_for_its_buildings(compound)
        return unit.level == "compound" and self._stands_for_its_buildings(unit.unit_id)

    def _stands_for_its_buildings(self, compound: int) -> bool:
        placed = self.placed.get(compound, ())
        return not placed or (compound in self.known and not any(building in self.known for building in placed))

    def _count(self, unit: UnitVersion) -> None:
        if unit.level not in {"building", "compound"}:
            return
        if unit.people is not None:
            self.known[unit.unit_id] = (unit.people, "people")
        elif unit.households is not None:
            self.known[unit.unit_id] = (unit.households * self.household_size, "households")

    def _spread(self, level: str) -> None:
        """Spread what a unit's total leaves after its known building groups over those with a floor area only."""
        below: dict[int, list[UnitVersion]] = defaultdict(list)
        for unit in self.places.units.values():
            owner = self.places.above(unit.unit_id, level)
            if unit.level == "building" and owner is not None:
                below[owner].append(unit)
        for owner, buildings in below.items():
            self._spread_total(self.places.units[owner], level, buildings)

    def _spread_total(self, owner: UnitVersion, level: str, buildings: Sequence[UnitVersion]) -> None:
        total = _total(owner, self.household_size)
        waiting = [unit for unit in buildings if unit.geometry is not None and self._waits(unit, level)]
        if total is None or not waiting:
            return
        left = total - sum(self.known[unit.unit_id][0] for unit in buildings if unit.unit_id in self.known)
        left -= sum(self.known[unit][0] for unit in self._counted_whole(owner.unit_id, level))
        area = sum(unit.floor_area or 0.0 for unit in waiting)
        if left > 0:
            for unit in waiting:
                self.known[unit.unit_id] = (left * (unit.floor_area or 0.0) / area, "floor_area")

    def _waits(self, unit: UnitVersion, level: str) -> bool:
        """Tell whether a building group has floor area, no people yet, and no compound counted in its stead."""
        if unit.unit_id in self.known or not unit.floor_area:
            return False
        compound = self.places.above(unit.unit_id, "compound")
        return level == "compound" or compound is None or not self._stands_for_its_buildings(compound)

    def _counted_whole(self, owner: int, level: str) -> list[int]:
        """Return the compounds below a unit whose own count stands for their building groups."""
        if level == "compound":
            return []
        return [
            unit.unit_id
            for unit in self.places.units.values()
            if unit.level == "compound"
            and unit.unit_id in self.known
            and self.places.above(unit.unit_id, level) == owner
            and self._stands_for_its_buildings(unit.unit_id)
        ]


def _total(unit: UnitVersion, household_size: float) -> float | None:
    if unit.people is not None:
        return unit.people
    return None if unit.households is None else unit.households * household_size


def _chain(units: Mapping[int, UnitVersion], unit: int) -> dict[str, int]:
    chain: dict[str, int] = {}
    at: int | None = unit
    while at is not None and at in units and units[at].level not in chain:
        chain[units[at].level] = at
        at = units[at].parent_id
    return chain


def _planar(session: Session, units: Iterable[UnitVersion]) -> npt.NDArray[np.object_]:
    shapes = np.array([unit.geometry for unit in units], dtype=object)
    return shapely.point_on_surface(to_planar(shapes, deployment.crs(session))) if len(shapes) else shapes


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
