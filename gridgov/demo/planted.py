"""The facts the demo plants on purpose: which compound plays which part, and what must stand where for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from gridgov.demo import areas, grouping
from gridgov.demo.areas import Cells
from gridgov.demo.estates import Orders
from gridgov.demo.plots import Compound, Plots
from gridgov.demo.roads import Streets
from gridgov.demo.shapes import Frame
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import LAND, Terrain

if TYPE_CHECKING:
    from gridgov.demo.geometry import Floats

_CLEAR = 235.0  # of paths round the lonely houses: more than the 200 m an attachment may reach, and their own size
_ISLAND = 5200.0  # m², of the compound whose paths lead nowhere: room for a few houses, not for 500 m of paths


@dataclass(frozen=True)
class Parts:
    """The compounds that play a part, as indexes of the plots' compounds."""

    gate: int  # a kindergarten right outside its closed gate
    wall: int  # a shop right behind its wall, where there is no gate
    across: int  # on the river, a maker space over the water
    corner: int  # no pharmacy far and wide
    island: int  # its paths lead nowhere
    lonely: int  # on the hill, far from every path
    unrecorded: int  # walled, no gate recorded
    crossing: int  # lies in two communities
    border: int  # lies in two grids, a building's point on their border
    full: int | None = None  # more children than the only kindergarten near it has places


@dataclass(frozen=True)
class Fixture:
    """A service point that must stand where it does; `plays` says why."""

    type: str
    point: Point
    plays: str
    capacity: int | None = None


@dataclass(frozen=True)
class Ban:
    """Ground on which no other service point of a type may stand."""

    type: str
    ground: Polygon


def lonely_place(terrain: Terrain) -> Point:
    """Return the spot on the hill that paths keep away from."""
    centre = terrain.hill.centroid
    return Point(round(centre.x + 125, 2), round(centre.y - 8, 2))


def lonely_polygon(terrain: Terrain) -> Polygon:
    """Return the ground of the lonely houses."""
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    centre = np.asarray(lonely_place(terrain).coords[0])
    ring = centre + np.column_stack([30 * np.cos(turn), 24 * np.sin(turn)]) * (1 + 0.08 * np.sin(3 * turn))[:, None]
    return Polygon(np.round(ring, 2))


def clearing(terrain: Terrain) -> Polygon:
    """Return the ground no path may touch."""
    return lonely_place(terrain).buffer(_CLEAR)


def cast(size: Size, terrain: Terrain, streets: Streets, cells: Cells, plots: Plots) -> tuple[Parts, Cells, Point]:
    """Give the parts; cut the blocks of the two that lie on borders. The point is the corner of the cut grid border."""
    compounds = plots.compounds
    taken: list[int] = []

    def take(index: int) -> int:
        taken.append(index)
        return index

    lonely = take(next(i for i, one in enumerate(compounds) if not one.faces))
    across = take(_nearest(compounds, taken, _at(terrain, size.facing, 60)))
    corner = take(_nearest(compounds, taken, _at(terrain, size.arterials[-1], size.north_depth)))
    large = sorted(
        (i for i, one in enumerate(compounds) if one.kind == "walled"), key=lambda i: -_breadth(compounds[i])
    )
    gate = take(next(i for i in large if i not in taken))
    wall = take(next(i for i in large if i not in taken and _apart(compounds, i, gate) > 700))
    near = grouping.Borders(streets.faces, streets)
    crossing, face, other = next(_pairs(compounds, large, taken, cells, near, "community"))
    cells, _ = areas.cut(cells, face, other, 0.3, "community")
    take(crossing)
    border, face, other = next(_pairs(compounds, large, taken, cells, near, "grid"))
    cells, given = areas.cut(cells, face, other, 0.45, "grid")
    take(border)
    bend = _bend(given, cells.polygons[face], streets.faces[face])
    unrecorded = take(next(i for i in large if i not in taken))
    small = sorted(
        (i for i, one in enumerate(compounds) if one.kind == "work_unit"), key=lambda i: compounds[i].polygon.area
    )
    island = take(next(i for i in small if i not in taken and compounds[i].polygon.area > _ISLAND))
    full = None
    if size.full_kindergarten is not None:
        parted = [_apart(compounds, i, gate) > 1200 for i in range(len(compounds))]
        full = take(next(i for i in large if i not in taken and parted[i]))
    return Parts(gate, wall, across, corner, island, lonely, unrecorded, crossing, border, full), cells, bend


def orders(parts: Parts, index: int) -> Orders | None:
    """Return what the compound's ways out must be, None where it is free."""
    told: dict[int | None, Orders] = {
        parts.gate: Orders({"W": "open", "E": "closed"}),
        parts.wall: Orders({"W": "open"}),
        parts.island: Orders({}, island=True),
        parts.lonely: Orders({}),
        parts.unrecorded: Orders({"W": None, "S": None}),
        parts.full: Orders({"E": "open", "W": "open", "N": "open", "S": "open"}),
    }
    return told.get(index)


def fixtures(
    terrain: Terrain, parts: Parts, plots: Plots, closed_gate: Point, open_gate: Point | None
) -> tuple[list[Fixture], list[Ban]]:
    """Return the service points that make the planted gaps, and where others must not stand.

    The closed gate is that of the compound `gate`, the open one that of the compound `full`.
    """
    gate, wall = (plots.compounds[index].polygon for index in (parts.gate, parts.wall))
    corner, across = (plots.compounds[index].polygon for index in (parts.corner, parts.across))
    lonely = lonely_place(terrain)
    placed = [
        Fixture("kindergarten", _outside(gate, closed_gate, 4.5), "gate"),
        Fixture("convenience_store", _outside(wall, _east_side(wall), 4.5), "wall"),
        Fixture("coworking", _over_the_river(terrain, across), "across"),
        Fixture("mini_fire_station", Point(round(lonely.x + 4, 2), round(lonely.y - 31, 2)), "far_facility"),
    ]
    bans = [
        Ban("kindergarten", gate.buffer(330)),
        Ban("convenience_store", wall.buffer(330)),
        Ban("coworking", across.buffer(1060)),
        Ban("pharmacy", corner.buffer(520)),
    ]
    if parts.full is not None and open_gate is not None:
        full = plots.compounds[parts.full].polygon
        point = _outside(full, open_gate, 4.5)
        placed.append(Fixture("kindergarten", point, "full", terrain.size.full_kindergarten))
        bans.append(Ban("kindergarten", full.buffer(700)))
    return placed, bans


def _at(terrain: Terrain, u: float, v: float) -> Point:
    return Point(terrain.north(np.array([u]), np.array([v]))[0])


def _nearest(compounds: tuple[Compound, ...], taken: list[int], place: Point) -> int:
    free = [index for index in range(len(compounds)) if index not in taken]
    return min(free, key=lambda index: compounds[index].polygon.distance(place))


def _apart(compounds: tuple[Compound, ...], one: int, other: int) -> float:
    return float(compounds[one].polygon.distance(compounds[other].polygon))


def _breadth(compound: Compound) -> float:
    west, south, east, north = Frame.of(compound.polygon).inward(compound.polygon).bounds
    return min(east - west, 1.3 * (north - south))


def _pairs(
    compounds: tuple[Compound, ...], order: list[int], taken: list[int], cells: Cells, near: grouping.Borders, what: str
) -> Iterator[tuple[int, int, int]]:
    """Yield compounds whose block borders another area's block, with both blocks."""
    for index in order:
        if index in taken or len(compounds[index].faces) != 1:
            continue
        face = compounds[index].faces[0]
        for other, length in sorted(near.length[face].items()):
            if length > 90 and cells.ground[other] == LAND and _parted(cells, face, other, what):
                yield index, face, other


def _parted(cells: Cells, face: int, other: int, what: str) -> bool:
    if cells.street[face] != cells.street[other]:
        return False
    same_community = cells.community[face] == cells.community[other]
    if what == "community":
        return not same_community
    return bool(same_community and cells.grid[face] != cells.grid[other])


def _bend(one: Polygon, other: Polygon, face: Polygon) -> Point:
    corners = {tuple(xy) for xy in one.exterior.coords} & {tuple(xy) for xy in other.exterior.coords}
    return max((Point(xy) for xy in sorted(corners)), key=face.exterior.distance)


def _east_side(polygon: Polygon) -> Point:
    frame = Frame.of(polygon)
    east = shapely.intersection(frame.inward(polygon).exterior, LineString([(0, 0), (500, 0)]))
    return Point(shapely.get_coordinates(frame.outward(east))[0])


def _outside(polygon: Polygon, on_wall: Point, metres: float) -> Point:
    direction: Floats = np.asarray(on_wall.coords[0]) - np.asarray(polygon.centroid.coords[0])
    place = np.asarray(on_wall.coords[0]) + direction / np.hypot(*direction) * metres + np.array([0.0, 5.0])
    return Point(np.round(place, 2))


def _over_the_river(terrain: Terrain, polygon: Polygon) -> Point:
    u = np.array([polygon.centroid.x])
    return Point(np.round(terrain.south(u, np.array([12.0]))[0], 2))
