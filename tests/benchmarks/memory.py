"""What the engine holds at most: in a process of its own it takes a kept network from its bytes and decides on it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from gridgov.spatial.deciding import evaluate
from gridgov.spatial.network_bytes import unpack
from gridgov.spatial.verdicts import Demand, Rule, Supply
from tests.benchmarks.measuring import Measurement, held

TYPES, POINTS, PLACES = 30, 11_928, 13_000
RADII = (300.0, 500.0, 1000.0)


def measurements(kept: bytes) -> Iterator[Measurement]:
    """Measure on a network as `pack` gives it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network"
        file.write_bytes(kept)
        command = [sys.executable, "-m", "tests.benchmarks.memory", file]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    nodes, memory = done.stdout.split()
    what = f"{int(nodes):,} nodes, {TYPES} types, {PLACES:,} places: memory held by all"
    yield Measurement(what, float(memory), 1.0, "GB")


def decide(file: Path) -> None:
    """Decide for places all over a network; print its nodes and the gigabytes held at most."""
    network, chance = unpack(file.read_bytes()), np.random.default_rng(3)
    xy = network.index.pieces.chains.xy
    unknown, nowhere = np.full((PLACES, 7), np.nan), np.full(PLACES, -1)
    demand = Demand(_near(xy, PLACES, chance), np.full(PLACES, 40.0), unknown, nowhere, nowhere, nowhere)
    yes, none = np.ones(POINTS, dtype=bool), np.full(POINTS, -1)
    points = shapely.points(_near(xy, POINTS, chance))
    supply = Supply(np.arange(POINTS) % TYPES, points, np.full(POINTS, None), yes, yes, none, none)
    verdicts = evaluate(demand, supply, [Rule(str(kind), RADII[kind % 3]) for kind in range(TYPES)], network)
    assert verdicts.covered.any(axis=0).all()
    sys.stdout.write(f"{network.nodes} {held()}\n")


def _near(xy: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    return xy[chance.integers(len(xy), size=count)] + chance.normal(0, 10, (count, 2))


if __name__ == "__main__":
    decide(Path(sys.argv[1]))
