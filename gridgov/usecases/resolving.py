"""What a row's codes stand for, kind by kind: column values with references instead of codes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.intake import Progress, quiet
from gridgov.domain.standards import Catalogue
from gridgov.domain.units import GRID_CODE, LevelProfile
from gridgov.spatial.middle import middle
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.usecases.directory import Directory
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.merging import Ready, period
from gridgov.usecases.staging import Intake, Row, followed

GATE_SEARCH_METRES = 20.0
_PERIOD = ("valid_from", "valid_to")


@dataclass
class Resolver:
    """All a row needs to be understood: the session, the city's profile, the codes, the catalogue, the default day.

    `kept` are the units that fields name which nobody changed: no code has to be looked up for them.
    """

    session: Session
    profile: LevelProfile
    directory: Directory
    catalogue: Catalogue
    intake: Intake
    day: date
    planar: Callable[[Any], Any] | None = None
    told_start: bool = False
    kept: dict[str, int] = field(default_factory=dict)
    progress: Progress = quiet
    _walls: tuple[list[UnitVersion], shapely.STRtree] | None = field(default=None)

    def rows(self) -> Iterator[Row]:
        """Yield the intake's rows, telling how far the matching is."""
        return followed(self.intake.rows, "matching", self.progress)

    def ready(self, row: Row, values: dict[str, Any], **defaults: Any) -> Ready | None:
        """Give a resolved row its period; None where it has none. `defaults` hold for a new thing told nothing else."""
        told = period(self.intake, row, self.day)
        if told is None:
            return None
        if defaults:
            values = {name: value for name, value in values.items() if value is not None or name not in defaults}
        return Ready(row, values, *told, defaults, row.geometry, self.told_start or "valid_from" in row.values)

    def day_of(self, row: Row) -> date:
        """Return the first day of a row."""
        told: date = row.values.get("valid_from") or self.day
        return told

    def unit(self, row: Row, name: str, *levels: str) -> int | None:
        """Return the unit a field names, or None after rejecting the row."""
        if name in self.kept:
            return self.kept[name]
        code = row.values.get(name)
        found = self.directory.units(str(code), self.day_of(row), *levels) if code else []
        if len(found) == 1:
            return found[0].identity
        refusal = "row_unit_ambiguous" if found else "row_unit_unknown"
        asked = levels or tuple(level.id for level in self.profile.levels)
        self.intake.reject(row, name, code, refusal, level=", ".join(asked))
        return None

    def nearest_wall(self, row: Row) -> UnitVersion | None:
        """Return the walled compound whose wall a gate stands on, within 20 m; None after rejecting the row."""
        compounds, tree = self._wall_tree()
        if row.geometry is not None and self.planar is not None and compounds:
            place = self.planar([row.geometry])[0]
            index = tree.query_nearest(place, max_distance=GATE_SEARCH_METRES, all_matches=False)
            if len(index):
                return compounds[int(index[0])]
        self.intake.reject(row, "compound", None, "gate_without_wall", metres=GATE_SEARCH_METRES)
        return None

    def _wall_tree(self) -> tuple[list[UnitVersion], shapely.STRtree]:
        if self._walls is None:
            wanted = current(UnitVersion, At(self.day), Scope.everything())
            wanted = wanted.where(UnitVersion.level == "compound", UnitVersion.min_x.is_not(None)).order_by(
                UnitVersion.code
            )
            kept = [unit for unit in self.session.scalars(wanted) if unit.kind in {"walled", "work_unit"}]
            walls = self.planar([shapely.boundary(unit.geometry) for unit in kept]) if kept and self.planar else []
            self._walls = kept, shapely.STRtree(walls)
        return self._walls


def grid(resolver: Resolver, row: Row) -> Ready | None:
    """A grid hangs on one unit of the profile's grid level, and is a polygon."""
    if not GRID_CODE.fullmatch(row.values["code"]):
        resolver.intake.reject(row, "code", row.values["code"], "grid_code")
        return None
    if row.geometry is None or row.geometry.geom_type not in AREAL:
        resolver.intake.reject(row, "geometry", getattr(row.geometry, "geom_type", None), "polygon_needed")
        return None
    unit = resolver.unit(row, "community", resolver.profile.grid_level)
    values = plain(row, "community") | {"unit_id": unit}
    return None if unit is None else resolver.ready(row, values, kind="basic")


def gate(resolver: Resolver, row: Row) -> Ready | None:
    """A gate stands on a compound's wall: the one told, else the nearest within 20 m."""
    if row.geometry is None or row.geometry.geom_type != "Point":
        resolver.intake.reject(row, "geometry", getattr(row.geometry, "geom_type", None), "point_needed")
        return None
    if row.values.get("compound"):
        unit, owner = resolver.unit(row, "compound", "compound"), row.values["compound"]
    else:
        wall = resolver.nearest_wall(row)
        unit, owner = (wall.unit_id, wall.code) if wall else (None, None)
    if unit is None:
        return None
    code = row.values.get("code") or _at(owner, row.geometry)
    return resolver.ready(row, plain(row, "compound") | {"unit_id": unit, "code": code})


def land(resolver: Resolver, row: Row) -> Ready | None:
    """Land is an area of water, green or hill; a code not told is made of kind and place."""
    if row.geometry is None or row.geometry.geom_type not in AREAL:
        resolver.intake.reject(row, "geometry", getattr(row.geometry, "geom_type", None), "polygon_needed")
        return None
    code = row.values.get("code") or _at(row.values["kind"], row.geometry)
    return resolver.ready(row, plain(row) | {"code": code})


def department(resolver: Resolver, row: Row) -> Ready | None:
    """A department stands for itself."""
    return resolver.ready(row, plain(row))


def branch(resolver: Resolver, row: Row) -> Ready | None:
    """A branch covers one or more compounds."""
    if "compounds" not in row.values:  # withheld: what it covers stays as it is
        return resolver.ready(row, plain(row), formation="independent", enlarged=False)
    compounds = []
    for code in row.values["compounds"].replace("、", ";").replace(",", ";").split(";"):
        unit = resolver.directory.unit(code.strip(), resolver.day_of(row), "compound")
        if unit is None:
            resolver.intake.reject(row, "compounds", code.strip(), "row_unit_unknown", level="compound")
            return None
        compounds.append(unit)
    values = plain(row, "compounds") | {"compounds": sorted(set(compounds))}
    if len(set(compounds)) > 1 and not values.get("formation"):
        values["formation"] = "joint"
    return resolver.ready(row, values, formation="independent", enlarged=False)


def partner(resolver: Resolver, row: Row) -> Ready | None:
    """A partner body stands around a unit, at a point of its own where it has one."""
    if row.geometry is not None and row.geometry.geom_type != "Point":
        resolver.intake.reject(row, "geometry", row.geometry.geom_type, "point_needed")
        return None
    unit = resolver.unit(row, "unit")
    offers = {name: row.values[name] or [] for name in ("resources", "pledges") if name in row.values}
    if unit is None:
        return None
    return resolver.ready(row, plain(row, "unit") | {"unit_id": unit} | offers, resources=[], pledges=[])


def service_point(resolver: Resolver, row: Row) -> Ready | None:
    """A service point is of a catalogue type, at a site; codes not told are made of what is."""
    known = {facility.id for facility in resolver.catalogue.types}
    named = {word: facility.id for facility in resolver.catalogue.types for word in (facility.zh, facility.en)}
    kind = row.values["type"] if row.values["type"] in known else named.get(row.values["type"])
    if kind is None:
        resolver.intake.reject(row, "type", row.values["type"], "facility_type_unknown")
        return None
    if row.geometry is None or row.geometry.geom_type not in {"Point", "Polygon", "MultiPolygon"}:
        resolver.intake.reject(row, "geometry", getattr(row.geometry, "geom_type", None), "place_needed")
        return None
    values = plain(row, "site", "site_name", "address", "entrances")
    values |= {"type": kind, "site_id": None, "code": row.values.get("code") or f"{site_code(row)}/{kind}"}
    return resolver.ready(row, values, status="open", verified=False)


def site_code(row: Row) -> str:
    """Return the code of a row's site: told, else its service point's, else its name and place."""
    told = row.values.get("site") or row.values.get("code")
    if told:
        return str(told)
    return _at(row.values.get("name") or row.values["type"], row.geometry)


def _at(name: str, geometry: BaseGeometry | None) -> str:
    """Make a code of a name and a place."""
    if geometry is None:
        return name
    x, y = middle(geometry)
    return f"{name}@{x:.6f},{y:.6f}"


def plain(row: Row, *without: str) -> dict[str, Any]:
    """Return what a row says of the thing itself: not its period, nor what is told by references."""
    left_out = {*_PERIOD, *without}
    return {name: value for name, value in row.values.items() if name not in left_out}
