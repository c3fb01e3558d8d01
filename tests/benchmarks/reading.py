"""A city's buildings read from a file, beside how long geopandas takes for the same file."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas

from gridgov.sources.vector import read_file
from tests.benchmarks.intake import BUILDINGS, write
from tests.benchmarks.measuring import Measurement, held, timed

ENDINGS = ("parquet", "gpkg", "geojson")


def measurements() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = geopandas.read_parquet(write(folder)[1])
        for ending in ENDINGS:
            file = folder / f"read.{ending}"
            data.to_parquet(file) if ending == "parquet" else data.to_file(file)
            alone, _ = alone_in_a_process(file, "geopandas")
            seconds, memory = alone_in_a_process(file, "gridgov")
            what = f"{BUILDINGS:,} buildings, {ending}"
            yield Measurement(f"{what}: read ({seconds / alone:.1f}x geopandas)", seconds)
            yield Measurement(f"{what}: memory held while read", memory, unit="GB")


def alone_in_a_process(file: Path, reader: str) -> tuple[float, float]:
    """Return the seconds one reading takes and the gigabytes its process held at most."""
    command = [sys.executable, "-m", "tests.benchmarks.reading", reader, str(file)]
    seconds, memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(memory)


def read(reader: str, file: Path) -> None:
    """Read a file once and print how long that took and what it held."""
    theirs = geopandas.read_parquet if file.suffix == ".parquet" else geopandas.read_file
    _, seconds = timed(lambda: read_file(file) if reader == "gridgov" else theirs(file))
    sys.stdout.write(f"{seconds} {held()}\n")


if __name__ == "__main__":
    read(sys.argv[1], Path(sys.argv[2]))
