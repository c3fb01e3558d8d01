"""Streets, communities and grids: groups of neighbouring blocks, so that every border follows a road or the river."""

import heapq
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridgov.demo.geometry import Floats, centres, points, union
from gridgov.demo.roads import Streets
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import Terrain

Ints = NDArray[np.int64]
LAND, WATER, HILL = 0, 1, 2
_ROUNDS = 12
_COUNTED_AS_LAND = 0.55  # a face with more water than this belongs to the river


@dataclass(frozen=True)
class Cells:
    """The faces of the drawing, and whom each belongs to; a face that two grids share stands here in two pieces."""

    polygons: tuple[Polygon, ...]
    ground: Ints  # LAND, WATER or HILL
    street: Ints
    community: Ints
    grid: Ints  # numbered within the community


def lay_out(size: Size, terrain: Terrain, streets: Streets) -> Cells:
    """Group the faces into streets, communities and basic grids."""
    polygons = streets.faces
    ground = _ground(polygons, terrain)
    borders = Borders(polygons, streets)
    street = _streets(size, polygons, terrain)
    community = np.full(len(polygons), -1)
    weight = shapely.area(list(polygons))
    first = 0
    for index, count in enumerate(size.streets):
        mine = np.flatnonzero((street == index) & (ground == LAND))
        community[mine] = first + group(borders, weight, mine, count)
        first += count
    _join_the_rest(community, street, borders)
    community = _numbered(polygons, community, street)
    grid = _grids(size, borders, weight, ground, community)
    return Cells(tuple(polygons), ground, street, community, grid)


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
    )
    return more, given


class Borders:
    """Which faces are neighbours, and how dear it is to grow from one into the other."""

    def __init__(self, polygons: tuple[Polygon, ...], streets: Streets) -> None:
        self.centre = centres(polygons)
        tree = shapely.STRtree(list(polygons))
        self.near: list[dict[int, float]] = [{} for _ in polygons]
        self.length: list[dict[int, float]] = [{} for _ in polygons]
        midpoints = shapely.line_interpolate_point([edge.geometry for edge in streets.edges], 0.5, normalized=True)
        found, owner = tree.query(shapely.buffer(midpoints, 0.05), predicate="intersects")
        sides: dict[int, list[int]] = {}
        for edge, face in sorted(zip(found.tolist(), owner.tolist(), strict=True)):
            sides.setdefault(edge, []).append(face)
        for edge, faces in sides.items():
            if len(faces) == 2:
                self._join(faces[0], faces[1], streets.edges[edge].kind, streets.edges[edge].geometry.length)

    def _join(self, one: int, other: int, kind: str, length: float) -> None:
        apart = float(np.hypot(*(self.centre[one] - self.centre[other])))
        cost = apart * {"primary": 3.0, "secondary": 1.4}.get(kind, 1.0)
        for a, b in ((one, other), (other, one)):
            self.near[a][b] = min(cost, self.near[a].get(b, cost))
            self.length[a][b] = self.length[a].get(b, 0.0) + length


def group(borders: Borders, weight: Floats, members: Ints, count: int) -> Ints:
    """Return a label 0…count-1 for each member: connected groups of about the same weight."""
    seeds = spread(borders.centre[members], count)
    label = np.zeros(len(members), dtype=np.int64)
    load = np.ones(count)
    for _ in range(_ROUNDS):
        label = _grow(borders, members, members[seeds], load)
        mass = np.bincount(label, weight[members], minlength=count)
        load = load * (mass / mass.mean()) ** 0.3
        for index in range(count):
            mine = np.flatnonzero(label == index)
            middle = np.average(borders.centre[members[mine]], axis=0, weights=weight[members[mine]])
            seeds[index] = mine[np.argmin(np.hypot(*(borders.centre[members[mine]] - middle).T))]
    return label


def _grow(borders: Borders, members: Ints, seeds: Ints, load: Floats) -> Ints:
    allowed = {int(face): position for position, face in enumerate(members)}
    label = np.full(len(members), -1)
    queue = [(0.0, int(seed), index) for index, seed in enumerate(seeds)]
    heapq.heapify(queue)
    while queue:
        cost, face, index = heapq.heappop(queue)
        if label[allowed[face]] >= 0:
            continue
        label[allowed[face]] = index
        for other, step in sorted(borders.near[face].items()):
            if other in allowed and label[allowed[other]] < 0:
                heapq.heappush(queue, (cost + step * float(load[index]), other, index))
    lost = np.flatnonzero(label < 0)
    for position in lost:
        apart = np.hypot(*(borders.centre[seeds] - borders.centre[members[position]]).T)
        label[position] = int(np.argmin(apart))
    return label


def spread(centre: Floats, count: int) -> Ints:
    """Return `count` members, each as far as can be from those before."""
    chosen = [int(np.argmin(centre @ np.array([1.0, -0.6])))]
    apart = np.hypot(*(centre - centre[chosen[0]]).T)
    while len(chosen) < count:
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.hypot(*(centre - centre[chosen[-1]]).T))
    return np.asarray(chosen)


def _ground(polygons: tuple[Polygon, ...], terrain: Terrain) -> Ints:
    area = shapely.area(list(polygons))
    wet = shapely.area(shapely.intersection(list(polygons), terrain.water)) / area
    hilly = shapely.area(shapely.intersection(list(polygons), terrain.hill)) / area
    return np.where(wet > _COUNTED_AS_LAND, WATER, np.where(hilly > 0.9, HILL, LAND))


def _streets(size: Size, polygons: tuple[Polygon, ...], terrain: Terrain) -> Ints:
    """Return the street of each face: south of the river, and north of it on either side of one cross road."""
    centre = shapely.centroid(list(polygons))
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    away = np.linspace(-400, size.north_depth + 200, 200)
    line = terrain.north(np.full(200, size.arterials[size.street_line]), np.maximum(away, 0.0))
    east = x > np.interp(y, line[:, 1], line[:, 0])
    return np.where(y < terrain.river(x), 2, np.where(east, 1, 0))


def _join_the_rest(community: Ints, street: Ints, borders: Borders) -> None:
    """Give river and hill to the community of their street that they border longest."""
    waiting = [int(face) for face in np.flatnonzero(community < 0)]
    while waiting:
        for face in list(waiting):
            length: dict[int, float] = {}
            for other, metres in borders.length[face].items():
                if community[other] >= 0 and street[other] == street[face]:
                    length[int(community[other])] = length.get(int(community[other]), 0.0) + metres
            if length:
                community[face] = max(sorted(length), key=lambda key: length[key])
                waiting.remove(face)


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
