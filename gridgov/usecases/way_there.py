"""The walk to a compound's gate: from the office of its community or street, or from where somebody says he stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.isochrones import PACES
from gridgov.spatial.middle import middle
from gridgov.spatial.stage import DETOUR
from gridgov.spatial.trail import trail
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import DepartmentVersion, GateVersion, UnitVersion
from gridgov.usecases import browsing, deployment
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.isochrones import ground_of

PACE = PACES["reference"]
_OFFICES = {"community": "community_station", "street": "street_service_centre"}
_OUTSIDE = 0.5  # metres before a gate that one stands outside its wall
_CLOSED = "closed"


@dataclass(frozen=True)
class Start:
    """Where a walk begins, EPSG:4490; an office has a name, who says where he stands has none."""

    lon: float
    lat: float
    name: str | None = None


@dataclass(frozen=True)
class Walk:
    """A walk to a place: its line in EPSG:4490, metres, minutes at the reference pace, the gate it ends at.

    An `estimate` is a straight line, its metres × 1.3: no path is loaded, or none leads there.
    """

    start: Start
    shape: BaseGeometry
    metres: float
    minutes: int
    gate: str | None
    estimate: bool


@dataclass(frozen=True)
class _Goal:
    """Where one walks in: the point told, and the one just outside it from which it is reached; working CRS."""

    name: str | None
    point: BaseGeometry
    before: BaseGeometry


def office(session: Session, at: At, unit: UnitVersion, workplace: int | None = None) -> Start | None:
    """Return the office one walks from to a place: its community's, else its street's, else the workplace given.

    The offices of communities and streets are their service stations; a workplace is a department's.
    """
    above = {step.level: step for step in browsing.chain(session, unit.unit_id, at)}
    for level, kind in _OFFICES.items():
        area = above.get(level)
        if area is not None and area.geometry is not None:
            services = browsing.services_on_map(session, at, Scope.everything(), [kind])
            for point, site in services:
                if point.status != "open" or site.geometry is None:
                    continue
                lon, lat = middle(site.geometry)
                if shapely.covers(area.geometry, shapely.Point(lon, lat)):
                    return Start(lon, lat, point.name or site.name or point.code)
    own = current(DepartmentVersion, at, Scope.everything()).where(DepartmentVersion.department_id == workplace)
    found = None if workplace is None else session.scalar(own)
    if found is None or found.geometry is None:
        return None
    return Start(*middle(found.geometry), found.name)


def way_there(session: Session, at: At, unit: UnitVersion, start: Start) -> Walk | None:
    """Draw the walk to a place's nearest gate that isn't closed, else to the place itself; None where it has no place.

    Where no path is loaded, or none leads there, it is the straight line.
    """
    if unit.geometry is None:
        return None
    crs, ground = deployment.crs(session), ground_of(session, at)
    (here,) = _planar([shapely.Point(start.lon, start.lat)], crs)
    goals = _goals(session, at, unit, crs)
    points = np.array([goal.before for goal in goals], dtype=object)
    found = None
    if ground.network is not None:
        found = trail(ground.network, (here.x, here.y), points, np.full(len(points), None, dtype=object))
    if found is None:
        goal = min(goals, key=lambda one: float(shapely.distance(here, one.point)))
        line = shapely.shortest_line(here, goal.point)
        metres = float(line.length) * DETOUR
    else:
        goal, metres = goals[found.site], found.metres
        last = shapely.shortest_line(shapely.Point(found.line[-1]), goal.point)
        line = shapely.LineString(np.vstack([found.line, shapely.get_coordinates(last)[1:]]))
    (shape,) = to_geographic(np.array([line], dtype=object), crs)
    return Walk(start, shape, round(metres, 3), math.ceil(metres / PACE), goal.name, estimate=found is None)


def _goals(session: Session, at: At, unit: UnitVersion, crs: str) -> list[_Goal]:
    """Return where one walks into a place: its gates that aren't closed, else all its gates, else the place itself."""
    standing = current(GateVersion, at, Scope.everything()).where(GateVersion.unit_id == unit.unit_id)
    gates = [gate for gate in session.scalars(standing.order_by(GateVersion.code)) if gate.geometry is not None]
    gates = [gate for gate in gates if gate.state != _CLOSED] or gates
    ground, *points = _planar([unit.geometry, *(gate.geometry for gate in gates)], crs)
    if not gates:
        place = ground if ground.geom_type in AREAL else shapely.point_on_surface(ground)
        return [_Goal(None, place, place)]
    around = shapely.buffer(ground, _OUTSIDE).exterior if ground.geom_type == "Polygon" else None
    return [
        _Goal(gate.name or gate.code, point, point if around is None else _nearest(around, point))
        for gate, point in zip(gates, points, strict=True)
    ]


def _nearest(line: BaseGeometry, point: BaseGeometry) -> BaseGeometry:
    return shapely.Point(shapely.shortest_line(line, point).coords[0])


def _planar(shapes: Sequence[Any], crs: str) -> list[Any]:
    return list(to_planar(np.array([*shapes, None], dtype=object)[:-1], crs))
