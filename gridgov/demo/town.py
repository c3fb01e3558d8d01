"""The whole town as drawn: land, roads, areas, plots, what stands on them, and the paths between."""

from dataclasses import dataclass, replace

import numpy as np
from shapely import Point, Polygon

from gridgov.demo import areas, estates, network, planted, plots, roads
from gridgov.demo.areas import Cells
from gridgov.demo.estates import Orders, Surroundings
from gridgov.demo.network import Way
from gridgov.demo.planted import Parts
from gridgov.demo.plots import Compound, Plots
from gridgov.demo.roads import Streets
from gridgov.demo.shapes import Building, Estate
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import Terrain

_GREEN = ("park_large", "green", "sports_large", "cultural_centre")


@dataclass(frozen=True)
class Town:
    """A drawn town, in a plane of metres."""

    size: Size
    terrain: Terrain
    streets: Streets
    cells: Cells
    plots: Plots
    parts: Parts
    estates: tuple[Estate, ...]
    ways: tuple[Way, ...]
    bend: Point  # the corner of a grid border inside a compound
    hamlets: tuple[Estate, ...] = ()


def build(size: Size) -> Town:
    """Draw the town."""
    terrain = Terrain(size)
    streets = roads.draw(size, terrain)
    cells = areas.lay_out(size, terrain, streets)
    settled = plots.settle(size, terrain, streets, cells, planted.lonely_polygon(terrain))
    parts, cells, bend = planted.cast(size, terrain, streets, cells, settled)
    around = Surroundings([edge.geometry for edge in streets.edges if edge.kind != "line"])
    built = [_estate(size, streets, settled, index, parts, around) for index in range(len(settled.compounds))]
    _move_to(built[parts.border], bend)
    hamlets = [_hamlet(size, settled, index, around) for index in range(len(settled.hamlets))]
    inner = [path for estate in (*built, *hamlets) for path in estate.paths]
    parks = [plot.polygon for plot in settled.public if plot.use in _GREEN]
    ways = network.assemble(terrain, streets, parks, inner)
    return Town(size, terrain, streets, cells, settled, parts, tuple(built), tuple(ways), bend, tuple(hamlets))


def _estate(size: Size, streets: Streets, settled: Plots, index: int, parts: Parts, around: Surroundings) -> Estate:
    compound = settled.compounds[index]
    random = size.random(f"estate {index}")
    if index == parts.lonely:
        return _lonely(compound)
    if compound.kind == "open":
        return estates.build_old(compound, [streets.faces[face] for face in compound.faces], random)
    orders = planted.orders(parts, index) or _usual(compound, random)
    return estates.build(compound, orders, around, random)


def _hamlet(size: Size, settled: Plots, index: int, around: Surroundings) -> Estate:
    """Return a village's houses along a lane across one of its blocks."""
    houses = size.rural.houses if size.rural else 0
    return estates.build_hamlet(settled.hamlets[index], houses, around, size.random(f"hamlet {index}"))


def _usual(compound: Compound, random: np.random.Generator) -> Orders:
    """Return the ways out of an ordinary compound: a wall has one to three gates, others have ways on all sides."""
    sides = [str(side) for side in random.permutation(["E", "W", "N", "S"])]
    if compound.kind == "scattered":
        return Orders({"E": None, "W": None})
    if compound.kind == "work_unit":
        states = random.choice(["open", "residents"], size=2, p=[0.6, 0.4])
        return Orders(dict(zip(sides[:3], ["open", *map(str, states)], strict=True)))
    count = int(random.choice([1, 2, 3], p=[0.2, 0.45, 0.35]))
    first = "open" if random.random() < 0.7 else "residents"
    others = random.choice(["open", "residents", "closed"], size=count - 1, p=[0.25, 0.45, 0.3])
    return Orders(dict(zip(sides[:count], [first, *map(str, others)], strict=True)))


def _lonely(compound: Compound) -> Estate:
    """Return the two houses on the hill that no path leads to."""
    centre = np.asarray(compound.polygon.centroid.coords[0])
    estate = Estate(compound.polygon)
    for shift in (-11.0, 9.0):
        corner = np.round(centre + np.array([shift, 2.0]), 2)
        footprint = Polygon(corner + np.array([[-5.0, -4.0], [5.0, -4.0], [5.0, 4.0], [-5.0, 4.0]]))
        estate.buildings.append(Building(footprint, 80.0, 2, "house"))
    return estate


def _move_to(estate: Estate, bend: Point) -> None:
    """Record the building nearest a border's corner by that point alone."""
    nearest = min(range(len(estate.buildings)), key=lambda index: estate.buildings[index].footprint.distance(bend))
    estate.buildings[nearest] = replace(estate.buildings[nearest], footprint=bend)


def first_gate(estate: Estate, state: str) -> Point:
    """Return the compound's first gate of a state."""
    return next(gate.point for gate in estate.gates if gate.state == state)
