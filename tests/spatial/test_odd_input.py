"""Input that is odd but true has a defined result, and what can't be true is refused; never a wrong number."""

import math

import numpy as np
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.spatial.coverage import Rule, evaluate, shares, summary, weights
from gridgov.spatial.network import CLOSED
from tests.spatial.cases import demand, network, one, supply, told

STREET = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)]]


def test_more_types_than_any_table_has_lanes() -> None:
    net, count = network(STREET), 70
    where = [(7.0 * kind, float(kind % 5)) for kind in range(count)]
    rules = [Rule(f"type_{kind:02}", 50.0 + 10 * kind) for kind in range(count)]
    people = demand((0, 3), (444, -2), (1000, 0))
    found = evaluate(people, supply(*where, type=range(count)), rules, net)
    for kind in range(count):
        alone = evaluate(people, supply(where[kind]), [rules[kind]], net)
        assert found.metres[:, kind].tolist() == alone.metres[:, 0].tolist()
        assert found.covered[:, kind].tolist() == alone.covered[:, 0].tolist()
        assert found.cause[:, kind].tolist() == alone.cause[:, 0].tolist()


@pytest.mark.parametrize("radius", [300_000.0, 1e7, 1e12])
def test_a_radius_beyond_every_way_covers_all_that_is_joined(radius: float) -> None:
    net = network([*STREET, [(0, 900), (800, 900)]])
    assert one(net, (0, 0), (1000, 0), radius) == (1000.0, True, None)
    assert one(net, (0, 0), (400, 900), radius) == (None, False, "no_path")
    inside = network(STREET, (shapely.box(400, -50, 600, 50), [((400, 0), CLOSED), ((600, 0), CLOSED)]))
    assert one(inside, (0, 0), (1000, 0), radius) == (None, False, "gate")


def test_a_radius_of_nothing_covers_who_stands_there() -> None:
    net = network(STREET)
    assert one(net, (250, 0), (250, 0), 0.0) == (0.0, True, None)
    assert one(net, (250, 0), (250.001, 0), 0.0) == (0.001, False, "no_facility")


def test_edges_longer_than_any_radius_are_walked_along() -> None:
    net = network([[(0, 0), (60_000, 0)], [(60_000, 0), (60_000, 5)]])
    assert one(net, (100, 0), (59_999, 0), 500.0) == (59_899.0, False, "no_facility")
    assert one(net, (100, 0), (59_999, 0), 59_899.0) == (59_899.0, True, None)


def test_everybody_on_islands_is_in_doubt() -> None:
    net = network([[(0, 0), (400, 0)], [(0, 300), (400, 300)]])
    found = evaluate(demand((10, 0), (10, 300)), supply((200, 0)), [Rule("x", 500.0)], net)
    assert np.isnan(found.metres).all()
    assert [told(found, place)[2] for place in range(2)] == ["data", "data"]
    assert found.supply_doubtful.all()


def test_where_nobody_is_known_there_is_no_share() -> None:
    net, rules = network(STREET), [Rule("x", 500.0, tier="5", scenario="health")]
    people = demand((10, 0), (700, 0), people=[np.nan, np.nan])
    found = evaluate(people, supply((200, 0)), rules, net)
    weight = weights(people, rules)
    total, covered, unknown = shares(found, weight, [0, 0], 1)
    assert (total.tolist(), covered.tolist(), unknown.tolist()) == ([[0.0]], [[0.0]], [2])
    all_told = summary(found, weight, people.people, rules)
    assert (all_told["types"][0]["share"], all_told["unknown"]) == (None, 2)
    empty = demand((10, 0), people=[0.0])
    nobody = evaluate(empty, supply((200, 0)), rules, net)
    assert summary(nobody, weights(empty, rules), empty.people, rules)["types"][0]["share"] is None


@pytest.mark.parametrize(
    ("people", "points", "code"),
    [
        ({"people": [math.inf]}, {}, "people_infinite"),
        ({"ages": np.full((1, 7), math.inf)}, {}, "people_infinite"),
        ({}, {"entrances": [shapely.Point(math.nan, 0)]}, "site_geometry_invalid"),
        ({}, {"entrances": [shapely.MultiPoint([(0, 0), (math.inf, 0)])]}, "site_geometry_invalid"),
        ({}, {"site": shapely.Point(math.nan, 0)}, "site_geometry_invalid"),
        ({}, {"site": shapely.Point(0, -math.inf)}, "site_geometry_invalid"),
        ({}, {"capacity": [-math.inf]}, "capacity_negative"),
    ],
)
@pytest.mark.parametrize("estimated", [False, True])
def test_numbers_that_are_none_are_refused(
    people: dict[str, object], points: dict[str, object], code: str, estimated: bool
) -> None:
    site, more = points.get("site", (5, 0)), {name: value for name, value in points.items() if name != "site"}
    net = None if estimated else network(STREET)
    with pytest.raises(InputError, match=code):
        evaluate(demand((0, 0), **people), supply(site, **more), [Rule("x", 10.0, capacity=True)], net)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_paths_without_coordinates_are_refused(bad: float) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="network_geometry_invalid"):
        network([[(0, 0), (bad, 0)]])
