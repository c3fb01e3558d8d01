"""A city's 300,000 buildings from one GeoParquet file: taken, taken again, a little changed, looked at, taken back.

The town is invented: a lattice of compounds with their buildings in rows. Each step runs in a process of its own, so
that its peak memory is its own: `python -m tests.benchmarks.intake ADDRESS take FILE LEVEL`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import shapely

from gridgov.storage.database import open_engine, reading, writing
from gridgov.usecases import history, importing
from gridgov.usecases.staging import ImportOptions
from tests.benchmarks.measuring import Measurement, held, timed
from tests.databases import Databases

BUILDINGS, COMPOUNDS, ACROSS = 300_000, 13_000, 130
MOST_MEMORY = 1.5  # GB
PROMISED = {"sqlite": 40.0, "postgresql": 25.0}
UNDONE, SHOWN = 15.0, 2.0
EDGE = 0.002  # degrees from one compound to the next, about 200 m
WEST, SOUTH = 111.0, 30.5


@dataclass(frozen=True)
class Step:
    """What a process of its own did: how long it took, how many gigabytes it held at most, and what it counted."""

    seconds: float
    memory: float
    counts: dict[str, int]


def measurements() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root runs this, PostgreSQL runs as another user
        compounds, buildings, changed = write(folder)
        alone = min(timed(lambda: geopandas.read_parquet(buildings))[1] for _ in range(2))
        yield Measurement(f"{BUILDINGS:,} buildings: read by geopandas alone", alone)
        with closing(Databases(folder / "databases", os.getpid())) as databases:
            databases.folder.mkdir()
            for engine, promised in PROMISED.items():
                with databases.copy(engine, "empty") as url:
                    step(url, "take", str(compounds), "compound")
                    yield from _steps(url, engine, (buildings, changed), promised, alone)


def _steps(url: str, engine: str, files: tuple[Path, Path], promised: float, alone: float) -> Iterator[Measurement]:
    what = f"{BUILDINGS:,} buildings, {engine}"
    new = step(url, "take", str(files[0]), "building")
    assert new.counts["new"] == BUILDINGS, new
    yield Measurement(f"{what}: imported ({new.seconds / alone:.0f}x geopandas)", new.seconds, promised)
    yield Measurement(f"{what}: memory held", new.memory, MOST_MEMORY, "GB")
    shown = step(url, "show", str(new.counts["batch"]))
    yield Measurement(f"{what}: the batch looked at", shown.seconds, SHOWN)
    again = step(url, "take", str(files[0]), "building")
    assert again.counts["unchanged"] == BUILDINGS, again
    yield Measurement(f"{what}: imported again", again.seconds)
    some = step(url, "take", str(files[1]), "building")
    assert some.counts["changed"] == BUILDINGS // 100, some
    yield Measurement(f"{what}: imported with a hundredth changed", some.seconds)
    yield Measurement(f"{what}: memory held by that", some.memory, MOST_MEMORY, "GB")
    for batch in (some, new):
        gone = step(url, "undo", str(batch.counts["batch"]))
        yield Measurement(f"{what}: {gone.counts['ended']:,} taken back", gone.seconds, UNDONE)


def write(folder: Path) -> tuple[Path, Path, Path]:
    """Write the compounds, the buildings, and the buildings with every hundredth changed."""
    column, row = np.arange(COMPOUNDS) % ACROSS, np.arange(COMPOUNDS) // ACROSS
    x, y = WEST + column * EDGE, SOUTH + row * EDGE
    codes = np.array([f"420503001001{number:05d}" for number in range(COMPOUNDS)])
    compounds = geopandas.GeoDataFrame(
        {"code": codes, "name": [f"第{number}小区" for number in range(COMPOUNDS)], "kind": "walled"},
        geometry=shapely.box(x, y, x + 0.9 * EDGE, y + 0.9 * EDGE),
        crs="EPSG:4490",
    )
    owner = np.arange(BUILDINGS) % COMPOUNDS
    own = np.arange(BUILDINGS) // COMPOUNDS
    left, low = x[owner] + (own % 5) * 0.17 * EDGE, y[owner] + (own // 5) * 0.17 * EDGE
    chance = np.random.default_rng(20260322)
    buildings = geopandas.GeoDataFrame(
        {
            "code": [f"{code}{number + 1:03d}" for code, number in zip(codes[owner], own, strict=True)],
            "name": [f"{number + 1}号楼" for number in own],
            "parent": codes[owner],
            "floor_area": chance.uniform(800, 9000, BUILDINGS).round(1),
            "people": chance.integers(20, 400, BUILDINGS),
        },
        geometry=shapely.box(left, low, left + 0.12 * EDGE, low + 0.1 * EDGE),
        crs="EPSG:4490",
    )
    changed = buildings.copy()
    changed.loc[::100, "people"] += 1
    return (
        _kept(compounds, folder / "compounds.parquet"),
        _kept(buildings, folder / "buildings.parquet"),
        _kept(changed, folder / "changed.parquet"),
    )


def _kept(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    frame.to_parquet(path)
    return path


def step(url: str, *told: str) -> Step:
    """Do one thing in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.intake", url, *told]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Step(**json.loads(done.stdout))


def act(url: str, verb: str, *told: str) -> dict[str, int]:
    """Take a file, take a batch back, or look at one."""
    engine = open_engine(url)
    if verb == "show":
        with reading(engine) as session:
            history.of_batch(session, int(told[0]), 50)
            return history.counts(session, int(told[0]))
    with writing(engine) as session:
        if verb == "undo":
            return importing.undo(session, int(told[0])).counts
        options = ImportOptions(level=told[1], valid_from=date(2026, 1, 1))
        report = importing.import_files(session, "units", [told[0]], options)
        assert not report.problems, report.problems[:3]
        return {"batch": report.batch or 0, "new": report.new, "changed": report.changed, "unchanged": report.unchanged}


if __name__ == "__main__":
    counted, taken = timed(lambda: act(*sys.argv[1:]))
    sys.stdout.write(json.dumps({"seconds": taken, "memory": held(), "counts": counted}))
