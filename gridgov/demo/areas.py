"""Streets, communities and grids: groups of neighbouring blocks, so that every border follows a road or the river."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridgov.demo.division import divide
from gridgov.demo.geometry import Floats, points, union
from gridgov.demo.grouping import Borders, Ints, group, join_the_rest
from gridgov.demo.roads import Streets
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import HILL, LAND, WATER, Terrain

_COUNTED_AS_LAND = 0.55  # a face with more water than this belongs to the river


@dataclass(frozen=True)
class Cells:
    """The faces of the drawing, and whom each belongs to; a face that two grids share stands here in two pieces."""

    polygons: tuple[Polygon, ...]
    ground: Ints  # LAND, WATER or HILL
    street: Ints
    community: Ints
    grid: Ints  # numbered within the community
    rural: NDArray[np.bool_]


def lay_out(size: Size, terrain: Terrain, streets: Streets) -> Cells:
    """Group the faces into streets, communities and basic grids."""
    polygons = streets.faces
    ground = _ground(polygons, terrain)
    borders = Borders(polygons, streets)
    divided = divide(size, polygons, terrain, ground, borders)
    street = divided.street
    community = np.full(len(polygons), -1)
    weight = shapely.area(list(polygons))
    first = 0
    for index, count in enumerate(divided.communities):
        mine = np.flatnonzero((street == index) & (ground == LAND))
        community[mine] = first + group(borders, weight, mine, count)
        first += count
    join_the_rest(community, street, borders)
    community = _numbered(polygons, community, street)
    grid = _grids(size, borders, weight, ground, community)
    return Cells(tuple(polygons), ground, street, community, grid, divided.rural)


def cut(cells: Cells, face: int, towards: int, part: float, joins: str) -> tuple[Cells, Polygon]:
    """Cut a face in two between corners it has already, and give the piece next to face `towards` to that one's area.

    `joins` is "community" or "grid". The cut bends in the middle, so that a border has a corner inside the face.
    """
    polygon = cells.polygons[face]
    line = _cut_line(polygon, cells.polygons[towards], part)
    pieces = sorted(
        shapely.get_parts(shapely.polygonize([shapely.unary_union([polygon.exterior, line])])),
        key=lambda piece: (_shared(piece, cells.polygons[towards]), piece.area),
    )
    kept, given = pieces[0], pieces[-1]
    polygons = [*cells.polygons, given]
    polygons[face] = kept
    more = replace(
        cells,
        polygons=tuple(polygons),
        ground=np.append(cells.ground, cells.ground[face]),
        street=np.append(cells.street, cells.street[towards]),
        community=np.append(cells.community, cells.community[towards if joins == "community" else face]),
        grid=np.append(cells.grid, cells.grid[towards]),
        rural=np.append(cells.rural, cells.rural[face]),
    )
    return more, given


def _ground(polygons: tuple[Polygon, ...], terrain: Terrain) -> Ints:
    area = shapely.area(list(polygons))
    wet = shapely.area(shapely.intersection(list(polygons), terrain.water)) / area
    hilly = sum(shapely.area(shapely.intersection(list(polygons), hill)) / area for hill in terrain.hills)
    return np.where(wet > _COUNTED_AS_LAND, WATER, np.where(hilly > 0.9, HILL, LAND))


def _numbered(polygons: tuple[Polygon, ...], label: Ints, street: Ints) -> Ints:
    """Return the labels renumbered street by street, north to south in bands and west to east in each."""
    place = {int(one): _place(polygons, np.flatnonzero(label == one)) for one in np.unique(label)}
    of_street = {int(one): int(street[label == one][0]) for one in np.unique(label)}
    order = sorted(place, key=lambda one: (of_street[one], -round(place[one][1] / 350), place[one][0]))
    new = np.empty(int(label.max()) + 1, dtype=np.int64)
    new[np.asarray(order)] = np.arange(len(order))
    return new[label]


def _place(polygons: tuple[Polygon, ...], members: Ints) -> tuple[float, float]:
    centre = union([polygons[index] for index in members]).centroid
    return round(centre.x, 3), round(centre.y, 3)


def _grids(size: Size, borders: Borders, weight: Floats, ground: Ints, community: Ints) -> Ints:
    """Return each face's grid within its community; the larger the built area, the more grids."""
    grid = np.zeros(len(community), dtype=np.int64)
    few, many = size.grids_per_community
    built = np.where(ground == LAND, weight, 0.0)
    area = np.bincount(community, built)
    for index in range(len(area)):
        count = int(np.clip(round(float(area[index]) / float(np.median(area)) * 2.6), few, many))
        land = np.flatnonzero((community == index) & (ground == LAND))
        grid[land] = group(borders, weight, land, min(count, len(land)))
        for face in np.flatnonzero((community == index) & (ground != LAND)):
            grid[face] = _longest(borders, int(face), community, ground, grid)
    return grid


def _longest(borders: Borders, face: int, community: Ints, ground: Ints, grid: Ints) -> int:
    length: dict[int, float] = {}
    for other, metres in borders.length[face].items():
        if community[other] == community[face] and ground[other] == LAND:
            length[int(grid[other])] = length.get(int(grid[other]), 0.0) + metres
    return max(sorted(length), key=lambda key: length[key]) if length else 0


def _cut_line(polygon: Polygon, other: Polygon, part: float) -> shapely.LineString:
    """Return a bent line across a polygon, along its side towards the other, `part` of the way in."""
    corner = np.asarray(polygon.exterior.coords[:-1])
    far = np.asarray(shapely.distance(points(corner), other))
    wanted = float(np.max(far)) * part
    across = np.asarray(polygon.centroid.coords[0]) - np.asarray(other.centroid.coords[0])
    side = np.sign(across[0] * (corner[:, 1] - polygon.centroid.y) - across[1] * (corner[:, 0] - polygon.centroid.x))
    left = _nearest(far, wanted, side > 0)
    right = _nearest(far, wanted, side < 0)
    bend = (corner[left] + corner[right]) / 2 + across / np.hypot(*across) * 9
    return shapely.LineString([corner[left], np.round(bend, 2), corner[right]])


def _nearest(values: Floats, wanted: float, allowed: NDArray[np.bool_]) -> int:
    return int(np.argmin(np.where(allowed, np.abs(values - wanted), np.inf)))


def _shared(one: Polygon, other: Polygon) -> float:
    return float(shapely.intersection(one.boundary, other.boundary).length)
