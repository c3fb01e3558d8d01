"""The town's roads: arterials along and across the river, and blocks cut again and again between them."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

from gridgov.demo import names
from gridgov.demo.geometry import Floats, centres, union
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import Terrain

Bend = Callable[[Floats, Floats], Floats]
Quad = tuple[tuple[float, float], ...]
HALF_WIDTH = {"primary": 16.0, "secondary": 11.0, "residential": 7.5, "line": 0.0}
_PAVED = ("primary", "secondary")
_ZEBRAS = 75.0  # between two zebra crossings
_AT_HAND = 0.02  # a piece lies at most this far from the line it was cut from
_STEP = 14.0  # between the vertices of a bent road
_OVERRUN = 0.6  # roads run this far over the road they end at, so that the two cross; the stubs are dropped


@dataclass(frozen=True)
class Road:
    """A line of the drawing: a road, or a border that nobody walks (`line`)."""

    geometry: LineString
    kind: str
    name: str | None = None


@dataclass(frozen=True)
class Streets:
    """The noded drawing: edges between junctions, and the faces they enclose."""

    edges: tuple[Road, ...]
    faces: tuple[Polygon, ...]
    bridges: tuple[LineString, ...]
    tunnel: LineString
    pavements: tuple[LineString, ...]


def draw(size: Size, terrain: Terrain) -> Streets:
    """Draw roads and faces."""
    drawn = [*_bank(size, terrain, "north"), *_bank(size, terrain, "south")]
    drawn = [replace(road, name=names.road(number, road.kind)) for number, road in enumerate(drawn)]
    for number, hill in enumerate(terrain.hills):
        drawn = _round_hill(drawn, hill, number)
    borders = _borders(size, terrain)
    edges = without_stubs(node([*drawn, *borders]))
    faces = shapely.get_parts(shapely.polygonize([edge.geometry for edge in edges]))
    order = np.lexsort(np.round(centres(faces)).T)
    return Streets(
        edges=tuple(edges),
        faces=tuple(faces[order]),
        bridges=tuple(_bridge(terrain, size.arterials[index], edges) for index in size.bridges),
        tunnel=_tunnel(terrain, edges),
        pavements=tuple(_pavements(drawn, union(list(faces)))),
    )


def node(lines: list[Road], grid: float = 0.01) -> list[Road]:
    """Cut lines where they meet or cross, on a grid of `grid` metres; each piece keeps its line's kind and name."""
    return _merged(shapely.unary_union([line.geometry for line in lines], grid_size=grid), lines)


def without_stubs(edges: list[Road]) -> list[Road]:
    """Drop the bits of road that run over the road they end at, then join what the bits had cut."""
    ends = _ends(edges)

    def loose(edge: Road) -> bool:
        return min(ends[edge.geometry.coords[0]], ends[edge.geometry.coords[-1]]) == 1

    kept = [edge for edge in edges if edge.geometry.length > 3 * _OVERRUN or not loose(edge)]
    return _merged(MultiLineString([edge.geometry for edge in kept]), kept)


def _merged(noded: BaseGeometry, lines: list[Road]) -> list[Road]:
    """Return the pieces of some lines, joined where only two meet, each with the kind and name of its line."""
    merged = shapely.get_parts(shapely.line_merge(noded))
    owners = _nearest(_midpoints(merged), [line.geometry for line in lines])
    return [Road(piece, lines[i].kind, lines[i].name) for piece, i in zip(merged, owners, strict=True)]


def _nearest(places: NDArray[np.object_], lines: list[LineString]) -> list[int]:
    """Return the line nearest each place: asked one by one, which is slow, only where not a single one is at hand."""
    tree = shapely.STRtree(lines)
    place, line = tree.query(places, predicate="dwithin", distance=_AT_HAND)
    alone = np.bincount(place, minlength=len(places)) == 1
    nearest = np.empty(len(places), dtype=np.int64)
    nearest[place[alone[place]]] = line[alone[place]]
    if not alone.all():
        nearest[~alone] = tree.nearest(places[~alone])
    return [int(index) for index in nearest]


def _midpoints(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.line_interpolate_point(lines, 0.5, normalized=True), dtype=object)


def _bank(size: Size, terrain: Terrain, side: str) -> list[Road]:
    bend: Bend = terrain.north if side == "north" else terrain.south
    rows = size.north_rows if side == "north" else size.south_rows
    crossings = size.arterials
    random = size.random(f"roads {side}")
    drawn = [_road(bend, ((crossings[0], row), (crossings[-1], row)), "primary") for row in rows]
    drawn += [_road(bend, ((at, rows[0]), (at, rows[-1])), "primary") for at in crossings]
    for west, east in pairwise(crossings):
        for near, far in pairwise(rows):
            quad = ((west, near), (east, near), (east, far), (west, far))
            drawn += _cut(quad, _Cutting(size, bend, random, side == "north"))
    return drawn


@dataclass(frozen=True)
class _Cutting:
    size: Size
    bend: Bend
    random: np.random.Generator
    old: bool

    def target(self, quad: Quad) -> float:
        u, v = (float(middle) for middle in np.mean(quad, axis=0))
        if self.old and any(west < u < east and v < depth for west, east, depth in self.size.old_quarters):
            return self.size.old_block
        if self.size.rural is not None and self.old and v > self.size.north_depth:
            return self.size.rural.block
        return self.size.block * (1.0 + 0.12 * min(v / self.size.north_depth, 1))


def _cut(quad: Quad, cutting: _Cutting) -> list[Road]:
    """Cut a block across its longer side until its sides are about the target."""
    a, b, c, d = (np.asarray(corner) for corner in quad)
    along, away = _length(a, b, d, c), _length(a, d, b, c)
    if max(along, away) < 1.42 * cutting.target(quad):
        return []
    part = cutting.random.uniform(0.41, 0.59)
    slant = part + cutting.random.uniform(-0.07, 0.07)
    if along >= away:
        ends = a + (b - a) * part, d + (c - d) * slant
        halves = (a, ends[0], ends[1], d), (ends[0], b, c, ends[1])
    else:
        ends = a + (d - a) * part, b + (c - b) * slant
        halves = (a, b, ends[1], ends[0]), (ends[0], ends[1], c, d)
    kind = "secondary" if max(along, away) > 400 else "residential"
    road = _road(cutting.bend, (tuple(ends[0]), tuple(ends[1])), kind, _OVERRUN)
    return [road, *(more for half in halves for more in _cut(tuple(map(tuple, half)), cutting))]


def _length(a: Floats, b: Floats, c: Floats, d: Floats) -> float:
    return (math.dist(a, b) + math.dist(c, d)) / 2


def _road(bend: Bend, ends: tuple[tuple[float, ...], ...], kind: str, overrun: float = 0.0) -> Road:
    start, end = np.asarray(ends[0], dtype=float), np.asarray(ends[1], dtype=float)
    length = float(np.hypot(*(end - start)))
    count = max(2, int(np.ceil(length / _STEP)) + 1)
    part = np.linspace(-overrun / length, 1 + overrun / length, count)[:, None]
    uv = start + (end - start) * part
    return Road(LineString(bend(uv[:, 0], np.maximum(uv[:, 1], 0.0) if not overrun else uv[:, 1])), kind)


def _round_hill(drawn: list[Road], hill: Polygon, number: int) -> list[Road]:
    """Stop the roads at a hill's foot and lay a road round it."""
    inside = hill.buffer(-_OVERRUN)
    kept = [
        replace(road, geometry=piece)
        for road in drawn
        for piece in shapely.get_parts(shapely.difference(road.geometry, inside))
        if piece.length > 1
    ]
    name = f"环山{names.numeral(number + 1) if number else ''}路"
    return [*kept, Road(LineString(hill.exterior.coords), "secondary", name)]


def _borders(size: Size, terrain: Terrain) -> list[Road]:
    """Return the lines in the river along which communities part: its middle, and cuts from bank to bank."""
    cuts = np.asarray(size.arterials, dtype=float)
    zero = np.zeros_like(cuts)
    ends = zip(terrain.north(cuts, zero), terrain.south(cuts, zero), strict=True)
    return [Road(terrain.middle, "line"), *(Road(LineString(pair), "line") for pair in ends)]


def _bridge(terrain: Terrain, at: float, edges: list[Road]) -> LineString:
    """Return a bridge between the junctions of its cross road with the two bank roads."""
    u, zero = np.array([at]), np.zeros(1)
    ends = sorted(_ends(edges))
    banks = terrain.north(u, zero)[0], terrain.south(u, zero)[0]
    return LineString([min(ends, key=lambda xy: float(np.hypot(*(np.asarray(xy) - bank)))) for bank in banks])


def _pavements(drawn: list[Road], town: Polygon) -> list[LineString]:
    """Return the pavements on both sides of the larger roads, but for the sides that face out of town."""
    shapely.prepare(town)
    lines = []
    for road in drawn:
        away = HALF_WIDTH[road.kind] - 3.5
        if road.kind in _PAVED and road.geometry.length > 60:
            sides = shapely.offset_curve(road.geometry, [away, -away], join_style="mitre")
            lines += [line for line in shapely.get_parts(shapely.intersection(sides, town)) if line.length > 40]
            lines += [line for line in _zebras(road.geometry, away) if town.contains(line)]
    return lines


def _zebras(road: LineString, away: float) -> list[LineString]:
    """Return the crossings from pavement to pavement."""
    found = []
    for at in np.arange(_ZEBRAS / 2, road.length - 20, _ZEBRAS):
        middle, ahead = (np.asarray(road.interpolate(metres).coords[0]) for metres in (at, at + 1))
        across = np.array([middle[1] - ahead[1], ahead[0] - middle[0]]) * (away + _OVERRUN)
        found.append(LineString([middle - across, middle, middle + across]))
    return found


def _ends(edges: list[Road]) -> dict[tuple[float, ...], int]:
    """Return how many edges end at each place."""
    ends = shapely.get_coordinates([shapely.get_point([edge.geometry for edge in edges], at) for at in (0, -1)])
    return Counter(map(tuple, ends.tolist()))


def _tunnel(terrain: Terrain, edges: list[Road]) -> LineString:
    """Return the tunnel under the hill, from one junction at its foot to one on the other side."""
    ring = terrain.hill.exterior
    foot = sorted(xy for xy in _ends(edges) if ring.distance(shapely.Point(xy)) < 0.05)
    centre = terrain.hill.centroid
    west = [xy for xy in foot if xy[0] < centre.x - 120]
    south = min(west, key=lambda xy: xy[1])
    north = max(west, key=lambda xy: xy[1])
    return LineString([south, north])
