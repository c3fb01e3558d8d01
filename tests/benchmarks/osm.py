"""A whole city's paths from one extract: read, joined, kept. Real files, where they are at hand."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gridgov.storage.database import open_engine, writing
from gridgov.usecases import importing
from gridgov.usecases.staging import ImportOptions
from tests.benchmarks.measuring import Measurement, timed
from tests.conftest import REALDATA
from tests.databases import Databases

PROMISED = {"porto_portugal": 20.0, "heidelberg.test": None}


def measurements() -> Iterator[Measurement]:
    extracts = {name: REALDATA / "osm" / f"{name}.osm.pbf" for name in PROMISED}
    with tempfile.TemporaryDirectory() as name, closing(Databases(Path(name) / "databases", os.getpid())) as databases:
        databases.folder.mkdir()
        for extract, path in extracts.items():
            if path.exists():
                with databases.copy("sqlite", "empty") as url:
                    pieces, seconds = timed(lambda path=path, url=url: take(url, path))
                yield Measurement(f"{extract}: {pieces:,} pieces of path imported, sqlite", seconds, PROMISED[extract])


def take(url: str, path: Path) -> int:
    """Import an extract's network and tell how many pieces it has."""
    engine = open_engine(url)
    brought = importing.read_extract(path, ["network"])
    with writing(engine) as session:
        report = importing.write(session, brought, ImportOptions())
    engine.dispose()
    return report.new
