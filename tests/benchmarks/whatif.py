"""What-if edits against deciding everything anew: on made towns, and on Wuhan's and Porto's streets where at hand."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import shapely

from gridgov.spatial.coverage import Demand, Rule, Supply
from gridgov.spatial.deciding import decide
from gridgov.spatial.network import WalkNetwork, build_network
from gridgov.spatial.segments import Segments
from gridgov.spatial.stage import Stage
from gridgov.spatial.walls import Walls
from gridgov.spatial.warming import warm_up
from gridgov.spatial.whatif import ServicePoint, WhatIf
from tests.benchmarks import engine
from tests.benchmarks import network as uneven
from tests.benchmarks.measuring import Measurement, timed
from tests.benchmarks.walking import BLOCK, compounds, streets

TYPES, EDITS, SHARE = 30, 120, 1 / 20
SIDE = 250


def measurements() -> Iterator[Measurement]:
    warm_up()
    yield from _measured("an even town", build_network(streets(SIDE), compounds(SIDE)), _crossings())
    for name, real in (("Wuhan", engine.wuhan()), ("Porto", engine.porto())):
        if real is not None:
            lines = shapely.linestrings(real[1][real[2] > 0])
            network = build_network(Segments(lines, np.zeros(len(lines), dtype=bool)), Walls.none())
            yield from _measured(
                name, network, shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, True))
            )
    town = uneven.streets(uneven.LARGE)
    network = build_network(town, uneven.compounds(uneven.LARGE))
    yield from _measured("an uneven town", network, shapely.get_coordinates(shapely.get_point(town.lines, 1)))


def _measured(where: str, network: WalkNetwork, beside: np.ndarray) -> Iterator[Measurement]:
    chance = np.random.default_rng(20260719)
    demand, supply, rules = _world(beside, chance)
    stage = Stage.of(demand, supply, rules, network)
    decide(stage)
    batch = min(timed(lambda: decide(replace(stage)))[1] for _ in range(3))
    yield Measurement(f"{where}, {network.nodes} nodes, {len(demand.xy)} places, {TYPES} types: batch", batch)
    whatif = WhatIf(demand, supply, rules, network)
    for index in range(TYPES):  # what is kept of a type is made at its first edit
        whatif.add(0, ServicePoint(index, shapely.Point(beside[index])))
        whatif.undo()
    spent: dict[str, list[float]] = {"added": [], "closed": [], "moved": [], "undone": []}
    for number in range(EDITS):
        row = int(chance.integers(len(whatif.supply.type_index)))
        at = shapely.Point(beside[chance.integers(len(beside))])
        point = whatif.point(row)
        edits = {
            "added": lambda row=row, point=point, at=at: whatif.add(row, replace(point, geometry=at)),
            "closed": lambda row=row, point=point: whatif.change(row, replace(point, open=False)),
            "moved": lambda row=row, point=point, at=at: whatif.change(row, replace(point, geometry=at)),
        }
        for name, edit in edits.items():
            spent[name].append(timed(edit)[1])
            spent["undone"].append(timed(whatif.undo)[1])
        if number % 3 == 0:
            edits["moved"]()
    told, anew = whatif.verdicts(), decide(Stage.of(demand, whatif.supply, rules, network))
    for part in ("metres", "point", "share", "cause", "firm"):
        assert np.array_equal(getattr(told, part), getattr(anew, part), equal_nan=part == "metres"), part
    for name, seconds in spent.items():
        share = float(np.quantile(seconds, 0.95)) / batch
        yield Measurement(f"{where}: a point {name}, 95th of 100, of a batch", share, SHARE, "batch")


def _world(beside: np.ndarray, chance: np.random.Generator) -> tuple[Demand, Supply, list[Rule]]:
    places, sites = 13_000, 3_000
    xy = beside[chance.integers(len(beside), size=places)] + chance.normal(0, 15, (places, 2))
    nowhere, none = np.full(places, -1), np.full(sites, -1)
    demand = Demand(xy, np.full(places, 40.0), np.full((places, 7), np.nan), nowhere, nowhere, nowhere)
    rules = [Rule(f"type_{number}", (300.0, 500.0, 1000.0)[number % 3]) for number in range(TYPES)]
    where = shapely.points(beside[chance.integers(len(beside), size=sites)] + chance.normal(0, 15, (sites, 2)))
    yes = np.ones(sites, dtype=bool)
    return demand, Supply(np.arange(sites) % TYPES, where, np.full(sites, None), yes, yes, none, none), rules


def _crossings() -> np.ndarray:
    return np.array(list(product(range(SIDE), repeat=2)), dtype=float) * BLOCK
