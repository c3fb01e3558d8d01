"""The way somebody walks to the nearest of some sites, as a line, and the gates on it that aren't open to all."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments, Ways, attach_places, attach_sites
from gridgov.spatial.isochrones import before
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.permitted import permitted
from gridgov.spatial.searching import FAR, More
from gridgov.spatial.shortest import Search, lengths, to_metres
from gridgov.spatial.walls import OPEN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trail:
    """A way to `site`, a row of those asked about: `line` (k, 2), `metres`, gates `crossed` (g, 2) not open to all."""

    site: int
    line: Floats
    metres: float
    crossed: Floats


def trail(
    network: WalkNetwork,
    place: npt.ArrayLike,
    geometry: npt.ArrayLike,
    entrances: npt.ArrayLike,
    *,
    home: int = -1,
    gates_open: bool = False,
) -> Trail | None:
    """Find the shortest way from a place to any of some sites.

    Parameters
    ----------
    network : WalkNetwork
    place : array_like of float, shape (2,)
        Metres, working CRS.
    geometry, entrances : array_like, shape (n,)
        The sites, as `attach_sites` takes them.
    home : int
        The walled compound whose residents walk, an index into `Walls.polygons`; -1 none.
    gates_open : bool
        Walk as if every recorded gate were open to all, walls standing.

    Returns
    -------
    Trail or None
        Working CRS, metres; None where no site is reached.

    Raises
    ------
    InputError
        ``coordinates_invalid``, ``site_geometry_invalid``.
    """
    xy = np.asarray(place, dtype=np.float64).reshape(1, 2)
    start, sites = attach_places(network, xy), attach_sites(network, geometry, entrances)
    if start.doubtful[0] or not len(sites.ways):
        return None
    search = _search(network, start, xy, home, gates_open=gates_open)
    end, side, metres = _nearest(search, sites.ways)
    direct = _direct(start.ways, sites.ways)
    if direct is not None and direct[1] <= metres:
        low, high = float(start.ways.offset[0]), float(sites.ways.offset[direct[0]])
        line = np.vstack([xy, _stretch(network, int(start.ways.piece[0]), low, high)])
        return Trail(int(sites.ways.owner[direct[0]]), line, direct[1], np.empty((0, 2)))
    if not np.isfinite(metres):
        return None
    nodes = _back(search, int(sites.ways.nodes[end, side]), start.ways)
    parts, crossed = _drawn(network, nodes)
    begin = _leg(network, start.ways, nodes[0], outward=True)
    finish = _leg(network, sites.ways.at(np.array([end])), nodes[-1], outward=False)
    return Trail(int(sites.ways.owner[end]), np.vstack([xy, *begin, *parts, *finish]), metres, crossed)


def _search(network: WalkNetwork, start: Attachments, xy: Floats, home: int, *, gates_open: bool) -> Search:
    """Measure the way from the place to every node."""
    search = Search(network.every_gate_open if gates_open else network.public)
    permission = network.permissions(xy, [home])
    if permission[0] and not gates_open:
        own = permitted(network, start, permission)
        search.more.slot[own.node] = np.arange(len(own.node), dtype=np.int32)
        search.more = More(search.more.slot, own.arc_start, own.arc_head, own.arc_weight)
    search.anew(start.ways.nodes.ravel(), lengths(start.ways.cost).ravel())
    return search


def _nearest(search: Search, ways: Ways) -> tuple[int, int, float]:
    metres = to_metres(search.work.key)[ways.nodes] + ways.cost
    end, side = divmod(int(np.argmin(metres)), 2)
    return end, side, float(metres[end, side])


def _direct(start: Ways, sites: Ways) -> tuple[int, float] | None:
    """Return the nearest site on the very piece of path that the place is on, and the metres along it."""
    same = np.flatnonzero((sites.piece == start.piece[0]) & (sites.piece >= 0))
    if not len(same):
        return None
    metres = np.abs(sites.offset[same] - start.offset[0]) + sites.leg[same] + start.leg[0]
    best = int(metres.argmin())
    return int(same[best]), float(metres[best])


def _back(search: Search, node: int, start: Ways) -> list[int]:
    """Follow the way back from a node to the place, and return its nodes from there."""
    key = search.work.key
    # A loop has one node at both ends: of two ways there the shorter one counts, so it is noted last.
    ends = sorted(zip(lengths(start.cost).ravel().tolist(), start.nodes.ravel().tolist(), strict=True), reverse=True)
    first = {end: cost for cost, end in ends}
    seen, path = {node}, [node]
    while first.get(path[-1]) != key[path[-1]]:
        step = next((one for one in _before_it(search, path[-1]) if one not in seen), None)
        if step is None:
            path.pop()  # a passage that leads nowhere: no way has a length on it
            continue
        seen.add(step)
        path.append(step)
    return path[::-1]


def _before_it(search: Search, node: int) -> list[int]:
    """List the nodes from which the shortest way comes to a node, the nearest to the place first."""
    key, found = search.work.key, []
    arcs, more = search.graph.arcs, search.more
    slot = int(more.slot[node])
    for start, head, weight, row in (
        (arcs.start, arcs.head, arcs.weight, node),
        (more.start, more.head, more.weight, slot),
    ):
        if row >= 0:
            span = slice(int(start[row]), int(start[row + 1]))
            heads = head[span]
            tight = (key[heads] < FAR) & (key[heads] + weight[span] == key[node])
            found += heads[tight].tolist()
    return sorted(found, key=lambda one: key[one])


def _drawn(network: WalkNetwork, nodes: list[int]) -> tuple[list[Floats], Floats]:
    """Draw the way along some nodes, and tell where it passes a gate that isn't open to all."""
    closed = {
        frozenset((tail, head))
        for tail, head, passage in zip(
            network.connectors.tail.tolist(), network.connectors.head.tolist(), network.connectors.passages, strict=True
        )
        if passage.state != OPEN
    }
    line, gates = [], []
    walked = _pieces_between(network, nodes)
    for one, other in pairwise(nodes):
        row = walked.get((min(one, other), max(one, other)))
        if row is not None:
            length = float(network.stretches.length[row])
            forth = network.piece_nodes[row, 0] == one
            line.append(_stretch(network, row, 0.0 if forth else length, length if forth else 0.0))
        elif frozenset((one, other)) in closed:
            gates.append(one)
    return line, _places(network, gates)


def _pieces_between(network: WalkNetwork, nodes: list[int]) -> dict[tuple[int, int], int]:
    """Return the shortest piece between any two of some nodes, by the lower and the higher node."""
    rows = np.flatnonzero(np.isin(network.piece_nodes, nodes).all(axis=1))
    longest_first = rows[np.argsort(network.stretches.length[rows], kind="stable")[::-1]]
    ends = np.sort(network.piece_nodes[longest_first], axis=1)
    return dict(zip(map(tuple, ends.tolist()), longest_first.tolist(), strict=True))


def _places(network: WalkNetwork, nodes: list[int]) -> Floats:
    """Return where some nodes lie (k, 2): at the end of a piece, else at a gate."""
    found = []
    gates = {
        node: xy for side, places in network.gate_sides.values() for node, xy in zip(side.tolist(), places, strict=True)
    }
    for node in nodes:
        rows, side = np.nonzero(network.piece_nodes == node)
        if len(rows):
            row, length = int(rows[0]), float(network.stretches.length[rows[0]])
            found.append(_stretch(network, row, 0.0, length)[-1 if side[0] else 0])
        elif node in gates:
            found.append(gates[node])
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _leg(network: WalkNetwork, ways: Ways, node: int, *, outward: bool) -> list[Floats]:
    """Draw the stretch between where a way meets its piece and a node at the piece's end."""
    if int(ways.piece[0]) < 0:
        return []
    side = int(np.where(ways.nodes[0] == node, ways.cost[0], np.inf).argmin())
    end = float(network.stretches.length[ways.piece[0]]) if side else 0.0
    offset = float(ways.offset[0])
    return [_stretch(network, int(ways.piece[0]), *((offset, end) if outward else (end, offset)))]


def _stretch(network: WalkNetwork, piece: int, begin: float, end: float) -> Floats:
    """Return the corners of a piece of path between two offsets, in that direction."""
    chains, whole = network.index.pieces.chains, int(network.stretches.whole[piece])
    own = slice(int(chains.first[whole]), int(chains.first[whole + 1]))
    along, xy = chains.along[own], chains.xy[own]
    ahead = float(before(network, np.array([piece]))[0])
    low, high = ahead + min(begin, end), ahead + max(begin, end)
    first, last = np.column_stack([np.interp([low, high], along, xy[:, side]) for side in (0, 1)])
    line = np.vstack([first, xy[(along > low) & (along < high)], last])
    return line if begin <= end else line[::-1]
