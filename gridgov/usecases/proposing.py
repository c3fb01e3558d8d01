"""Changes of who leads which posts: proposed by one person, looked at, decided by another, effective on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import ContactTier
from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, CadreVersion, ChangeSet, ContactVersion, DepartmentVersion, UnitVersion
from gridgov.storage.versions import take_turn
from gridgov.usecases import contacting, deployment, editing, importing
from gridgov.usecases.acts import Change, End, Several
from gridgov.usecases.editing import Preview
from gridgov.usecases.lookups import things_for

PROPOSED, APPROVED, DECLINED, WITHDRAWN = "proposed", "approved", "declined", "withdrawn"


@dataclass(frozen=True)
class Line:
    """Who shall lead a unit, by number; None leaves its post vacant."""

    unit: int
    cadre: int | None


@dataclass(frozen=True)
class Proposal:
    """What is proposed: lines of one tier from a day on, the document they rest on, and what to call it."""

    title: str
    tier: int
    effective: date
    lines: tuple[Line, ...]
    document: str | None = None


def propose(session: Session, proposal: Proposal, scope: Scope, account: int) -> ChangeSet:
    """Keep a proposal after trying it; a line that changes nothing is left out. The same one sent again is the first.

    Raises
    ------
    InputError
        ``proposal_untitled``, ``proposal_empty``, ``proposal_line_twice``, ``proposal_unit_unknown``,
        ``proposal_cadre_unknown``; RefusedError where a line can't be done on that day.
    """
    if not proposal.title.strip():
        raise InputError("proposal_untitled")
    tier = deployment.profile(session).tier(proposal.tier)
    lines = _lines(session, proposal, tier, scope)
    if not lines:
        raise InputError("proposal_empty")
    change = ChangeSet(
        title=proposal.title.strip(),
        tier=tier.tier,
        effective=proposal.effective,
        document=proposal.document,
        lines=lines,
        state=PROPOSED,
        proposed_by=account,
        proposed_at=datetime.now(UTC),
    )
    again = next((one for one in listed(session, PROPOSED) if _same(one, change)), None)
    if again is not None:
        return again
    differences(session, change, scope)
    session.add(change)
    session.flush()
    return change


def differences(session: Session, change: ChangeSet, scope: Scope) -> Preview:
    """Tell what a change set would do to the data as they stand; it is done and taken back."""
    return editing.preview(session, _acts(session, change), scope)


def approve(session: Session, change: ChangeSet, scope: Scope, account: int) -> ChangeSet:
    """Do what was proposed, as one batch; by a second person, and only while nobody else changed those posts.

    Raises
    ------
    ForbiddenError
        ``approval_own`` to who proposed it.
    ConflictError
        ``change_decided`` where that is done; ``change_stale`` where a post is led by others now than it was then.
    """
    take_turn(session)
    _require_open(session, change)
    if account == change.proposed_by:
        raise ForbiddenError("approval_own")
    moved = stale(session, change)
    if moved:
        raise ConflictError("change_stale", units=", ".join(moved))
    batch = editing.apply(session, _acts(session, change), scope, account=account, note=change.title)
    change.batch_id = batch.id
    return _decide(session, change, APPROVED, account, None)


def decline(session: Session, change: ChangeSet, account: int, reason: str) -> ChangeSet:
    """Turn a proposal down, with a reason; ForbiddenError ``approval_own``, InputError ``reason_missing``."""
    _require_open(session, change)
    if account == change.proposed_by:
        raise ForbiddenError("approval_own")
    if not reason.strip():
        raise InputError("reason_missing")
    return _decide(session, change, DECLINED, account, reason.strip())


def withdraw(session: Session, change: ChangeSet, account: int) -> ChangeSet:
    """Take one's own proposal back; ForbiddenError ``withdrawal_others`` to anybody else."""
    _require_open(session, change)
    if account != change.proposed_by:
        raise ForbiddenError("withdrawal_others")
    return _decide(session, change, WITHDRAWN, account, None)


def undo(session: Session, change: ChangeSet, scope: Scope, account: int) -> Batch:
    """Take an approved change back as a whole; ConflictError ``change_not_done`` where it was never approved."""
    if change.batch_id is None:
        raise ConflictError("change_not_done", change=change.id)
    return importing.undo(session, change.batch_id, account=account, scope=scope)


def undone_by(session: Session, change: ChangeSet) -> Batch | None:
    """Return the batch that took an approved change back."""
    if change.batch_id is None:
        return None
    return session.scalar(select(Batch).where(Batch.undoes == change.batch_id))


def find(session: Session, number: int, scope: Scope) -> ChangeSet:
    """Return a change set whose places all lie in an area; NotFoundError ``change_unknown``."""
    found = session.get(ChangeSet, number)
    if found is None or not _lies_within(session, found, scope):
        raise NotFoundError("change_unknown", change=number)
    return found


def listed(
    session: Session, state: str | None = None, scope: Scope | None = None, day: date | None = None
) -> list[ChangeSet]:
    """Return the change sets, the newest first, whose places all lie in an area: of a state, proposed by a day."""
    wanted = select(ChangeSet).order_by(ChangeSet.id.desc())
    if state is not None:
        wanted = wanted.where(ChangeSet.state == state)
    if day is not None:
        wanted = wanted.where(ChangeSet.proposed_at < importing.end_of(day))
    return [one for one in session.scalars(wanted) if _lies_within(session, one, scope or Scope.everything())]


def told(session: Session, change: ChangeSet) -> list[dict[str, Any]]:
    """Return a change line by line: the place, who led it, who shall, by code, name and department.

    `stale` says that others lead it now.
    """
    at = At(change.effective)
    codes = {code for line in change.lines for code in (*line["before"], line["after"]) if code is not None}
    serving = current(CadreVersion, at, Scope.everything())
    people = {one.code: one for one in things_for(session, serving, CadreVersion.code, codes)}
    offices = contacting.last_known(session, DepartmentVersion, {one.department_id for one in people.values()}, at)
    moved = set(stale(session, change)) if change.state == PROPOSED else set()

    def person(code: str) -> dict[str, Any]:
        known = people.get(code)
        office = offices.get(known.department_id or 0) if known else None
        return {
            "code": code,
            "name": known.name if known else code,
            "department": office.name if office else None,
            "phone": shown_phone(known.office_phone) if known else None,
        }

    return [
        {
            "id": line["id"],
            "code": line["unit"],
            "name": line["name"],
            "before": [person(code) for code in line["before"]],
            "after": None if line["after"] is None else person(line["after"]),
            "stale": line["unit"] in moved,
        }
        for line in change.lines
    ]


def stale(session: Session, change: ChangeSet) -> list[str]:
    """Return the codes of the units that others lead now, on the day it would hold, than when it was proposed."""
    leads = _leads(session, change)
    return [line["unit"] for line in change.lines if _codes(leads.get(line["id"], ())) != line["before"]]


def _same(one: ChangeSet, other: ChangeSet) -> bool:
    names = ("title", "tier", "effective", "document", "lines", "proposed_by")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _lies_within(session: Session, change: ChangeSet, scope: Scope) -> bool:
    if scope.areas is None:
        return True
    wanted = current(UnitVersion, At(change.effective), scope)
    numbers = {line["id"] for line in change.lines}
    return len(things_for(session, wanted, UnitVersion.unit_id, numbers)) == len(numbers)


def _lines(session: Session, proposal: Proposal, tier: ContactTier, scope: Scope) -> list[dict[str, Any]]:
    at = At(proposal.effective)
    numbers = [line.unit for line in proposal.lines]
    if len(set(numbers)) < len(numbers):
        raise InputError("proposal_line_twice")
    wanted = current(UnitVersion, at, scope).where(UnitVersion.level == tier.level)
    units = {unit.unit_id: unit for unit in things_for(session, wanted, UnitVersion.unit_id, numbers)}
    asked = [line.cadre for line in proposal.lines if line.cadre is not None]
    serving = current(CadreVersion, at, Scope.everything())
    cadres = {one.cadre_id: one for one in things_for(session, serving, CadreVersion.cadre_id, asked)}
    leads = _led(session, at, tier, numbers)
    lines = []
    for line in proposal.lines:
        if line.unit not in units:
            raise InputError("proposal_unit_unknown", unit=line.unit, level=tier.level)
        if line.cadre is not None and line.cadre not in cadres:
            raise InputError("proposal_cadre_unknown", cadre=line.cadre)
        before = _codes(leads.get(line.unit, ()))
        after = None if line.cadre is None else cadres[line.cadre].code
        if before != ([] if after is None else [after]):
            unit = units[line.unit]
            named = {"id": unit.unit_id, "unit": unit.code, "name": unit.name}
            lines.append({**named, "before": before, "after": after})
    return sorted(lines, key=lambda told: str(told["unit"]))


def _acts(session: Session, change: ChangeSet) -> Several:
    """Say line by line what is done: who stays is kept, who leads besides goes, and another follows the first."""
    role = deployment.profile(session).tier(change.tier).exclusive
    leads = _leads(session, change)
    acts: list[Change | End] = []
    for line in change.lines:
        standing = leads.get(line["id"], [])
        kept = next((one for one, code in standing if code == line["after"]), None)
        going = [one.contact_id for one, _ in standing if kept is None or one.contact_id != kept.contact_id]
        told = {"holder": line["after"] or "", "document": change.document or ""}
        if kept is None and line["after"] is not None:
            followed = going.pop(0) if going else None
            new = {"tier": str(change.tier), "unit": line["unit"], "role": role} if followed is None else {}
            acts.append(Change("contacts", followed, change.effective, {**new, **told}))
        acts += [End("contacts", number, change.effective) for number in going]
    ends = [act for act in acts if isinstance(act, End)]
    return Several((*ends, *(act for act in acts if isinstance(act, Change))), change.effective)


def _leads(session: Session, change: ChangeSet) -> dict[int, list[tuple[ContactVersion, str]]]:
    tier = deployment.profile(session).tier(change.tier)
    return _led(session, At(change.effective), tier, [line["id"] for line in change.lines])


def _led(
    session: Session, at: At, tier: ContactTier, units: Iterable[int]
) -> dict[int, list[tuple[ContactVersion, str]]]:
    """Return by unit who leads it on a day: the contacts, the undisputed first, with the codes of their holders."""
    wanted = current(ContactVersion, at, Scope.everything()).where(
        ContactVersion.tier == tier.tier, ContactVersion.role == tier.exclusive, ContactVersion.cadre_id.is_not(None)
    )
    contacts = things_for(session, wanted, ContactVersion.unit_id, units)
    cadres = contacting.last_known(session, CadreVersion, {one.cadre_id for one in contacts}, at)
    code = {number: person.code for number, person in cadres.items()}
    found: dict[int, list[tuple[ContactVersion, str]]] = {}
    for one in sorted(contacts, key=lambda contact: (not contact.confirmed, contact.contact_id)):
        found.setdefault(one.unit_id, []).append((one, code.get(one.cadre_id or 0, "")))
    return found


def _codes(leads: Sequence[tuple[ContactVersion, str]]) -> list[str]:
    return sorted(code for _, code in leads)


def _require_open(session: Session, change: ChangeSet) -> None:
    session.refresh(change)
    if change.state != PROPOSED:
        raise ConflictError("change_decided", change=change.id, state=change.state)


def _decide(session: Session, change: ChangeSet, state: str, account: int, reason: str | None) -> ChangeSet:
    change.state, change.decided_by, change.decided_at, change.reason = state, account, datetime.now(UTC), reason
    session.flush()
    return change
