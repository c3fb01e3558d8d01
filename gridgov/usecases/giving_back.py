"""Contacts given back: the holder says why, somebody else answers; the post stays his until it is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope, current, within
from gridgov.storage.models import CadreVersion, ContactReturn, ContactVersion, UnitVersion
from gridgov.storage.models.accounts import Account
from gridgov.storage.versions import take_turn
from gridgov.usecases import contacting, editing
from gridgov.usecases.acts import End
from gridgov.usecases.lookups import things_for

OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"


@dataclass(frozen=True)
class Returned:
    """A return as people read it: who gives which contact back, why, and what was answered."""

    number: int
    contact: int
    tier: int
    role: str
    unit: int
    code: str
    name: str | None
    holder: str
    holder_code: str
    reason: str
    since: str
    state: str
    answer: str | None


def give_back(session: Session, contact: int, reason: str, at: At, account: int) -> ContactReturn:
    """Note that the holder of a contact gives it back, and why; it is his until somebody accepts that.

    Raises
    ------
    InputError
        ``reason_missing``; NotFoundError ``contact_over`` where it doesn't stand on the day; ForbiddenError
        ``return_others`` to any account but the holder's own; ConflictError ``return_again`` where it is returned.
    """
    take_turn(session)
    if not reason.strip():
        raise InputError("reason_missing")
    held = session.scalar(current(ContactVersion, at, Scope.everything()).where(ContactVersion.contact_id == contact))
    if held is None:
        raise NotFoundError("contact_over")
    if held.cadre_id is None or _cadre_of(session, account) != held.cadre_id:
        raise ForbiddenError("return_others")
    if any(one.state == OPEN or held.valid_to is not None for one in _standing(session, contact)):
        raise ConflictError("return_again")
    given = ContactReturn(
        contact_id=contact,
        tier=held.tier,
        unit_id=held.unit_id,
        cadre_id=held.cadre_id,
        reason=reason.strip(),
        state=OPEN,
        returned_by=account,
        returned_at=datetime.now(UTC),
    )
    session.add(given)
    session.flush()
    return given


def decide(
    session: Session, number: int, accepted: bool, answer: str | None, scope: Scope, account: int, day: date
) -> ContactReturn:
    """Answer a return: accepted, its contact ends on the day as one batch that can be undone; declined, say why.

    Raises
    ------
    NotFoundError
        ``return_unknown``; ConflictError ``return_decided``; ForbiddenError ``return_own`` to who returned it;
        InputError ``reason_missing`` where it is declined without an answer, ``thing_ended`` where the contact ended
        meanwhile.
    """
    take_turn(session)
    given = session.get(ContactReturn, number, populate_existing=True)
    if given is None or not _sees(session, given, At(day), scope):
        raise NotFoundError("return_unknown", number=number)
    if given.state != OPEN:
        raise ConflictError("return_decided", number=number)
    if account == given.returned_by or _cadre_of(session, account) == given.cadre_id:
        raise ForbiddenError("return_own")
    told = (answer or "").strip() or None
    if accepted:
        act = End("contacts", given.contact_id, day)
        editing.apply(session, act, scope, account=account, note=given.reason)
    elif told is None:
        raise InputError("reason_missing")
    given.state, given.answer = (ACCEPTED if accepted else DECLINED), told
    given.decided_by, given.decided_at = account, datetime.now(UTC)
    session.flush()
    return given


def open_ones(session: Session, at: At, scope: Scope) -> list[Returned]:
    """Return what waits for an answer in an area, the oldest first; what ended otherwise meanwhile needs none."""
    held = current(ContactVersion, at, scope).with_only_columns(ContactVersion.contact_id)
    return _told(session, at, ContactReturn.state == OPEN, ContactReturn.contact_id.in_(held))


def of_holder(session: Session, at: At, cadre: int) -> dict[int, Returned]:
    """Return by contact the newest return of each that a cadre gave back, answered or not."""
    return {one.contact: one for one in _told(session, at, ContactReturn.cadre_id == cadre)}


def listed(session: Session, at: At, scope: Scope) -> list[Returned]:
    """Return every return in an area, the oldest first."""
    return _told(session, at, within(ContactReturn.unit_id, at, scope))


def _told(session: Session, at: At, *which: ColumnElement[bool]) -> list[Returned]:
    given = list(session.scalars(select(ContactReturn).where(*which).order_by(ContactReturn.id)))
    units = contacting.last_known(session, UnitVersion, {one.unit_id for one in given}, at)
    cadres = contacting.last_known(session, CadreVersion, {one.cadre_id for one in given}, at)
    roles = _roles(session, {one.contact_id for one in given})
    return [_row(one, units.get(one.unit_id), cadres.get(one.cadre_id), roles[one.contact_id]) for one in given]


def _row(given: ContactReturn, unit: UnitVersion | None, holder: CadreVersion | None, role: str) -> Returned:
    return Returned(
        number=given.id,
        contact=given.contact_id,
        tier=given.tier,
        role=role,
        unit=given.unit_id,
        code=unit.code if unit else "",
        name=unit.name if unit else None,
        holder=shown_phone(holder.name) or "" if holder else "",
        holder_code=holder.code if holder else "",
        reason=shown_phone(given.reason) or "",
        since=given.returned_at.date().isoformat(),
        state=given.state,
        answer=shown_phone(given.answer),
    )


def _roles(session: Session, contacts: Iterable[int]) -> dict[int, str]:
    """Return the role of each contact, whether it stands or was undone: no later version of it tells another."""
    found: list[Any] = things_for(session, select(ContactVersion), ContactVersion.contact_id, contacts)
    return {one.contact_id: one.role for one in found}


def _standing(session: Session, contact: int) -> list[ContactReturn]:
    wanted = select(ContactReturn).where(ContactReturn.contact_id == contact, ContactReturn.state != DECLINED)
    return list(session.scalars(wanted))


def _cadre_of(session: Session, account: int) -> int | None:
    found = session.get(Account, account)
    return None if found is None or not found.active else found.cadre_id


def _sees(session: Session, given: ContactReturn, at: At, scope: Scope) -> bool:
    inside = current(UnitVersion, at, scope).where(UnitVersion.unit_id == given.unit_id)
    return session.scalar(inside.with_only_columns(UnitVersion.id)) is not None
