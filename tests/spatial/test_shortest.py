"""The search itself, apart from walls and places."""

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.spatial.kernels import spread, undo
from gridgov.spatial.searching import FAR, More, Seeds
from gridgov.spatial.shortest import Graph, Search, arcs_of, key_beyond, labels_of, lengths, to_metres

Edge = tuple[int, int, float]
Start = tuple[int, float, int]


def graph(nodes: int, *edges: Edge) -> Graph:
    tail, head, metres = np.array(edges, dtype=float).reshape(-1, 3).T
    return Graph(nodes, tail.astype(np.int64), head.astype(np.int64), metres)


def found(net: Graph, *starts: Start, limit: float | None = None) -> tuple[list[float], list[int]]:
    search, (node, cost, label) = Search(net), np.array(starts, dtype=float).reshape(-1, 3).T
    beyond = int(FAR) if limit is None else key_beyond(limit)
    search.anew(node.astype(np.int64), lengths(cost) + label.astype(np.int64), beyond)
    return to_metres(search.work.key).tolist(), labels_of(search.work.key).tolist()


def metres(net: Graph, *starts: Start, limit: float | None = None) -> list[float]:
    return found(net, *starts, limit=limit)[0]


def test_of_parallel_edges_the_shortest_counts_and_a_loop_leads_nowhere() -> None:
    assert metres(graph(2, (0, 1, 9.0), (1, 0, 4.0), (0, 1, 7.0), (1, 1, 1.0)), (0, 0.0, 0)) == [0.0, 4.0]


def test_an_edge_without_length_still_joins() -> None:
    assert metres(graph(3, (0, 1, 0.0), (1, 2, 5.0)), (0, 0.0, 0)) == [0.0, 0.0, 5.0]


def test_a_source_may_begin_at_several_nodes_and_joins_none_of_them() -> None:
    assert metres(graph(4, (0, 1, 10.0), (2, 3, 10.0)), (1, 1.0, 0), (2, 1.0, 0)) == [11, 1, 1, 11]


def test_of_equal_ways_the_lowest_label_counts() -> None:
    line = graph(3, (0, 1, 5.0), (1, 2, 5.0))
    for starts in ([(0, 0.0, 7), (2, 0.0, 3)], [(2, 0.0, 3), (0, 0.0, 7)]):
        assert found(line, *starts) == ([0, 5, 0], [7, 3, 3])


def test_beyond_the_limit_everything_is_infinite() -> None:
    assert metres(graph(3, (0, 1, 5.0), (1, 2, 5.0)), (0, 0.0, 0), limit=6.0) == [0.0, 5.0, np.inf]
    assert metres(graph(1), (0, 7.0, 0), limit=6.0) == [np.inf]


def test_the_limit_is_told_to_the_millimetre() -> None:
    line = graph(3, (0, 1, 5.0004), (1, 2, 0.0002))
    assert metres(line, (0, 0.0, 0), limit=5.0) == [0.0, 5.0, np.inf]


def test_ways_too_long_to_be_told_are_none() -> None:
    line = graph(3, (0, 1, 200_000.0), (1, 2, 200_000.0))
    assert metres(line, (0, 0.0, 0)) == [0.0, 200_000.0, np.inf]
    assert metres(graph(2, (0, 1, 1e300)), (0, 0.0, 2**24 - 2)) == [0.0, np.inf]
    assert metres(line, (0, 274_877.9, 0), (2, 1e300, 1)) == [274_877.9, np.inf, np.inf]


def test_sources_that_reach_nothing_and_graphs_without_nodes() -> None:
    assert metres(graph(1)) == [np.inf]
    assert metres(graph(0)) == []
    assert graph(0).components().tolist() == []


def test_a_long_edge_and_far_apart_starts_fit_the_queue() -> None:
    net = graph(4, (0, 1, 2749.0), (1, 2, 0.5), (2, 3, 9000.25))
    assert metres(net, (0, 0.0, 0), (3, 123456.0, 1)) == [0, 2749, 2749.5, 11749.75]


def test_one_space_serves_one_search_after_another() -> None:
    search = Search(graph(3, (0, 1, 2.0), (1, 2, 3.0)))
    for node, far in ((0, [0, 2, 5]), (2, [5, 3, 0])):
        search.anew(np.array([node]), np.array([0]))
        assert to_metres(search.work.key).tolist() == far


def test_components() -> None:
    labels = graph(5, (0, 1, 1.0), (3, 4, 0.0)).components()
    assert labels[0] == labels[1] != labels[2] != labels[3] == labels[4]


nodes = st.integers(0, 11)
edges = st.lists(st.tuples(nodes, nodes, st.sampled_from([0.0, 0.000001, 1.0, 3.999999, 4.0, 4.0, 7.5, 4000.0])))
starts = st.lists(st.tuples(nodes, st.sampled_from([0.0, 1.0, 4.0, 9000.0]), st.integers(0, 5)), min_size=1)


@settings(max_examples=150)
@given(edges, edges, starts)
def test_the_search_finds_what_a_plain_one_finds_and_its_undoing_leaves_no_trace(
    own: list[Edge], beside: list[Edge], begun: list[Start]
) -> None:
    net = graph(12, *own)
    assert found(net, *begun) == plain(own, begun)

    search, (node, cost, label) = Search(net, int(lengths(4000.0))), np.array(begun, dtype=float).T
    search.anew(node.astype(np.int64), lengths(cost) + label.astype(np.int64))
    stood = search.work.key.copy()
    tail, head, far = np.array(beside, dtype=float).reshape(-1, 3).T
    more = arcs_of(12, tail.astype(np.int64), head.astype(np.int64), lengths(far))
    again = np.flatnonzero(search.work.key < FAR)
    seeds = [(int(more.head[arc]), int(search.work.key[at] + more.weight[arc]))
             for at in again for arc in range(more.start[at], more.start[at + 1])]  # fmt: skip
    node, key = np.array(sorted(seeds, key=lambda one: one[1]), dtype=np.int64).reshape(-1, 2).T
    told = spread(
        net.arcs,
        More(np.arange(12, dtype=np.int32), *more),
        Seeds(node.astype(np.int32), key),
        search.work,
        int(FAR),
        True,
    )
    assert (to_metres(search.work.key).tolist(), labels_of(search.work.key).tolist()) == plain([*own, *beside], begun)
    undo(told, search.work)
    assert search.work.key.tolist() == stood.tolist()


def plain(edges: list[Edge], starts: list[Start]) -> tuple[list[float], list[int]]:
    """Dijkstra's algorithm over (micrometres, label), with a heap."""
    heap = [(int(lengths(cost)), label, node) for node, cost, label in starts]
    heapq.heapify(heap)
    best: dict[int, tuple[int, int]] = {}
    while heap:
        far, label, node = heapq.heappop(heap)
        if node not in best:
            best[node] = far, label
            for tail, head, step in edges:
                for one, other in ((tail, head), (head, tail)):
                    if one == node:
                        heapq.heappush(heap, (far + int(lengths(step)), label, other))
    both = [best.get(node, (int(FAR), -1)) for node in range(12)]
    return to_metres(np.array([far for far, _ in both])).tolist(), [label for _, label in both]
