"""Reach counts beside pandana's, isochrones beside unions of buffers, and siting: on the streets of Wuhan.

Points of thirty types are counted around all nodes; pandana is left out where it can't be had.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridgov.spatial import isochrones
from gridgov.spatial.attachment import attach_places, attach_sites
from gridgov.spatial.candidates import Instance, Terms, instance
from gridgov.spatial.network import Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.reach import matrix
from gridgov.spatial.siting import choose, upper_bound
from gridgov.spatial.verdicts import Demand, Rule
from gridgov.spatial.walking import Points, Walks
from gridgov.spatial.warming import warm_up
from tests.benchmarks.engine import CUTOFF, POINTS, TYPES, best, environment
from tests.benchmarks.measuring import Measurement, timed
from tests.conftest import REALDATA

RADIUS, PLACES, CANDIDATES, SITES, DRAWN = 1000.0, 13_000, 2000, 20, 30
PEER = Path(__file__).with_name("pandana_counts.py")


def measurements() -> Iterator[Measurement]:
    path = REALDATA / "osm/wuhan_8989_streets_original.parquet"
    if not path.exists():
        return
    warm_up()
    lines = gpd.read_parquet(path).geometry.to_numpy()
    none = np.empty(0, np.int64)
    walls = Walls(np.empty(0, dtype=object), np.empty((0, 2)), none, none.astype(np.int8))
    network = build_network(Segments(lines, np.zeros(len(lines), dtype=bool)), walls)
    yield from _counted(network)
    yield from _drawn(network)
    yield from _sited(network)


def _counted(network: WalkNetwork) -> Iterator[Measurement]:
    ends, metres = network.piece_nodes, network.stretches.length
    xy = np.zeros((network.nodes, 2))
    first, last = network.index.pieces.chains.ends
    xy[ends[:, 0]], xy[ends[:, 1]] = first, last
    node = np.random.default_rng(8989).integers(0, network.nodes, POINTS)
    kind = np.arange(POINTS) % TYPES
    sites = attach_sites(network, np.asarray(shapely.points(xy[node]), dtype=object), np.full(POINTS, None))
    certain = np.flatnonzero(~sites.doubtful)
    points = Points(certain, kind[certain], certain)
    walks = Walks(network, attach_places(network, xy), [frozenset()] * network.nodes, sites, points)
    own = best(lambda: [walks.counts(each, RADIUS) for each in range(TYPES)])
    yield Measurement(f"Wuhan: points of {TYPES} types counted around {network.nodes:,} nodes", own)
    with tempfile.TemporaryDirectory() as name:
        python = environment(Path(name))
        if python is not None:
            file = Path(name) / "town.npz"
            told = {"kind": kind, "node": node, "radius": RADIUS}
            np.savez(file, xy=xy, tail=ends[:, 0], head=ends[:, 1], metres=metres, **told)
            done = subprocess.run([python, PEER, file], capture_output=True, text=True, check=True)
            theirs = float(done.stdout.split()[-1])
            yield Measurement("Wuhan: the same, quicker than pandana", theirs / own, 10.0, "x")


def _drawn(network: WalkNetwork) -> Iterator[Measurement]:
    low, high = network.index.pieces.chains.xy.min(axis=0), network.index.pieces.chains.xy.max(axis=0)
    places = np.random.default_rng(1).uniform(low + (high - low) * 0.3, high - (high - low) * 0.3, (DRAWN, 2))
    isochrones.isochrone(network, places[0], CUTOFF)  # what is put together once isn't counted
    own, theirs, worst = 0.0, 0.0, 1.0
    for place in places:
        attached = attach_places(network, place[None])
        if attached.doubtful[0]:
            continue
        area, seconds = timed(lambda: isochrones.isochrone(network, place, CUTOFF))  # noqa: B023
        away = isochrones._searched(network, attached, [frozenset()], CUTOFF)
        found = isochrones._reached(network, attached, place[None], away, CUTOFF, isochrones.BESIDE)
        ends, reach = (np.concatenate([getattr(bits, name) for _, bits in found]) for name in ("ends", "reach"))
        whole, buffered = timed(lambda: _united(ends, reach))  # noqa: B023
        own, theirs = own + seconds, theirs + buffered
        worst = min(worst, shapely.area(shapely.intersection(area, whole)) / shapely.area(shapely.union(area, whole)))
    yield Measurement("Wuhan: isochrones, quicker than unions of buffers", theirs / own, 5.0, "x")
    yield Measurement("Wuhan: what isochrones and buffers don't share, at worst", (1 - worst) * 100, 1.0, "%")


def _united(ends: np.ndarray, reach: np.ndarray) -> shapely.Geometry:
    return shapely.union_all(shapely.buffer(shapely.linestrings(ends.reshape(-1, 2, 2)), reach))


def _sited(network: WalkNetwork) -> Iterator[Measurement]:
    chance = np.random.default_rng(2)
    vertices = network.index.pieces.chains.xy
    xy, sites = (vertices[chance.integers(0, len(vertices), count)] for count in (PLACES, CANDIDATES))
    people, nowhere = chance.integers(50, 3000, PLACES).astype(float), np.full(PLACES, -1)
    demand = Demand(xy, people, np.full((PLACES, 7), np.nan), nowhere, nowhere, nowhere)
    what = f"{PLACES:,} places, {CANDIDATES:,} candidates"
    found, seconds = timed(lambda: matrix(demand, shapely.points(sites), Rule("any", RADIUS), network))
    yield Measurement(f"{what}: {len(found.place):,} pairs within {RADIUS:g} m", seconds)

    def stated() -> Instance:
        return instance(CANDIDATES, found.site, found.place, people, Terms(SITES))

    of, choice = stated(), choose(stated())
    yield Measurement(f"{what}: {SITES} sites chosen", best(lambda: choose(stated())), 0.05)
    bound, seconds = timed(lambda: upper_bound(of, choice))
    yield Measurement(f"{what}: the certificate", seconds, 1.5)
    yield Measurement(f"{what}: people below the bound", (bound - choice.people) / bound * 100, 1.0, "%")
