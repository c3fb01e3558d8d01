"""Importing what hangs on persons: standing posts, and after contacts which of them are disputed."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile, Period
from gridgov.storage.models import ContactVersion, Post, PostVersion
from gridgov.usecases.merging import Tally, Target, merge
from gridgov.usecases.resolving import Resolver, post

_SINGLE = Target(Post, PostVersion, ("role", "unit_id"))
_SHARED = Target(Post, PostVersion, ("role", "unit_id", "holder"))


def write_posts(resolver: Resolver, batch: int) -> Tally:
    """Write standing posts; of a single one the new holder follows the old, others stand beside each other."""
    ready = [found for row in resolver.intake.rows if (found := post(resolver, row)) is not None]
    single = {role.id for role in resolver.profile.roles if role.single}
    alone = [found for found in ready if found.values["role"] in single]
    shared = [found for found in ready if found.values["role"] not in single]
    first = merge(resolver.session, _SINGLE, batch, alone, resolver.intake)
    return first + merge(resolver.session, _SHARED, batch, shared, resolver.intake)


def settle_disputes(session: Session, profile: LevelProfile) -> None:
    """Mark who holds an exclusive role undisputed: of those that overlap, the one who came into the ledger first.

    Derived from what stands, so it is worked out anew after every import and every undo.
    """
    exclusive = {(tier.tier, role) for tier in profile.tiers for role in (tier.exclusive, *tier.single)}
    roles = {role for _, role in exclusive}
    groups: dict[tuple[int, int, str], list[ContactVersion]] = defaultdict(list)
    told = or_(ContactVersion.role.in_(roles), ContactVersion.confirmed.is_(False))
    standing = select(ContactVersion).where(ContactVersion.superseded_by.is_(None), told)
    for contact in session.scalars(standing.order_by(ContactVersion.contact_id, ContactVersion.valid_from)):
        if (contact.tier, contact.role) in exclusive:
            groups[contact.unit_id, contact.tier, contact.role].append(contact)
        elif not contact.confirmed:  # exclusive under a profile that was in force before
            _confirm(session, contact, alone=True)
    for group in groups.values():
        _settle(session, group)


def _settle(session: Session, group: Sequence[ContactVersion]) -> None:
    undisputed: list[ContactVersion] = []
    for contact in group:
        own = Period(contact.valid_from, contact.valid_to)
        others = [other for other in undisputed if other.contact_id != contact.contact_id]
        alone = not any(own.meets(Period(other.valid_from, other.valid_to)) for other in others)
        if alone:
            undisputed.append(contact)
        if contact.confirmed != alone:
            _confirm(session, contact, alone=alone)


def _confirm(session: Session, contact: ContactVersion, *, alone: bool) -> None:
    session.execute(update(ContactVersion).where(ContactVersion.id == contact.id).values(confirmed=alone))
