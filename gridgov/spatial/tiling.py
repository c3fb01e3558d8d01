"""Tiles of the web's map: where each lies on the ground, and where on it a place is."""

from dataclasses import dataclass
from math import atan, degrees, pi, sinh

import numpy as np
import numpy.typing as npt

from gridgov.errors import NotFoundError

Floats = npt.NDArray[np.float64]

EXTENT = 4096  # units along a tile's edge
BUFFER = 64  # units round a tile within which shapes are told too, so that no border is drawn along its edge
PIXEL = 16  # units of one pixel on a screen that draws a tile 256 pixels wide
DEEPEST = 22
_NEAREST_POLE = 89.9  # degrees; beyond it the projection runs away


@dataclass(frozen=True)
class Tile:
    """A tile of the spherical Mercator projection (EPSG:3857), counted from the north-west as XYZ addresses do."""

    z: int
    x: int
    y: int

    @classmethod
    def at(cls, z: int, x: int, y: int) -> "Tile":
        """Name a tile; one that the world doesn't have is a NotFoundError ``tile_unknown``."""
        if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
            raise NotFoundError("tile_unknown", z=z, x=x, y=y)
        return cls(z, x, y)

    def bounds(self, buffer: float = 0.0) -> tuple[float, float, float, float]:
        """Tell west, south, east and north in degrees (EPSG:4490), with `buffer` units around."""
        wider = buffer / EXTENT
        west, east = ((self.x + part) / 2**self.z * 360.0 - 180.0 for part in (-wider, 1.0 + wider))
        north, south = (_latitude((self.y + part) / 2**self.z) for part in (-wider, 1.0 + wider))
        return west, south, east, north

    def units(self, lonlat: Floats) -> Floats:
        """Project places (n, 2), degrees in EPSG:4490, to this tile's units (n, 2): right and down of its corner."""
        whole = EXTENT * 2.0**self.z
        lat = np.radians(np.clip(lonlat[:, 1], -_NEAREST_POLE, _NEAREST_POLE))
        found = np.empty_like(lonlat)
        found[:, 0] = (lonlat[:, 0] / 360.0 + 0.5) * whole - self.x * EXTENT
        found[:, 1] = (0.5 - np.arctanh(np.sin(lat)) / (2 * pi)) * whole - self.y * EXTENT
        return found


def tiles_over(bounds: tuple[float, float, float, float], z: int) -> list[Tile]:
    """List the tiles of a zoom that west, south, east and north in degrees (EPSG:4490) touch, row by row."""
    west, south, east, north = bounds
    ends = Tile(z, 0, 0).units(np.array([[west, north], [east, south]])) // EXTENT
    (left, top), (right, bottom) = np.clip(ends, 0, 2**z - 1).astype(int).tolist()
    return [Tile(z, x, y) for y in range(top, bottom + 1) for x in range(left, right + 1)]


def _latitude(down: float) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * down))))
