"""What a compound is drawn of: buildings, inner paths, gates; and the turned frame they are laid out in."""

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gridgov.demo.geometry import Floats, box
from gridgov.demo.roads import Road

Shape = TypeVar("Shape", bound=BaseGeometry)


@dataclass(frozen=True)
class Building:
    """A building group: its footprint, or its point where only that is recorded."""

    footprint: Polygon | Point
    area: float
    storeys: int
    form: str  # slab, tower, house, old


@dataclass(frozen=True)
class Gate:
    """A gate on a wall; its point is a corner of the wall and of the path through it."""

    point: Point
    state: str
    side: str


@dataclass
class Estate:
    """What stands in a compound."""

    polygon: Polygon
    buildings: list[Building] = field(default_factory=list)
    paths: list[Road] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)


@dataclass(frozen=True)
class Frame:
    """A frame turned so that a compound's rows run along its first axis, as near east-west as its shape allows."""

    origin: Floats
    turn: Floats

    @classmethod
    def of(cls, polygon: Polygon) -> "Frame":
        """Return the frame of a compound's own rows."""
        corner = np.asarray(box(polygon).exterior.coords)
        sides = np.diff(corner[:3], axis=0)
        angles = np.arctan2(sides[:, 1], sides[:, 0])
        level = (angles + np.pi / 4) % (np.pi / 2) - np.pi / 4
        angle = float(np.round(level[0], 6))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return cls(np.round(np.asarray(polygon.centroid.coords[0]), 3), turn)

    def inward(self, geometry: Shape) -> Shape:
        """Return a geometry of the plane in the frame."""
        return shapely.transform(geometry, lambda xy: (xy - self.origin) @ self.turn.T)

    def exactly(self, geometry: Shape) -> Shape:
        """Return a geometry of the frame in the plane: paths, so that what meets in the frame meets in the plane."""
        return shapely.transform(geometry, lambda xy: xy @ self.turn + self.origin)

    def outward(self, geometry: Shape) -> Shape:
        """Return a geometry of the frame in the plane, rounded to the centimetre: footprints."""
        return shapely.transform(geometry, lambda xy: np.round(xy @ self.turn + self.origin, 2))


def lines_within(line: LineString, area: Polygon) -> list[LineString]:
    """Return the pieces of a line inside an area, but for crumbs."""
    return [piece for piece in shapely.get_parts(shapely.intersection(line, area)) if piece.length > 4]


def with_corner(polygon: Polygon, point: Point) -> Polygon:
    """Return the polygon with a point of its boundary as a corner."""
    coords = np.asarray(polygon.exterior.coords)
    sides = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
    nearest = int(np.argmin(shapely.distance(sides, point)))
    return Polygon(np.insert(coords, nearest + 1, [point.x, point.y], axis=0))
