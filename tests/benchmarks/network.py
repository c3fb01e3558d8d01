"""The walking network of an uneven town: built, kept and found again, and places snapped to it."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import insert, select

from gridgov.spatial.chains import Chains
from gridgov.spatial.cutting import Bits
from gridgov.spatial.deciding import warm_up
from gridgov.spatial.lattice import Bits as Laid
from gridgov.spatial.nearby import Nearby
from gridgov.spatial.network import OPEN, RESIDENTS, Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.network_bytes import pack, unpack
from gridgov.storage.database import open_engine, reading, upgrade, writing
from gridgov.storage.models import BuiltNetwork
from tests.benchmarks import memory
from tests.benchmarks.measuring import Measurement, timed

BLOCK = 60.0
CITY, LARGE = 380, 1000  # crossings a side: as many segments as the demo city, and a million nodes
LIMIT = 200.0
PLACES = 500_000

Floats = npt.NDArray[np.float64]


def measurements() -> Iterator[Measurement]:
    warm_up()
    segments, walls = streets(CITY), compounds(CITY)
    _, seconds = timed(lambda: build_network(segments, walls))
    yield Measurement(f"walking network of {len(segments.lines):,} segments built", seconds, promised=2)
    segments, walls = streets(LARGE), compounds(LARGE)
    network, seconds = timed(lambda: build_network(segments, walls))
    yield Measurement(f"walking network of {len(segments.lines):,} segments built", seconds)
    yield from kept(network)
    yield from snapped(segments)


def kept(network: WalkNetwork) -> Iterator[Measurement]:
    """Keep a network in a database and take it out again."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'network.sqlite'}")
        upgrade(engine)
        payload, seconds = timed(lambda: pack(network))
        yield Measurement(f"network of {network.nodes:,} nodes packed", seconds)
        yield Measurement(f"network of {network.nodes:,} nodes as it is kept", len(payload) / 1e6, unit="MB")
        with writing(engine) as session:
            row = {"hash": network.hash, "created_at": datetime.now(UTC), "payload": payload}
            session.execute(insert(BuiltNetwork).values(row))
        with reading(engine) as session:
            _, seconds = timed(lambda: unpack(session.scalars(select(BuiltNetwork.payload)).one()))
        yield Measurement(f"network of {network.nodes:,} nodes loaded", seconds, promised=0.3)
        yield from memory.measurements(payload)
        engine.dispose()


def snapped(segments: Segments) -> Iterator[Measurement]:
    """Find the nearest segment to many places, by the lattice and by a tree."""
    xy = np.random.default_rng(2).uniform(0, LARGE * BLOCK, (PLACES, 2))
    bits = Bits.of(Chains.of(segments.lines))
    laid = Nearby(Laid(bits.ends, bits.owner, np.zeros(len(bits.owner), np.int32)))
    (bit, far), seconds = timed(lambda: laid.nearest(xy, limit=LIMIT))
    what = f"{PLACES:,} places snapped to {len(segments.lines):,} segments"
    yield Measurement(what, seconds)
    tree, places = shapely.STRtree(segments.lines), shapely.points(xy)
    tree.query_nearest(places[:1])
    ((place, _), away), by_tree = timed(lambda: tree.query_nearest(places, max_distance=LIMIT, return_distance=True))
    assert set(place.tolist()) == set(np.flatnonzero(bit >= 0).tolist())
    assert (far[place] == away).all()
    yield Measurement(f"{what}, quicker than STRtree", by_tree / seconds, promised=10, unit="x")


def streets(side: int) -> Segments:
    """Return uneven streets between crossings, each bent once; some are missing."""
    chance = np.random.default_rng(1)
    crossings = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * BLOCK
    crossings += chance.uniform(-15, 15, crossings.shape)
    along = np.stack([crossings[:, :-1], crossings[:, 1:]], axis=2).reshape(-1, 2, 2)
    across = np.stack([crossings[:-1], crossings[1:]], axis=2).reshape(-1, 2, 2)
    ends = np.concatenate([along, across])
    ends = ends[chance.random(len(ends)) < 0.72]
    middles = ends.mean(axis=1) + chance.uniform(-3, 3, (len(ends), 2))
    lines = shapely.linestrings(np.stack([ends[:, 0], middles, ends[:, 1]], axis=1).round(3))
    return Segments(lines, np.zeros(len(lines), dtype=bool))


def compounds(side: int) -> Walls:
    """Return walled compounds that cross streets, each with an open and a residents' gate."""
    count = side * side // 250
    corners: Floats = np.random.default_rng(3).uniform(0, side * BLOCK, (count, 2))
    boxes = shapely.box(*corners.T, *(corners + np.array([150.0, 120.0])).T)
    gates = np.repeat(corners, 2, axis=0) + np.tile([[75.0, 0.0], [150.0, 60.0]], (count, 1))
    states = np.tile(np.array([OPEN, RESIDENTS], dtype=np.int8), count)
    return Walls(boxes, gates, np.repeat(np.arange(count), 2), states)
