"""The way from a place to the nearest service point of a type, and what breaks it: a gate, a wall, a missing path."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.middle import middle
from gridgov.spatial.network import Walls
from gridgov.spatial.trail import Trail, trail
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, deployment
from gridgov.usecases.isochrones import ground_of
from gridgov.usecases.run_points import nearest_lacking

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Part:
    """A part of the answer, EPSG:4490: `walk` as one goes, `short` if gates were open, `straight`, `break`.

    `told` names the service point, tells the metres, and of a break what it is: `gate`, `wall` or `path`.
    """

    kind: str
    shape: BaseGeometry
    told: dict[str, Any]


def broken_way(
    session: Session, at: At, unit: UnitVersion, kind: str, cause: str, run: Run | None = None
) -> list[Part]:
    """Draw how the people of a unit go to the nearest open service point of a type, and where a shorter way breaks.

    The way begins where those live whom a run tells to lack it, of them the nearest; else in the middle of the unit.
    Where a gap's `cause` is `gate`, the way is drawn besides that there were if gates were open, and the first that
    isn't. Where it is `no_path`, or nothing is reached, the straight line to the nearest one, and what that meets
    first: a wall, else a path that is missing.
    """
    services = browsing.services_on_map(session, at, Scope.everything(), [kind])
    points = [(point, site) for point, site in services if point.status == "open" and site.geometry is not None]
    if unit.geometry is None or not points:
        return []
    crs, ground = deployment.crs(session), ground_of(session, at)
    names = [point.name or site.name or point.code for point, site in points]
    shapes = to_planar(np.array([site.geometry for _, site in points], dtype=object), crs)
    doors = shapely.from_wkt(np.array([site.entrances or None for _, site in points], dtype=object))
    start = None if run is None else nearest_lacking(session, run, unit, kind)
    (here,) = to_planar(np.array([shapely.Point(start or middle(unit.geometry))], dtype=object), crs)
    found: dict[str, Trail | None] = {"walk": None, "short": None}
    if ground.network is not None:
        asked = ground.network, (here.x, here.y), shapes, to_planar(doors, crs)
        found["walk"] = trail(*asked, home=ground.home(unit))
        found["short"] = trail(*asked, home=ground.home(unit), gates_open=True) if cause == "gate" else None
    parts = [_walked(name, way, names) for name, way in found.items() if way is not None]
    if found["short"] is not None and len(found["short"].crossed):
        parts.append(Part("break", shapely.Point(found["short"].crossed[0]), {"what": "gate"}))
    elif found["walk"] is None or cause == "no_path":
        parts += _straight(here, shapes, names, ground.walls)
    return _placed(parts, crs)


def _walked(kind: str, way: Trail, names: list[str]) -> Part:
    return Part(kind, shapely.LineString(way.line), {"point": names[way.site], "metres": round(way.metres, 3)})


def _straight(here: shapely.Point, shapes: Geometries, names: list[str], walls: Walls) -> list[Part]:
    """Draw the straight line to the nearest site, and the first wall on it, or else its middle."""
    nearest = int(shapely.distance(shapes, here).argmin())
    line = shapely.LineString([here, shapely.shortest_line(here, shapes[nearest]).coords[-1]])
    told = {"point": names[nearest], "metres": round(line.length, 3)}
    tree = shapely.STRtree(walls.polygons)
    met = shapely.intersection(shapely.boundary(walls.polygons[tree.query(line, predicate="crosses")]), line)
    corners = shapely.get_coordinates(met)
    if not len(corners):
        return [Part("straight", line, told), Part("break", line.interpolate(0.5, normalized=True), {"what": "path"})]
    first = corners[np.hypot(*(corners - (here.x, here.y)).T).argmin()]
    return [Part("straight", line, told), Part("break", shapely.Point(first), {"what": "wall"})]


def _placed(parts: list[Part], crs: str) -> list[Part]:
    if not parts:
        return []
    shapes = to_geographic(np.array([part.shape for part in parts], dtype=object), crs)
    return [Part(part.kind, shape, part.told) for part, shape in zip(parts, shapes, strict=True)]
