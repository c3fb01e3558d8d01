"""A session in which anything may be tried: nothing of it is kept, and nobody waits for it longer than needed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridgov.storage.database import open_engine


@contextmanager
def trying(engine: Engine, folder: Path) -> Iterator[Session]:
    """Open a session whose writing is never kept.

    SQLite has one writer, and whoever tries something out for minutes would keep all others waiting: there it is tried
    on a private copy in `folder`, taken by SQLite's own backup, which sees one state and hinders nobody. On PostgreSQL
    it is tried on the data themselves and rolled back; its writing takes the writers' turn like any other, or two that
    write the same rows would stop each other half-way. So read the files before opening it.
    """
    if engine.dialect.name != "sqlite":
        with Session(engine, expire_on_commit=False) as session:
            yield session
            session.rollback()
        return
    copy = folder / "copy.sqlite"
    _copy(str(engine.url.database), copy)
    private = open_engine(engine.url.set(database=str(copy)).render_as_string(hide_password=False))
    try:
        with Session(private, expire_on_commit=False) as session:
            yield session
            session.rollback()
    finally:
        private.dispose()
        for left in folder.glob("copy.sqlite*"):
            left.unlink()


def _copy(database: str, target: Path) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as source, closing(sqlite3.connect(target)) as kept:
        kept.execute("PRAGMA synchronous = OFF")
        source.backup(kept)
