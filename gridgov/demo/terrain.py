"""The lie of the land: a river in a double bend, its two banks, hills."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import LineString, Polygon

from gridgov.demo.geometry import Floats
from gridgov.demo.sizes import Size

_QUAY = 46.0  # from the water to the bank road
_PROMENADE = 13.0  # from the water to the promenade
LAND, WATER, HILL = 0, 1, 2


@dataclass(frozen=True)
class Terrain:
    """The land in a plane of metres, its origin in the middle of the map.

    Town coordinates are (u, v): u along the river, v away from a bank. `north` and `south` bend them onto the plane, so
    that streets follow the river near it and straighten away from it.
    """

    size: Size

    def river(self, u: Floats) -> Floats:
        """Return the northing of the river's middle."""
        wave, (wide, narrow) = self.size.river_wave, self.size.river_bends
        bend = wide * np.sin(2 * np.pi * u / (wave * 1.12) + 0.7)
        return np.asarray(bend + narrow * np.sin(2 * np.pi * u / (wave * 0.47) + 2.1))

    def half_width(self, u: Floats) -> Floats:
        """Return half the river's width."""
        return self.size.river_half_width + 17 * np.sin(2 * np.pi * u / (self.size.river_wave * 0.6) + 0.4)

    def north(self, u: Floats, v: Floats) -> Floats:
        """Return the (n, 2) places of town coordinates on the north bank."""
        bank = self.river(u) + self.half_width(u) + _QUAY
        calm = bank * (1 - 0.7 * _ease(v / self.size.north_depth))
        grown = 1 - np.exp(-v / 160)
        east = u + 0.07 * v + grown * (26 * np.sin(u / 330 + v / 410 + 1.3) + 15 * np.sin(v / 190 - u / 270))
        return np.column_stack([east, calm + v + grown * (24 * np.sin(u / 290 - v / 350) + 11 * np.sin(u / 140 + 2))])

    def south(self, u: Floats, v: Floats) -> Floats:
        """Return the (n, 2) places of town coordinates on the south bank."""
        bank = self.river(u) - self.half_width(u) - _QUAY
        calm = bank * (1 - 0.6 * _ease(v / self.size.south_depth))
        grown = 1 - np.exp(-v / 160)
        east = u - 0.14 * v + grown * (22 * np.sin(u / 300 - v / 300 + 0.4) + 12 * np.sin(v / 150 + u / 250))
        return np.column_stack([east, calm - v - grown * 21 * np.sin(u / 260 + v / 310)])

    def promenade(self, side: int) -> LineString:
        """Return the path along the water on the north (1) or south (-1) bank."""
        u = np.arange(-self.size.width / 2, self.size.width / 2 + 1, 20.0)
        return LineString(np.column_stack([u, self.river(u) + side * (self.half_width(u) + _PROMENADE)]))

    @cached_property
    def middle(self) -> LineString:
        """Return the river's middle line."""
        u = np.arange(-self.size.width / 2, self.size.width / 2 + 1, 20.0)
        return LineString(np.column_stack([u, self.river(u)]))

    @cached_property
    def water(self) -> Polygon:
        """Return the river's surface, a little longer than the town."""
        u = np.arange(-self.size.width / 2 - 60, self.size.width / 2 + 61, 20.0)
        north = np.column_stack([u, self.river(u) + self.half_width(u)])
        south = np.column_stack([u, self.river(u) - self.half_width(u)])
        return Polygon(np.vstack([north, south[::-1]]))

    @cached_property
    def hills(self) -> tuple[Polygon, ...]:
        """Return the feet of the hills."""
        return tuple(self._foot(*hill) for hill in self.size.hills)

    @property
    def hill(self) -> Polygon:
        """Return the foot of the hill that the lonely houses stand on and the tunnel leads under."""
        return self.hills[0]

    def _foot(self, u: float, v: float, along: float, away: float) -> Polygon:
        centre = self.north(np.array([u]), np.array([v]))[0]
        turn = np.linspace(0, 2 * np.pi, 97)[:-1]
        swell = 1 + 0.07 * np.sin(3 * turn + 1) + 0.04 * np.sin(5 * turn)
        return Polygon(centre + np.column_stack([along * swell * np.cos(turn), away * swell * np.sin(turn)]))


def contour(hill: Polygon, part: float) -> LineString:
    """Return the closed line round a hill at a part of its foot's width."""
    centre = np.asarray(hill.centroid.coords[0])
    ring = np.asarray(hill.exterior.coords)
    turn = np.linspace(0, 2 * np.pi, len(ring))
    wobble = part * (1 + 0.08 * (1 - part) * np.sin(7 * turn + 9 * part))
    wobble[-1] = wobble[0]
    return LineString(centre + (ring - centre) * wobble[:, None])


def to_degrees(geometry: NDArray[np.object_], size: Size) -> NDArray[np.object_]:
    """Return geometries of the plane in EPSG:4490 longitude and latitude, rounded to about a millimetre."""
    there = Transformer.from_crs("EPSG:4490", size.crs, always_xy=True)
    back = Transformer.from_crs(size.crs, "EPSG:4490", always_xy=True)
    east, north = there.transform(size.longitude, size.latitude)
    origin = np.round([east, north])

    def bend(xy: Floats) -> Floats:
        return np.round(np.column_stack(back.transform(xy[:, 0] + origin[0], xy[:, 1] + origin[1])), 8)

    return np.asarray(shapely.transform(geometry, bend), dtype=object)


def _ease(part: Floats) -> Floats:
    bounded = np.clip(part, 0, 1)
    return np.asarray(bounded * bounded * (3 - 2 * bounded))
