"""Where files come from: what a source told once is known the next time, and how old it may grow."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.models import Batch, Source
from gridgov.usecases import deployment
from gridgov.usecases.staging import ImportOptions

_DATE = re.compile(r"(?:19|20)\d{2}\s*[-_./年]?\s*(?:\d{1,2}\s*(?:[-_./月]|\b)?\s*(?:\d{1,2}\s*日?)?)?|第?\d+季度?")
_COPY = re.compile(r"[(（\[【].*?[)）\]】]")
_BETWEEN = re.compile(r"[\s\d_.,()（）\-–—]+")
_HOW_READ = ("crs", "encoding", "level")


@dataclass(frozen=True)
class Listed:
    """A source as it stands: its newest batch not undone, how old that is on a day, and how old it may be."""

    kind: str
    name: str
    batch: int | None
    loaded: datetime | None
    rows: int | None
    days: int | None
    limit: int
    own_limit: bool
    mapping: dict[str, str]
    crs: str | None
    encoding: str | None
    level: str | None

    @property
    def stale(self) -> bool:
        """Whether it was loaded longer ago than it may be."""
        return self.days is not None and self.days > self.limit


def name_of(file: Path | str) -> str:
    """Return the name of the source a file is of: the file's without ending, dates and numbers.

    桃花岭小区台账2026-03-31(2).xlsx and 桃花岭小区台账20260930.csv are of one source.
    """
    stem = unicodedata.normalize("NFKC", Path(file).stem)
    bare = _BETWEEN.sub(" ", _DATE.sub(" ", _COPY.sub(" ", stem))).strip()
    return bare or stem.strip()


def named(session: Session, kind: str, name: str) -> Source | None:
    """Return the source of a kind that goes by a name."""
    return session.scalar(select(Source).where(Source.kind == kind, Source.name == name))


def recall(session: Session, kind: str, columns: Sequence[str]) -> Source | None:
    """Return the source whose remembered mapping fits a file's columns: of several the one that names most of them.

    None where no source was told a mapping that fits, or several fit equally well with different mappings.
    """
    known = [source for source in session.scalars(select(Source).where(Source.kind == kind)) if source.mapping]
    fitting = [source for source in known if set(source.mapping) <= set(columns)]
    most = max((len(source.mapping) for source in fitting), default=0)
    best = [source for source in fitting if len(source.mapping) == most]
    return best[-1] if best and all(source.mapping == best[0].mapping for source in best) else None


def informed(options: ImportOptions, source: Source | None) -> ImportOptions:
    """Return how to read a source's next file: as told now, else as told before."""
    if source is None:
        return options
    before = {name: getattr(source, name) for name in _HOW_READ if getattr(source, name) is not None}
    lacking = {name: told for name, told in before.items() if getattr(options, name) is None}
    mapping = {column: field for column, field in source.mapping.items() if _untold(column, field, options)}
    return replace(options, **lacking, recalled={"source": source.name, "mapping": mapping, **lacking})


def otherwise(session: Session, kind: str, options: ImportOptions, error: InputError) -> ImportOptions | None:
    """Return how to read a file that lacks a column as those of a source were whose mapping fits, or None."""
    header = error.params.get("header")
    fitting = recall(session, kind, header) if isinstance(header, tuple) else None
    if fitting is None:
        return None
    return informed(replace(options, source=options.source or fitting.name), fitting)


def remember(session: Session, kind: str, name: str, options: ImportOptions) -> Source:
    """Keep how a source's files are read: what is told now over what was told before."""
    source = named(session, kind, name)
    if source is None:
        source = Source(kind=kind, name=name, mapping={})
        session.add(source)
    kept = {column: field for column, field in source.mapping.items() if _untold(column, field, options)}
    source.mapping = {**kept, **options.mapping}
    for option in (*_HOW_READ, "stale_days"):
        if getattr(options, option) is not None:
            setattr(source, option, getattr(options, option))
    session.flush()
    return source


def listed(session: Session, day: date) -> list[Listed]:
    """Return all sources by kind and name, with when each was last loaded and how old that is on a day."""
    limit = round(deployment.number(session, "stale_days"))
    newest = _newest(session)
    rows = session.scalars(select(Source).order_by(Source.kind, Source.name))
    return [_listed(source, newest.get(source.id), day, limit) for source in rows]


def loaded_elsewhere(session: Session, kinds: Sequence[str]) -> dict[str, datetime]:
    """Return when kinds of which no source is known were last loaded."""
    known = select(Source.kind).join(Batch, Batch.source_id == Source.id)
    wanted = (
        select(Batch.kind, func.max(Batch.created_at))
        .where(Batch.kind.in_(kinds), Batch.kind.not_in(known), Batch.id.not_in(_undone()))
        .group_by(Batch.kind)
    )
    return dict(session.execute(wanted).all())


def age(loaded: datetime, day: date) -> int:
    """Return how many days before the end of a day something was loaded."""
    return (datetime.combine(day, time.max, tzinfo=UTC) - _in_utc(loaded)).days


def _untold(column: str, field: str, options: ImportOptions) -> bool:
    return column not in options.mapping and field not in options.mapping.values()


def _newest(session: Session) -> dict[int, Batch]:
    wanted = select(Batch).where(Batch.source_id.is_not(None), Batch.id.not_in(_undone())).order_by(Batch.id)
    return {batch.source_id: batch for batch in session.scalars(wanted) if batch.source_id is not None}


def _undone() -> Any:
    return select(Batch.undoes).where(Batch.undoes.is_not(None))


def _listed(source: Source, batch: Batch | None, day: date, limit: int) -> Listed:
    return Listed(
        kind=source.kind,
        name=source.name,
        batch=batch.id if batch else None,
        loaded=_in_utc(batch.created_at) if batch else None,
        rows=batch.counts.get("read") if batch else None,
        days=age(batch.created_at, day) if batch else None,
        limit=source.stale_days if source.stale_days is not None else limit,
        own_limit=source.stale_days is not None,
        mapping=dict(source.mapping),
        crs=source.crs,
        encoding=source.encoding,
        level=source.level,
    )


def _in_utc(told: datetime) -> datetime:
    """Return a kept time in UTC: one engine gives it back with its zone, the other without, as it was written."""
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
