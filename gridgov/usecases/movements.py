"""What changed since a day in who holds which contact, and what waits for whoever coordinates (DOMAIN §2.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, CadreVersion, ChangeSet, ContactVersion, DepartmentVersion, UnitVersion
from gridgov.usecases import contacting, deployment, giving_back, proposing
from gridgov.usecases.contacting import Held
from gridgov.usecases.giving_back import Returned
from gridgov.usecases.importing import end_of

WEEK = timedelta(days=7)
_Post = tuple[int, int, str]
_Holder = tuple[int | None, int | None]  # a cadre or a department


@dataclass(frozen=True)
class Movement:
    """A role of a unit that others hold now than on an earlier day, by their names."""

    unit: int
    tier: int
    role: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Awaited:
    """What waits for somebody's decision: changes proposed, contacts given back."""

    proposed: list[ChangeSet]
    returned: list[Returned]


def since(session: Session, at: At, day: date, scope: Scope, area: int | None = None) -> list[Movement]:
    """Return the roles that others hold now than on a day as the data stood when it ended, by unit.

    What was corrected backwards since is told too. Where no contact was loaded yet by then, the day is taken as it is
    known now: the first load is no change.
    """
    part = contacting.narrowed(session, at, scope, area)
    then = At(day, _last_batch(session, day))
    now_held = _holders(session, at, part)
    then_held = _holders(session, then, Scope.everything())
    if part.areas is not None:
        own = set(session.scalars(current(UnitVersion, at, part).with_only_columns(UnitVersion.unit_id)))
        then_held = {post: held for post, held in then_held.items() if post[0] in own}
    moved = [post for post in sorted({*now_held, *then_held}) if now_held.get(post) != then_held.get(post)]
    every = {holder for post in moved for held in (now_held, then_held) for holder in held.get(post, ())}
    names = _names(session, every, at)
    return [
        Movement(*post, *(tuple(sorted(names[one] for one in held.get(post, ()))) for held in (then_held, now_held)))
        for post in moved
    ]


def awaited(session: Session, at: At, scope: Scope, account: int, area: int | None = None) -> Awaited:
    """Return what waits for an account's decision in an area; what it proposed itself waits for another."""
    part = contacting.narrowed(session, at, scope, area)
    waiting = [one for one in proposing.listed(session, proposing.PROPOSED, part) if one.proposed_by != account]
    return Awaited(waiting, giving_back.open_ones(session, at, part))


def expiring(session: Session, at: At, scope: Scope, area: int | None = None) -> list[Held]:
    """Return the contacts of the posts that end within 30 days, of every tier, the next one first."""
    found = []
    profile = deployment.profile(session)
    for state in contacting.states(session, at, scope, area):
        exclusive = (state.tier, profile.tier(state.tier).exclusive)
        held = contacting.contacts_of(session, at, scope, state.expiring)
        found += [one for one in held if (one.tier, one.role) == exclusive and one.until is not None]
    return sorted(found, key=lambda one: (one.until or "", one.unit))


def _last_batch(session: Session, day: date) -> int | None:
    """Return the last batch of a day, if any contact was known by then."""
    number = session.scalar(select(func.max(Batch.id)).where(Batch.created_at < end_of(day)))
    known = select(ContactVersion.id).where(ContactVersion.batch_id <= (number or 0)).limit(1)
    return None if number is None or session.scalar(known) is None else number


def _holders(session: Session, at: At, scope: Scope) -> dict[_Post, frozenset[_Holder]]:
    columns = "unit_id", "tier", "role", "cadre_id", "department_id"
    wanted = contacting.held_by_anybody(at, scope).with_only_columns(
        *(getattr(ContactVersion, name) for name in columns)
    )
    found: dict[_Post, set[_Holder]] = {}
    for unit, tier, role, cadre, department in session.execute(wanted):
        found.setdefault((unit, tier, role), set()).add((cadre, department))
    return {post: frozenset(holders) for post, holders in found.items()}


def _names(session: Session, holders: Iterable[_Holder], at: At) -> dict[_Holder, str]:
    """Return what some holders are called on a day, or were last before it."""
    every = list(holders)
    cadres: dict[int, Any] = contacting.last_known(session, CadreVersion, {cadre for cadre, _ in every}, at)
    offices = contacting.last_known(session, DepartmentVersion, {office for _, office in every}, at)
    told = {}
    for cadre, office in every:
        known = cadres.get(cadre or 0) or offices.get(office or 0)
        told[cadre, office] = shown_phone(known.name) or "" if known else ""
    return told
