"""Sweeps over what is left of a graph find what a search of the whole graph finds, bit for bit."""

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.spatial import threads
from gridgov.spatial.coverage import Rule, Supply, evaluate
from gridgov.spatial.network import RESIDENTS
from gridgov.spatial.searching import FAR, LANES
from gridgov.spatial.shortest import Graph, Search, key_beyond, lengths
from gridgov.spatial.sweeping import Sweep
from gridgov.spatial.verdicts import GATE, NO_FACILITY, NO_PATH
from tests.spatial.cases import demand, network, supply

Ints = npt.NDArray[np.int64]
Edge = tuple[int, int, float]
Start = tuple[int, int, float, int]

NODES = 14
LONG = 2749.0


def graph(nodes: int, edges: list[Edge]) -> Graph:
    tail, head, metres = np.array(edges, dtype=float).reshape(-1, 3).T
    return Graph(nodes, tail.astype(np.int64), head.astype(np.int64), metres)


def columns(starts: list[Start]) -> tuple[Ints, Ints, Ints]:
    node, lane, cost, label = np.array(starts, dtype=float).reshape(-1, 4).T
    return node.astype(np.int64), lane.astype(np.int64), lengths(cost) + label.astype(np.int64)


def swept(sweep: Sweep, starts: list[Start], beyond: int = int(FAR)) -> Ints:
    sweep.anew(*columns(starts), beyond)
    keys = np.empty((LANES, sweep.graph.nodes), np.int64)
    for lane, key in enumerate(keys):
        sweep.by_node(lane, key)
    return np.where(keys < beyond, keys, FAR)


def searched(search: Search, starts: list[Start], beyond: int = int(FAR)) -> Ints:
    node, lane, key = columns(starts)
    found = np.empty((LANES, search.graph.nodes), np.int64)
    for index in range(LANES):
        search.anew(node[lane == index], key[lane == index], beyond)
        found[index] = search.work.key
    return found


nodes = st.integers(0, NODES - 1)
metres = st.sampled_from([0.0, 0.000001, 1.0, 4.0, 4.0, 7.5, LONG, 150_000.0, 300_000.0])
edges = st.lists(st.tuples(nodes, nodes, metres), max_size=120)
costs = st.sampled_from([0.0, 0.0, 1.0, 4.0, LONG, 150_000.0])
starts = st.lists(
    st.tuples(nodes, st.integers(0, LANES - 1), costs, st.sampled_from([0, 1, 2, 2**24 - 2])), max_size=40
)


@settings(max_examples=250, deadline=None)
@given(edges, starts, starts, st.sampled_from([None, 0.0, 7.5, LONG]))
def test_eight_types_at_once_are_what_each_is_alone(
    joined: list[Edge], first: list[Start], then: list[Start], limit: float | None
) -> None:
    net, beyond = graph(NODES, joined), int(FAR) if limit is None else key_beyond(limit)
    sweep, search = Sweep(net), Search(net)
    for begun in (first, then):
        assert np.array_equal(swept(sweep, begun, beyond), searched(search, begun, beyond))


@pytest.fixture(scope="module")
def town() -> list[Edge]:
    """A lattice without a third of its streets, with long, parallel and empty edges, loops, and a thick middle."""
    chance, side = np.random.default_rng(20261122), 60
    crossing = np.arange(side * side).reshape(side, side)
    up, across = (crossing[1:], crossing[:-1]), (crossing[:, 1:], crossing[:, :-1])
    pairs = np.concatenate([np.c_[one.ravel(), other.ravel()] for one, other in (up, across)])
    pairs = pairs[chance.random(len(pairs)) < 0.67]
    thick = np.array(list(product(range(1500, 1514), repeat=2)))
    pairs = np.r_[pairs, pairs[:200], thick, chance.integers(0, side * side, (20, 2))]
    away = np.where(chance.random(len(pairs)) < 0.02, 0.0, chance.uniform(20.0, 120.0, len(pairs)))
    away[-20:] = LONG
    return [(int(one), int(other), float(far)) for (one, other), far in zip(pairs, away, strict=True)]


@pytest.fixture(scope="module")
def begun() -> list[Start]:
    """Starts of eight types from both ends of edges, at offsets 0 and all of it among them; the last has none."""
    chance = np.random.default_rng(4)
    several = [(int(chance.integers(3600)), lane, float(chance.uniform(0, 100)), lane * 50 + row)
               for lane in range(7) for row in range(1 + lane * lane)]  # fmt: skip
    return [*several, (0, 0, 0.0, 900), (1, 0, 77.0, 900), (60, 1, 50.0, 901), (0, 1, 0.0, 901)]


@pytest.mark.parametrize("limit", [None, 400.0])
def test_a_town_with_a_core(town: list[Edge], begun: list[Start], limit: float | None) -> None:
    net, beyond = graph(3600, town), int(FAR) if limit is None else key_beyond(limit)
    assert 10 < len(net.eliminated.core.start) < 400
    assert np.array_equal(swept(Sweep(net), begun, beyond), searched(Search(net), begun, beyond))


def test_the_order_of_edges_and_nodes_changes_nothing(town: list[Edge], begun: list[Start]) -> None:
    chance = np.random.default_rng(5)
    number = chance.permutation(3600)
    shuffled = [(int(number[head]), int(number[tail]), far) for tail, head, far in town]
    shuffled = [shuffled[row] for row in chance.permutation(len(shuffled))]
    moved = [(int(number[node]), *rest) for node, *rest in begun]
    found = swept(Sweep(graph(3600, shuffled)), [moved[row] for row in chance.permutation(len(moved))])
    assert np.array_equal(found[:, number], swept(Sweep(graph(3600, town)), begun))


def test_graphs_without_nodes_and_without_edges() -> None:
    assert swept(Sweep(graph(0, [])), []).shape == (LANES, 0)
    assert swept(Sweep(graph(2, [])), [(1, 3, 5.0, 7)])[3].tolist() == [FAR, int(lengths(5.0)) + 7]


def test_many_types_are_what_each_is_alone_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [[(x, y), (x, y + 50)] for x in range(0, 600, 100) for y in range(0, 500, 50)]
    lines += [[(y, x), (y + 50, x)] for [(x, y), _] in lines]
    wall = (shapely.box(110, 110, 190, 190), [((150, 110), RESIDENTS)])
    net = network([*lines, [(150, 100), (150, 150)], [(700, 0), (700, 600)]], wall)
    chance, types = np.random.default_rng(6), 35
    people = demand(*chance.uniform(0, 500, (40, 2)), (150, 140), (0, 0), (500, 500), (700, 10))
    kind = np.r_[chance.integers(0, types - 1, 90), types - 1, 3, 4]
    points = supply(*chance.uniform(0, 500, (90, 2)), (150, 145), (0, 0), (700, 500), type=kind)
    rules = [Rule(str(index), 60.0 + 10 * index) for index in range(types)]
    found = evaluate(people, points, rules, net)
    for index in range(types):
        mine = np.flatnonzero(kind == index)
        alone = evaluate(people, picked(points, mine), [rules[index]], net)
        assert np.array_equal(alone.metres[:, 0], found.metres[:, index], equal_nan=True)
        assert np.array_equal(np.r_[mine, -1][alone.point[:, 0]], found.point[:, index])
        assert np.array_equal(alone.cause[:, 0], found.cause[:, index])
    assert {NO_FACILITY, GATE, NO_PATH} <= set(found.cause.ravel().tolist())
    monkeypatch.setattr(threads, "count", lambda: 1)
    again = evaluate(people, points, rules, net)
    for part in ("metres", "point", "share", "cause", "firm"):
        assert np.array_equal(getattr(again, part), getattr(found, part), equal_nan=part == "metres"), part


def picked(points: Supply, rows: Ints) -> Supply:
    """Return some points, all of one type."""
    return supply(*points.geometry[rows], type=[0] * len(rows))
