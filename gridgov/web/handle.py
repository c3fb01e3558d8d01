"""The database as a request sees it: one reading session, and a short writing one where a view changes something."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridgov.storage.database import writing

_KEY = "gridgov.engine"


def install(app: Flask, engine: Engine) -> None:
    """Keep the engine with the application, and close what a request opened."""
    app.extensions[_KEY] = engine
    app.teardown_appcontext(_close)


def database() -> Session:
    """Return this request's reading session, opened when first asked for. Nothing done in it is kept."""
    if "database" not in g:
        g.database = Session(engine().execution_options(gridgov_reading=True))
    return cast("Session", g.database)


@contextmanager
def changing() -> Iterator[Session]:
    """Open a session that is committed when the block ends well; use cases never commit."""
    _close(None)
    with writing(engine()) as session:
        yield session


@contextmanager
def trying() -> Iterator[Session]:
    """Open a session in which anything may be written, to see what it would do; nothing of it is kept."""
    with changing() as session:
        yield session
        session.rollback()


def engine() -> Engine:
    """Return the engine, for what outlives the request."""
    return cast("Engine", current_app.extensions[_KEY])


def _close(_error: BaseException | None) -> None:
    opened = cast("Session | None", g.pop("database", None))
    if opened is not None:
        opened.close()
