"""The places workers stand in, by number. A place is held as long as its worker's process lives, no longer.

What DBOS began under a number is taken up again by whoever takes that place next, or by another worker that finds the
place free: no clock decides who is dead. On PostgreSQL a place is an advisory lock, which falls with its connection;
with SQLite it is a lock on a small file beside the queue, which the system drops when the process ends.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from gridgov.errors import ConflictError

MOST = 64
_LOCKS = 0x6A6F6273  # any number, the same in all processes
_PATIENCE = 0.2


class Held(Protocol):
    """What holds a place until it is closed."""

    def close(self) -> None:
        """Leave the place."""


class Places(Protocol):
    """The places of one queue."""

    def hold(self, number: int) -> Held | None:
        """Take a place, or return None where somebody holds it."""

    def held(self) -> set[int]:
        """Return the places that somebody holds."""

    def stands(self, held: Held) -> bool:
        """Tell whether a place taken is still held."""


def places_at(engine: sa.Engine) -> Places:
    """Return the places of the queue in a database."""
    return _Files(Path(str(engine.url.database))) if engine.dialect.name == "sqlite" else _Locks(engine)


def take_first(places: Places) -> tuple[int, Held]:
    """Take the first free place."""
    for number in range(1, MOST + 1):
        held = places.hold(number)
        if held is not None:
            return number, held
    raise ConflictError("workers_many", most=MOST)


@contextmanager
def free(places: Places, number: int) -> Iterator[bool]:
    """Hold a place for a moment; False where a living worker has it."""
    held = places.hold(number)
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


class _Files:
    def __init__(self, database: Path) -> None:
        self._database = database

    def hold(self, number: int) -> Held | None:
        opened = sqlite3.connect(self._path(number), _PATIENCE, isolation_level=None, check_same_thread=False)
        with suppress(sqlite3.OperationalError):
            opened.execute("BEGIN EXCLUSIVE")
            return opened
        opened.close()
        return None

    def held(self) -> set[int]:
        return {number for number in range(1, MOST + 1) if self._path(number).exists() and self._is_held(number)}

    def stands(self, held: Held) -> bool:  # noqa: ARG002 - a lock on a file stands as long as its process
        return True

    def _path(self, number: int) -> Path:
        return self._database.with_name(f"{self._database.stem}-worker-{number}.lock")

    def _is_held(self, number: int) -> bool:
        looking = sqlite3.connect(self._path(number), 0, isolation_level=None)
        try:
            looking.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            return True
        finally:
            looking.close()
        return False


class _Locks:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def hold(self, number: int) -> Held | None:
        opened = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if opened.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCKS, number))):
            return _Lock(opened, number)
        opened.close()
        return None

    def held(self) -> set[int]:
        asked = sa.text(
            "SELECT objid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
            "WHERE locktype = 'advisory' AND classid = :locks AND granted AND datname = current_database()"
        )
        with self._engine.connect() as connection:
            return {int(number) for number in connection.scalars(asked, {"locks": _LOCKS})}

    def stands(self, held: Held) -> bool:
        return isinstance(held, _Lock) and held.stands()


class _Lock:
    def __init__(self, connection: sa.Connection, number: int) -> None:
        self._connection, self._number = connection, number

    def close(self) -> None:
        with suppress(sa.exc.DBAPIError):
            self._connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCKS, self._number)))
        self._connection.close()

    def stands(self) -> bool:
        """Tell whether the connection that holds the lock lives."""
        try:
            self._connection.execute(sa.select(1))
        except sa.exc.DBAPIError:
            return False
        return True
