"""Sweeps over a graph: the ways from all its nodes to points of eight types at once."""

from types import ModuleType

import numpy as np
import numpy.typing as npt

from gridgov.spatial.searching import FAR, LANES, Asked, Table
from gridgov.spatial.shortest import Graph

Ints = npt.NDArray[np.int64]


class Sweep:
    """One sweep after another over a graph, in the same table; one thread at a time."""

    def __init__(self, graph: Graph) -> None:
        """Make room: 64 bytes for every node. The graph is eliminated here, not by each of several threads."""
        self.graph, self._eliminated = graph, graph.eliminated
        self.table = Table(_lines(graph.nodes), np.zeros(graph.nodes, np.int8))

    def anew(self, node: Ints, lane: Ints, key: Ints, beyond: int = int(FAR)) -> None:
        """Sweep anew from nodes (k,) that ways of the type of a `lane` (k,), 0 to 7, reach by `key` (k,).

        Afterwards the table holds the key of the least way to every node; only those less than `beyond` count.
        """
        graph = self._eliminated
        loops().sweep(graph, graph.row[node], lane, key, self.table, beyond)

    def gathered(self, rows: Ints, asked: Asked, lanes: int) -> Ints:
        """Carry what was found over to some places, `rows`, of d: keys of some lanes, shape (lanes, d)."""
        found = _lines(len(asked.first) - 1)
        found.fill(FAR)
        loops().gather_lines(rows, asked, self._eliminated.row, self.table.line, found)
        return np.asarray(loops().columns(found, lanes))

    def by_node(self, lane: int, key: Ints) -> None:
        """Write the keys found for all nodes in one lane, `key` (nodes,)."""
        loops().keys_by_node(self._eliminated.row, self.table.line, lane, key)


def loops() -> ModuleType:
    """Return the compiled loops, imported where they are needed."""
    from gridgov.spatial import lanes  # noqa: PLC0415

    return lanes


def _lines(rows: int) -> Ints:
    """Make room for lines of eight keys, each on one line of the processor's cache."""
    room = np.empty(LANES * (rows + 1), np.int64)
    first = -room.ctypes.data % 64 // 8
    return room[first : first + LANES * rows]
