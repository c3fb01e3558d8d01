"""Looking many things up by their numbers or codes, so many at a time as a database takes in one question."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

AT_ONCE = 500
T = TypeVar("T")


def things_for(session: Session, wanted: Select[T], column: Any, numbers: Iterable[int] | Iterable[str]) -> list[T]:
    """Return the things whose column is one of some numbers."""
    return [thing for some in _parts(numbers) for thing in session.scalars(wanted.where(column.in_(some)))]


def rows_for(session: Session, wanted: Any, column: Any, numbers: Iterable[int] | Iterable[str]) -> Iterator[Any]:
    """Yield the rows whose column is one of some numbers."""
    for some in _parts(numbers):
        yield from session.execute(wanted.where(column.in_(some)))


def _parts(numbers: Iterable[Any]) -> Iterator[Sequence[Any]]:
    ordered = sorted(set(numbers))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
