"""A brute-force router, written from the rules of coverage alone: plain floats, an explicitly split graph, a heap."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.spatial.plane import (
    ON_WALL,
    AmbiguousError,
    Xy,
    along,
    crossings,
    entries,
    from_ring,
    meetings,
    nearest_on,
    point_at,
    stretch,
    strictly_inside,
)

Signature = frozenset[int]
Side = tuple[Signature, bool]
Foot = tuple[float, int, float, Xy]
OPEN, RESIDENTS, CLOSED = 0, 1, 2


@dataclass
class World:
    """One small world: `segments` (points, level_free), `walls` rings, `gates` (xy, wall, state), and its settings.

    `private` are the numbers of segments that only those may walk who live inside the walls round them.
    """

    segments: list[tuple[list[Xy], bool]]
    walls: list[list[Xy]]
    gates: list[tuple[Xy, int, int]]
    reach: float = 5.0
    leg_limit: float = 200.0
    island: float = 500.0
    private: frozenset[int] = frozenset()

    @property
    def standing(self) -> list[int]:
        return [wall for wall in range(len(self.walls)) if any(gate[1] == wall for gate in self.gates)]

    def signature(self, at: Xy) -> Signature:
        return frozenset(wall for wall in self.standing if strictly_inside(at, self.walls[wall]))

    def passes(self, at: Xy, one: Signature, other: Signature, allowed: "Mode") -> bool:
        return all(self._gate_lets(at, wall, allowed) for wall in one ^ other)

    def admits(self, side: "Side", allowed: "Mode") -> bool:
        signature, private = side
        return not private or allowed.every_gate or signature <= allowed.permissions

    def _gate_lets(self, at: Xy, wall: int, allowed: "Mode") -> bool:
        near = [gate for gate in self.gates if gate[1] == wall and math.dist(gate[0], at) <= self.reach + 1e-9]
        return any(allowed.may(wall, state) for _, _, state in near)


@dataclass(frozen=True)
class Mode:
    """Who walks: with `permissions`, or with every gate open."""

    permissions: Signature = frozenset()
    every_gate: bool = False

    def may(self, wall: int, state: int) -> bool:
        return self.every_gate or state == OPEN or (state == RESIDENTS and wall in self.permissions)


@dataclass
class Piece:
    """A piece of a segment: its points, the names of its ends, and the walls round its middle."""

    points: list[Xy]
    ends: tuple[object, object]
    signature: Signature
    level_free: bool = False
    private: bool = False

    @property
    def side(self) -> Side:
        return self.signature, self.private

    @property
    def length(self) -> float:
        return sum(math.dist(a, b) for a, b in pairwise(self.points))


@dataclass(frozen=True)
class Way:
    """A way onto the network: a place along a piece, or a side of a gate (piece -1), and the leg to it."""

    piece: int
    offset: float
    leg: float
    gate: object = None


@dataclass
class Oracle:
    """The world cut up, ready to be asked."""

    world: World
    pieces: list[Piece] = field(default_factory=list)
    places: dict[object, tuple[Xy, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rank, (points, level_free) in enumerate(self.world.segments):
            if math.fsum(math.dist(a, b) for a, b in pairwise(points)) > 0:
                self._cut(rank, points, level_free)
        self.sides = list(self._gate_sides())

    def ways(self, at: Xy) -> list[Way]:
        own = self.world.signature(at)
        if not any(piece.signature == own for piece in self.pieces):
            return self._straight_to_gates(at, own)
        return self._nearest(at, own)

    def area_ways(self, ring: list[Xy]) -> list[Way]:
        found = []
        for rank, piece in enumerate(self.pieces):
            for offset, foot, leg in entries(piece.points, ring):
                if self._clear(point_at(piece.points, offset), foot, piece.signature):
                    found.append(Way(rank, offset, leg))
        return found

    def settled(self, ways: list[Way]) -> list[Way]:
        """Leave out ways that are too long or lead onto an island."""
        kept = []
        for way in ways:
            if abs(way.leg - self.world.leg_limit) < 0.002:
                raise AmbiguousError("leg limit")
            if way.leg <= self.world.leg_limit and not self._on_island(way):
                kept.append(way)
        return kept

    def distances(self, start: list[Way], ends: list[list[Way]], mode: Mode) -> list[float]:
        """Measure from one place to several, each with its own ways."""
        graph = self._graph(mode, [("start", start), *((rank, ways) for rank, ways in enumerate(ends))])
        metres = search(graph, "start")
        return [metres.get(rank, math.inf) for rank in range(len(ends))]

    def _cut(self, rank: int, points: list[Xy], level_free: bool) -> None:
        total = Piece(points, ("", ""), frozenset()).length
        cuts = sorted(
            offset
            for wall in self.world.standing
            for offset in meetings(points, self.world.walls[wall])
            if ON_WALL < offset < total - ON_WALL
        )
        for before, after in pairwise([0.0, *cuts, total]):
            if 1e-6 < after - before < 3 * ON_WALL and (before, after) != (0.0, total):
                raise AmbiguousError("cuts close together")
        stops = [0.0, *(cut for before, cut in pairwise([0.0, *cuts]) if cut - before > 1e-6), total]
        for number, (before, after) in enumerate(pairwise(stops)):
            ends = (
                shared(points[0]) if number == 0 else (rank, number),
                shared(points[-1]) if number == len(stops) - 2 else (rank, number + 1),
            )
            part = stretch(points, before, after)
            for end, at in zip(ends, (part[0], part[-1]), strict=True):
                self.places[end] = (at, level_free and end[0] != "shared")
            middle = point_at(part, Piece(part, ends, frozenset()).length / 2)
            own = self.world.signature(middle)
            private = rank in self.world.private and bool(own)
            self.pieces.append(Piece(part, ends, own, level_free, private))

    def _gate_sides(self) -> Iterator[tuple[object, Xy, Signature, bool]]:
        with_paths = {piece.signature for piece in self.pieces}
        for rank, (at, wall, _) in enumerate(self.world.gates):
            round_it = self._round(at, 0.25)
            if any(one and one not in with_paths for one in round_it | self._round(at, 0.1) | self._round(at, 0.6)):
                self._refuse_a_sliver(at)
            if any(one and one not in with_paths for one in round_it):
                for one in round_it:
                    yield ("gate", rank), at, one, wall in one

    def _round(self, at: Xy, radius: float) -> set[Signature]:
        turns = [(math.cos(k * math.tau / 48 + 0.01), math.sin(k * math.tau / 48 + 0.01)) for k in range(48)]
        probes = [(at[0] + radius * x, at[1] + radius * y) for x, y in turns]
        rings = [self.world.walls[wall] for wall in self.world.standing]
        return {self.world.signature(one) for one in probes if all(from_ring(one, ring)[0] > ON_WALL for ring in rings)}

    def _refuse_a_sliver(self, at: Xy) -> None:
        if len({frozenset(self._round(at, radius)) for radius in (0.1, 0.25, 0.6)}) > 1:
            raise AmbiguousError("a sliver beside a gate")

    def _straight_to_gates(self, at: Xy, own: Signature) -> list[Way]:
        if not own:
            return []
        return [
            Way(-1, 0.0, math.dist(at, xy), (name, (one, False)))
            for name, xy, one, _ in self.sides
            if one == own and self._clear(at, xy, own)
        ]

    def _nearest(self, at: Xy, own: Signature) -> list[Way]:
        feet = []
        for rank, piece in enumerate(self.pieces):
            offset, foot, leg = nearest_on(piece.points, at)
            if piece.signature == own and leg <= self.world.leg_limit + 1 and self._clear(at, foot, own):
                feet.append((leg, rank, offset, foot))
        if not feet:
            return []
        best = min(feet)
        for leg, rank, offset, foot in feet:
            if leg - best[0] < 1e-5 and rank != best[1] and not self._same_end(best, (leg, rank, offset, foot)):
                raise AmbiguousError("two pieces as near")
        return [Way(best[1], best[2], best[0])]

    def _same_end(self, one: Foot, other: Foot) -> bool:
        names = []
        for _, rank, offset, _ in (one, other):
            piece = self.pieces[rank]
            names.append(piece.ends[0] if offset < 1e-7 else piece.ends[1] if offset > piece.length - 1e-7 else None)
        mine, its = self.pieces[one[1]], self.pieces[other[1]]
        # Of twins that were cut apart each has ends of its own.
        twins = set(mine.ends) == set(its.ends) and mine.points in (its.points, its.points[::-1])
        return twins or (names[0] is not None and names[0] == names[1])

    def _clear(self, start: Xy, end: Xy, own: Signature) -> bool:
        """Walk the leg from wall to wall: between two meetings it must be inside the same walls all along."""
        if math.dist(start, end) < 1e-6:
            return True
        stops = sorted(
            {0.0, 1.0, *(t for wall in self.world.standing for t in crossings(start, end, self.world.walls[wall]))}
        )
        for before, after in pairwise(stops):
            middle = along(start, end, (before + after) / 2)
            # Along a wall is neither inside nor outside it, and crosses nothing.
            beside = {w for w in self.world.standing if from_ring(middle, self.world.walls[w])[0] <= ON_WALL}
            if self.world.signature(middle) == own - beside:
                continue
            if (after - before) * math.dist(start, end) > 0.2:
                return False
            if (after - before) * math.dist(start, end) > 1e-6:
                raise AmbiguousError("a leg grazes a wall")
        return True

    def _on_island(self, way: Way) -> bool:
        graph = self._graph(Mode(every_gate=True), [("start", [way])])
        reached = search(graph, "start")
        metres = sum(p.length for p in self.pieces if (p.ends[0], p.side) in reached)
        if abs(metres - self.world.island) < 0.002:
            raise AmbiguousError("island limit")
        return metres < self.world.island

    def _graph(self, mode: Mode, terminals: list[tuple[object, list[Way]]]) -> dict[object, list[tuple[object, float]]]:
        """Split every piece wherever something hangs on it; a start only leads out, an end only leads in."""
        graph: dict[object, list[tuple[object, float]]] = {}

        def edge(one: object, other: object, metres: float) -> None:
            graph.setdefault(one, []).append((other, metres))

        hung: dict[int, set[float]] = {}
        for name, ways in terminals:
            for way in ways:
                hung.setdefault(way.piece, set()).add(way.offset)
                pair = (name, way.gate if way.piece < 0 else (way.piece, way.offset))
                edge(*(pair if name == "start" else pair[::-1]), way.leg)
        for way in self._side_legs():
            hung.setdefault(way.piece, set()).add(way.offset)
            edge(way.gate, (way.piece, way.offset), way.leg)
            edge((way.piece, way.offset), way.gate, way.leg)
        for one, other, metres in self._side_links():
            edge(one, other, metres)
            edge(other, one, metres)
        for rank, piece in enumerate(self.pieces):
            stops = [(0.0, (piece.ends[0], piece.side))]
            stops += [(offset, (rank, offset)) for offset in sorted(hung.get(rank, ()))]
            stops.append((piece.length, (piece.ends[1], piece.side)))
            for (before, one), (after, other) in pairwise(stops):
                edge(one, other, max(after - before, 0.0))
                edge(other, one, max(after - before, 0.0))
        for one, other in self._passages(mode):
            edge(one, other, 0.0)
        return graph

    def _side_legs(self) -> Iterator[Way]:
        for name, at, one, _ in self.sides:
            if any(piece.signature == one for piece in self.pieces):
                for way in self._nearest(at, one):
                    if way.leg <= self.world.leg_limit:
                        self._refuse_a_private_end(way)
                        yield Way(way.piece, way.offset, way.leg, (name, (one, False)))

    def _refuse_a_private_end(self, way: Way) -> None:
        piece = self.pieces[way.piece]
        if piece.private and min(way.offset, piece.length - way.offset) < 1e-5:
            raise AmbiguousError("a leg to where a private way ends")

    def _side_links(self) -> Iterator[tuple[object, object, float]]:
        with_paths = {piece.signature for piece in self.pieces}
        for name, at, one, inside in self.sides:
            for other_name, xy, other, other_inside in self.sides:
                if one and one == other and one not in with_paths and not inside and other_inside:
                    metres = math.dist(at, xy)
                    if metres <= self.world.leg_limit and self._clear(at, xy, one):
                        yield (name, (one, False)), (other_name, (one, False)), metres

    def _passages(self, mode: Mode) -> Iterator[tuple[object, object]]:
        standing: dict[object, set[Side]] = {}
        for piece in self.pieces:
            for end in piece.ends:
                standing.setdefault(end, set()).add(piece.side)
        where = dict(self.places)
        for name, at, one, _ in self.sides:
            standing.setdefault(name, set()).add((one, False))
            where[name] = (at, False)
        for end, sides in standing.items():
            at, always = where[end]
            for one in sides:
                for other in sides - {one}:
                    passes = always or self.world.passes(at, one[0], other[0], mode)
                    if passes and self.world.admits(one, mode) and self.world.admits(other, mode):
                        yield (end, one), (end, other)


def search(graph: dict[object, list[tuple[object, float]]], start: object) -> dict[object, float]:
    metres: dict[object, float] = {}
    heap: list[tuple[float, int, object]] = [(0.0, 0, start)]
    count = 0
    while heap:
        far, _, node = heapq.heappop(heap)
        if node not in metres:
            metres[node] = far
            for other, step in graph.get(node, ()):
                count += 1
                heapq.heappush(heap, (far + step, count, other))
    return metres


def shared(at: Xy) -> tuple[str, int, int]:
    return "shared", round(at[0] * 1000), round(at[1] * 1000)
