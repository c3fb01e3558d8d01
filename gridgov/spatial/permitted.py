"""What residents may pass besides the public ways: places with the same permissions, and the passages these open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.searching import Arcs, Groups
from gridgov.spatial.shortest import arcs_of

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Group:
    """Places (r,) with the same permissions, and the arcs between the graph's nodes (k,) these open."""

    rows: Ints
    nodes: Ints
    arcs: Arcs


def permitted(network: WalkNetwork, places: Attachments, permissions: Sequence[frozenset[int]]) -> Groups:
    """Group places by the compounds whose residents-only gates their people may pass, as `permissions` (d,) tells."""
    groups = list(_groups(network, places, permissions))
    row_start = _starts([len(group.rows) for group in groups])
    node_start = _starts([len(group.nodes) for group in groups])
    row, node = _together([group.rows for group in groups]), _together([group.nodes for group in groups])
    begun = _starts([len(group.arcs.head) for group in groups])
    of_place = np.full(len(places), -1, np.int64)
    of_place[row] = np.repeat(np.arange(len(groups)), np.diff(row_start))
    by_node = np.argsort(node, kind="stable")
    return Groups(
        row_start=row_start,
        row=row,
        node_start=node_start,
        node=node.astype(np.int32),
        arc_start=_together([group.arcs.start + first for group, first in zip(groups, begun, strict=False)]),
        arc_head=_together([group.nodes[group.arcs.head] for group in groups]).astype(np.int32),
        arc_weight=_together([group.arcs.weight for group in groups]),
        of_place=of_place,
        at_start=np.searchsorted(node[by_node], np.arange(network.nodes + 1)).astype(np.int64),
        at=np.repeat(np.arange(len(groups)), np.diff(node_start))[by_node].astype(np.int64),
    )


def _groups(network: WalkNetwork, places: Attachments, permissions: Sequence[frozenset[int]]) -> Iterator[_Group]:
    passages = network.residents
    opened: dict[int, list[int]] = {}
    for row, passage in enumerate(passages.passages):
        for wall in passage.permissions:
            opened.setdefault(wall, []).append(row)
    holders: dict[frozenset[int], list[int]] = {}
    for row, held in enumerate(permissions):
        useful = held.intersection(opened)
        if useful and not places.doubtful[row]:
            holders.setdefault(useful, []).append(row)
    for held, rows in holders.items():
        near = sorted({row for wall in held for row in opened[wall]})
        mine = [row for row in near if passages.passages[row].permissions <= held]
        if mine:
            nodes, ends = np.unique(np.r_[passages.tail[mine], passages.head[mine]], return_inverse=True)
            one, other = ends.reshape(2, -1)
            arcs = arcs_of(len(nodes), one, other, np.zeros(len(mine), np.int64))
            yield _Group(np.array(rows, dtype=np.int64), nodes, arcs)


def _starts(lengths: Sequence[int]) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(lengths, dtype=np.int64))])


def _together(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([*parts, np.empty(0, np.int64)])
