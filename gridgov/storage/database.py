"""Opening the database, upgrading it, and the two ways into it: reading and writing."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.models import Deployment

# A savepoint's journal kept in memory is walked through at the end of every statement: 300,000 rows written within one
# took 20 times as long as with the journal in a file. `cache_size` is in KiB.
_PRAGMAS = (
    "foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL", "temp_store = FILE", "cache_size = -65536",
)  # fmt: skip


def open_engine(address: str) -> Engine:
    """Open the database at an address; an unusable one is an InputError that never shows the password."""
    url = _checked(address)
    if url.drivername == "sqlite":
        return _open_sqlite(url)
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def upgrade(engine: Engine) -> None:
    """Create or upgrade the tables; safe to repeat."""
    with _reachable(engine), engine.connect() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Tell whether the tables stand as this version of gridgov needs them."""
    with _reachable(engine), engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(migrations()).get_current_head()


def migrations() -> Config:
    """Return Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", "gridgov.storage:migrations")
    return config


def setting(session: Session, key: str, default: Any = None) -> Any:
    """Return a setting kept with the data."""
    kept = session.get(Deployment, key)
    return default if kept is None else kept.value


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: it never waits for a writer on SQLite, and nothing it does is kept."""
    with Session(engine.execution_options(gridgov_reading=True), expire_on_commit=False) as session:
        yield session
        session.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that writes: committed when the block ends well, rolled back when it doesn't."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise InputError("database_address", address=re.sub(":.*@", ":***@", address)) from None
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise InputError("database_kind", kind=url.drivername)
    return url


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError("instance_unusable", path=str(folder), reason=error.strerror or str(error)) from error
    engine = create_engine(url, connect_args={"timeout": 60}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a plain BEGIN that turns into a write later fails at once when another writes."""
    reading_only = connection.get_execution_options().get("gridgov_reading", False)
    connection.exec_driver_sql("BEGIN" if reading_only else "BEGIN IMMEDIATE")


@contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    shown = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except (OperationalError, NoSuchModuleError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        raise InputError("database_unreachable", address=shown, reason=reason) from error
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.DatabaseError):
            raise InputError("database_not_ours", address=shown, reason=str(error.orig)) from error
        raise
