"""A session in which anything may be tried: nothing of it is kept, and nobody waits for it longer than needed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from gridgov.storage.database import open_engine
from gridgov.storage.versions import WITHOUT_TURN

_PATIENCE = "10ms"  # far below the second after which PostgreSQL looks who waits for whom, and breaks off one of them


class HinderedError(Exception):
    """Somebody was writing what is tried out: it has to be tried once more, in turn."""


@contextmanager
def trying(engine: Engine, folder: Path, *, turn: bool = False) -> Iterator[Session]:
    """Open a session whose writing is never kept.

    SQLite has one writer, and whoever tries something out for minutes would keep all others waiting: there it is tried
    on a private copy in `folder`, taken by SQLite's own backup, which sees one state and hinders nobody. On PostgreSQL
    it is tried on the data themselves, as they stood at the start, and rolled back. Only who writes the very same
    things waits for that meanwhile; a trial itself never waits, or the two could wait for each other. With `turn` it
    waits for all others and they for it, as whoever writes does; so read the files before.

    Raises
    ------
    HinderedError
        Where, without `turn`, somebody else has changed or is changing what is written here.
    """
    if engine.dialect.name != "sqlite":
        with _on_the_data(engine, turn=turn) as session:
            yield session
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


@contextmanager
def _on_the_data(engine: Engine, *, turn: bool) -> Iterator[Session]:
    seen = engine if turn else engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(seen, expire_on_commit=False, info={WITHOUT_TURN: not turn}) as session:
        try:
            if not turn:
                session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
            yield session
        except (OperationalError, IntegrityError) as error:
            raise error if turn else HinderedError from error
        finally:
            session.rollback()


def _copy(database: str, target: Path) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as source, closing(sqlite3.connect(target)) as kept:
        kept.execute("PRAGMA synchronous = OFF")
        source.backup(kept)
