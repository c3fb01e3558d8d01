"""What residents may pass besides the public ways: places with the same permissions, and the passages these open."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments
from gridgov.spatial.chains import numbered, starts
from gridgov.spatial.network import Connectors, WalkNetwork
from gridgov.spatial.searching import Groups
from gridgov.spatial.shortest import arcs_of

Ints = npt.NDArray[np.int64]


def permitted(network: WalkNetwork, places: Attachments, permissions: Sequence[frozenset[int]]) -> Groups:
    """Group places by the compounds whose residents-only gates their people may pass, as `permissions` (d,) tells."""
    passages = network.residents
    groups = _groups(passages, places, permissions)
    row, row_start = _together([rows for rows, _ in groups])
    passage, passage_start = _together([mine for _, mine in groups])
    of_passage = np.repeat(np.arange(len(groups)), np.diff(passage_start))
    ends = np.r_[passages.tail[passage], passages.head[passage]]
    once, slot = numbered(np.tile(of_passage, 2), ends)
    node, node_start = ends[once], np.searchsorted(np.tile(of_passage, 2)[once], np.arange(len(groups) + 1))
    tail, head = slot.reshape(2, -1)
    arcs = arcs_of(len(node), tail, head, np.zeros(len(passage), np.int64))
    of_place = np.full(len(places), -1, np.int64)
    of_place[row] = np.repeat(np.arange(len(groups)), np.diff(row_start))
    by_node = np.argsort(node, kind="stable")
    return Groups(
        row_start=row_start,
        row=row,
        node_start=node_start.astype(np.int64),
        node=node.astype(np.int32),
        arc_start=arcs.start,
        arc_head=node[arcs.head].astype(np.int32),
        arc_weight=arcs.weight,
        of_place=of_place,
        at_start=np.searchsorted(node[by_node], np.arange(network.nodes + 1)).astype(np.int64),
        at=np.repeat(np.arange(len(groups)), np.diff(node_start))[by_node].astype(np.int64),
    )


def _groups(
    passages: Connectors, places: Attachments, permissions: Sequence[frozenset[int]]
) -> list[tuple[list[int], list[int]]]:
    """List places with the same permissions, by row, each group with the passages that these open."""
    opened: dict[int, list[int]] = {}
    for row, passage in enumerate(passages.passages):
        for wall in passage.permissions:
            opened.setdefault(wall, []).append(row)
    useful = {held: frozenset(wall for wall in held if wall in opened) for held in set(permissions)}
    holders: dict[frozenset[int], list[int]] = {}
    for row in np.flatnonzero(~places.doubtful).tolist():
        holders.setdefault(useful[permissions[row]], []).append(row)
    groups = []
    for held, rows in holders.items():
        near = sorted({row for wall in held for row in opened[wall]})
        mine = [row for row in near if passages.passages[row].permissions <= held]
        if mine:
            groups.append((rows, mine))
    return groups


def _together(parts: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Put lists one behind the other, and tell where each begins."""
    counts = np.array([len(part) for part in parts], dtype=np.int64)
    return np.array([row for part in parts for row in part], dtype=np.int64), starts(counts)
