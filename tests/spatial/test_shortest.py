"""The search itself, apart from walls and places."""

import numpy as np
import pytest

from gridgov.spatial import shortest
from gridgov.spatial.shortest import Graph, closed
from gridgov.spatial.straight import nearest_straight, within_straight
from gridgov.spatial.topology import points


def graph(nodes: int, *edges: tuple[int, int, float]) -> Graph:
    tail, head, metres = np.array(edges, dtype=float).reshape(-1, 3).T
    return Graph(nodes, tail.astype(np.int64), head.astype(np.int64), metres)


def metres(net: Graph, *starts: tuple[int, int, float], count: int = 1, limit: float = np.inf) -> list[list[float]]:
    source, node, cost = np.array(starts, dtype=float).reshape(-1, 3).T
    runs = net.from_sources(source.astype(np.int64), node.astype(np.int64), cost, count=count, limit=limit)
    return np.concatenate([table for _, table in runs]).round(6).tolist()


def test_of_parallel_edges_the_shortest_counts_and_a_loop_leads_nowhere() -> None:
    assert metres(graph(2, (0, 1, 9.0), (1, 0, 4.0), (0, 1, 7.0), (1, 1, 1.0)), (0, 0, 0.0)) == [[0.0, 4.0]]


def test_an_edge_without_length_still_joins() -> None:
    assert metres(graph(3, (0, 1, 0.0), (1, 2, 5.0)), (0, 0, 0.0)) == [[0.0, 0.0, 5.0]]


def test_nothing_passes_through_a_source() -> None:
    net = graph(4, (0, 1, 10.0), (2, 3, 10.0))
    assert metres(net, (0, 1, 1.0), (0, 2, 1.0), (1, 0, 0.0), count=2) == [[11, 1, 1, 11], [0, 10, np.inf, np.inf]]


def test_beyond_the_limit_everything_is_infinite() -> None:
    assert metres(graph(3, (0, 1, 5.0), (1, 2, 5.0)), (0, 0, 0.0), limit=6.0) == [[0.0, 5.0, np.inf]]


def test_sources_that_reach_nothing_and_graphs_without_nodes() -> None:
    assert metres(graph(1), count=2) == [[np.inf], [np.inf]]
    assert metres(graph(0), count=2) == [[], []]
    assert graph(0).components().tolist() == []


def test_runs_are_cut_to_bound_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    net, starts = graph(3, (0, 1, 2.0), (1, 2, 3.0)), [(k, k, 0.5) for k in range(3)]
    whole = metres(net, *starts, count=3)
    monkeypatch.setattr(shortest, "TABLE_CELLS", 1)
    assert metres(net, *starts, count=3) == whole


def test_components() -> None:
    labels = graph(5, (0, 1, 1.0), (3, 4, 0.0)).components()
    assert labels[0] == labels[1] != labels[2] != labels[3] == labels[4]


def test_a_table_is_closed_over_every_stop() -> None:
    table = np.array([[0, 1, 9], [1, 0, 2], [9, 2, 0]], dtype=float)
    assert closed(table).tolist() == [[0, 1, 3], [1, 0, 2], [3, 2, 0]]
    assert table[0, 2] == 9


def test_straight_lines() -> None:
    places, sites = points([(0, 0), (10, 0)]), points([(3, 4), (-3, 4), (10, 1)])
    away, nearest = nearest_straight(places, sites, detour=1.3)
    assert (away.tolist(), nearest.tolist()) == ([6.5, 1.3], [0, 2])
    pairs = np.column_stack(within_straight(places, sites, 5.0))
    assert sorted(map(tuple, pairs.tolist())) == [(0, 0), (0, 1), (1, 2)]
    assert nearest_straight(places, sites[:0])[1].tolist() == [-1, -1]
