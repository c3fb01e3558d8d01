"""Ways on foot from places to sites: over what anyone may walk, and over what residents may pass besides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments, Ways
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.shortest import closed
from gridgov.spatial.straight import millimetres

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


_AROUND = 1000.0  # metres in which nearly all passages of one's own are; who has one farther off is measured again


@dataclass(frozen=True)
class Points:
    """Service points that may serve: `row` (k,) supply indexes, `type` (k,), `site` (k,) into the attached sites."""

    row: Ints
    type: Ints
    site: Ints


@dataclass(frozen=True)
class _Residents:
    """Places with the same permissions: `rows` (r,), the `nodes` (k,) their passages join, `metres` (r, k) to those."""

    rows: Ints
    nodes: Ints
    metres: Floats


def nearest_on_foot(
    network: WalkNetwork,
    places: Attachments,
    permissions: Sequence[frozenset[int]],
    sites: Attachments,
    points: Points,
    types: int,
) -> tuple[Floats, Ints]:
    """Find the nearest service point of every type on foot.

    Parameters
    ----------
    network : WalkNetwork
    places : Attachments
        The d demand places.
    permissions : sequence of frozenset of int, length d
        The compounds whose residents-only gates each place's people may pass.
    sites : Attachments
        The sites of the points.
    points : Points
        Those that may serve.
    types : int

    Returns
    -------
    metres : ndarray of float, shape (d, types)
        To a thousandth; infinite where there is no way, however far one looks.
    point : ndarray of int, shape (d, types)
        The supply index; of points equal to the millimetre the lowest; -1 where there is no way.
    """
    best = np.full((types, len(places)), np.inf)
    point = np.full((types, len(places)), -1, np.int64)
    wanted = np.unique(points.site)
    entries = sites.ways.at(np.isin(sites.ways.owner, wanted))
    source = np.searchsorted(wanted, entries.owner)
    shared = _on_one_piece(places.ways, entries, source)
    residents = _residents(network, places, permissions)
    served = [np.flatnonzero(points.site == site) for site in wanted]
    runs = network.public.from_sources(
        np.repeat(source, 2), entries.nodes.ravel(), entries.cost.ravel(), count=len(wanted), width=len(places.ways)
    )
    for run, table in runs:
        metres = places.ways.least(table, len(places))
        _improve_on_one_piece(metres, run, shared)
        _improve_for_residents(metres, table, residents)
        for site, away in zip(run.tolist(), millimetres(metres), strict=True):
            for at in served[site]:
                _keep_nearer(best[points.type[at]], point[points.type[at]], away, int(points.row[at]))
    return best.T / 1000.0, point.T


def least_with_gates_open(
    network: WalkNetwork, places: Attachments, sites: Attachments, points: Points, limits: Floats
) -> Floats:
    """Measure the way to the nearest point of every type if every recorded gate were open to all, walls standing.

    Parameters
    ----------
    network, places, sites, points
        As `nearest_on_foot`.
    limits : ndarray of float, shape (types,)
        Metres beyond which it doesn't matter; negative for types that aren't asked.

    Returns
    -------
    ndarray of float, shape (types, d)
        Metres; infinite beyond the greatest limit, and for types that aren't asked. Two places on one piece are left to
        `nearest_on_foot`: what is near along one piece is near with any gates.
    """
    least = np.full((len(limits), len(places)), np.inf)
    asked = np.flatnonzero(limits >= 0)
    if not len(asked):
        return least
    chosen = np.flatnonzero(np.isin(points.type, asked))
    way, at = _joined(sites.ways.owner, points.site[chosen])
    source = np.searchsorted(asked, points.type[chosen[at]])
    runs = network.every_gate_open.from_sources(
        np.repeat(source, 2),
        sites.ways.nodes[way].ravel(),
        sites.ways.cost[way].ravel(),
        count=len(asked),
        limit=float(limits.max()) + 1.0,
        width=len(places.ways),
    )
    for run, table in runs:
        least[asked[run]] = places.ways.least(table, len(places))
    return least


def _keep_nearer(best: Floats, point: Ints, away: Floats, row: int) -> None:
    nearer = (away < best) | ((away == best) & (row < point) & np.isfinite(away))
    best[nearer], point[nearer] = away[nearer], row


def _joined(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """List the index pairs with equal keys."""
    order = np.argsort(right, kind="stable")
    start = np.searchsorted(right[order], left, side="left")
    counts = np.searchsorted(right[order], left, side="right") - start
    first = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, order[np.repeat(start, counts) + within]


def _on_one_piece(places: Ways, entries: Ways, source: Ints) -> tuple[Ints, Ints, Floats]:
    """Measure along the piece where a place and a site hang on the same: source, place, metres; sorted by source."""
    on_path, site_on_path = np.flatnonzero(places.piece >= 0), np.flatnonzero(entries.piece >= 0)
    one, other = _joined(places.piece[on_path], entries.piece[site_on_path])
    one, other = on_path[one], site_on_path[other]
    metres = np.abs(places.offset[one] - entries.offset[other]) + places.leg[one] + entries.leg[other]
    order = np.argsort(source[other], kind="stable")
    return source[other][order], places.owner[one][order], metres[order]


def _improve_on_one_piece(metres: Floats, run: Ints, shared: tuple[Ints, Ints, Floats]) -> None:
    source, place, along = shared
    if len(run):
        rows = slice(*np.searchsorted(source, [run[0], run[-1] + 1]))
        np.minimum.at(metres, (source[rows] - run[0], place[rows]), along[rows])


def _improve_for_residents(metres: Floats, table: Floats, residents: Sequence[_Residents]) -> None:
    for group in residents:
        least = metres[:, group.rows]
        for column, node in enumerate(group.nodes):
            np.minimum(least, table[:, node, None] + group.metres[None, :, column], out=least)
        metres[:, group.rows] = least


def _residents(network: WalkNetwork, places: Attachments, permissions: Sequence[frozenset[int]]) -> list[_Residents]:
    """Group places by what they may pass, and measure from each to the nodes its passages join.

    A resident's way is a stretch anyone may walk, then one of his passages, and so on; so the ways between the ends of
    his passages, closed over those, are all that has to be added to the public table.
    """
    passages = network.residents
    useful = frozenset[int]().union(*(passage.permissions for passage in passages.passages))
    groups: dict[frozenset[int], list[int]] = {}
    for row, held in enumerate(permissions):
        if held & useful and not places.doubtful[row]:
            groups.setdefault(held & useful, []).append(row)
    asked = []
    for held, rows in groups.items():
        mine = [row for row, passage in enumerate(passages.passages) if passage.permissions <= held]
        if mine:
            asked.append(_Asked.of(places, np.array(rows), passages.tail[mine], passages.head[mine]))
    for limit in (_AROUND, np.inf):
        _measure(network, [group for group in asked if not group.whole], limit)
    return [group.residents() for group in asked]


class _Asked:
    """Places with the same permissions while they are measured: from the nodes their passages join, to all of them."""

    def __init__(self, rows: Ints, tail: Ints, head: Ints, ways: Ways) -> None:
        self.rows = rows
        self.tail = tail
        self.head = head
        self.ways = ways  # the places' own, their owners numbered as in `rows`
        self.nodes = np.unique(np.r_[tail, head])
        self.ends = np.unique(np.r_[self.nodes, ways.nodes.ravel()])
        self.between = np.empty((len(self.nodes), len(self.nodes)))
        self.onto = np.empty((len(self.nodes), len(rows)))
        self.whole = False

    @classmethod
    def of(cls, places: Attachments, rows: Ints, tail: Ints, head: Ints) -> "_Asked":
        ways = places.ways.at(np.isin(places.ways.owner, rows))
        return cls(rows, tail, head, replace(ways, owner=np.searchsorted(rows, ways.owner)))

    def take(self, node: int, metres: Floats) -> None:
        """Take the metres from one of the nodes to every node."""
        row = int(np.searchsorted(self.nodes, node))
        self.between[row] = metres[self.nodes]
        self.onto[row] = self.ways.least(metres[None, :], len(self.rows))[0]

    def residents(self) -> _Residents:
        """Return what has to be added to the public table."""
        one, other = np.searchsorted(self.nodes, self.tail), np.searchsorted(self.nodes, self.head)
        self.between[one, other] = self.between[other, one] = 0.0
        table = closed(self.between)
        metres = np.min(self.onto.T[:, :, None] + table[None, :, :], axis=1)
        return _Residents(self.rows, self.nodes, metres)


def _measure(network: WalkNetwork, groups: Sequence[_Asked], limit: float) -> None:
    """Measure from all nodes of some groups; a group is whole where nothing that could be reached lies beyond."""
    if not groups:
        return
    part = network.public.components()
    nodes = np.unique(np.concatenate([group.nodes for group in groups]))
    asking: dict[int, list[_Asked]] = {}
    for group in groups:
        group.whole = True
        for node in group.nodes.tolist():
            asking.setdefault(node, []).append(group)
    zero = np.zeros(len(nodes))
    for run, table in network.public.from_sources(np.arange(len(nodes)), nodes, zero, count=len(nodes), limit=limit):
        for node, metres in zip(nodes[run].tolist(), table, strict=True):
            for group in asking[node]:
                group.take(node, metres)
                far = np.isinf(metres[group.ends]) & (part[group.ends] == part[node])
                group.whole &= not far.any()
