"""Which street each face belongs to, how many communities each street has, and what is village ground."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridgov.demo.geometry import Floats
from gridgov.demo.grouping import Borders, Ints, group, join_the_rest
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import LAND, Terrain

SOUTH, NORTH, RURAL = 0, 1, 2


@dataclass(frozen=True)
class Division:
    """The street of each face, the number of communities of each street, and which faces are village ground."""

    street: Ints
    communities: tuple[int, ...]
    rural: NDArray[np.bool_]


def divide(size: Size, polygons: tuple[Polygon, ...], terrain: Terrain, ground: Ints, borders: Borders) -> Division:
    """Divide the faces into streets: those told by name, else groups of about the same size on each bank."""
    if size.streets:
        return Division(_told(size, polygons, terrain), size.streets, np.zeros(len(polygons), dtype=bool))
    part = _parts(size, polygons, terrain)
    weight = shapely.area(list(polygons))
    street = np.full(len(polygons), -1)
    counts: list[int] = []
    for one, streets, communities in _shares(size):
        if not streets:
            continue
        mine = np.flatnonzero((part == one) & (ground == LAND))
        label = group(borders, weight, mine, streets)
        street[mine] = len(counts) + label
        size_of_each = np.bincount(label, weight[mine], minlength=streets).astype(np.float64)
        counts += _allotted(size_of_each, communities)
    join_the_rest(street, part, borders)
    return Division(street, tuple(counts), part == RURAL)


def _shares(size: Size) -> list[tuple[int, int, int]]:
    """Return for each part of the town how many streets and communities it has."""
    south, north = size.bank_streets
    villages = size.rural.villages if size.rural else 0
    town = size.communities - villages
    of_south = round(town * south / (south + north))
    return [
        (NORTH, north, town - of_south),
        (SOUTH, south, of_south),
        (RURAL, size.rural.streets if size.rural else 0, villages),
    ]


def _allotted(weight: Floats, total: int) -> list[int]:
    """Share a total out by weight, the largest remainders rounded up."""
    exact = weight / weight.sum() * total
    whole = np.floor(exact).astype(int)
    for index in np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]:
        whole[index] += 1
    return [int(count) for count in whole]


def _parts(size: Size, polygons: tuple[Polygon, ...], terrain: Terrain) -> Ints:
    centre = shapely.centroid(list(polygons))
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    along = np.linspace(-size.width, size.width, 800)
    back = terrain.north(along, np.full(800, size.north_depth))
    behind = (y > np.interp(x, back[:, 0], back[:, 1])) if size.rural else np.zeros(len(x), dtype=bool)
    return np.where(y < terrain.river(x), SOUTH, np.where(behind, RURAL, NORTH))


def _told(size: Size, polygons: tuple[Polygon, ...], terrain: Terrain) -> Ints:
    """Return the street of each face: south of the river, and north of it on either side of one cross road."""
    centre = shapely.centroid(list(polygons))
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    away = np.linspace(-400, size.north_depth + 200, 200)
    line = terrain.north(np.full(200, size.arterials[size.street_line]), np.maximum(away, 0.0))
    east = x > np.interp(y, line[:, 1], line[:, 0])
    return np.where(y < terrain.river(x), 2, np.where(east, 1, 0))
