"""Ways to eight types at once: two sweeps over a table of lines of eight keys, and a search of the core between them.

Upward, each row taken out lowers the rows its arcs lead to; then the core is searched type by type; downward, each row
takes what those rows have (Delling et al. 2011). Rows without any key that counts aren't looked at. A line is as long
as a line of the processor's cache, and is added to and compared at once (`lines`).
"""

import numpy as np
from numba import njit

from gridgov.spatial.kernels import spread
from gridgov.spatial.lines import counts, relax
from gridgov.spatial.searching import (
    BUCKET_BITS,
    FAR,
    LABEL_BITS,
    LABELS,
    LANES,
    Asked,
    Eliminated,
    Floats,
    Int8s,
    Int32s,
    Int64s,
    More,
    Seeds,
    Table,
    Work,
)


@njit(nogil=True, cache=True)
def sweep(
    graph: Eliminated, row: Int32s, lane: Int64s, key: Int64s, table: Table, more: More, work: Work, beyond: int
) -> None:
    """Fill a table with the least keys of all rows: ways begin at a `row` by a `key`, of the type of a `lane` (k,).

    Only keys less than `beyond` count; what the table holds else is longer than the way. `more` and `work` are for the
    core.
    """
    line, live = table
    live[:] = 0
    for seed in range(len(row)):
        if live[row[seed]] == 0:
            line[LANES * row[seed] : LANES * row[seed] + LANES] = FAR
            live[row[seed]] = 1
        at = LANES * row[seed] + lane[seed]
        line[at] = min(line[at], key[seed])
    _upward(graph.up_start, graph.up, line, live)
    _core(graph, table, more, work, beyond)
    _downward(graph.up_start, graph.up, line, live, beyond)


@njit(nogil=True, cache=True)
def gather_lines(rows: Int64s, asked: Asked, row: Int32s, table: Table, found: Int64s) -> None:
    """Carry a table, in which the nodes lie at `row` (n,), over to some places, `rows`, of d.

    Their lines in `found` (8 d,) are lowered.
    """
    for place in rows:
        for way in range(asked.first[place], asked.first[place + 1]):
            for side in range(2):
                by = row[asked.nodes[way, side]]
                if table.live[by]:
                    relax(found, place, table.line, by, asked.cost[way, side], False)


@njit(nogil=True, cache=True)
def columns(line: Int64s, lanes: int) -> Int64s:
    """Turn lines (8 d,) into columns, one for each of some lanes (lanes, d)."""
    column = np.empty((lanes, len(line) // LANES), np.int64)
    for place in range(len(line) // LANES):
        for lane in range(lanes):
            column[lane, place] = line[LANES * place + lane]
    return column


@njit(nogil=True, cache=True)
def tell(keys: Int64s, first: int, metres: Floats, point: Int64s) -> None:
    """Write keys (lanes, d) as metres to a thousandth and as points, both (d, t), from a column on; -1 for none."""
    for place in range(keys.shape[1]):
        for lane in range(len(keys)):
            key = keys[lane, place]
            millimetres = ((key >> LABEL_BITS) + 500) // 1000
            metres[place, first + lane] = millimetres / 1000.0 if key < FAR else np.inf
            point[place, first + lane] = key & LABELS if key < FAR else -1


@njit(nogil=True, cache=True)
def keys_by_node(row: Int32s, table: Table, lanes: int) -> Int64s:
    """List the keys of all nodes, which lie at `row` (n,) of a table, for some lanes (lanes, n)."""
    column = np.empty((lanes, len(row)), np.int64)
    for node in range(len(row)):
        for lane in range(lanes):
            column[lane, node] = table.line[LANES * row[node] + lane] if table.live[row[node]] else FAR
    return column


@njit(nogil=True, cache=True)
def _upward(up_start: Int64s, up: Int64s, line: Int64s, live: Int8s) -> None:
    for row in range(len(up_start) - 1):
        if live[row]:
            for arc in up[up_start[row] : up_start[row + 1]]:
                other = arc & LABELS
                relax(line, other, line, row, arc - other, live[other] == 0)
                live[other] = 1


@njit(nogil=True, cache=True)
def _downward(up_start: Int64s, up: Int64s, line: Int64s, live: Int8s, beyond: int) -> None:
    for row in range(len(up_start) - 2, -1, -1):
        reached = live[row]
        for arc in up[up_start[row] : up_start[row + 1]]:
            other = arc & LABELS
            if live[other]:
                relax(line, row, line, other, arc - other, reached == 0)
                reached = 1
        live[row] = reached and counts(line, row, beyond)


@njit(nogil=True, cache=True)
def _core(graph: Eliminated, table: Table, more: More, work: Work, beyond: int) -> None:
    """Search the core, type by type."""
    line, live = table
    gone, count = len(graph.up_start) - 1, len(work.key)
    begun = np.flatnonzero(live[gone:])
    column = np.empty((LANES, count), np.int64)
    for lane in range(LANES):
        key = line[LANES * (gone + begun) + lane]
        near = key < beyond
        work.key[:] = FAR
        spread(graph.core, more, _by_bucket(begun[near], key[near]), work, beyond, False)
        column[lane] = work.key
    for core in range(count):
        least = FAR
        for lane in range(LANES):
            line[LANES * (gone + core) + lane] = column[lane, core]
            least = min(least, column[lane, core])
        live[gone + core] = least < FAR


@njit(nogil=True, cache=True)
def _by_bucket(node: Int64s, key: Int64s) -> Seeds:
    """Put seeds in the order of the buckets their keys fall into, which is all that a search asks for."""
    if len(key) == 0:
        return Seeds(np.empty(0, np.int32), np.empty(0, np.int64))
    bucket = key >> BUCKET_BITS
    least = bucket.min()
    begin = np.zeros(bucket.max() - least + 2, np.int64)
    for seed in bucket:
        begin[seed - least + 1] += 1
    begin = np.cumsum(begin)
    ordered = Seeds(np.empty(len(key), np.int32), np.empty(len(key), np.int64))
    for seed in range(len(key)):
        at = begin[bucket[seed] - least]
        begin[bucket[seed] - least] += 1
        ordered.node[at], ordered.key[at] = node[seed], key[seed]
    return ordered
