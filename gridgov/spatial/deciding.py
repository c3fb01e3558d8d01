"""Deciding who reaches which service, how far it is, and if not, why."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.judging import Measured, judged
from gridgov.spatial.network import RESIDENTS, Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.stage import Stage
from gridgov.spatial.verdicts import NO_CAUSE, Demand, Rule, Supply, Verdicts

Floats = npt.NDArray[np.float64]


def evaluate(demand: Demand, supply: Supply, rules: Sequence[Rule], network: WalkNetwork | None) -> Verdicts:
    """Decide for every demand point and facility type whether it is reached, how far it is, and if not, why.

    Parameters
    ----------
    demand : Demand
        d places.
    supply : Supply
        s service points.
    rules : sequence of Rule
        t facility types.
    network : WalkNetwork or None
        None gives an estimate: straight lines × 1.3.

    Returns
    -------
    Verdicts
        Independent of the order of demand, and of supply but for ties.

    Raises
    ------
    InputError
        ``arrays_differ``, ``coordinates_invalid``, ``people_negative``, ``people_infinite``, ``type_unknown``,
        ``points_too_many``, ``capacity_negative``, ``radius_invalid``, ``site_geometry_invalid``.
    """
    demand.check()
    supply.check(len(rules))
    check_rules(rules)
    return decide(Stage.of(demand, supply, rules, network))


def decide(stage: Stage) -> Verdicts:
    """Decide for every demand point and facility type of a stage."""
    every = range(len(stage.rules))
    straight, straight_point = stage.by_line.nearest(every)
    walked, walked_point = stage.on_foot.nearest(every)
    by_line = np.array([rule.measure == "straight" for rule in stage.rules], dtype=bool)
    metres = np.where(by_line, straight, walked)
    opened = stage.on_foot.least_with_gates_open(np.array([walking_radius(rule) for rule in stage.rules])).T
    proven = _nearest_proven(stage, metres)
    paced: dict[int, Floats] = {}
    share, firm = np.zeros(metres.shape), np.zeros(metres.shape, dtype=bool)
    cause = np.full(metres.shape, NO_CAUSE, dtype=np.int8)
    for index in every:
        found = Measured(*(part[:, index] for part in (metres, straight, opened, proven)))
        told = judged(stage, index, found)
        share[:, index], cause[:, index], firm[:, index] = told.share, told.cause, told.firm
        if told.paced is not None and stage.rules[index].capacity:
            paced[index] = told.paced
    return Verdicts(
        metres=np.where(np.isfinite(metres), metres, np.nan),
        point=np.where(by_line, straight_point, walked_point).astype(np.int32),
        straight=np.where(np.isfinite(straight), straight, np.nan),
        straight_point=straight_point.astype(np.int32),
        covered=share == 1.0,
        share=share,
        cause=cause,
        firm=firm,
        demand_doubtful=stage.places.doubtful,
        supply_doubtful=stage.sites.doubtful[stage.site],
        decided=np.array([rule.decided for rule in stage.rules], dtype=bool),
        points=np.bincount(stage.type[stage.open], minlength=len(stage.rules)),
        estimate=stage.network is None,
        paced=paced,
    )


def walking_radius(rule: Rule) -> float:
    """Tell how far on foot a point of a type covers, metres; negative for types that aren't walked to."""
    return rule.radius if rule.radius is not None and rule.jurisdiction is None and rule.measure == "walk" else -1.0


def warm_up() -> None:
    """Compile the loops of the search, or load them where they are kept, by deciding for one home in one compound."""
    path, wall = shapely.LineString([(0.0, 0.0), (600.0, 0.0)]), shapely.box(-100.0, -100.0, 100.0, 100.0)
    none, one = np.full(1, -1), np.zeros(1, dtype=np.int64)
    walls = Walls(np.array([wall]), np.array([[100.0, 0.0]]), one, np.array([RESIDENTS], dtype=np.int8))
    network = build_network(Segments(np.array([path]), np.zeros(1, dtype=bool)), walls)
    home = Demand(np.zeros((1, 2)), np.ones(1), np.full((1, 7), np.nan), one, none, none)
    true, nothing = np.ones(1, dtype=bool), np.full(1, None)
    site = Supply(one, np.array([shapely.box(300.0, 5.0, 310.0, 15.0)]), nothing, true, true, none, none, np.ones(1))
    evaluate(home, site, [Rule("any", 1000.0, capacity=True)], network)


def check_rules(rules: Sequence[Rule]) -> None:
    """Refuse radii that are none."""
    for rule in rules:
        if rule.radius is not None and not (np.isfinite(rule.radius) and rule.radius >= 0):
            raise InputError("radius_invalid", type=rule.type)


def _nearest_proven(stage: Stage, metres: Floats) -> Floats:
    """Measure to the nearest verified point; where all that may serve are verified, that is known already."""
    found, verified = metres.copy(), stage.usable & np.asarray(stage.supply.verified, dtype=bool)
    types = np.unique(stage.type[stage.usable & ~verified])
    for measure, ways_to in (("walk", stage.ways_to), ("straight", stage.lines_to)):
        asked = [int(index) for index in types if stage.rules[index].measure == measure]
        if asked:
            found[:, asked] = ways_to(verified).nearest(asked)[0]
    return found
