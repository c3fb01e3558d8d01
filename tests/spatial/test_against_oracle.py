"""The engine against a brute-force router of its own making, on random small worlds."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from gridgov.spatial.coverage import CAUSES, Rule, Verdicts, evaluate
from gridgov.spatial.network import Layout, Segments, WalkNetwork, Walls, lay_out
from gridgov.spatial.network_bytes import pack, unpack
from tests.spatial.cases import demand, objects, supply
from tests.spatial.oracle import Mode, Oracle, Way, World
from tests.spatial.plane import AmbiguousError, Xy, along, from_ring, meetings, point_at, ring_bits, strictly_inside

Site = Xy | list[Xy]
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SIDE = 5
STEP = 53.1
GRID = [
    (
        300000 + STEP * x + 8.7 * math.sin(12.9898 * x + 78.233 * y),
        3400000 + STEP * y + 8.7 * math.cos(39.346 * x + 11.135 * y),
    )
    for x in range(SIDE)
    for y in range(SIDE)
]
BANDS = [(0.31, 5.0), (0.5, 0.0), (0.77, -11.3), (0.0, 0.0), (1.0, 0.0), (0.42, 28.9), (0.13, -47.0)]
RULES = [
    Rule("a", 181.7),
    Rule("b", 330.3, needs_verified=True),
    Rule("c", 90.1, measure="straight"),
    Rule("d", 303.9),
]

nodes = st.integers(0, SIDE * SIDE - 1)
kinds = st.sampled_from(["plain", "plain", "plain", "bent", "bridge", "loop", "zero", "twice", "long"])
steps = st.sampled_from([(0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)])
paths = st.lists(st.tuples(nodes, steps, kinds), min_size=25, max_size=60)
boxes = st.tuples(
    st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.sampled_from([1.0, 0.83, 1.13])
)
gates = st.tuples(
    st.sampled_from(["crossing", "crossing", "crossing", "corner", "along"]),
    st.integers(0, 11),
    st.sampled_from([0.0, 0.0, 2.3, 4.1]),
    st.sampled_from([0, 1, 1, 2, 2]),
)
doors = st.lists(gates, min_size=2, max_size=5)
compounds = st.tuples(boxes, st.one_of(doors, doors, doors, st.just([])))
places = st.tuples(nodes, steps, st.sampled_from(BANDS))
homes = st.integers(-1, 2)


def at(x: int, y: int) -> Xy:
    return GRID[min(max(x, 0), SIDE - 1) * SIDE + min(max(y, 0), SIDE - 1)]


def beside(node: int, step: tuple[int, int]) -> Xy:
    return at(node // SIDE + step[0], node % SIDE + step[1])


def drawn_path(node: int, step: tuple[int, int], kind: str) -> list[tuple[list[Xy], bool]]:
    a, b = GRID[node], beside(node, step)
    bend = (along(a, b, 0.4)[0] + 17.3, along(a, b, 0.4)[1] - 9.9)
    shapes = {
        "bent": [[a, bend, b]],
        "loop": [[a, bend, (bend[0] + 21.7, bend[1] + 3.1), a]],
        "zero": [[a, a]],
        "twice": [[a, b], [b, a]],
        "long": [[a, (a[0] - 411.3, a[1] + 207.7), (b[0] - 408.9, b[1] + 233.1), b]],
    }
    return [(points, kind == "bridge") for points in shapes.get(kind, [[a, b]])]


def drawn_wall(x: int, y: int, width: int, height: int, scale: float) -> list[Xy]:
    corners = [at(x, y), at(x + width, y), at(x + width, y + height), at(x, y + height)]
    middle = sum(c[0] for c in corners) / 4, sum(c[1] for c in corners) / 4
    return [along(middle, corner, scale) for corner in corners] if scale != 1.0 else corners


def drawn_gate(ring: list[Xy], segments: list[tuple[list[Xy], bool]], kind: str, pick: int, aside: float) -> Xy:
    met = [point_at(points, offset) for points, _ in segments for offset in meetings(points, ring)]
    if kind == "crossing" and met:
        where = met[pick % len(met)]
    elif kind == "corner":
        where = ring[pick % len(ring)]
    else:
        a, b = ring_bits(ring)[pick % len(ring)]
        where = along(a, b, 0.37)
    a, b = min(ring_bits(ring), key=lambda bit: from_ring(where, list(bit))[0])
    moved = along(where, b, min(0.5, aside / max(math.dist(where, b), 1e-9)))
    return moved if math.dist(where, b) > 1e-6 else where


def drawn_place(node: int, step: tuple[int, int], band: Xy) -> Xy:
    a, b = GRID[node], beside(node, step)
    x, y = along(a, b, band[0])
    length = max(math.dist(a, b), 1.0)
    return x - (b[1] - a[1]) / length * band[1], y + (b[0] - a[0]) / length * band[1]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    segments = [part for one in draw(paths) for part in drawn_path(*one)]
    rings, found = [], []
    for wall, (shape, gated) in enumerate(draw(st.lists(compounds, min_size=1, max_size=3))):
        ring = drawn_wall(*shape)
        assume(shapely.Polygon(ring).is_valid and shapely.Polygon(ring).area > 100)
        rings.append(ring)
        found += [(drawn_gate(ring, segments, *door[:3]), wall, door[3]) for door in gated]
    private = draw(st.frozensets(st.integers(0, len(segments) - 1), max_size=len(segments) // 2))
    return World(segments, rings, found, leg_limit=80.0, island=110.0, private=private)


def built(world: World) -> WalkNetwork:
    return unpack(pack(laid_out(world).network))  # as it is kept, and found again


def laid_out(world: World) -> Layout:
    lines = objects([shapely.LineString(points) for points, _ in world.segments])
    free = np.array([level_free for _, level_free in world.segments], dtype=bool)
    doors = Walls(
        objects([shapely.Polygon(ring) for ring in world.walls]),
        np.array([gate[0] for gate in world.gates], dtype=float).reshape(-1, 2),
        np.array([gate[1] for gate in world.gates], dtype=np.int64),
        np.array([gate[2] for gate in world.gates], dtype=np.int8),
    )
    private = np.isin(np.arange(len(lines)), sorted(world.private))
    return lay_out(Segments(lines, free, private), doors, leg_limit=world.leg_limit, island=world.island)


def refuse_doubtful_places(world: World, where: Sequence[Xy]) -> None:
    """A place 1 cm from a wall is inside or outside by a hair."""
    for place in where:
        assume(not any(abs(from_ring(place, ring)[0] - 0.01) < 0.009 for ring in world.walls))


class Expected:
    """The verdict by the rules, one demand point and one type at a time."""

    def __init__(self, oracle: Oracle, sites: Sequence[Site], types: list[int], verified: list[bool]) -> None:
        self.oracle, self.sites, self.types, self.verified = oracle, sites, types, verified
        self.ways = [oracle.settled(self._found(site)) for site in sites]

    def _found(self, site: Site) -> list[Way]:
        return self.oracle.area_ways(site) if isinstance(site, list) else self.oracle.ways(site)

    def place(self, where: Xy, home: int) -> None:
        self.where = where
        self.start = self.oracle.settled(self.oracle.ways(where))
        permissions = self.oracle.world.signature(where) | ({home} if home >= 0 else frozenset())
        self.public = self.oracle.distances(self.start, self.ways, Mode(frozenset(permissions)))
        self.opened = self.oracle.distances(self.start, self.ways, Mode(every_gate=True))
        self.straight = [self._straight(site) for site in self.sites]

    def _straight(self, site: Site) -> float:
        if not isinstance(site, list):
            return math.dist(site, self.where)
        return 0.0 if strictly_inside(self.where, site) else from_ring(self.where, site)[0]

    def serving(self, kind: int) -> list[int]:
        strict = RULES[kind].needs_verified
        return [f for f in range(len(self.sites)) if self.types[f] == kind and (self.verified[f] or not strict)]

    def metres(self, kind: int) -> list[float]:
        source = self.straight if RULES[kind].measure == "straight" else self.public
        return [source[f] for f in self.serving(kind)]

    def cause(self, kind: int) -> str:
        near = [f for f in range(len(self.sites)) if self.types[f] == kind and self.straight[f] <= RULES[kind].radius]
        on_foot = RULES[kind].measure == "walk"
        good = [f for f in near if f in self.serving(kind) and (self.ways[f] or not on_foot)]
        if (on_foot and not self.start) or (near and not good):
            return "data"
        if not near:
            return "no_facility"
        within = [f for f in self.serving(kind) if self.opened[f] <= RULES[kind].radius]
        return "gate" if within else "no_path"

    def on_the_edge(self, kind: int) -> bool:
        measures = [*self.straight, *self.public, *self.opened]
        return any(abs(metres - RULES[kind].radius) < 0.002 for metres in measures)


def compare(verdicts: Verdicts, expected: Expected, place: int, kind: int) -> None:
    serving, metres = expected.serving(kind), expected.metres(kind)
    least = min(metres, default=math.inf)
    found = verdicts.metres[place, kind]
    if math.isinf(least):
        assert np.isnan(found)
        assert verdicts.point[place, kind] == -1
    else:
        assert found == pytest.approx(least, abs=0.00051)
        near = [f for f, metre in zip(serving, metres, strict=True) if metre - least < 0.0011]
        assert verdicts.point[place, kind] in near
        if (
            all(metre - least < 1e-6 or metre - least > 0.002 for metre in metres)
            and abs(least * 1000 % 1 - 0.5) > 0.01
        ):
            assert verdicts.point[place, kind] == near[0]
    if not expected.on_the_edge(kind):
        covered = least <= RULES[kind].radius
        assert bool(verdicts.covered[place, kind]) == covered
        cause = int(verdicts.cause[place, kind])
        assert (CAUSES[cause] if cause >= 0 else None) == (None if covered else expected.cause(kind))
        event("covered" if covered else expected.cause(kind))


def areas(site: Xy) -> list[Xy]:
    x, y = site
    return [(x - 11.9, y - 7.1), (x + 13.3, y - 9.7), (x + 6.1, y + 14.9)]


@settings(max_examples=520, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(
    worlds(),
    st.lists(st.tuples(places, homes), min_size=2, max_size=6),
    st.lists(st.tuples(places, st.integers(0, 3), st.booleans(), st.booleans()), min_size=3, max_size=9),
)
def test_verdicts_are_those_of_the_brute_force_router(world: World, people: list[Any], points: list[Any]) -> None:
    where = [drawn_place(*place) for place, _ in people]
    home = [min(home, len(world.walls) - 1) for _, home in people]
    sites = [areas(drawn_place(*place)) if area else drawn_place(*place) for place, _, _, area in points]
    types, verified = [kind for _, kind, _, _ in points], [sure for _, _, sure, _ in points]
    refuse_doubtful_places(world, [*where, *(site for site in sites if not isinstance(site, list))])
    try:
        oracle = Oracle(world)
        expected = Expected(oracle, sites, types, verified)
        checks = []
        verdicts = evaluate(
            demand(*where, home=home),
            supply(
                *(shapely.Polygon(site) if isinstance(site, list) else site for site in sites),
                type=types,
                verified=verified,
            ),
            RULES,
            built(world),
        )
        for place, (xy, at_home) in enumerate(zip(where, home, strict=True)):
            expected.place(xy, at_home)
            checks.append(place)
            assert bool(verdicts.demand_doubtful[place]) == (not expected.start)
            for kind in range(len(RULES)):
                compare(verdicts, expected, place, kind)
    except AmbiguousError as why:
        event(f"ambiguous: {why}")
        assume(False)
    assert [not ways for ways in expected.ways] == verdicts.supply_doubtful.tolist()
