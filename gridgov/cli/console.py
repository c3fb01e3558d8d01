"""What every command shares: settings, sessions, language, and how answers and errors are told."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
import orjson
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from gridgov.errors import CancelledError, GridgovError, InputError
from gridgov.settings import Settings
from gridgov.storage.current import At
from gridgov.storage.database import is_current, open_engine, reading, writing
from gridgov.wording import sentence, translate

INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended
P = ParamSpec("P")
R = TypeVar("R")


class Day(click.ParamType[date]):
    """A date as people write one: 2026-03-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date, or say what is wrong with it."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(translate("“{value}” is not a date. Write it as 2026-03-31.", locale(), value=value), param, ctx)


numbered = click.IntRange(1, 2**31 - 1)
as_of = click.option("--as-of", type=Day(), default=None, metavar="DATE", help="The day asked about; today by default.")
as_json = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to answer.")


def locale() -> str:
    """Return the language to answer in: GRIDGOV_LANGUAGE, else the terminal's."""
    told = os.environ.get("GRIDGOV_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return "zh_Hans" if told.startswith("zh") else "en"


def settings(*, demo: bool = False) -> Settings:
    """Read the settings from the environment."""
    return Settings.from_env(demo=demo)


def today(day: date | None) -> At:
    """Return the time asked about."""
    return At(day or date.today())  # noqa: DTZ011 - local dates are what people write down


@contextmanager
def opened() -> Iterator[Engine]:
    """Open the database, which must have been made by `gridgov init`, and close it at the end."""
    engine = open_engine(settings().database_url)
    try:
        if not is_current(engine):
            raise InputError("database_not_ready", address=engine.url.render_as_string(hide_password=True))
        yield engine
    finally:
        engine.dispose()


@contextmanager
def looking() -> Iterator[Session]:
    """Open a session that reads."""
    with opened() as engine, reading(engine) as session:
        yield session


@contextmanager
def changing() -> Iterator[Session]:
    """Open a session that writes; it is kept when the block ends well."""
    with opened() as engine, writing(engine) as session:
        yield session


def told(text: str, **params: object) -> str:
    """Return a sentence in the reader's language."""
    return translate(text, locale(), **params)


def say(text: str, **params: object) -> None:
    """Print a sentence in the reader's language."""
    click.echo(told(text, **params))


def progress(text: str, **params: object) -> None:
    """Tell how far long work is, beside the answer."""
    click.echo(told(text, **params), err=True)


def answer_json(content: object) -> None:
    """Print an answer as one JSON object."""
    click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns, wide characters counted as two."""
    cells = [[told(heading) for heading in headings], *([_cell(value) for value in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        line = "  ".join(text + " " * (wide - _width(text)) for text, wide in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def clearly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an error on purpose into one line and exit status 2."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CancelledError as error:
            _stop(sentence(error, locale()), INTERRUPTED)
        except GridgovError as error:
            _stop(sentence(error, locale()))
        except (DBAPIError, OverflowError) as error:
            _stop(sentence(_database_error(error), locale()))

    return wrapped


def _database_error(error: DBAPIError | OverflowError) -> GridgovError:
    """Tell a database that can't be reached, in which case no statement was sent, from one that refused something."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = next(iter(str(cause).strip().splitlines()), type(cause).__name__)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or (isinstance(error, OperationalError) and error.statement is None):
        return InputError("database_unreachable", address="", reason=reason)
    return InputError("database_refused", reason=reason)


def _stop(line: str, code: int = 2) -> NoReturn:
    click.echo(f"gridgov: {line}", err=True)
    sys.exit(code)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
