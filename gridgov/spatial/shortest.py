"""Shortest ways on a graph of symmetric, non-negative weights, exact to the micrometre."""

from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridgov.spatial.searching import BUCKET_BITS, FAR, LABEL_BITS, LABELS, Arcs, Eliminated, More, Seeds, Work

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Graph:
    """An undirected graph; of parallel edges the shortest counts, a loop leads nowhere."""

    def __init__(self, nodes: int, tail: Ints, head: Ints, metres: Floats) -> None:
        """Take edges (m,) between `nodes` nodes, in metres."""
        self.nodes = nodes
        self.arcs = arcs_of(nodes, tail, head, lengths(metres))

    @classmethod
    def of(cls, arcs: Arcs) -> "Graph":
        """Take arcs as they are."""
        graph = cls.__new__(cls)
        graph.nodes, graph.arcs = len(arcs.start) - 1, arcs
        return graph

    @cached_property
    def eliminated(self) -> Eliminated:
        """The graph for sweeps; worth keeping: 0.7 s for a million nodes."""
        from gridgov.spatial.elimination import eliminate  # noqa: PLC0415

        return eliminate(*self.arcs)

    @cached_property
    def longest(self) -> int:
        """The length of the longest arc."""
        return int(self.arcs.weight.max(initial=0))

    def components(self) -> Ints:
        """Number the connected components: one label per node, shape (nodes,)."""
        if not self.nodes:
            return np.empty(0, np.int64)
        joined = np.ones(len(self.arcs.head), np.int8)
        matrix = csr_array((joined, self.arcs.head, self.arcs.start), shape=(self.nodes, self.nodes))
        return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)

    def no_more(self) -> More:
        """No arcs beside the graph's."""
        none = np.empty(0, np.int64)
        return More(np.full(self.nodes, -1, np.int32), np.zeros(1, np.int64), none.astype(np.int32), none)


class Search:
    """One search after another on a graph, in the same work space; one thread at a time."""

    def __init__(self, graph: Graph, longest: int = 0) -> None:
        """Make room; `longest` is the length of the longest arc beside the graph's own that will be walked."""
        self.graph = graph
        self.more = graph.no_more()
        buckets = (max(graph.longest, longest) >> BUCKET_BITS) + 2
        self.work = Work(
            key=np.full(graph.nodes, FAR),
            queue=np.full(buckets, -1, np.int32),
            entry_node=np.empty(max(2 * graph.nodes, 64), np.int32),
            entry_next=np.empty(max(2 * graph.nodes, 64), np.int32),
        )

    def anew(self, node: Ints, key: Ints, beyond: int = int(FAR)) -> None:
        """Search anew from nodes (k,) that ways reach by `key` (k,).

        Afterwards `work.key` holds the key of the least way to every node, FAR where there is none less than `beyond`.
        """
        self.work.key.fill(FAR)
        order = np.argsort(key, kind="stable")
        seeds = Seeds(node[order].astype(np.int32), key[order])
        compiled().spread(self.graph.arcs, self.more, seeds, self.work, beyond, False)


def compiled() -> ModuleType:
    """Return the compiled loops: numba takes its time to be imported, and who measures nothing needn't wait for it."""
    from gridgov.spatial import kernels  # noqa: PLC0415

    return kernels


def arcs_of(nodes: int, tail: Ints, head: Ints, weight: Ints) -> Arcs:
    """Put edges (m,) into arcs both ways, by node; the least of parallel ones is kept, loops and those of FAR not."""
    return Arcs(*compiled().arcs_both_ways(nodes, tail.astype(np.int64), head.astype(np.int64), weight))


def lengths(metres: npt.ArrayLike) -> Ints:
    """Round metres to whole micrometres, as keys without a label; what is too long for a way is FAR."""
    micrometres = np.minimum(np.rint(np.asarray(metres, dtype=np.float64) * 1e6), 2.0**62 / 2**LABEL_BITS)
    return np.asarray(np.minimum(micrometres.astype(np.int64) << LABEL_BITS, FAR))


def key_beyond(metres: float) -> int:
    """Return the least key of ways that are longer than some metres, both told to a thousandth."""
    return int(lengths((np.rint(metres * 1000) + 0.5) / 1000))


def millimetres_of(key: Ints) -> Ints:
    """Round keys to whole millimetres."""
    return ((key >> LABEL_BITS) + 500) // 1000


def to_metres(key: Ints) -> Floats:
    """Return keys as metres to a thousandth; FAR is infinite."""
    return np.where(key >= FAR, np.inf, millimetres_of(key) / 1000.0)


def labels_of(key: Ints) -> Ints:
    """Return keys' labels; -1 for FAR."""
    return np.where(key >= FAR, -1, key & LABELS)
