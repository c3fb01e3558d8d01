"""Rules beyond walking: verification, jurisdiction, straight lines, estimates, weights, shares and the summary."""

from typing import Any

import numpy as np
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.spatial.coverage import Demand, Rule, Supply, evaluate, shares, summary, weights
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, WalkNetwork, build_network
from tests.spatial.cases import demand, network, one, segments, supply, told, walls

STREET = [[(0, 0), (300, 0)], [(300, 0), (1000, 0)]]


@pytest.fixture(scope="module")
def street() -> WalkNetwork:
    return network(STREET)


def test_a_closed_service_point_serves_nobody(street: WalkNetwork) -> None:
    assert one(street, (0, 0), (100, 0), 200, open=[False]) == (None, False, "no_facility")


def test_unverified_points_dont_serve_where_the_pack_demands_verified(street: WalkNetwork) -> None:
    rule = Rule("x", 200.0, needs_verified=True)
    alone = evaluate(demand((0, 0)), supply((100, 0), verified=[False]), [rule], street)
    assert told(alone) == (None, False, "data")
    both = supply((100, 0), (150, 0), type=[0, 0], verified=[False, True])
    assert told(evaluate(demand((0, 0)), both, [rule], street)) == (150.0, True, None)
    far = supply((100, 0), (900, 0), type=[0, 0], verified=[False, True])
    assert told(evaluate(demand((0, 0)), far, [rule], street)) == (900.0, False, "data")


def test_one_doubtful_point_among_sure_ones_is_no_excuse(street: WalkNetwork) -> None:
    both = supply((100, 250), (290, 0))
    found = evaluate(demand((0, 0)), both, [Rule("x", 280.0)], street)
    assert told(found) == (290.0, False, "data")
    assert found.supply_doubtful.tolist() == [True, False]
    net = network([*STREET, [(0, 0), (0, 700)]])
    assert told(evaluate(demand((0, 100)), supply((220, 0), (199, 140)), [Rule("x", 250.0)], net)) == (
        320.0,
        False,
        "no_path",
    )


def test_nearest_is_searched_beyond_the_radius(street: WalkNetwork) -> None:
    assert one(street, (0, 0), (1000, 0), 10) == (1000.0, False, "no_facility")


def test_ties_go_to_the_lower_index(street: WalkNetwork) -> None:
    found = evaluate(demand((500, 0)), supply((900, 0), (700, 0), (300, 0), (300, 0)), [Rule("x", 300.0)], street)
    assert found.point.tolist() == [[1]]
    assert found.straight_point.tolist() == [[1]]
    within_a_micrometre = supply((700.0000004, 0), (300, 0))
    assert evaluate(demand((500, 0)), within_a_micrometre, [Rule("x", 300.0)], street).point.tolist() == [[0]]


def test_straight_measure_goes_over_walls_and_needs_no_path() -> None:
    net = network(STREET, (shapely.box(100, 20, 300, 220), [((300, 100), CLOSED)]))
    rule = Rule("x", 150.0, measure="straight")
    assert told(evaluate(demand((200, 120)), supply((200, 0)), [rule], net)) == (120.0, True, None)
    assert told(evaluate(demand((0, 900)), supply((0, 800)), [rule], net)) == (100.0, True, None)
    assert told(evaluate(demand((0, 900)), supply((0, 700)), [rule], net)) == (200.0, False, "no_facility")
    park = supply(shapely.box(0, 0, 50, 50))
    assert told(evaluate(demand((25, 25), (60, 25)), park, [rule], net), 1) == (10.0, True, None)


def test_jurisdiction_is_presence_in_ones_own_area(street: WalkNetwork) -> None:
    people = demand((0, 0), (0, 0), (0, 0), street=[7, 8, -1], community=[70, 80, -1])
    stations = supply((900, 0), (950, 0), street=[7, 9], community=[71, 72], verified=[True, True])
    rules = [Rule("x", None, jurisdiction="street"), Rule("y", 100.0, jurisdiction="community")]
    found = evaluate(people, stations, rules, street)
    assert [told(found, place) for place in range(3)] == [
        (900.0, True, None),
        (900.0, False, "no_facility"),
        (900.0, False, "data"),
    ]
    assert told(found, kind=1) == (None, False, "no_facility")
    strict = [Rule("x", None, jurisdiction="street", needs_verified=True)]
    unsure = supply((900, 0), street=[7], verified=[False])
    assert told(evaluate(people, unsure, strict, street)) == (None, False, "data")


def test_jurisdiction_asks_for_no_path(street: WalkNetwork) -> None:
    far = demand((0, 900), street=[7])
    found = evaluate(far, supply((0, 800), street=[7]), [Rule("x", None, jurisdiction="street")], street)
    assert told(found) == (None, True, None)


def test_a_type_without_radius_and_jurisdiction_is_only_listed(street: WalkNetwork) -> None:
    found = evaluate(demand((0, 0)), supply((100, 0)), [Rule("x", None)], street)
    assert told(found) == (100.0, False, None)
    assert found.decided.tolist() == [False]
    told_all = summary(found, np.array([[100.0]]), np.array([100.0]), [Rule("x", None, scenario="health")])
    assert told_all["types"][0]["share"] is None
    assert told_all["tiers"] == [{"tier": "15", "complete_share": None, "met": None, "of": 0, "limiting": None}]
    assert told_all["scenarios"] == [{"scenario": "health", "share": None}]


def test_without_a_network_straight_lines_are_stretched() -> None:
    rules = [Rule("x", 130.0), Rule("y", 129.999), Rule("z", 100.0, measure="straight")]
    found = evaluate(demand((0, 0)), supply(*[(100, 0)] * 3, type=[0, 1, 2]), rules, None)
    assert [told(found, kind=kind) for kind in range(3)] == [
        (130.0, True, None),
        (130.0, False, "no_path"),
        (100.0, True, None),
    ]
    assert found.estimate
    assert not found.demand_doubtful.any()


def test_gate_is_the_cause_only_where_gates_would_help() -> None:
    lines = [[(0, 0), (600, 0)], [(0, 0), (0, 100)], [(0, 100), (200, 100)]]
    wall = shapely.box(100, 50, 300, 250)
    net = network(lines, (wall, [((100, 100), CLOSED)]))
    assert one(net, (150, 100), (0, 100), 150) == (None, False, "gate")
    assert one(net, (150, 100), (0, 100), 149)[2] == "no_facility"
    assert one(net, (150, 100), (0, 0), 200) == (None, False, "no_path")
    assert one(net, (150, 100), (0, 0), 250) == (None, False, "gate")


def test_no_supply_no_demand_no_rules(street: WalkNetwork) -> None:
    nobody = evaluate(demand(), supply((0, 0)), [Rule("x", 100.0)], street)
    assert nobody.metres.shape == (0, 1)
    nothing = evaluate(demand((0, 0)), supply(), [Rule("x", 100.0)], street)
    assert told(nothing) == (None, False, "no_facility")
    assert evaluate(demand((0, 0)), supply(), [], street).metres.shape == (1, 0)
    assert told(evaluate(demand((0, 0)), supply(), [Rule("x", 100.0)], None))[2] == "no_facility"


@pytest.mark.parametrize(
    ("people", "points", "rule", "code"),
    [
        (demand((np.nan, 0)), supply((0, 0)), Rule("x", 1.0), "coordinates_invalid"),
        (demand((0, 0), people=[-1]), supply((0, 0)), Rule("x", 1.0), "people_negative"),
        (demand((0, 0), home=[0, 1]), supply((0, 0)), Rule("x", 1.0), "arrays_differ"),
        (demand((0, 0)), supply((0, 0), open=[]), Rule("x", 1.0), "arrays_differ"),
        (demand((0, 0)), supply((0, 0), type=[1]), Rule("x", 1.0), "type_unknown"),
        (demand((0, 0)), supply(shapely.Point()), Rule("x", 1.0), "site_geometry_invalid"),
        (demand((0, 0)), supply(shapely.LineString([(0, 0), (1, 1)])), Rule("x", 1.0), "site_geometry_invalid"),
        (demand((0, 0)), supply((0, 0)), Rule("x", -1.0), "radius_invalid"),
        (demand((0, 0)), supply((0, 0)), Rule("x", float("nan")), "radius_invalid"),
    ],
)
def test_bad_input_is_refused(street: WalkNetwork, people: Demand, points: Supply, rule: Rule, code: str) -> None:
    with pytest.raises(InputError, match=code):
        evaluate(people, points, [rule], street)


def test_more_points_than_ways_can_name_are_refused(street: WalkNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridgov.spatial.verdicts.LABELS", 1)
    with pytest.raises(InputError, match="points_too_many"):
        evaluate(demand((0, 0)), supply((0, 0), (1, 0)), [Rule("x", 1.0)], street)


def test_weights_count_the_people_served() -> None:
    ages = [[1, 2, 3, 4, 5, 6, 7], [1, np.nan, 3, 4, 5, 6, 7], [np.nan] * 7, [np.nan] * 7]
    people = demand((0, 0), (0, 0), (0, 0), (0, 0), people=[28, 30, 40, np.nan], ages=ages)
    counted = weights(people, [Rule("all", 1.0), Rule("old", 1.0, serves=(5, 6)), Rule("nursery", 1.0, serves=(0, 1))])
    expected = [[28, 13, 3], [30, 13, 30], [40, 40, 40], [np.nan] * 3]
    assert np.array_equal(counted, np.array(expected, float), equal_nan=True)


def test_shares_add_up_by_group(street: WalkNetwork) -> None:
    people = demand((0, 0), (100, 0), (900, 0), (50, 0), people=[10, 20, 40, 80])
    found = evaluate(people, supply((0, 0)), [Rule("x", 100.0)], street)
    total, covered, unknown = shares(found, weights(people, [Rule("x", 100.0)]), [0, 1, 1, -1], 3)
    assert total.ravel().tolist() == [10, 60, 0]
    assert covered.ravel().tolist() == [10, 20, 0]
    assert unknown.tolist() == [0, 0, 0]


def test_the_summary_of_a_run(street: WalkNetwork) -> None:
    rules = [
        Rule("b", 100.0, tier="5", scenario="health"),
        Rule("a", 100.0, tier="5", scenario="health"),
        Rule("c", 900.0, tier="15", scenario="safety"),
        Rule("d", 100.0, tier="15", required=False, scenario="health"),
        Rule("e", 100.0, tier="block", scenario="culture", serves=(0,)),
    ]
    people = demand((0, 0), (200, 0), (1000, 0), people=[100, 300, 600], ages=[[0, *[np.nan] * 6]] * 3)
    points = supply(
        (0, 0), (200, 0), (0, 0), (0, 0), (0, 0), (5, 0), type=[0, 1, 2, 3, 4, 2], open=[True] * 5 + [False]
    )
    found = evaluate(people, points, rules, street)
    told_all = summary(found, weights(people, rules), people.people, rules)
    assert told_all["tiers"] == [
        {"tier": "block", "complete_share": 0.1, "met": 0.1, "of": 1, "limiting": None},
        {"tier": "5", "complete_share": 0.0, "met": 0.4, "of": 2, "limiting": "b"},
        {"tier": "15", "complete_share": 0.4, "met": 0.4, "of": 1, "limiting": "c"},
    ]
    assert [row["share"] for row in told_all["types"]] == [0.1, 0.3, 0.4, 0.1, None]
    assert [row["points"] for row in told_all["types"]] == [1, 1, 1, 1, 1]
    assert [(row["scenario"], row["share"]) for row in told_all["scenarios"]] == [
        ("health", pytest.approx(0.2)),
        ("safety", 0.4),
        ("culture", None),
    ]
    assert told_all["causes"] == {
        "data": 0.0,
        "no_facility": 900.0 + 700.0 + 600.0 + 900.0,
        "capacity": 0.0,
        "gate": 0.0,
        "no_path": 0.0,
    }


def test_ties_for_the_limiting_type_go_by_id(street: WalkNetwork) -> None:
    rules = [Rule("z", 10.0, tier="5"), Rule("k", 10.0, tier="5")]
    people = demand((0, 0))
    found = evaluate(people, supply(), rules, street)
    assert summary(found, weights(people, rules), people.people, rules)["tiers"][0]["limiting"] == "k"


def test_results_dont_depend_on_the_order_of_rows() -> None:
    random = np.random.default_rng(20261121)
    nodes = [(x * 71.3 + y * 3.1, y * 66.7 - x * 2.3) for x in range(9) for y in range(9)]
    lines = [[nodes[a], nodes[a + step]] for a in range(72) for step in (1, 9) if (a + step) % 9 or step == 9]
    boxes = [shapely.box(x, y, x + 130, y + 120) for x, y in [(20, 20), (90, 80), (300, 250), (310, 20)]]
    state = [OPEN, RESIDENTS, CLOSED]
    doors = [
        [
            ((x, y), state[rank % 3])
            for rank, (x, y) in enumerate(shapely.get_coordinates(one.boundary.intersection(net)))
        ]
        for net in [shapely.MultiLineString(lines)]
        for one in boxes
    ]
    xy, sites = random.uniform(0, 600, (40, 2)), random.uniform(0, 600, (25, 2))
    kinds, home = random.integers(0, 3, 25), random.integers(-1, 4, 40)
    rules = [Rule("a", 200.0), Rule("b", 350.0), Rule("c", 500.0)]

    def run(order_lines: Any, order_walls: Any, order_people: Any) -> tuple[Any, ...]:
        where = {old: new for new, old in enumerate([*order_walls])} | {-1: -1}
        turned = [lines[row][:: 1 if row % 2 else -1] for row in order_lines]
        net = build_network(segments(turned), walls(*((boxes[row], doors[row]) for row in order_walls)))
        people = demand(*xy[order_people], home=[where[one] for one in home[order_people]])
        found = evaluate(people, supply(*map(tuple, sites), type=kinds), rules, net)
        back = np.argsort(order_people)
        return net.hash, found.metres[back], found.point[back], found.cause[back], found.supply_doubtful

    first = run(np.arange(len(lines)), np.arange(4), np.arange(40))
    for _ in range(3):
        again = run(random.permutation(len(lines)), random.permutation(4), random.permutation(40))
        assert first[0] == again[0]
        for one_part, other in zip(first[1:], again[1:], strict=True):
            assert np.array_equal(one_part, other, equal_nan=one_part.dtype.kind == "f")
    assert {3, 4} <= set(np.unique(first[3]).tolist())


def test_entrances_may_be_missing_or_empty(street: WalkNetwork) -> None:
    points = supply((100, 0), (100, 0), entrances=[None, shapely.MultiPoint()])
    found = evaluate(demand((0, 0)), points, [Rule("x", 100.0)], street)
    assert found.supply_doubtful.tolist() == [False, False]
