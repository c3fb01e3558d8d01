"""Rows against what stands: new, changed, ended or unchanged, then written as one batch."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.domain.units import Period
from gridgov.errors import InputError
from gridgov.storage.models import Base, Located, Versioned, located
from gridgov.storage.versions import Revision, add_identities, add_versions, revise
from gridgov.usecases.staging import Intake, Row

_GEOMETRY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Target:
    """Where rows of a kind go: the identity, its versions, and the columns that tell one thing from another."""

    identity: type[Base]
    version: Any
    key: tuple[str, ...]
    identity_values: Callable[[dict[str, Any]], dict[str, Any]] = lambda _values: {}


@dataclass(frozen=True)
class Ready:
    """A row with its references resolved: column values as the file tells them, and its period."""

    row: Row
    values: dict[str, Any]
    start: date
    end: date | None
    defaults: dict[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None


@dataclass
class Tally:
    """How many rows came out as what."""

    new: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add two counts up."""
        return Tally(
            self.new + other.new,
            self.changed + other.changed,
            self.ended + other.ended,
            self.unchanged + other.unchanged,
        )


def period(intake: Intake, row: Row, default: date) -> tuple[date, date | None] | None:
    """Return a row's period, or None after saying why it has none."""
    start = row.values.get("valid_from") or default
    end = row.values.get("valid_to")
    try:
        Period(start, end)
    except InputError as error:
        intake.reject(row, "valid_to", end, error.code, **error.params)
        return None
    return start, end


def merge(session: Session, target: Target, batch: int, rows: Sequence[Ready], intake: Intake) -> Tally:
    """Match rows with standing versions by the target's key and write what differs."""
    rows = _without_doubles(target, rows, intake)
    standing = _standing(session, target, rows)
    tally = Tally()
    fresh: list[Ready] = []
    revisions: list[Revision] = []
    for ready in rows:
        version = _met(standing.get(_key(target, ready), ()), ready)
        if version is None:
            fresh.append(ready)
            continue
        revision = _revision(target, version, ready)
        if revision is None:
            tally.unchanged += 1
        else:
            revisions.append(revision)
            tally.ended += revision.values is None
            tally.changed += revision.values is not None
    revise(session, target.version, batch, revisions)
    tally.new = _add(session, target, batch, fresh)
    return tally


def _without_doubles(target: Target, rows: Sequence[Ready], intake: Intake) -> list[Ready]:
    seen: dict[tuple[Any, ...], list[Ready]] = defaultdict(list)
    kept = []
    for ready in rows:
        own = Period(ready.start, ready.end)
        twin = next((other for other in seen[_key(target, ready)] if own.meets(Period(other.start, other.end))), None)
        if twin is None:
            seen[_key(target, ready)].append(ready)
            kept.append(ready)
        else:
            told = str(ready.values.get("code") or " ".join(str(part) for part in _key(target, ready)))
            problem = Problem(ready.row.number, "code", told, "row_double", {"other": twin.row.number})
            intake.problems.append((ready.row.file, problem))
    return kept


def _standing(session: Session, target: Target, rows: Sequence[Ready]) -> dict[tuple[Any, ...], list[Versioned]]:
    """Return the standing versions by key; few rows are looked up by their first key column, many by reading all."""
    wanted = select(target.version).where(target.version.superseded_by.is_(None))
    column = target.key[-1] if target.key[-1] == "code" else target.key[0]
    values = {ready.values.get(column) for ready in rows}
    if len(values) <= 500:
        wanted = wanted.where(
            getattr(target.version, column).in_(sorted(value for value in values if value is not None))
        )
    found = defaultdict(list)
    for version in session.scalars(wanted.order_by(target.version.valid_from, target.version.id)):
        found[tuple(getattr(version, name) for name in target.key)].append(version)
    return found


def _key(target: Target, ready: Ready) -> tuple[Any, ...]:
    return tuple(ready.values.get(name) for name in target.key)


def _met(versions: Sequence[Versioned], ready: Ready) -> Versioned | None:
    own = Period(ready.start, ready.end)
    holding = [version for version in versions if Period(version.valid_from, version.valid_to).meets(own)]
    return next((version for version in holding if version.valid_from <= ready.start), holding[0] if holding else None)


def _revision(target: Target, version: Any, ready: Ready) -> Revision | None:
    changed = {name: value for name, value in ready.values.items() if getattr(version, name) != value}
    if (
        issubclass(target.version, Located)
        and ready.geometry is not None
        and not _same(version.geometry, ready.geometry)
    ):
        changed.update(located(ready.geometry))
    ends = ready.end is not None and ready.end != version.valid_to
    if changed:
        start = ready.start if ready.start > version.valid_from else version.valid_from
        return Revision(version, start, changed, ready.end)
    return Revision(version, ready.end, None) if ends and ready.end is not None else None


def _same(kept: BaseGeometry | None, told: BaseGeometry) -> bool:
    return kept is not None and bool(shapely.equals_exact(kept, told, _GEOMETRY_TOLERANCE))


def _add(session: Session, target: Target, batch: int, fresh: Sequence[Ready]) -> int:
    ids = add_identities(session, target.identity, [target.identity_values(ready.values) for ready in fresh])
    places = issubclass(target.version, Located)
    names = sorted({name for ready in fresh for name in (*ready.defaults, *ready.values)})
    rows = [
        {
            **dict.fromkeys(names),
            **ready.defaults,
            **ready.values,
            **(located(ready.geometry) if places else {}),
            target.version.subject: identity,
            "valid_from": ready.start,
            "valid_to": ready.end,
        }
        for identity, ready in zip(ids, fresh, strict=True)
    ]
    add_versions(session, target.version, batch, rows)
    return len(fresh)
