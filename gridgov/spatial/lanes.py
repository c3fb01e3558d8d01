"""Ways to eight types at once: two sweeps over a table of lines of eight keys, and a few over its core between them.

Upward, each row taken out lowers the rows its arcs lead to; then the rows of the core lower each other until none is
lowered any more; downward, each row takes what those rows have (Delling et al. 2011). A line is as long as a line of
the processor's cache, and is added to and compared at once (`lines`).
"""

import numpy as np
from numba import njit

from gridgov.spatial.lines import lower, relax
from gridgov.spatial.searching import (
    FAR,
    LABEL_BITS,
    LABELS,
    LANES,
    Arcs,
    Asked,
    Eliminated,
    Floats,
    Int8s,
    Int32s,
    Int64s,
    Table,
)


@njit(nogil=True, cache=True)
def sweep(graph: Eliminated, row: Int32s, lane: Int64s, key: Int64s, table: Table, beyond: int) -> None:
    """Fill a table with the least keys of all rows: ways begin at a `row` by a `key`, of the type of a `lane` (k,).

    Only keys less than `beyond` count; what the table holds else is no shorter than the way.
    """
    line, live = table
    live[:] = 0
    for seed in range(len(row)):
        if live[row[seed]] == 0:
            line[LANES * row[seed] : LANES * row[seed] + LANES] = FAR
            live[row[seed]] = 1
        at = LANES * row[seed] + lane[seed]
        line[at] = min(line[at], key[seed])
    _upward(graph.up_start, graph.up, line, live, beyond)
    gone = len(graph.up_start) - 1
    _core(graph.core, line[LANES * gone :], live[gone:], beyond)
    _downward(graph.up_start, graph.up, line, live)


@njit(nogil=True, cache=True)
def gather_lines(rows: Int64s, asked: Asked, row: Int32s, line: Int64s, found: Int64s) -> None:
    """Carry the lines of a table, in which the nodes lie at `row` (n,), over to some places, `rows`, of d.

    Their lines in `found` (8 d,) are lowered.
    """
    for place in rows:
        for way in range(asked.first[place], asked.first[place + 1]):
            for side in range(2):
                relax(found, place, line, row[asked.nodes[way, side]], asked.cost[way, side], False, FAR)


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
def keys_by_node(row: Int32s, line: Int64s, lane: int, key: Int64s) -> None:
    """Write the keys of a lane by node: nodes lie at `row` (n,) of a table, `key` is (n,)."""
    for node in range(len(row)):
        key[node] = line[LANES * row[node] + lane]


@njit(nogil=True, cache=True)
def _upward(up_start: Int64s, up: Int64s, line: Int64s, live: Int8s, beyond: int) -> None:
    for row in range(len(up_start) - 1):
        if live[row]:
            for arc in range(up_start[row], up_start[row + 1]):
                other = up[arc] & LABELS
                live[other] |= relax(line, other, line, row, up[arc] - other, live[other] == 0, beyond)


@njit(nogil=True, cache=True)
def _core(core: Arcs, line: Int64s, changed: Int8s, beyond: int) -> None:
    """Lower the lines of the core by each other, over and over, as long as any changes: there and back again by turns.

    A row may come up often, but with all types at once, and in the order it lies in memory: quicker than a queue.
    """
    start, head, weight = core
    count = len(changed)
    for row in range(count):
        if not changed[row]:
            line[LANES * row : LANES * row + LANES] = FAR
    waiting, first, step = True, 0, 1
    while waiting:
        waiting = False
        for turn in range(count):
            row = first + step * turn
            if changed[row]:
                changed[row] = 0
                for arc in range(start[row], start[row + 1]):
                    if relax(line, head[arc], line, row, weight[arc], False, beyond):
                        changed[head[arc]], waiting = 1, True
        first, step = count - 1 - first, -step


@njit(nogil=True, cache=True)
def _downward(up_start: Int64s, up: Int64s, line: Int64s, live: Int8s) -> None:
    """Write every line, so that none need be asked whether it counts: to ask at each arc takes twice as long."""
    for row in range(len(up_start) - 2, -1, -1):
        lower(line, row, up, up_start[row], up_start[row + 1], live[row] != 0)
