"""The compiled loop that takes back all ways to one point."""

import numpy as np
from numba import njit

from gridgov.spatial.searching import FAR, LABELS, Arcs, Int32s, Int64s, Journal, Seeds


@njit(nogil=True, cache=True)
def take_back(arcs: Arcs, begun: Int32s, label: int, key: Int64s) -> tuple[Journal, Seeds]:
    """Take back the ways under a label from its own nodes on: what was taken, and what leads in again from the rim.

    Each node of a least way but the first is reached from one before it under the same label: so all of them are found.
    """
    room = max(256, len(begun))
    node, was = np.empty(room, np.int32), np.empty(room, np.int64)
    count, done = _taken(begun, label, key, node, was, 0), 0
    while done < count:
        heads = arcs.head[arcs.start[node[done]] : arcs.start[node[done] + 1]]
        while count + len(heads) > len(node):
            node, was = np.concatenate((node, node)), np.concatenate((was, was))
        count = _taken(heads, label, key, node, was, count)
        done += 1
    rim, least, found = np.empty(count, np.int32), np.empty(count, np.int64), 0
    for at in node[:count]:
        best = FAR
        for arc in range(arcs.start[at], arcs.start[at + 1]):
            best = min(best, key[arcs.head[arc]] + arcs.weight[arc])
        if best < FAR:
            rim[found], least[found] = at, best
            found += 1
    return Journal(node[:count], was[:count]), Seeds(rim[:found], least[:found])


@njit(nogil=True, cache=True)
def _taken(nodes: Int32s, label: int, key: Int64s, node: Int32s, was: Int64s, count: int) -> int:
    """Take back the ways of some nodes, where they are under a label; note and count them."""
    for other in nodes:
        if key[other] & LABELS == label:
            node[count], was[count], key[other] = other, key[other], FAR
            count += 1
    return count
