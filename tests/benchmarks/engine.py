"""The engine beside its peers, on the same arrays in one run: thirty types, points inside edges.

Tables go to 1200 m; metres and points of places however far. A table's time is that of the sweeps, room for them made
anew each time; eliminating the nodes, once for a network, is told apart, and so is what scipy and pandana build before.

scipy is a requirement already; pandana is put into an environment of its own, and left out where that can't be had.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gridgov.sources.osm import read_osm
from gridgov.spatial import threads, walking
from gridgov.spatial.attachment import Attachments, Ways
from gridgov.spatial.deciding import warm_up
from gridgov.spatial.network import Connectors, WalkNetwork
from gridgov.spatial.searching import LANES
from gridgov.spatial.shortest import Graph, key_beyond, lengths
from gridgov.spatial.sweeping import Sweep
from gridgov.spatial.walking import Points, Walks
from tests.benchmarks.measuring import Measurement
from tests.conftest import REALDATA

TYPES, POINTS, PLACES, CUTOFF = 30, 11_928, 500_000, 1200.0
LARGE = 900_000  # nodes from which on what is promised counts
HAIR = 1e-9  # a weight of 0 is no arc for scipy
PEER = Path(__file__).with_name("pandana_peer.py")


@dataclass(frozen=True)
class Town:
    """Edges between nodes at `xy`, and points of `kind` on the edges `edge`, `offset` metres along them."""

    name: str
    xy: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    metres: np.ndarray
    kind: np.ndarray
    edge: np.ndarray
    offset: np.ndarray


def measurements() -> Iterator[Measurement]:
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        python = environment(Path(folder))
        for make in (wuhan, porto, made):
            if (drawn := make()) is not None:
                yield from _beside_peers(town(*drawn), python, Path(folder))


def wuhan() -> tuple[str, np.ndarray, np.ndarray] | None:
    """Return the streets of Wuhan, where they are at hand: their ends (m, 2, 2), and metres (m,)."""
    path = REALDATA / "osm/wuhan_8989_streets_original.parquet"
    return drawn("Wuhan", gpd.read_parquet(path).geometry.to_numpy()) if path.exists() else None


def porto() -> tuple[str, np.ndarray, np.ndarray] | None:
    """Return the paths of Porto, bit by bit, where they are at hand."""
    path = REALDATA / "osm/porto_portugal.osm.pbf"
    if not path.exists():
        return None
    lines = np.array(read_osm(path).network.geometry, dtype=object)
    degrees, line = shapely.get_coordinates(lines, return_index=True)
    xy = degrees * np.array([np.cos(np.deg2rad(degrees[:, 1].mean())), 1.0]) * 111_320.0
    within = np.flatnonzero(np.diff(line) == 0)
    return drawn("Porto", shapely.linestrings(np.stack([xy[within], xy[within + 1]], axis=1)))


def drawn(name: str, lines: np.ndarray) -> tuple[str, np.ndarray, np.ndarray]:
    ends = shapely.get_coordinates(shapely.get_point(lines, [[0], [-1]]).ravel()).reshape(2, -1, 2)
    return name, ends.transpose(1, 0, 2), shapely.length(lines)


def made(side: int = 1000) -> tuple[str, np.ndarray, np.ndarray]:
    """Return a lattice of a million crossings that lacks three of ten streets, none of which is quite straight."""
    chance = np.random.default_rng(1)
    number = np.arange(side * side).reshape(side, side)
    xy = np.argwhere(number >= 0) * 75.0 + chance.uniform(-22.5, 22.5, (side * side, 2))
    pairs = np.r_[np.c_[number[1:].ravel(), number[:-1].ravel()], np.c_[number[:, 1:].ravel(), number[:, :-1].ravel()]]
    pairs = pairs[chance.random(len(pairs)) < 0.7]
    straight = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    return "a made city", xy[pairs], straight * chance.uniform(1.0, 1.3, len(pairs))


def town(name: str, ends: np.ndarray, metres: np.ndarray) -> Town:
    """Number the nodes; put points somewhere on the edges."""
    xy, number = np.unique(np.rint(ends.reshape(-1, 2) * 1000) / 1000, axis=0, return_inverse=True)
    tail, head = number.reshape(-1, 2).T
    chance = np.random.default_rng(8989)
    edge = chance.integers(0, len(metres), POINTS)
    kind = np.arange(POINTS) % TYPES
    return Town(name, xy, tail, head, metres, kind, edge, metres[edge] * chance.random(POINTS))


def _beside_peers(where: Town, python: Path | None, folder: Path) -> Iterator[Measurement]:
    graph = Graph(len(where.xy), where.tail, where.head, where.metres)
    name = f"{where.name}, {graph.nodes:,} nodes"
    yield Measurement(f"{name}: eliminated", best(lambda: _eliminated(graph)))
    by_type = _by_type(where)
    large = graph.nodes > LARGE
    own, theirs = best(lambda: _tables(where, graph)), best(lambda: _tables_by_scipy(where, by_type), 2)
    yield Measurement(f"{name}: table of {TYPES} types, in {threads.count()} threads", own * 1000, unit="ms")
    yield Measurement(f"{name}: the same, quicker than scipy", theirs / own, 25.0 if large else None, "x")
    if python is not None:
        seconds = _by_pandana(where, python, folder)
        yield Measurement(f"{name}: the same, quicker than pandana", seconds / own, 1000.0 if large else None, "x")
    places = _places(where)
    walks = _walks(where, graph, places)
    seconds = best(lambda: walks.nearest(range(TYPES)))
    yield Measurement(f"{name}: metres and points of {PLACES:,} places", seconds)
    (metres, _), (reference, peer) = walks.nearest(range(TYPES)), _places_by_scipy(where, places)
    known = np.isfinite(metres)
    assert (known == np.isfinite(reference)).all()
    assert np.abs(metres[known] - reference[known]).max() <= 0.0011
    yield Measurement(f"{name}: the same, quicker than scipy", peer / seconds, 10.0 if large else None, "x")


def best(work: Callable[[], Any], times: int = 5) -> float:
    """Tell the seconds some work takes at best."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _eliminated(graph: Graph) -> None:
    graph.__dict__.pop("eliminated", None)
    assert len(graph.eliminated.row) == graph.nodes


def _starts(where: Town) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List where ways to points begin: nodes, and metres and number of the point (2 k,)."""
    ends, rest = np.r_[where.tail[where.edge], where.head[where.edge]], where.metres[where.edge] - where.offset
    return ends, np.r_[where.offset, rest], np.tile(np.arange(POINTS), 2)


def _tables(where: Town, graph: Graph) -> None:
    """Sweep all types, in two threads."""
    node, metres, point = _starts(where)
    kind, key = where.kind[point], lengths(metres) + point

    def eight(sweep: Sweep, first: int) -> None:
        own = (kind >= first) & (kind < first + LANES)
        sweep.anew(node[own], kind[own] - first, key[own], key_beyond(CUTOFF))

    walking._each(lambda: Sweep(graph), eight, range(0, TYPES, LANES))


def _by_type(where: Town) -> csr_array:
    """Join a node for each point to the ends of its edge, one way; of parallel edges the shortest is kept."""
    node, metres, point = _starts(where)
    count = len(where.xy)
    tail = np.r_[where.tail, where.head, count + point]
    head = np.r_[where.head, where.tail, node]
    weight = np.maximum(np.r_[where.metres, where.metres, metres], HAIR)
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], weight[order]
    kept = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    return csr_array((weight[kept], (tail[kept], head[kept])), shape=(count + POINTS, count + POINTS))


def _tables_by_scipy(where: Town, graph: csr_array) -> np.ndarray:
    """Search type by type, from all its points at once; what is put together before isn't counted."""
    least = np.empty((TYPES, graph.shape[0]))
    for kind in range(TYPES):
        of = len(where.xy) + np.flatnonzero(where.kind == kind)
        least[kind] = dijkstra(graph, indices=of, min_only=True, limit=CUTOFF)
    return least


@dataclass(frozen=True)
class Places:
    """Places on edges: `edge`, `offset` and `leg` (d,) metres."""

    edge: np.ndarray
    offset: np.ndarray
    leg: np.ndarray


def _places(where: Town) -> Places:
    chance = np.random.default_rng(7)
    edge = np.sort(chance.integers(0, len(where.metres), PLACES))
    return Places(edge, where.metres[edge] * chance.random(PLACES), chance.uniform(0.0, 40.0, PLACES))


def _walks(where: Town, graph: Graph, places: Places) -> Walks:
    """Hang places and points on a network without walls."""
    none = Connectors(np.empty(0, np.int64), np.empty(0, np.int64), ())
    network = SimpleNamespace(nodes=graph.nodes, public=graph, every_gate_open=graph, residents=none)
    points = Places(where.edge, where.offset, np.zeros(POINTS))
    rows = np.arange(POINTS)
    serving = Points(rows, where.kind, rows)
    nobody = [frozenset[int]()] * PLACES
    return Walks(cast("WalkNetwork", network), _hung(where, places), nobody, _hung(where, points), serving)


def _hung(where: Town, places: Places) -> Attachments:
    rest = where.metres[places.edge] - places.offset
    cost = np.column_stack([places.leg + places.offset, places.leg + rest])
    nodes = np.column_stack([where.tail[places.edge], where.head[places.edge]])
    ways = Ways(np.arange(len(rest)), nodes, cost, places.edge, places.offset, places.leg)
    return Attachments(ways, np.zeros(len(rest), dtype=bool))


def _places_by_scipy(where: Town, places: Places) -> tuple[np.ndarray, float]:
    """Find metres and points as `Walks.nearest`, however far; and tell the seconds it took."""
    start = time.perf_counter()
    graph, hung, count = _by_type(where), _hung(where, places).ways, len(where.xy)
    metres, point = np.empty((PLACES, TYPES)), np.empty((PLACES, TYPES), np.int64)
    for kind in range(TYPES):
        own = np.flatnonzero(where.kind == kind)
        least, _, source = dijkstra(graph, indices=count + own, min_only=True, return_predecessors=True)
        far = least[hung.nodes] + hung.cost
        side = far.argmin(axis=1)
        metres[:, kind], point[:, kind] = far.min(axis=1), source[hung.nodes[np.arange(PLACES), side]] - count
        place, on = walking.joined(places.edge, where.edge[own])
        along = np.abs(places.offset[place] - where.offset[own[on]]) + places.leg[place]
        order = np.argsort(-along, kind="stable")
        order = order[along[order] < metres[place[order], kind]]
        metres[place[order], kind], point[place[order], kind] = along[order], own[on[order]]
    return metres, time.perf_counter() - start


def environment(folder: Path) -> Path | None:
    """Make an environment that holds pandana; None where it can't be had."""
    python = folder / "peers" / "bin" / "python"
    commands = [sys.executable, "-m", "venv", str(folder / "peers")], [python, "-m", "pip", "install", "-q", "pandana"]
    done = [subprocess.run(command, capture_output=True, check=False).returncode for command in commands]
    return python if not any(done) else None


def _by_pandana(where: Town, python: Path, folder: Path) -> float:
    """Tell the seconds pandana takes to find the nearest point of every type from all nodes; building isn't counted."""
    file = folder / "town.npz"
    node, metres, _ = _starts(where)
    nearer = np.where(metres[:POINTS] <= metres[POINTS:], node[:POINTS], node[POINTS:])
    points = {"kind": where.kind, "node": nearer, "cutoff": CUTOFF}
    np.savez(file, xy=where.xy, tail=where.tail, head=where.head, metres=where.metres, **points)
    done = subprocess.run([python, PEER, file], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
