"""The walking network and coverage on an even town of streets, walled compounds and service points."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import shapely

from gridgov.spatial.coverage import Demand, Rule, Supply, Verdicts, evaluate
from gridgov.spatial.network import WalkNetwork, build_network
from gridgov.spatial.segments import Segments
from gridgov.spatial.walls import Walls
from tests.benchmarks.measuring import Measurement, timed

BLOCK = 60.0
TYPES = 25


def measurements() -> Iterator[Measurement]:
    for side in (50, 110):
        segments, walls = streets(side), compounds(side)
        network, seconds = timed(lambda: build_network(segments, walls))  # noqa: B023
        yield Measurement(f"walking network of {side * side} crossings built", seconds)
        _, seconds = timed(lambda: verdicts(side, network))  # noqa: B023
        yield Measurement(f"coverage of {TYPES} types, {side * side} places", seconds)


def streets(side: int) -> Segments:
    """Return a lattice of streets."""
    crossings = range(side)
    along = [((x, y), (x + 1, y)) for x, y in product(range(side - 1), crossings)]
    across = [((x, y), (x, y + 1)) for x, y in product(crossings, range(side - 1))]
    lines = shapely.linestrings(np.array(along + across, dtype=float) * BLOCK)
    return Segments(lines, np.zeros(len(lines), dtype=bool))


def compounds(side: int) -> Walls:
    """Return walled compounds, each within one block, with one gate open to all."""
    corners = np.array(list(product(range(0, side - 1, 4), repeat=2)), dtype=float) * BLOCK
    polygons = shapely.box(*(corners + 10).T, *(corners + BLOCK - 10).T)
    gates = corners + np.array([BLOCK / 2, 10])
    return Walls(polygons, gates, np.arange(len(corners)), np.zeros(len(corners), dtype=np.int8))


def verdicts(side: int, network: WalkNetwork) -> Verdicts:
    """Evaluate places beside every crossing against scattered service points."""
    chance = np.random.default_rng(20260322)
    count = side * side
    xy = np.array(list(product(range(side), repeat=2)), dtype=float) * BLOCK + 3
    nowhere = np.full(count, -1)
    demand = Demand(xy, np.full(count, 40.0), np.full((count, 7), np.nan), nowhere, nowhere, nowhere)
    rules = [Rule(f"type_{number}", (300.0, 500.0, 1000.0)[number % 3]) for number in range(TYPES)]
    points = TYPES * side // 3
    places = shapely.points(chance.uniform(0, (side - 1) * BLOCK, (points, 2)))
    yes, unknown = np.ones(points, dtype=bool), np.full(points, -1)
    kinds = np.arange(points) % TYPES
    supply = Supply(kinds, places, np.full(points, None), yes, yes, unknown, unknown)
    return evaluate(demand, supply, rules, network)
