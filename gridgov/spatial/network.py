"""The walking network: paths cut at walls, and passages between the sides of a wall where a gate stands."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.chains import numbered
from gridgov.spatial.gateways import Gateways, find_gateways, legs_to_paths, links_across
from gridgov.spatial.piece_index import PieceIndex
from gridgov.spatial.pieces import Pieces, Stretches, cut_at_walls
from gridgov.spatial.segments import Noded, Ordered, Segments, node_at_grade
from gridgov.spatial.shortest import Graph
from gridgov.spatial.walls import CLOSED, OPEN, RESIDENTS, Barrier, Passage, Signature, Walls

__all__ = [
    "CLOSED",
    "OPEN",
    "RESIDENTS",
    "Noded",
    "Segments",
    "WalkNetwork",
    "Walls",
    "build_network",
    "node_at_grade",
]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Edges of a graph: `tail`, `head` (m,) nodes, `metres` (m,)."""

    tail: Ints
    head: Ints
    metres: Floats


@dataclass(frozen=True)
class Connectors:
    """Passages between two sides of a wall at one place: `tail`, `head` (k,) nodes, and what each `passage` takes."""

    tail: Ints
    head: Ints
    passages: tuple[Passage, ...]

    def of(self, state: int) -> "Connectors":
        """Those in one state."""
        rows = [row for row, passage in enumerate(self.passages) if passage.state == state]
        return Connectors(self.tail[rows], self.head[rows], tuple(self.passages[row] for row in rows))


@dataclass(frozen=True)
class WalkNetwork:
    """The walking network of one state of paths, walls and gates. Working CRS, metres. `build_network` makes it.

    Attributes
    ----------
    index : PieceIndex
        The pieces of path by the walls round them, before legs from gates divide them: what places attach to.
    stretches : Stretches
        The p pieces of path, divided.
    nodes : int
        Number of nodes: ends of pieces, one node for each side where a wall stands between, and sides of gates.
    piece_nodes : ndarray of int, shape (p, 2)
        The nodes at both ends of each piece.
    legs : Edges
        Straight legs from gates of compounds without paths.
    connectors : Connectors
        Passages between the sides of walls.
    gate_sides : dict
        For the inside of each compound without paths the nodes (k,) and places (k, 2) of its gates.
    island_metres : float
        A component with less path than this in all, every gate open, is an island.
    open_compounds : ndarray of int
        Indexes into `Walls.polygons` without a recorded gate: they count as open.
    hash : str
        SHA-256 of paths, walls, gates and settings; the same whatever the order they came in.
    """

    index: PieceIndex
    stretches: Stretches
    nodes: int
    piece_nodes: Ints
    legs: Edges
    connectors: Connectors
    gate_sides: dict[Signature, tuple[Ints, Floats]]
    island_metres: float
    open_compounds: Ints
    hash: str

    @cached_property
    def public(self) -> Graph:
        """What anyone may walk: residents-only and closed gates are cut."""
        return self._graph(self.connectors.of(OPEN))

    @cached_property
    def every_gate_open(self) -> Graph:
        """What could be walked if every recorded gate, and every private way, were open to all, walls standing."""
        if all(passage.state == OPEN for passage in self.connectors.passages):
            return self.public
        return self._graph(self.connectors)

    def lies_as(self, other: "WalkNetwork") -> bool:
        """Say whether places attach to both alike: they differ in nothing but the states of gates."""
        mine, theirs = self.index, other.index
        one, two = ((*mine.pieces.signatures, *self.gate_sides), (*theirs.pieces.signatures, *other.gate_sides))
        return one == two and all(
            np.array_equal(*both)
            for both in (
                (mine.pieces.chains.xy, theirs.pieces.chains.xy),
                (mine.pieces.chains.first, theirs.pieces.chains.first),
                (mine.pieces.signature, theirs.pieces.signature),
                (mine.barrier.inner, theirs.barrier.inner),
                (self.stretches.length, other.stretches.length),
                (self.piece_nodes, other.piece_nodes),
                (self.islands, other.islands),
                *((self.gate_sides[side][0], other.gate_sides[side][0]) for side in self.gate_sides),
            )
        )

    def make_ready(self) -> None:
        """Prepare the graphs for sweeps, which takes a second for a million nodes; whoever asks has it done anyway."""
        for graph in (self.public, self.every_gate_open):
            _ = graph.eliminated

    @cached_property
    def residents(self) -> Connectors:
        """The passages that take permissions."""
        return self.connectors.of(RESIDENTS)

    @cached_property
    def islands(self) -> Bools:
        """Nodes (nodes,) of components with under the island length of paths in all, every gate open."""
        labels = self.every_gate_open.components()
        metres = np.zeros(len(labels))
        np.add.at(metres, labels[self.piece_nodes[:, 0]], self.stretches.length)
        return np.asarray((np.rint(metres * 1000) < np.rint(self.island_metres * 1000))[labels], dtype=bool)

    def permissions(self, xy: npt.ArrayLike, home: npt.ArrayLike) -> list[frozenset[int]]:
        """List whose residents-only gates the people of places (n, 2) may pass: `home` (n,), and where they are."""
        within = self.index.barrier.signatures(xy)
        homes = np.asarray(home, dtype=np.int64).tolist()
        return [frozenset((*one, *([at] if at >= 0 else []))) for one, at in zip(within, homes, strict=True)]

    def _graph(self, connectors: Connectors) -> Graph:
        return Graph(
            self.nodes,
            np.r_[self.piece_nodes[:, 0], self.legs.tail, connectors.tail],
            np.r_[self.piece_nodes[:, 1], self.legs.head, connectors.head],
            np.r_[self.stretches.length, self.legs.metres, np.zeros(len(connectors.tail))],
        )


@dataclass(frozen=True)
class Layout:
    """A network, and how to put its gates in other states without building it anew."""

    network: WalkNetwork
    _barrier: Barrier
    _passages: Callable[[Barrier], tuple[Connectors, str]]

    def with_states(self, state: npt.NDArray[np.int8]) -> WalkNetwork:
        """Give the network that gates in some states (g,) make, in the order of `Walls.gate_state`."""
        connectors, content = self._passages(self._barrier.in_states(state))
        return replace(self.network, connectors=connectors, hash=content)


def build_network(
    segments: Segments, walls: Walls, *, gate_reach: float = 5.0, leg_limit: float = 200.0, island: float = 500.0
) -> WalkNetwork:
    """Build the walking network.

    Parameters
    ----------
    segments : Segments
        Walkable segments that share end points where they join (`node_at_grade`). Working CRS, metres. May be empty.
    walls : Walls
        Walled compounds and their gates. A compound without a gate counts as open.
    gate_reach : float
        A gate lets through what crosses its wall within this many metres of it.
    leg_limit : float
        Longest straight leg from a place to its path, metres.
    island : float
        A connected component with less path than this in all, metres, is an island.

    Returns
    -------
    WalkNetwork
        The same whatever the order of segments, compounds and gates, but for the indexes of compounds.

    Raises
    ------
    InputError
        ``network_geometry_invalid``, ``wall_invalid``, ``gate_invalid``, ``coordinates_invalid`` or ``arrays_differ``.
    """
    return lay_out(segments, walls, gate_reach=gate_reach, leg_limit=leg_limit, island=island).network


def lay_out(
    segments: Segments, walls: Walls, *, gate_reach: float = 5.0, leg_limit: float = 200.0, island: float = 500.0
) -> Layout:
    """Build the walking network as `build_network` does, and keep what it takes to put its gates in other states."""
    barrier = Barrier(walls, gate_reach)
    ordered = segments.in_order()
    undivided = cut_at_walls(ordered, barrier)
    index = PieceIndex(undivided.walled, barrier, leg_limit)
    gateways = find_gateways(barrier, index.with_paths)
    pieces, legs = legs_to_paths(gateways, index, undivided)
    nodes = _Nodes(pieces, gateways)
    links = links_across(gateways, index)
    settings = gate_reach, leg_limit, island
    network = WalkNetwork(
        index=index,
        stretches=pieces.stretches,
        nodes=len(nodes.place),
        piece_nodes=nodes.of_pieces,
        legs=Edges(
            np.r_[nodes.of_sides[legs.side], nodes.of_sides[links.one]],
            np.r_[
                nodes.at(legs.place, [gateways.sides[row].signature for row in legs.side]), nodes.of_sides[links.other]
            ],
            np.r_[legs.metres, links.metres],
        ),
        connectors=_connect(nodes, pieces, gateways, barrier),
        gate_sides=_sides_without_paths(nodes, gateways, index),
        island_metres=island,
        open_compounds=np.setdiff1d(np.arange(len(walls.polygons)), barrier.walls),
        hash=_content_hash(ordered, barrier, settings),
    )

    def passages(gates: Barrier) -> tuple[Connectors, str]:
        return _connect(nodes, pieces, gateways, gates), _content_hash(ordered, gates, settings)

    return Layout(network, barrier, passages)


class _Nodes:
    """One node for each place, each set of walls round the pieces that meet there, and for private pieces another.

    Gates' own places come last.
    """

    def __init__(self, pieces: Pieces, gateways: Gateways) -> None:
        known = {*pieces.signatures, *(side.signature for side in gateways.sides)}
        self.signatures = sorted(known)
        self.rank = {signature: rank for rank, signature in enumerate(self.signatures)}
        ranks = np.array([self.rank[one] for one in pieces.signatures], dtype=np.int64)[pieces.signature]
        gates = [side.gateway for side in gateways.sides]
        place = np.r_[pieces.tail, pieces.head, len(pieces.places) + np.array(gates, dtype=np.int64)]
        sides = np.array([self.rank[side.signature] for side in gateways.sides], dtype=np.int64)
        round_it = np.r_[ranks, ranks, sides]
        private = np.r_[pieces.private, pieces.private, np.zeros(len(gates), dtype=bool)]
        once, node = numbered(place, round_it, private)
        self.place, self.round_it, self.private = place[once], round_it[once], private[once]
        count = len(pieces.tail)
        self.of_pieces = np.column_stack([node[:count], node[count : 2 * count]])
        self.of_sides = node[2 * count :]

    def at(self, place: Ints, signatures: list[Signature]) -> Ints:
        """Find the nodes at places, on the sides told by signatures; the public one comes first, and is found."""
        ranks, known = np.array([self.rank[one] for one in signatures], dtype=np.int64), len(self.signatures)
        return np.searchsorted(self.place * known + self.round_it, place * known + ranks)

    def pairs(self) -> list[tuple[int, int]]:
        """List every two nodes of one place."""
        bounds = np.flatnonzero(np.r_[True, self.place[1:] != self.place[:-1], True][-len(self.place) - 1 :])
        several = np.flatnonzero(np.diff(bounds) > 1)
        runs = [range(bounds[run], bounds[run + 1]) for run in several.tolist()]
        return [pair for run in runs for pair in combinations(run, 2)]


def _connect(nodes: _Nodes, pieces: Pieces, gateways: Gateways, barrier: Barrier) -> Connectors:
    tail, head = np.array(nodes.pairs(), dtype=np.int64).reshape(-1, 2).T
    place = nodes.place[tail]
    sides = [(nodes.signatures[one], nodes.signatures[other]) for one, other in nodes.round_it[np.c_[tail, head]]]
    paths = len(pieces.places)
    xy = np.concatenate([pieces.places, gateways.xy])[place]
    passages: list[Passage | None] = [Passage(OPEN)] * len(place)
    free = np.r_[pieces.level_free, np.zeros(len(gateways.xy), dtype=bool)][place]
    # A path passes by a gate as it was recorded; a leg ends at the gate's place on the wall itself.
    for chosen, gates in (
        (~free & (place < paths), barrier.gate_xy),
        (place >= paths, barrier.gates_on_walls()),
    ):
        rows = np.flatnonzero(chosen).tolist()
        for row, passage in zip(rows, barrier.passages(xy[rows], [sides[row] for row in rows], gates), strict=True):
            passages[row] = passage
    ways = zip(passages, sides, nodes.private[np.c_[tail, head]].tolist(), strict=True)
    passages = [None if passage is None else _with_private(passage, both, own) for passage, both, own in ways]
    kept = [row for row, passage in enumerate(passages) if passage is not None]
    return Connectors(tail[kept], head[kept], tuple(one for one in passages if one is not None))


def _with_private(passage: Passage, sides: tuple[Signature, Signature], private: list[bool]) -> Passage:
    """Let only those who live inside the walls round a private piece pass onto it."""
    if passage.state == CLOSED or not any(private):
        return passage
    needed = [frozenset(side) for side, own in zip(sides, private, strict=True) if own]
    return Passage(RESIDENTS, passage.permissions.union(*needed))


def _sides_without_paths(nodes: _Nodes, gateways: Gateways, index: PieceIndex) -> dict[Signature, tuple[Ints, Floats]]:
    return {
        signature: (nodes.of_sides[rows], gateways.xy[[gateways.sides[row].gateway for row in rows]])
        for signature, rows in gateways.by_signature().items()
        if signature and signature not in index.with_paths
    }


def _content_hash(segments: Ordered, barrier: Barrier, settings: tuple[float, ...]) -> str:
    found = hashlib.sha256(b"gridgov walking network 1")
    found.update(np.array(settings, dtype="<f8").tobytes())
    found.update(segments.content())
    compounds = []
    for wall in barrier.walls.tolist():
        rows = np.flatnonzero(barrier.gate_wall == wall)
        gates = sorted(
            (*xy, state) for xy, state in zip(barrier.gate_xy[rows].tolist(), barrier.gate_state[rows], strict=True)
        )
        outline = shapely.to_wkb(shapely.normalize(barrier.polygons[wall]), byte_order=1, output_dimension=2)
        compounds.append(outline + np.array(gates, dtype="<f8").tobytes())
    for compound in sorted(compounds):
        found.update(len(compound).to_bytes(8, "little") + compound)
    return found.hexdigest()
