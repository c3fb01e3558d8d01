"""Elimination of nodes: what makes all ways two passes over a table and a search of a small core.

Nodes are taken out one after another, those with few neighbours first. Where the way through a node taken out is the
only shortest between two of its neighbours, an arc as long is laid between them: so ways between the nodes left stay as
long as they were (contraction: Geisberger et al. 2008). Nodes with many neighbours stay: the core.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gridgov.spatial.searching import FAR, LABELS, Arcs, Eliminated, Int32s, Int64s

CHUNK = 8192  # nodes taken out in one go: so that what lies near in the town lies near in memory
DEGREES = (3, 4, 5, 6, 8)  # how many neighbours a node may have, go by go


@njit(nogil=True, cache=True)
def eliminate(start: Int64s, head: Int32s, weight: Int64s) -> Eliminated:
    """Eliminate the nodes of a graph, but for a core.

    `start` (n + 1,), `head`, `weight` (m,) are arcs as in `Arcs`: both ways, no loops, none parallel. The nearer nodes
    with near numbers lie to each other, the quicker everything that follows.
    """
    count = len(start) - 1
    blocks, used = _blocks(start, head, weight)
    order = Order(np.full(count, -1, np.int32), np.zeros(count + 1, np.int64), np.empty(3 * count + 8, np.int64))
    left, chunk_of = np.arange(count).astype(np.int32), np.full(count, -1, np.int32)
    gone = chunk = int(order.start[0])  # 0, and no literal: whatever takes them would be compiled twice
    for most in DEGREES:
        for begin in range(0, len(left), CHUNK):
            while used + 64 * CHUNK > len(blocks.pool):
                blocks = Blocks(blocks.at, blocks.size, blocks.room, _doubled(blocks.pool))
            while order.start[gone] + most * CHUNK > len(order.up):
                order = Order(order.row, order.start, _doubled(order.up))
            nodes, chunk = left[begin : begin + CHUNK], chunk + 1
            chunk_of[nodes] = chunk
            gone, used = _take_out(nodes, most, chunk, chunk_of, blocks, used, order, gone)
        left = left[order.row[left] < 0]
    row, up = order.row, order.up[: order.start[gone]].copy()
    for core, node in enumerate(left):
        row[node] = gone + core
    for arc in range(len(up)):
        up[arc] += row[up[arc] & LABELS] - (up[arc] & LABELS)
    return Eliminated(row, order.start[: gone + 1].copy(), up, _core(left, gone, row, blocks))


class Blocks(NamedTuple):
    """Each node's arcs among the nodes left: `size` (n,) of the `pool`, from `at` (n,) on, where there's `room` (n,).

    An arc is its length, and for a label the node it leads to.
    """

    at: Int64s
    size: Int32s
    room: Int32s
    pool: Int64s


class Order(NamedTuple):
    """The order nodes are taken out in: `row` (n,), -1 for those left; arcs `up` of each row from `start` on."""

    row: Int32s
    start: Int64s
    up: Int64s


@njit(nogil=True, cache=True)
def _take_out(
    nodes: Int32s, most: int, chunk: int, chunk_of: Int32s, blocks: Blocks, used: int, order: Order, gone: int
) -> tuple[int, int]:
    """Take out the nodes of a chunk that have, or come to have, at most so many neighbours, fewest first.

    One for which the pool might be too small stays for the next go.
    """
    at, size, room, pool = blocks
    row, up_start, up = order
    waiting, after = np.empty(CHUNK * (most + 1), np.int32), np.empty(CHUNK * (most + 1), np.int32)
    first = np.full(most + 1, -1, np.int32)
    entries = degree = 0
    for node in nodes[::-1]:
        if size[node] <= most:
            waiting[entries], after[entries], first[size[node]] = node, first[size[node]], entries
            entries += 1
    while degree <= most:
        if first[degree] < 0:
            degree += 1
            continue
        node, first[degree] = waiting[first[degree]], after[first[degree]]
        if row[node] >= 0 or size[node] != degree:
            continue
        arcs, needed = up[up_start[gone] : up_start[gone] + degree], used
        for arc in range(degree):
            arcs[arc] = pool[at[node] + arc]
            needed += 6 * room[arcs[arc] & LABELS]
        if needed > len(pool):
            continue
        used = _bypass(node, arcs, at, size, room, pool, used)
        row[node], up_start[gone + 1], gone = gone, up_start[gone] + degree, gone + 1
        for arc in arcs:
            other = arc & LABELS
            if chunk_of[other] == chunk and size[other] <= most:
                waiting[entries], after[entries], first[size[other]] = other, first[size[other]], entries
                entries, degree = entries + 1, min(degree, size[other])
    return gone, used


@njit(nogil=True, cache=True)
def _blocks(start: Int64s, head: Int32s, weight: Int64s) -> tuple[Blocks, int]:
    """Lay each node's arcs into a block of a pool, with some room; tell how much of the pool is used."""
    count = len(start) - 1
    at, size, room = np.empty(count, np.int64), np.empty(count, np.int32), np.empty(count, np.int32)
    pool = np.empty(len(head) + 8 * count + 64, np.int64)
    used = 0
    for node in range(count):
        at[node], size[node] = used, start[node + 1] - start[node]
        room[node] = max(size[node], 4)
        for arc in range(start[node], start[node + 1]):
            pool[used + arc - start[node]] = weight[arc] + head[arc]
        used += room[node]
    return Blocks(at, size, room, pool), used


@njit(nogil=True, cache=True, inline="always")
def _bypass(node: int, arcs: Int64s, at: Int64s, size: Int32s, room: Int32s, pool: Int64s, used: int) -> int:
    """Take a node out with its arcs; lay arcs past it where no other way is as short. Tell what's used of the pool."""
    for arc in arcs:
        other = arc & LABELS
        size[other] -= 1
        last = at[other] + size[other]
        pool[_find(at[other], last, pool, node)] = pool[last]
    for first in range(len(arcs)):
        one = arcs[first] & LABELS
        for second in range(first + 1, len(arcs)):
            other = arcs[second] & LABELS
            length = arcs[first] - one + arcs[second] - other
            if length >= FAR:
                continue
            known = _find(at[one], at[one] + size[one], pool, other)
            if known < at[one] + size[one]:
                if length < pool[known] - other:
                    pool[known] = length + other
                    pool[_find(at[other], at[other] + size[other], pool, one)] = length + one
            elif not _witnessed(one, other, length, at, size, pool):
                used = _put(one, length + other, at, size, room, pool, used)
                used = _put(other, length + one, at, size, room, pool, used)
    return used


@njit(nogil=True, cache=True, inline="always")
def _find(begin: int, end: int, pool: Int64s, node: int) -> int:
    """Find the arc to a node between two places of the pool; the end if there is none."""
    while begin < end and pool[begin] & LABELS != node:
        begin += 1
    return begin


@njit(nogil=True, cache=True, inline="always")
def _witnessed(one: int, other: int, length: int, at: Int64s, size: Int32s, pool: Int64s) -> bool:
    """Tell whether a way over one node between is no longer than a length."""
    for arc in pool[at[one] : at[one] + size[one]]:
        if arc < length:
            between = arc & LABELS
            for second in pool[at[other] : at[other] + size[other]]:
                if second & LABELS == between and arc + second - 2 * between <= length:
                    return True
    return False


@njit(nogil=True, cache=True, inline="always")
def _put(node: int, arc: int, at: Int64s, size: Int32s, room: Int32s, pool: Int64s, used: int) -> int:
    """Put an arc to a node's others; a full block is moved to the end of what is used of the pool."""
    if size[node] == room[node]:
        pool[used : used + size[node]] = pool[at[node] : at[node] + size[node]]
        at[node], room[node] = used, 2 * room[node]
        used += room[node]
    pool[at[node] + size[node]] = arc
    size[node] += 1
    return used


@njit(nogil=True, cache=True)
def _core(left: Int32s, gone: int, row: Int32s, blocks: Blocks) -> Arcs:
    """Put the arcs between the nodes that are left together."""
    at, size, _, pool = blocks
    start = np.zeros(len(left) + 1, np.int64)
    for core, node in enumerate(left):
        start[core + 1] = start[core] + size[node]
    head, weight = np.empty(start[-1], np.int32), np.empty(start[-1], np.int64)
    for core, node in enumerate(left):
        for arc in range(size[node]):
            other = pool[at[node] + arc] & LABELS
            head[start[core] + arc], weight[start[core] + arc] = row[other] - gone, pool[at[node] + arc] - other
    return Arcs(start, head, weight)


@njit(nogil=True, cache=True)
def _doubled(kept: Int64s) -> Int64s:
    longer = np.empty(2 * len(kept), np.int64)
    longer[: len(kept)] = kept
    return longer
