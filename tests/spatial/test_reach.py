"""Reach counts and the matrix: on the worked street, through gates, on one piece, and against verdicts."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridgov.spatial.network import RESIDENTS, Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.reach import counts, matrix, people
from gridgov.spatial.verdicts import Demand, Rule

SQUARE = shapely.box(300, 20, 480, 220)
PLACES = np.array([[100.0, 0.0], [400.0, 100.0], [600.0, 10.0], [500.0, 900.0]])
SITES = [shapely.Point(120, 0), shapely.Point(420, 100), shapely.Point(480, 0), shapely.Point(500, 2000)]


@pytest.fixture(scope="module")
def network() -> WalkNetwork:
    """The street of the worked cases, its compound's gate for residents only."""
    lines = [[(0, 0), (280, 0)], [(280, 0), (500, 0)], [(500, 0), (1000, 0)], [(500, 0), (500, 100)]]
    lines += [[(400, 100), (480, 100)], [(480, 100), (500, 100)]]
    states = np.array([RESIDENTS], dtype=np.int8)
    walls = Walls(np.array([SQUARE]), np.array([[480.0, 100.0]]), np.zeros(1, np.int64), states)
    return build_network(Segments(shapely.linestrings(lines), np.zeros(len(lines), dtype=bool)), walls)


def demand(home: int = -1) -> Demand:
    none = np.full(len(PLACES), -1)
    people = np.full(len(PLACES), 10.0)
    return Demand(PLACES, people, np.full((len(PLACES), 7), np.nan), np.where([0, 1, 0, 0], home, -1), none, none)


def test_pairs_are_within_the_radius_by_gates_and_along_one_piece(network: WalkNetwork) -> None:
    found = matrix(demand(), SITES, Rule("any", 220.0), network)
    told = zip(found.place.tolist(), found.site.tolist(), found.millimetres.tolist(), strict=True)
    # 0 and site 0 are on one piece; 1 lives behind the gate, and a stranger's place isn't reached from site 1.
    assert list(told) == [(0, 0, 20_000), (1, 1, 20_000), (2, 2, 130_000), (1, 2, 220_000)]
    assert found.doubtful.tolist() == [False, False, False, True]


@pytest.mark.parametrize("radius", [10.0, 20.0, 130.0, 400.0, 2000.0])
@pytest.mark.parametrize("measure", ["walk", "straight"])
def test_counts_are_the_pairs_added_up(network: WalkNetwork, radius: float, measure: str) -> None:
    for net in (network, None):
        rule = Rule("any", radius, measure)
        pairs = matrix(demand(0), SITES, rule, net)
        expected = np.bincount(pairs.place, minlength=len(PLACES))
        assert counts(demand(0), SITES, rule, net).tolist() == expected.tolist()


def test_many_points_are_counted_in_threads(network: WalkNetwork) -> None:
    along = np.linspace(0, 1000, 700)
    many = [shapely.Point(x, 0) for x in along]
    found = counts(demand(), many, Rule("any", 100.0), network)
    assert found.tolist() == [(np.abs(along - 100) <= 100).sum(), 0, (np.abs(along - 600) <= 90).sum(), 0]
    pairs = matrix(demand(), many, Rule("any", 100.0), network)
    assert np.bincount(pairs.place, minlength=len(PLACES)).tolist() == found.tolist()


@pytest.mark.parametrize("radius", [10.0, 220.0, 400.0, 2000.0])
@pytest.mark.parametrize("measure", ["walk", "straight"])
def test_people_are_those_of_the_pairs(network: WalkNetwork, radius: float, measure: str) -> None:
    ages = np.full((len(PLACES), 7), np.nan)
    ages[:, 1] = [1.1, 2.2, np.nan, 4.4]
    several = replace(demand(0), people=np.array([10.0, 20.5, 40.0, np.nan]), ages=ages)
    for net in (network, None):
        for serves, weight in (((), [10.0, 20.5, 40.0, 0.0]), ((1,), [1.1, 2.2, 40.0, 4.4])):
            rule = Rule("any", radius, measure, serves=serves)
            pairs = matrix(several, SITES, rule, net)
            expected = np.bincount(pairs.site, np.array(weight)[pairs.place], minlength=len(SITES))
            assert people(several, SITES, rule, net) == pytest.approx(expected, abs=1e-9)


def test_people_around_many_nodes_by_hand(network: WalkNetwork) -> None:
    along = np.linspace(0, 1000, 701)
    found = people(demand(), [shapely.Point(x, 0) for x in along], Rule("any", 100.0), network)
    # Homes at 100 on the street and at 600, 10 m beside it.
    assert found.tolist() == (10.0 * (np.abs(along - 100) <= 100) + 10.0 * (np.abs(along - 600) <= 90)).tolist()


def test_without_sites_nothing_is_reached(network: WalkNetwork) -> None:
    assert counts(demand(), [], Rule("any", 100.0), network).tolist() == [0, 0, 0, 0]
    assert people(demand(), [], Rule("any", 100.0), network).tolist() == []
    assert len(matrix(demand(), [], Rule("any", 100.0), network).place) == 0
