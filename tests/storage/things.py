"""Versions by hand, without any import: what storage tests write and read."""

from datetime import date
from typing import Any

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, Unit, UnitVersion, located
from gridgov.storage.versions import Revision, add_identities, add_versions, open_batch, revise

SPRING, SUMMER, AUTUMN, WINTER = date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 1), date(2025, 12, 1)
SQUARE = shapely.box(111.0, 30.0, 111.01, 30.01)


def unit_row(unit: int, level: str, code: str, **more: Any) -> dict[str, Any]:
    columns = {
        column.key: None for column in UnitVersion.__table__.columns if column.key not in {"id", "superseded_by"}
    }
    shape = more.pop("shape", None)
    told = {"unit_id": unit, "level": level, "code": code, "orphan": False, "valid_from": SPRING} | more
    return columns | located(shape) | told


def add_unit(session: Session, batch: Batch, level: str, code: str, **more: Any) -> int:
    (unit,) = add_identities(session, Unit, [{"level": level}])
    add_versions(session, UnitVersion, batch.id, [unit_row(unit, level, code, **more)])
    return unit


def named(session: Session, day: date, batch: int | None = None) -> list[str | None]:
    """Return the names of all units on a day, as known at a batch."""
    found = current(UnitVersion, At(day, batch), Scope.everything()).order_by(UnitVersion.code)
    return [unit.name for unit in session.scalars(found)]


def standing(session: Session, unit: int) -> UnitVersion:
    """Return the last standing version of a unit."""
    wanted = select(UnitVersion).where(UnitVersion.unit_id == unit, UnitVersion.superseded_by.is_(None))
    return session.scalars(wanted.order_by(UnitVersion.valid_from.desc())).all()[0]


def history(session: Session, unit: int) -> list[tuple[date, date | None, str | None]]:
    """Return the standing versions of a unit as (from, to, name), the earliest first."""
    versions = session.scalars(
        select(UnitVersion).where(UnitVersion.unit_id == unit, UnitVersion.superseded_by.is_(None))
    )
    return sorted((version.valid_from, version.valid_to, version.name) for version in versions)


def rename(session: Session, unit: int, name: str | None, start: date, end: date | None = None) -> Batch:
    """Rename a unit from a day on by a batch of its own; a name of None ends it."""
    batch = open_batch(session, "units")
    values = None if name is None else {"name": name}
    revise(session, UnitVersion, batch.id, [Revision(standing(session, unit), start, values, end)])
    return batch
