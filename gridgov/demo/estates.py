"""Compounds from inside: rows of slabs and towers behind a wall, lanes of the old quarter, lone houses."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.affinity import rotate
from shapely.ops import split

from gridgov.demo.geometry import largest, longest, union
from gridgov.demo.plots import Compound
from gridgov.demo.roads import Road
from gridgov.demo.shapes import Building, Estate, Frame, Gate, lines_within, with_corner

_DRIVE = 5.0  # from the wall to the drive round the inside
_CLEAR = 10.5  # from the wall to the nearest building
_DOORSTEP = 5.0  # from a building's door to the path along its row
_REACH = 45.0  # how far a way out may run to the road
_VILLAGE_DEPTH = 62.0  # how far a village's houses stand from their lane
_SIDES = {"E": (1.0, 0.0), "W": (-1.0, 0.0), "N": (0.0, 1.0), "S": (0.0, -1.0)}


@dataclass(frozen=True)
class Rows:
    """How a compound's rows are spaced, in metres."""

    length: float
    depth: float
    gap: float
    spacing: float
    storeys: tuple[int, int]
    form: str


SLABS = Rows(length=43, depth=12, gap=9, spacing=13.5, storeys=(6, 11), form="slab")
WORKERS = Rows(length=38, depth=10, gap=9, spacing=13, storeys=(4, 6), form="slab")
TOWERS = Rows(length=29, depth=21, gap=17, spacing=24, storeys=(18, 30), form="tower")


@dataclass(frozen=True)
class Orders:
    """What a compound must have: the state of the gate on each side (`None`: a way through no recorded gate)."""

    sides: dict[str, str | None]
    island: bool = False


class Surroundings:
    """The roads round the compounds, to lead ways out to."""

    def __init__(self, roads: list[LineString]) -> None:
        self.roads = roads
        self.tree = shapely.STRtree(roads)

    def first_on(self, ray: LineString) -> Point | None:
        """Return where a ray first meets a road."""
        met = [shapely.intersection(ray, self.roads[i]) for i in sorted(self.tree.query(ray, "intersects").tolist())]
        points = [part for one in met for part in shapely.get_parts(one) if isinstance(part, Point)]
        start = Point(ray.coords[0])
        return min(points, key=start.distance) if points else None


def build(compound: Compound, orders: Orders, around: Surroundings, random: np.random.Generator) -> Estate:
    """Draw a compound of rows or of lone houses."""
    estate = Estate(compound.polygon)
    frame = Frame.of(compound.polygon)
    if compound.kind == "scattered":
        _houses(estate, frame, random)
    else:
        _rows(estate, frame, _style(compound, random), random, island=orders.island)
    for side, state in orders.sides.items():
        _way_out(estate, frame, side, state, around, random)
    estate.buildings.sort(key=lambda one: (-round(one.footprint.centroid.y / 15), one.footprint.centroid.x))
    return estate


def build_hamlet(compound: Compound, houses: int, around: Surroundings, random: np.random.Generator) -> Estate:
    """Draw a village's houses along a lane that leads out to the roads on two sides."""
    estate = Estate(compound.polygon)
    frame = Frame.of(compound.polygon)
    _houses(estate, frame, random, most=houses, along=_VILLAGE_DEPTH)
    for side in ("E", "W"):
        _way_out(estate, frame, side, None, around, random)
    estate.buildings.sort(key=lambda one: (-round(one.footprint.centroid.y / 15), one.footprint.centroid.x))
    return estate


def build_old(compound: Compound, faces: list[Polygon], random: np.random.Generator) -> Estate:
    """Draw a compound of the old quarter: lanes cut through its blocks, houses in what they leave."""
    estate = Estate(compound.polygon)
    room = compound.polygon.buffer(-1.2)
    for face in faces:
        for parcel in _lanes(face, estate, random):
            footprint = shapely.intersection(parcel.buffer(-3.0, join_style="mitre"), room)
            if isinstance(footprint, Polygon) and footprint.area > 170 and random.random() < 0.93:
                footprint = shapely.set_precision(_notched(footprint, random), 0.01)
                if isinstance(footprint, Polygon):
                    estate.paths.append(Road(shapely.shortest_line(footprint, parcel.exterior), "footway"))
                    estate.buildings.append(Building(footprint, footprint.area, int(random.integers(2, 4)), "old"))
    estate.buildings.sort(key=lambda one: (-round(one.footprint.centroid.y / 15), one.footprint.centroid.x))
    return estate


def _style(compound: Compound, random: np.random.Generator) -> Rows:
    if compound.kind == "work_unit":
        return WORKERS
    return TOWERS if random.random() < 0.3 and compound.polygon.area > 11000 else SLABS


def _rows(estate: Estate, frame: Frame, rows: Rows, random: np.random.Generator, *, island: bool) -> None:
    polygon = frame.inward(estate.polygon)
    inner, drive = largest(polygon.buffer(-_CLEAR)), largest(polygon.buffer(-_DRIVE, join_style="mitre"))
    west, _, east, _ = inner.bounds
    columns = max(1, round((east - west + rows.gap) / (rows.length + rows.gap)))
    pitch = (east - west + rows.gap) / columns
    storeys = int(random.integers(*rows.storeys))
    places = [(west + pitch * k, west + pitch * (k + 1) - rows.gap) for k in range(columns)]
    paths = [] if island else _drives(drive, west, pitch, columns, rows.gap)
    for row in _best_rows(inner, places, rows):
        boxes = [box for box in row if random.random() < 0.98]
        if boxes:
            paths += _row_paths(boxes, row[0].bounds[3], drive, island=island)
        for box in boxes:
            footprint = frame.outward(box)
            floors = max(2, storeys + int(random.integers(-1, 2)))
            estate.buildings.append(Building(footprint, footprint.area, floors, rows.form))
    if not island:
        estate.paths += [Road(frame.exactly(LineString(drive.exterior.coords)), "service")]
    estate.paths += [Road(frame.exactly(path), "footway") for path in paths]


def _best_rows(inner: Polygon, places: list[tuple[float, float]], rows: Rows) -> list[list[Polygon]]:
    """Return the rows from the first line that leaves room for the most buildings."""
    pitch = rows.depth + rows.spacing
    _, south, _, north = inner.bounds
    choices = []
    for start in south + np.arange(0.5, pitch, pitch / 7):
        lows = np.arange(start, north - rows.depth, pitch)
        row = [_row(inner, places, float(low), rows) for low in lows]
        choices.append([boxes for boxes in row if boxes])
    return max(choices, key=lambda choice: sum(box.area for boxes in choice for box in boxes))


def _row(inner: Polygon, places: list[tuple[float, float]], low: float, rows: Rows) -> list[Polygon]:
    """Return a row's buildings, each as long as its place and the walls leave."""
    found = []
    for west, east in places:
        for cut in (0.0, 0.15, 0.3, 0.45):
            length = (east - west) * (1 - cut)
            boxes = [shapely.box(start, low, start + length, low + rows.depth) for start in (west, east - length)]
            kept = [box for box in boxes if length > 18 and inner.contains(box)]
            if kept:
                found.append(kept[0])
                break
    return found


def _row_paths(boxes: list[Polygon], top: float, drive: Polygon, *, island: bool) -> list[LineString]:
    """Return the path along a row's north side and the steps from it to each door."""
    west, east = boxes[0].bounds[0], boxes[-1].bounds[2]
    reach = 0 if island else 400
    along = lines_within(LineString([(west - reach, top + _DOORSTEP), (east + reach, top + _DOORSTEP)]), drive)
    doors = []
    for box in boxes:
        length = box.bounds[2] - box.bounds[0]
        count = max(1, round(length / 11.5)) if length > 28 else 1
        doors += [box.bounds[0] + length * (k + 0.5) / count for k in range(count)]
    return along + [LineString([(x, top), (x, top + _DOORSTEP)]) for x in doors]


def _drives(drive: Polygon, west: float, pitch: float, columns: int, gap: float) -> list[LineString]:
    """Return the paths between columns, across all rows."""
    _, south, _, north = drive.bounds
    lines = []
    for column in range(1, columns):
        x = west + pitch * column - gap / 2
        lines += lines_within(LineString([(x, south - 1), (x, north + 1)]), drive)
    return lines


def _houses(
    estate: Estate, frame: Frame, random: np.random.Generator, *, most: int = 6, along: float | None = None
) -> None:
    """Strew lone houses, or houses `along` a lane, and lead a path from each to the one through the middle."""
    polygon = frame.inward(estate.polygon)
    west, south, east, north = polygon.bounds
    u = np.linspace(west + 4, east - 4, 9)
    trunk = LineString(np.column_stack([u, (south + north) / 2 + 9 * np.sin(u / 23 + random.uniform(0, 6))]))
    trunk = longest(shapely.intersection(trunk, polygon.buffer(-4)))
    taken = [trunk.buffer(4)]
    paths = [trunk]
    room = polygon.buffer(-6)
    if along is not None:
        south, north = max(south, (south + north) / 2 - along), min(north, (south + north) / 2 + along)
    for _ in range(10 * most):
        if len(taken) > most:
            break
        house = _turned_house((west, south, east, north), random)
        step = shapely.shortest_line(house, trunk)
        near, way = house.buffer(7), step.buffer(1)
        clear = not any(way.intersects(t) or near.intersects(t) for t in taken[1:])
        if clear and room.contains(house) and not house.intersects(taken[0]):
            taken.append(union([house, way]))
            paths.append(step)
            footprint = frame.outward(house)
            estate.buildings.append(Building(footprint, footprint.area, int(random.integers(2, 5)), "house"))
    estate.paths += [Road(frame.exactly(path), "footway") for path in paths]


def _turned_house(bounds: tuple[float, float, float, float], random: np.random.Generator) -> Polygon:
    """Return a small house somewhere, a little askew."""
    x, y = random.uniform(bounds[:2], bounds[2:])
    half, deep, angle = random.uniform(7, 10), random.uniform(5, 7), random.uniform(-0.5, 0.5)
    return cast("Polygon", rotate(shapely.box(x - half, y - deep, x + half, y + deep), angle, use_radians=True))


def _way_out(
    estate: Estate, frame: Frame, side: str, state: str | None, around: Surroundings, random: np.random.Generator
) -> None:
    """Lead a way from the inside to the road on a side, through a gate where one is recorded."""
    inner = shapely.unary_union([path.geometry for path in estate.paths])
    polygon = frame.inward(estate.polygon)
    east, north = _SIDES[side]
    for shift in (*random.uniform(-0.3, 0.3, 3), 0.0):
        west_, south_, east_, north_ = polygon.bounds
        start = np.array([north * 0.5 * (east_ - west_), east * 0.5 * (north_ - south_)]) * shift
        ray = frame.outward(LineString([start, start + np.array([east, north]) * 400]))
        wall = shapely.intersection(ray, estate.polygon.exterior)
        if not isinstance(wall, Point):
            continue
        gate = Point(np.round(wall.coords[0], 2))
        out = around.first_on(_beyond(gate, ray))
        within = shapely.intersection(LineString([ray.coords[0], gate.coords[0]]), inner)
        if out is None or within.is_empty or isinstance(within, LineString):
            continue
        last = min(shapely.get_parts(within), key=gate.distance)
        estate.paths.append(Road(LineString(shapely.get_coordinates([last, gate, out])), "service"))
        if state is not None:
            estate.polygon = with_corner(estate.polygon, gate)
            estate.gates.append(Gate(gate, state, side))
        return


def _beyond(gate: Point, ray: LineString) -> LineString:
    direction = np.asarray(ray.coords[1]) - np.asarray(ray.coords[0])
    start = np.asarray(gate.coords[0])
    return LineString([start, start + direction / np.hypot(*direction) * _REACH])


def _lanes(face: Polygon, estate: Estate, random: np.random.Generator) -> list[Polygon]:
    """Cut a block into parcels by lanes, adding the lanes to the estate."""
    if face.area < 1250:
        return [face]
    frame = Frame.of(face)
    local = frame.inward(face)
    west, south, east, north = local.bounds
    part, slant = random.uniform(0.42, 0.58), random.uniform(-0.06, 0.06)
    if east - west > north - south:
        at, lean = west + (east - west) * part, (east - west) * slant
        line = LineString([(at - lean, south - 5), (at + lean, north + 5)])
    else:
        at, lean = south + (north - south) * part, (north - south) * slant
        line = LineString([(west - 5, at - lean), (east + 5, at + lean)])
    halves = shapely.get_parts(split(local, line))
    lane = shapely.intersection(line, local)
    if len(halves) != 2 or not isinstance(lane, LineString):
        return [face]
    estate.paths.append(Road(frame.exactly(lane), "living_street"))
    ordered = sorted(halves, key=lambda half: half.centroid.coords[0])
    return [parcel for half in ordered for parcel in _lanes(frame.exactly(half), estate, random)]


def _notched(footprint: Polygon, random: np.random.Generator) -> Polygon:
    """Return an old house with a yard cut out of it."""
    frame = Frame.of(footprint)
    local = frame.inward(footprint)
    west, south, east, north = local.bounds
    wide, deep = (east - west) * random.uniform(0.25, 0.4), (north - south) * random.uniform(0.3, 0.45)
    middle = west + (east - west) * random.uniform(0.35, 0.65)
    yard = shapely.box(middle - wide / 2, south - 1, middle + wide / 2, south + deep)
    left = shapely.difference(local, yard)
    return frame.exactly(left) if isinstance(left, Polygon) else footprint
