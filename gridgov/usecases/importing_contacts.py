"""Importing what hangs on persons: standing posts; contacts, and after them which are disputed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.names import folded
from gridgov.domain.units import LevelProfile, Period
from gridgov.storage.models import ContactVersion, PostVersion
from gridgov.storage.versions import mark_contacts
from gridgov.usecases.deputies import reject_unfit_deputies
from gridgov.usecases.fitting import within_units
from gridgov.usecases.following import Numbered
from gridgov.usecases.holding import post
from gridgov.usecases.merging import Ready, Tally, merge
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.targets import TARGETS

_CONTACTS, _SINGLE = TARGETS["contacts"], TARGETS["posts"]
_SHARED = replace(_SINGLE, key=(*_SINGLE.key, "holder"))


def write_posts(resolver: Resolver, batch: int) -> Tally:
    """Write standing posts; of a single one the new holder follows the old, others stand beside each other."""
    ready = [found for row in resolver.rows() if (found := post(resolver, row)) is not None]
    single = {role.id for role in resolver.profile.roles if role.single}
    alone = [found for found in ready if found.values["role"] in single]
    shared = _as_recorded(resolver.session, [found for found in ready if found.values["role"] not in single])
    resolver.progress("writing", 0, len(ready))
    first = merge(resolver.session, _SINGLE, batch, alone, resolver.intake)
    return first + merge(resolver.session, _SHARED, batch, shared, resolver.intake)


def write_contacts(resolver: Resolver, batch: int) -> Tally:
    """Write contacts: who is overwritten in a row that carries the contact's number is followed, and ends."""
    numbered = Numbered(resolver)
    ready = [found for row in resolver.rows() if (found := numbered.ready(row)) is not None]
    ready = within_units(resolver, ready)
    resolver.progress("writing", 0, len(ready))
    numbered.end_those_followed(batch)
    tally = numbered.told(merge(resolver.session, _CONTACTS, batch, sorted(ready, key=_by_holder), resolver.intake))
    settle_disputes(resolver.session, resolver.profile)
    reject_unfit_deputies(resolver, tally)
    return tally


def _by_holder(ready: Ready) -> tuple[Any, ...]:
    """Order contacts by day and holder, so that who stood first doesn't hang on the order of rows."""
    return ready.start, ready.row.values.get("holder") or ""


def _as_recorded(session: Session, posts: Sequence[Ready]) -> list[Ready]:
    """Return shared posts with their holders spelled as on record: 王 伟 holds what 王伟 held."""
    columns = select(PostVersion.role, PostVersion.unit_id, PostVersion.holder)
    known = {
        (role, unit, folded(holder)): holder
        for role, unit, holder in session.execute(columns.where(PostVersion.superseded_by.is_(None)))
        if holder
    }
    recorded = []
    for found in posts:
        key = (found.values["role"], found.values["unit_id"], folded(found.values["holder"] or ""))
        recorded.append(replace(found, values=found.values | {"holder": known.get(key, found.values["holder"])}))
    return recorded


def settle_disputes(session: Session, profile: LevelProfile) -> None:
    """Mark which contacts hold a role that only one may hold, and who of them holds it undisputed: the first to come.

    Derived from what stands, so it is worked out anew after every writing of contacts and every undo. Nobody is
    confirmed before all others that lost it are not: the database refuses two at once.
    """
    exclusive = {(tier.tier, role) for tier in profile.tiers for role in (tier.exclusive, *tier.single)}
    told = or_(
        ContactVersion.role.in_(sorted({role for _, role in exclusive})),
        ContactVersion.exclusive,
        ContactVersion.confirmed.is_(False),
    )
    standing = select(ContactVersion).where(ContactVersion.superseded_by.is_(None), told)
    groups: dict[tuple[int, int, str], list[ContactVersion]] = defaultdict(list)
    settled: dict[tuple[bool, bool], list[int]] = defaultdict(list)
    for contact in session.scalars(standing.order_by(ContactVersion.contact_id, ContactVersion.valid_from)):
        if (contact.tier, contact.role) in exclusive:
            groups[contact.unit_id, contact.tier, contact.role].append(contact)
        elif contact.exclusive or not contact.confirmed:
            settled[False, True].append(contact.id)
    for group in groups.values():
        undisputed = _undisputed(group)
        for contact in group:
            state = (True, contact.id in undisputed)
            if (contact.exclusive, contact.confirmed) != state:
                settled[state].append(contact.id)
    for (only_one, confirmed), ids in sorted(settled.items(), key=lambda item: item[0][1]):
        mark_contacts(session, ids, exclusive=only_one, confirmed=confirmed)


def _undisputed(group: Sequence[ContactVersion]) -> set[int]:
    kept: list[ContactVersion] = []
    for contact in group:
        own = Period(contact.valid_from, contact.valid_to)
        others = [other for other in kept if other.contact_id != contact.contact_id]
        if not any(own.meets(Period(other.valid_from, other.valid_to)) for other in others):
            kept.append(contact)
    return {contact.id for contact in kept}
