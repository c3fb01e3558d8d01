"""What a search for ways works on: arcs, seeds, and the space it works in.

A way is one whole number, its *key*: micrometres times 2**24, plus the label of the point it leads to. So the least key
is the shortest way, and of equal ways the one to the lowest label; to walk on over an arc is to add the arc's length,
which is a key without a label. `FAR` is no way at all, and so is whatever isn't less: from 274.9 km on. Even two FAR
together overflow nothing.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

LABEL_BITS = 24
LABELS = 2**LABEL_BITS - 1  # how many there may be: the last is FAR's
FAR = np.int64(2**62 - 1)
LANES = 8  # types whose keys lie side by side in a table
BUCKET_BITS = LABEL_BITS + 22  # buckets of 2**22 micrometres, 4.2 m: about a third of a city's median piece


class Arcs(NamedTuple):
    """Arcs by node (CSR), both ways: `start` (n + 1,), `head` (m,), `weight` (m,) lengths."""

    start: Int64s
    head: Int32s
    weight: Int64s


class Eliminated(NamedTuple):
    """A graph of n nodes of which r are taken out, each before those its arcs lead to.

    `row` (n,): each node's place in that order, those that stay behind all others. `up_start` (r + 1,), `up` (k,): the
    arcs of each row when it was taken out: their lengths, and for labels the rows they lead to. `core`: the arcs
    between what stays, rows from r on, which count from 0 there.
    """

    row: Int32s
    up_start: Int64s
    up: Int64s
    core: Arcs


class Table(NamedTuple):
    """Keys to eight types at once: `line` (8 n,) eight for each row; `live` (n,) not 0 where the way up has led."""

    line: Int64s
    live: Int8s


class More(NamedTuple):
    """Arcs beside the graph's: `slot` (n,) the row of a node in them, -1 none; the rest is CSR by row."""

    slot: Int32s
    start: Int64s
    head: Int32s
    weight: Int64s


class Seeds(NamedTuple):
    """Where ways begin, ordered by key: `node`, `key` (k,)."""

    node: Int32s
    key: Int64s


class Work(NamedTuple):
    """What one search works in: the `key` of each node (n,), and its own notes.

    `queue` (b,) are buckets of 2**`BUCKET_BITS`, all -1, more of them than the longest arc spans; `entry_node`,
    `entry_next` (e,) are the lists of nodes in them.
    """

    key: Int64s
    queue: Int32s
    entry_node: Int32s
    entry_next: Int32s


class Journal(NamedTuple):
    """What a search lowered, in order: the node, and what stood there before."""

    node: Int32s
    key: Int64s


class Asked(NamedTuple):
    """Places that ask, d of them, with their ways.

    Ways of `owner` (k,), ascending, reach `nodes` (k, 2) at `cost` (k, 2), lengths; `first` (d + 1,) tells where
    each begins. `end` (2 k,) are the ends of ways by node, each twice the way's number plus its side; `end_start`
    (n + 1,) tells where those of a node begin.
    """

    owner: Int64s
    first: Int64s
    nodes: Int32s
    cost: Int64s
    end_start: Int64s
    end: Int64s


class Groups(NamedTuple):
    """Places that share passages of their own, g groups (CSR by group, `start` (g + 1,) into each).

    `row_start`, `row`: the places. `node_start`, `node`: nodes of the graph at which more arcs begin; `arc_start`
    (nodes + 1,), `arc_head`, `arc_weight`: those arcs (CSR by these nodes). `of_place` (d,): each place's group, -1
    none; `at_start` (n + 1,), `at`: the groups that have passages at a node of the graph, by node.
    """

    row_start: Int64s
    row: Int64s
    node_start: Int64s
    node: Int32s
    arc_start: Int64s
    arc_head: Int32s
    arc_weight: Int64s
    of_place: Int64s
    at_start: Int64s
    at: Int64s
