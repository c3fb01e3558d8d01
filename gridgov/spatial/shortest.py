"""Shortest ways on a graph of symmetric, non-negative weights in metres."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# scipy drops zero weights; a billionth of a metre never shows in millimetres.
HAIRLINE = 1e-9
TABLE_CELLS = 16_000_000


class Graph:
    """An undirected graph, and sources beside it: a source reaches nodes, and nothing passes through a source."""

    def __init__(self, nodes: int, tail: Ints, head: Ints, weight: Floats) -> None:
        """Take edges (m,) between `nodes` nodes; of parallel edges the shortest counts, a loop leads nowhere."""
        self.nodes = nodes
        real = tail != head
        ends = np.concatenate([tail[real], head[real]]), np.concatenate([head[real], tail[real]])
        self._matrix = _matrix((nodes, nodes), *ends, np.tile(weight[real], 2))

    def components(self) -> Ints:
        """Number the connected components: one label per node, shape (nodes,)."""
        if not self.nodes:
            return np.empty(0, np.int64)
        labels = connected_components(self._matrix, directed=False)[1]
        return np.asarray(labels, dtype=np.int64)

    def from_sources(
        self, source: Ints, node: Ints, cost: Floats, *, count: int, limit: float = np.inf, width: int = 0
    ) -> Iterator[tuple[Ints, Floats]]:
        """Measure the ways from every source to every node.

        Parameters
        ----------
        source, node, cost : ndarray, shape (k,)
            Source `source` reaches `node` at `cost` metres; a source may reach several nodes.
        count : int
            How many sources there are; one that reaches nothing is infinitely far from everything.
        limit : float
            Metres beyond which ways are infinite.
        width : int
            How many numbers the caller will make of each row of metres, where they are more than the nodes.

        Yields
        ------
        sources : ndarray of int, shape (c,)
            Successive runs of sources, few enough at a time to bound the memory.
        metres : ndarray of float, shape (c, nodes)
            Infinite where there is no way.

        Notes
        -----
        Dijkstra's algorithm, as scipy has it.
        """
        if not self.nodes:
            yield np.arange(count), np.empty((count, 0))
            return
        matrix = self._with_sources(source, node, cost, count)
        step = max(1, TABLE_CELLS // max(self.nodes + count, width))
        for start in range(0, count, step):
            run = np.arange(start, min(start + step, count))
            metres = dijkstra(matrix, directed=True, indices=self.nodes + run, limit=limit)
            yield run, metres[:, : self.nodes]

    def _with_sources(self, source: Ints, node: Ints, cost: Floats, count: int) -> csr_array:
        """Put a row for each source under the graph's own, which stay as they are."""
        own, more = self._matrix, _matrix((count, self.nodes), source, node, cost)
        rows = np.r_[own.indptr, own.indptr[-1] + more.indptr[1:]]
        size = self.nodes + count
        return csr_array((np.r_[own.data, more.data], np.r_[own.indices, more.indices], rows), shape=(size, size))


def closed(metres: Floats) -> Floats:
    """Close a square table of ways (n, n) over every stop between (Floyd and Warshall's algorithm)."""
    table = metres.copy()
    for stop in range(len(table)):
        np.minimum(table, table[:, stop, None] + table[None, stop, :], out=table)
    return table


def _matrix(shape: tuple[int, int], tail: Ints, head: Ints, weight: Floats) -> csr_array:
    """Keep the shortest of parallel edges, which scipy would add up."""
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], np.maximum(weight[order], HAIRLINE)
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])][: len(tail)]
    return csr_array((weight[first], (tail[first], head[first])), shape=shape)
