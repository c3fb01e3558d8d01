"""Databases for the tests on both engines: a template is built once per run, under a lock, and copied for each use.

Templates: `blank` (no tables; on PostgreSQL with its extensions), `empty` (upgraded), `town` (the small made-up place
of `cases`), `demo` (the demo district), `city` (the demo city).
"""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from gridgov.demo import district
from gridgov.demo.build import bring
from gridgov.demo.ready import make_ready
from gridgov.storage.current import At
from gridgov.storage.database import open_engine, upgrade, writing
from gridgov.usecases import accounts, covering, gridding
from tests import cases, postgresql

TODAY = date(2026, 11, 1)  # the day the demo of the tests is built for
ENGINES = ("sqlite", "postgresql")


@dataclass
class Databases:
    """The databases of one pytest process. All processes of a run share `folder`; `owner` is the run's main process."""

    folder: Path
    owner: int
    _made: int = field(default=0, init=False)

    @contextmanager
    def copy(self, engine: str, template: str) -> Iterator[str]:
        """Yield the address of a fresh copy of a template, which is built when the first process asks for it."""
        source = self._template(engine, template)
        self._made += 1
        name = f"copy_{os.getpid()}_{self._made}"
        copy = self._sqlite_copy if engine == "sqlite" else self._postgresql_copy
        with copy(source, name) as url:
            yield url

    def demo_folder(self, size: str = "district") -> Path:
        """Return the folder of the demo's files of a size, writing them if nobody has yet."""
        folder, done = self.folder / size, self.folder / f"{size}.done"
        with locked(self.folder / f"{size}.lock"):
            if not done.exists():
                district.write(folder, size, TODAY)
                done.touch()
        return folder

    def server(self) -> postgresql.Server:
        """Return the run's PostgreSQL server, starting it if nobody has yet."""
        told = self.folder / "server.json"
        with locked(self.folder / "server.lock"):
            if not told.exists():
                server = postgresql.start(self.folder, self.owner)
                told.write_text(json.dumps(asdict(server)), encoding="utf-8")
        return postgresql.Server(**json.loads(told.read_text(encoding="utf-8")))

    def close(self) -> None:
        """Stop the server and remove everything; called once, by the run's main process."""
        if (self.folder / "server.json").exists():
            self.server().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _template(self, engine: str, template: str) -> str:
        name = str(self.folder / f"{template}.sqlite") if engine == "sqlite" else f"template_{template}"
        done = self.folder / f"{engine}-{template}.done"
        if engine == "postgresql":
            self.server()
        with locked(self.folder / f"{engine}-{template}.lock"):
            if not done.exists():
                (self._build_sqlite if engine == "sqlite" else self._build_postgresql)(name, template)
                done.touch()
        return name

    def _build_sqlite(self, path: str, template: str) -> None:
        _remove(Path(path))
        self._fill(f"sqlite:///{path}", template)
        # A copy takes the file alone: nothing may be left in the write-ahead log beside it.
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _build_postgresql(self, name: str, template: str) -> None:
        server = self.server()
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.duplicate(postgresql.SPATIAL, name)
        self._fill(server.url(name), template)
        server.execute("ANALYZE", database=name)

    def _fill(self, url: str, template: str) -> None:
        if template == "blank":
            return
        engine = open_engine(url)
        upgrade(engine)
        if template == "town":
            with TemporaryDirectory(dir=self.folder) as folder, writing(engine) as session:
                cases.district(Path(folder)).load(session)
        if template == "demo":
            with writing(engine) as session:
                make_ready(session, "district", TODAY)
        if template == "city":
            folder = self.demo_folder("city")
            with writing(engine) as session:
                bring(session, "city", folder)
                gridding.build(session, TODAY)
                covering.run(session, At(TODAY))
                accounts.prepare_demo(session, At(TODAY))
        engine.dispose()

    @contextmanager
    def _sqlite_copy(self, source: str, name: str) -> Iterator[str]:
        target = self.folder / f"{name}.sqlite"
        shutil.copyfile(source, target)
        try:
            yield f"sqlite:///{target}"
        finally:
            _remove(target)

    @contextmanager
    def _postgresql_copy(self, source: str, name: str) -> Iterator[str]:
        server = self.server()
        server.duplicate(source, name)
        try:
            yield server.url(name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes of the run respect; the system lets go of it if this one dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove(database: Path) -> None:
    for part in database.parent.glob(f"{database.name}*"):
        part.unlink()
