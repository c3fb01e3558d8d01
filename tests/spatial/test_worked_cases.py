"""The worked cases of the coverage rules, by number, as they stand."""

import numpy as np
import pytest
import shapely

from gridgov.spatial.coverage import Rule, evaluate, shares, summary, weights
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, WalkNetwork
from tests.spatial.cases import Gate, Xy, demand, network, one, supply, told

STREET = [[(0, 0), (280, 0)], [(280, 0), (500, 0)], [(500, 0), (1000, 0)]]
INSIDE = [[(500, 0), (500, 100)], [(400, 100), (500, 100)]]
WEST = [[(280, 100), (400, 100)], [(280, 0), (280, 100)]]
COMPOUND = shapely.box(300, 20, 480, 220)
EAST_GATE, WEST_GATE = (480, 100), (300, 100)


def walled(*gates: Gate, lines: list[list[Xy]] = STREET + INSIDE) -> WalkNetwork:
    return network(lines, (COMPOUND, list(gates)))


@pytest.fixture(scope="module")
def street() -> WalkNetwork:
    return network(STREET)


def test_case_1_the_radius_is_decided_to_the_millimetre(street: WalkNetwork) -> None:
    assert one(street, (100, 0), (400, 0), 300) == (300.0, True, None)
    assert one(street, (100, 0), (400, 0), 299.999) == (300.0, False, "no_facility")


def test_case_2_legs_count(street: WalkNetwork) -> None:
    assert one(street, (100, 30), (400, -20), 350) == (350.0, True, None)


def test_case_3_a_leg_over_the_limit_is_doubtful(street: WalkNetwork) -> None:
    assert one(street, (-250, 0), (400, 0), 1000) == (None, False, "data")
    assert one(street, (-200, 0), (400, 0), 1000) == (600.0, True, None)


def test_case_4_through_an_open_gate() -> None:
    net = walled((EAST_GATE, OPEN))
    assert one(net, (400, 100), (400, 0), 300) == (300.0, True, None)
    assert one(net, (400, 100), (400, 0), 200) == (300.0, False, "no_path")


def test_case_5_a_closed_gate_and_no_gate_at_all() -> None:
    assert one(walled((EAST_GATE, CLOSED)), (400, 100), (400, 0), 300) == (None, False, "gate")
    ungated = walled()
    assert one(ungated, (400, 100), (400, 0), 300) == (300.0, True, None)
    assert ungated.open_compounds.tolist() == [0]


def test_case_6_a_residents_gate() -> None:
    net = walled((EAST_GATE, RESIDENTS))
    assert one(net, (400, 100), (400, 0), 300, home=0) == (300.0, True, None)
    assert one(net, (400, 0), (400, 100), 300) == (None, False, "gate")
    assert one(net, (400, 0), (400, 100), 300, home=0) == (300.0, True, None)


def test_case_7_no_short_cut_for_strangers() -> None:
    net = walled((EAST_GATE, RESIDENTS), (WEST_GATE, RESIDENTS), lines=STREET + INSIDE + WEST)
    assert one(net, (280, 100), (500, 100), 420) == (420.0, True, None)
    assert one(net, (400, 100), (500, 100), 420, home=0) == (100.0, True, None)
    both = walled((EAST_GATE, OPEN), (WEST_GATE, OPEN), lines=STREET + INSIDE + WEST)
    assert one(both, (280, 100), (500, 100), 420) == (220.0, True, None)


def test_a_private_way_inside_is_for_those_who_live_there() -> None:
    """As case 7 with open gates, but the paths inside are private: only residents cut through."""
    gates = (COMPOUND, [(EAST_GATE, OPEN), (WEST_GATE, OPEN)])
    net = network(STREET + INSIDE + WEST, gates, private=[4, 5])
    assert one(net, (280, 100), (500, 100), 420) == (420.0, True, None)
    assert one(net, (280, 100), (500, 100), 220) == (420.0, False, "gate")
    assert one(net, (400, 100), (500, 100), 420) == (100.0, True, None)
    assert one(net, (280, 100), (500, 100), 220, home=0) == (220.0, True, None)
    # A private way with no wall round it has nobody to tell from strangers.
    assert one(network(STREET, private=[0, 1]), (100, 0), (400, 0), 300) == (300.0, True, None)


def test_case_9_parallel_looped_empty_and_touching_segments_change_nothing() -> None:
    longer = [(0, 0), (500, np.sqrt(600**2 - 500**2)), (1000, 0)]
    loop = [(500, 0), (560, -40), (560, 40), (500, 0)]
    net = network([*STREET, longer, loop, [(280, 0), (280, 0)], [(0, 0), (280, 0)]])
    assert one(net, (100, 0), (400, 0), 300) == (300.0, True, None)
    assert one(net, (280, 0), (500, 0), 300) == (220.0, True, None)
    assert one(net, (0, 0), (1000, 0), 1000) == (1000.0, True, None)


def test_case_10_two_points_on_one_long_segment() -> None:
    net = network([[(0, 0), (3000, 0)]])
    assert one(net, (1500, 0), (1700, 0), 300) == (200.0, True, None)


def test_case_11_unknown_people_are_outside_every_share(street: WalkNetwork) -> None:
    rules = [Rule("x", 300.0, tier="5", scenario="health")]
    people = demand((100, 0), (900, 0), (100, 0), people=[100, 300, np.nan])
    verdicts = evaluate(people, supply((400, 0)), rules, street)
    weight = weights(people, rules)
    total, covered, unknown = shares(verdicts, weight, [0, 0, 0], 1)
    assert (total.tolist(), covered.tolist(), unknown.tolist()) == ([[400.0]], [[100.0]], [1])
    told_all = summary(verdicts, weight, people.people, rules)
    assert (told_all["people"], told_all["unknown"]) == (400.0, 1)
    assert told_all["types"][0]["share"] == 0.25


def test_case_12_the_verdict_is_the_reference_walkers(street: WalkNetwork) -> None:
    rules = [Rule("near", 1000.0), Rule("far", 1000.0)]
    verdicts = evaluate(demand((50, 0)), supply((950, 0), (1000, 150), type=[0, 1]), rules, street)
    assert told(verdicts, kind=0) == (900.0, True, None)
    assert told(verdicts, kind=1) == (1100.0, False, "no_path")


def test_case_13_an_island_of_path() -> None:
    net = network([*STREET, [(200, 60), (300, 60)]])
    assert one(net, (250, 60), (400, 0), 300) == (None, False, "data")
    assert one(net, (400, 0), (250, 60), 300) == (None, False, "data")


def test_case_14_a_river_without_a_bridge() -> None:
    net = network([*STREET, [(0, 100), (1000, 100)]])
    assert one(net, (400, 100), (400, 0), 300) == (None, False, "no_path")
