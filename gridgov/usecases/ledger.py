"""The ledger of contacts: who held what from when to when, on which document, recorded by whom in which batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.errors import NotFoundError
from gridgov.storage.current import At, Scope, current, within
from gridgov.storage.models import CadreVersion, ContactVersion, DepartmentVersion, PostVersion, UnitVersion
from gridgov.usecases import contacting, deployment


@dataclass(frozen=True)
class Entry:
    """A stretch of time in which somebody held something."""

    holder: str
    department: str | None
    since: date
    until: date | None
    document: str | None
    recorded_by: str | None
    confirmed: bool
    batch: int


@dataclass(frozen=True)
class Line:
    """One role of one unit through time: a tier's, or of no tier a standing post; the newest entry first."""

    unit: int
    tier: int | None
    role: str
    entries: list[Entry]


def of_unit(session: Session, at: At, scope: Scope, unit: int) -> list[Line]:
    """Return everything held on a unit, the tiers' roles in their order, then its standing posts."""
    inside = current(UnitVersion, at, scope).where(UnitVersion.unit_id == unit).with_only_columns(UnitVersion.id)
    if session.scalar(inside) is None:
        raise NotFoundError("unit_unknown", unit=unit)
    return [*_contact_lines(session, at, ContactVersion.unit_id == unit), *_post_lines(session, unit)]


def of_department(session: Session, at: At, scope: Scope, code: str) -> tuple[DepartmentVersion, list[Line]]:
    """Return the pairings of a department within the asker's area; NotFoundError ``department_not_found``."""
    found = session.scalar(current(DepartmentVersion, at, scope).where(DepartmentVersion.code == code))
    if found is None:
        raise NotFoundError("department_not_found", code=code)
    own = ContactVersion.department_id == found.department_id
    return found, _contact_lines(session, at, own, within(ContactVersion.unit_id, at, scope))


def _contact_lines(session: Session, at: At, *which: Any) -> list[Line]:
    wanted = select(ContactVersion).where(ContactVersion.superseded_by.is_(None), *which)
    held = list(session.scalars(wanted.order_by(ContactVersion.valid_from.desc(), ContactVersion.id.desc())))
    latest = At(max([at.day, *(one.valid_from for one in held)]))
    cadres = contacting.last_known(session, CadreVersion, {one.cadre_id for one in held}, latest)
    numbers = {one.department_id for one in held} | {one.department_id for one in cadres.values()}
    offices = contacting.last_known(session, DepartmentVersion, numbers, latest)
    rows: dict[tuple[int, str, int], list[Entry]] = {}
    for one in held:
        rows.setdefault((one.tier, one.role, one.unit_id), []).append(_entry(one, cadres, offices))
    order = {
        (tier.tier, role): (tier.tier, role != tier.exclusive, rank)
        for tier in deployment.profile(session).tiers
        for rank, role in enumerate(tier.roles)
    }
    keys = sorted(rows, key=lambda key: (order.get(key[:2], (key[0], True, 99)), key[2]))
    return [Line(unit, tier, role, rows[tier, role, unit]) for tier, role, unit in keys]


def _entry(one: ContactVersion, cadres: dict[int, Any], offices: dict[int, Any]) -> Entry:
    person = cadres.get(one.cadre_id or 0)
    office = offices.get(one.department_id or (person.department_id if person else None) or 0)
    named = person or office
    return Entry(
        holder=shown_phone(named.name) or "" if named else "",
        department=office.name if office and person else None,
        since=one.valid_from,
        until=one.valid_to,
        document=one.document,
        recorded_by=one.recorded_by,
        confirmed=one.confirmed,
        batch=one.batch_id,
    )


def _post_lines(session: Session, unit: int) -> Iterable[Line]:
    wanted = select(PostVersion).where(PostVersion.superseded_by.is_(None), PostVersion.unit_id == unit)
    held = list(session.scalars(wanted.order_by(PostVersion.valid_from.desc(), PostVersion.id.desc())))
    for role in dict.fromkeys(one.role for one in held):
        entries = [
            Entry(shown_phone(one.holder) or "", None, one.valid_from, one.valid_to, None, None, True, one.batch_id)
            for one in held
            if one.role == role
        ]
        yield Line(unit, None, role, entries)
