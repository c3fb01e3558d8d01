"""Rows against what stands: new, changed, ended or unchanged, then written as one batch."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.domain.units import Period
from gridgov.errors import InputError
from gridgov.storage.models import Base, Located
from gridgov.storage.types import read_shapes, unread
from gridgov.storage.versions import add_identities, add_versions, attribute_names, replace
from gridgov.usecases.staging import Intake, Row
from gridgov.usecases.timelines import Outcome, Said, Standing, Timeline

_GEOMETRY_TOLERANCE = 1e-9
FEW = 500
_NAMED = 10  # doubles of one row
_READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Target:
    """Where rows of a kind go: the identity, its versions, and the columns that tell one thing from another."""

    identity: type[Base]
    version: Any
    key: tuple[str, ...]
    identity_values: Callable[[dict[str, Any]], dict[str, Any]] = lambda _values: {}


@dataclass(slots=True)
class Ready:
    """A row with its references resolved: column values as the file tells them, and its period.

    `identity` is the thing meant where more than the key was looked at; `alone` says that it is none that stands.
    `quiet` values go along with a change but are none by themselves.
    """

    row: Row
    values: dict[str, Any]
    start: date
    end: date | None
    defaults: dict[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    start_told: bool = False
    identity: int | None = None
    alone: bool = False
    quiet: frozenset[str] = frozenset()

    @property
    def twin(self) -> tuple[Any, ...]:
        """Return what tells two rows of one code apart: the thing meant, or the parent of what stands nowhere yet."""
        return (self.identity, self.values.get("parent_id") if self.alone else None)

    def said(self, *, placed: bool) -> Said:
        """Return what the row lays over a timeline."""
        place = {"geometry": self.geometry} if placed and self.geometry is not None else {}
        told = "valid_to" in self.row.values
        return Said({**self.values, **place}, self.start, self.end, self.start_told, told, self.quiet)


class Fate(NamedTuple):
    """What became of a row, and of which thing; `beside` is another thing the row changed, by kind and identity.

    `told` says what it changed where the things' own histories wouldn't: a field with its text before and after.
    """

    ready: Ready
    outcome: Outcome
    identity: int | None = None
    beside: tuple[str, int] | None = None
    told: tuple[tuple[str, str | None, str | None], ...] = ()


@dataclass
class Tally:
    """How many rows came out as what."""

    new: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    outcomes: list[Fate] = field(default_factory=list)

    @classmethod
    def of(cls, outcomes: list[Fate]) -> "Tally":
        """Count what became of some rows."""
        counted = Counter(fate.outcome for fate in outcomes)
        return cls(**{outcome.value: counted[outcome] for outcome in Outcome}, outcomes=outcomes)

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: getattr(self, name) for name in ("new", "changed", "ended", "unchanged")}

    def __add__(self, other: "Tally") -> "Tally":
        """Add two counts up."""
        return Tally(
            self.new + other.new,
            self.changed + other.changed,
            self.ended + other.ended,
            self.unchanged + other.unchanged,
            self.outcomes + other.outcomes,
        )


def period(intake: Intake, row: Row, default: date) -> tuple[date, date | None] | None:
    """Return a row's period, or None after saying why it has none."""
    start = row.values.get("valid_from") or default
    end = row.values.get("valid_to")
    if end is None:
        return start, None
    try:
        Period(start, end)
    except InputError as error:
        intake.reject(row, "valid_to", end, error.code, **error.params)
        return None
    return start, end


def merge(session: Session, target: Target, batch: int, rows: Sequence[Ready], intake: Intake) -> Tally:
    """Match rows with standing versions by the target's key and write what differs."""
    rows = _without_doubles(target, rows, intake)
    placed = issubclass(target.version, Located)
    by_key, by_identity = _timelines(session, target, rows)
    outcomes: list[Fate] = []
    for ready in sorted(rows, key=lambda ready: ready.start):
        meant = _meant(ready, _key(target, ready), by_key, by_identity)
        outcome, identity = _laid(ready.said(placed=placed), meant) if meant else (Outcome.NEW, None)
        lacking = _lacking(target, ready) if outcome is Outcome.NEW else None
        if lacking is None:
            outcomes.append(Fate(ready, outcome, identity))
        else:
            intake.reject(ready.row, lacking, None, "field_withheld")
    laid = list(by_identity.values())
    replace(
        session,
        target.version,
        batch,
        [number for timeline in laid for number in timeline.gone()],
        [row for timeline in laid for row in timeline.fresh()],
    )
    _add(session, target, batch, [fate.ready for fate in outcomes if fate.outcome is Outcome.NEW])
    return Tally.of(outcomes)


def _without_doubles(target: Target, rows: Sequence[Ready], intake: Intake) -> Sequence[Ready]:
    """Return the rows that speak of their thing alone; each of the others is rejected, and names those it meets."""
    keys = [(*_key(target, ready), *ready.twin) for ready in rows]
    if len(set(keys)) == len(keys):
        return rows
    seen: dict[tuple[Any, ...], list[list[Ready]]] = defaultdict(list)
    for key, ready in zip(keys, rows, strict=True):
        alike = seen[key]
        group = next((group for group in alike if _days(group[0]).meets(_days(ready))), None)
        if group is None:
            alike.append([ready])
        else:
            group.append(ready)
    doubles = [group for alike in seen.values() for group in alike if len(group) > 1]
    for first, *others in doubles:
        _refuse_double(target, first, others, intake)
        for other in others:
            _refuse_double(target, other, [first], intake)
    refused = {id(ready) for group in doubles for ready in group}
    return [ready for ready in rows if id(ready) not in refused]


def _refuse_double(target: Target, ready: Ready, others: Sequence[Ready], intake: Intake) -> None:
    told = str(ready.values.get("code") or " ".join(str(part) for part in _key(target, ready)))
    by_file: dict[str, list[int]] = defaultdict(list)
    for other in others:
        by_file[other.row.file].append(other.row.number)
    for file, numbers in by_file.items():
        code = "row_double" if file == ready.row.file else "row_double_elsewhere"
        params = {"other": [*numbers[:_NAMED], *["…"] * (len(numbers) > _NAMED)], "file": Path(file).name}
        intake.problems.append((ready.row.file, Problem(ready.row.number, "code", told, code, params)))


def _days(ready: Ready) -> Period:
    return Period(ready.start, ready.end)


def _timelines(
    session: Session, target: Target, rows: Sequence[Ready]
) -> tuple[dict[tuple[Any, ...], list[Timeline]], dict[int, Timeline]]:
    """Return the timelines of what stands, by key and by identity; an identity has a key for each of its versions."""
    model, names = target.version, attribute_names(target.version)
    subject = names.index(model.subject)
    by_identity: dict[int, Timeline] = {}
    wanted = _standing(target, rows).order_by(model.valid_from, model.id)
    for number, start, end, *told in _read(session, wanted, names):
        identity = told[subject]
        if identity not in by_identity:
            by_identity[identity] = Timeline(identity, names, _same)
        by_identity[identity].stands(Standing(number, start, end, told))
    by_key: dict[tuple[Any, ...], list[Timeline]] = defaultdict(list)
    for timeline in by_identity.values():
        for key in timeline.told(target.key):
            by_key[key].append(timeline)
    return by_key, by_identity


def _read(session: Session, wanted: Any, names: Sequence[str]) -> Iterator[list[Any]]:
    """Yield standing versions: id, period and what they say, their shapes read many at once."""
    place = 3 + names.index("geometry") if "geometry" in names else None
    for part in session.execute(wanted, execution_options={"yield_per": _READ_AT_ONCE}).partitions():
        rows = [list(row) for row in part]
        if place is not None:
            for row, shape in zip(rows, read_shapes([row[place] for row in rows]), strict=True):
                row[place] = shape
        yield from rows


def _standing(target: Target, rows: Sequence[Ready]) -> Any:
    """Select whole identities: few rows by their codes or identities, many by reading all that stands."""
    model = target.version
    columns = {name: getattr(model, name) for name in attribute_names(model)}
    attributes = [unread(column) if name == "geometry" else column for name, column in columns.items()]
    wanted = select(model.id, model.valid_from, model.valid_to, *attributes).where(model.superseded_by.is_(None))
    if "level" in target.key and all("level" in ready.values for ready in rows):
        wanted = wanted.where(model.level.in_(sorted({ready.values["level"] for ready in rows})))
    subject = getattr(model, model.subject)
    if len(rows) <= FEW and all(ready.alone or ready.identity is not None for ready in rows):
        return wanted.where(subject.in_(sorted({ready.identity or 0 for ready in rows})))
    column = target.key[-1]
    values = {str(ready.values.get(column)) for ready in rows}
    if column != "code" or len(values) > FEW:
        return wanted
    coded = select(subject).where(model.superseded_by.is_(None), model.code.in_(sorted(values)))
    named = sorted({ready.identity for ready in rows if ready.identity is not None})
    return wanted.where(or_(subject.in_(coded), subject.in_(named)))


def _laid(said: Said, timelines: Sequence[Timeline]) -> tuple[Outcome, int | None]:
    """Lay a row over the first of the timelines that it touches, and tell whose that is."""
    for timeline in timelines:
        outcome = timeline.lay(said)
        if outcome is not Outcome.NEW:
            return outcome, timeline.identity
    return Outcome.NEW, None


def _meant(
    ready: Ready,
    key: tuple[Any, ...],
    by_key: dict[tuple[Any, ...], list[Timeline]],
    by_identity: dict[int, Timeline],
) -> Sequence[Timeline]:
    if ready.alone:
        return ()
    return [by_identity[ready.identity]] if ready.identity in by_identity else by_key.get(key, ())


def _key(target: Target, ready: Ready) -> tuple[Any, ...]:
    return tuple([ready.values.get(name) for name in target.key])


def _lacking(target: Target, ready: Ready) -> str | None:
    """Return what a new thing needs and its row withholds, or None; of what stands everything is known already."""
    return min(_needed(target.version).difference(ready.values, ready.defaults), default=None)


@cache
def _needed(model: Any) -> frozenset[str]:
    given = {"id", "batch_id", "valid_from", model.subject}
    columns = inspect(model).columns
    return frozenset(column.key for column in columns if not column.nullable and column.default is None) - given


def _same(kept: Any, told: Any) -> bool:
    if type(told) is str or told is None:
        return bool(kept == told)
    if isinstance(kept, BaseGeometry) and isinstance(told, BaseGeometry):
        return bool(shapely.equals_exact(kept, told, _GEOMETRY_TOLERANCE))
    if isinstance(kept, float) and isinstance(told, float):
        return abs(kept - told) <= _GEOMETRY_TOLERANCE
    return bool(kept == told)


def _add(session: Session, target: Target, batch: int, fresh: Sequence[Ready]) -> None:
    ids = add_identities(session, target.identity, [target.identity_values(ready.values) for ready in fresh])
    placed = issubclass(target.version, Located)
    rows = (
        {
            **ready.defaults,
            **ready.values,
            **({"geometry": ready.geometry} if placed else {}),
            target.version.subject: identity,
            "valid_from": ready.start,
            "valid_to": ready.end,
        }
        for identity, ready in zip(ids, fresh, strict=True)
    )
    add_versions(session, target.version, batch, rows)
