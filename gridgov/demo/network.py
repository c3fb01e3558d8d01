"""The walking network: roads, promenades, paths of hill and parks, ways through the compounds."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point, Polygon

from gridgov.demo.geometry import lines as union_of
from gridgov.demo.planted import clearing
from gridgov.demo.roads import Road, Streets, node, without_stubs
from gridgov.demo.shapes import Frame
from gridgov.demo.terrain import Terrain, contour

_STAIRS = 115.0  # between two stairs down to the promenade


@dataclass(frozen=True)
class Way:
    """A piece of the network between two junctions."""

    geometry: LineString
    kind: str
    name: str | None
    bridge: bool = False
    tunnel: bool = False


def assemble(terrain: Terrain, streets: Streets, parks: list[Polygon], inner: list[Road]) -> list[Way]:
    """Return every path, cut where paths meet or cross at grade; bridges and the tunnel pass over and under."""
    roads = [edge for edge in streets.edges if edge.kind != "line"]
    lines = [*roads, *_waterfront(terrain, roads)]
    for hill, (_, _, along, _) in zip(terrain.hills, terrain.size.hills, strict=True):
        lines += _hill(hill, along, clearing(terrain), roads)
    tree = shapely.STRtree([road.geometry for road in roads])
    for number, park in enumerate(parks):
        lines += _park(park, tree, number)
    lines += [Road(pavement, "footway") for pavement in streets.pavements]
    pieces = without_stubs(node([*lines, *inner]))
    ways = [Way(road.geometry, road.kind, road.name) for road in pieces]
    ways += [Way(line, "primary", f"{number}号大桥", bridge=True) for number, line in enumerate(streets.bridges, 1)]
    ways.append(Way(streets.tunnel, "secondary", "望山隧道", tunnel=True))
    ends = [shapely.get_coordinates(shapely.get_point([way.geometry for way in ways], at)) for at in (0, -1)]
    return [ways[index] for index in np.lexsort(np.hstack(ends).T[::-1])]


def _waterfront(terrain: Terrain, roads: list[Road]) -> list[Road]:
    """Return the promenades, and stairs to them from the bank roads."""
    network = union_of([road.geometry for road in roads])
    lines = []
    for side, name in ((1, "北岸步道"), (-1, "南岸步道")):
        path = terrain.promenade(side)
        lines.append(Road(path, "footway", name))
        for at in np.arange(_STAIRS / 3, path.length, _STAIRS):
            foot = path.interpolate(at)
            stairs = shapely.shortest_line(foot, network)
            lines.append(Road(stairs, "steps"))
    return lines


def _hill(hill: Polygon, along: float, spared: Polygon, roads: list[Road]) -> list[Road]:
    """Return three winding climbs to the top and three terraces round the western slope."""
    free = hill.difference(spared)
    centre = hill.centroid
    top = np.array([centre.x - along * 190 / 480, centre.y + 15])
    network = union_of([road.geometry for road in roads])
    lines = [_climb(network, centre, angle, top) for angle in (2.35, 3.25, 4.1)]
    for part in (0.9, 0.76, 0.6):
        pieces = shapely.get_parts(shapely.intersection(contour(hill, part), free))
        lines += [piece for piece in pieces if piece.centroid.x < centre.x or part == 0.9]
    kept = [piece for line in lines for piece in shapely.get_parts(shapely.intersection(line, free.buffer(0.5)))]
    return [Road(piece, "path") for piece in kept if piece.length > 15]


def _climb(network: MultiLineString, centre: Point, angle: float, top: np.ndarray) -> LineString:
    direction = np.array([np.cos(angle), np.sin(angle)])
    ray = LineString([np.asarray(centre.coords[0]), np.asarray(centre.coords[0]) + direction * 700])
    foot = min(shapely.get_parts(shapely.intersection(ray, network)), key=centre.distance)
    start = np.asarray(foot.coords[0])
    along = top - start
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    part = np.linspace(0, 1, 90)
    swing = 34 * np.sin(part * np.pi * 7) * np.sin(part * np.pi) ** 0.5
    return LineString(start + along * part[:, None] + across * swing[:, None])


def _park(park: Polygon, roads: shapely.STRtree, number: int) -> list[Road]:
    """Return a path round a park, two winding ones across it, and ways in from the roads at its sides."""
    frame = Frame.of(park)
    local = frame.inward(park)
    ring = local.buffer(-9, join_style="round").buffer(-6).buffer(6)
    if not isinstance(ring, Polygon) or ring.is_empty:
        return []
    west, south, east, north = ring.bounds
    part = np.linspace(-0.1, 1.1, 40)
    bow = (1 - 2 * (number % 2)) * np.sin(part * np.pi * (1 + number % 3) + number)
    across = [
        np.column_stack([west + (east - west) * part, (south + north) / 2 + 0.22 * (north - south) * bow]),
        np.column_stack([(west + east) / 2 + 0.22 * (east - west) * bow, south + (north - south) * part]),
    ]
    lines = [LineString(ring.exterior.coords)]
    for line in across:
        lines += [p for p in shapely.get_parts(shapely.intersection(LineString(line), ring)) if p.length > 5]
    paths = [Road(frame.exactly(line), "footway") for line in lines]
    return paths + [Road(way, "footway") for way in _ways_in(frame.exactly(ring), roads)]


def _ways_in(ring: Polygon, roads: shapely.STRtree) -> list[LineString]:
    found = []
    for at in (0.1, 0.35, 0.6, 0.85):
        start = shapely.line_interpolate_point(ring.exterior, at, normalized=True)
        line = shapely.shortest_line(start, roads.geometries[int(roads.nearest(start))])
        if line.length < 45:
            found.append(line)
    return found
