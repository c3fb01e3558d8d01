"""After contacts came in: which exclusive ones overlap another and are therefore disputed."""

from collections import defaultdict

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile, Period
from gridgov.storage.models import ContactVersion


def mark_disputed(session: Session, profile: LevelProfile, batch: int) -> None:
    """Keep as disputed what a batch brought on top of a standing holder; within a batch the earliest stands."""
    exclusive = {(tier.tier, role) for tier in profile.tiers for role in (tier.exclusive, *tier.single)}
    groups: dict[tuple[int, int, str], list[ContactVersion]] = defaultdict(list)
    for contact in session.scalars(select(ContactVersion).where(ContactVersion.superseded_by.is_(None))):
        if (contact.tier, contact.role) in exclusive:
            groups[contact.unit_id, contact.tier, contact.role].append(contact)
    doubtful = [contact for group in groups.values() for contact in _second(group, batch)]
    ids = [contact.id for contact in doubtful]
    session.execute(
        update(ContactVersion)
        .where(ContactVersion.id.in_(ids))
        .values(confirmed=False)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _second(group: list[ContactVersion], batch: int) -> list[ContactVersion]:
    confirmed: list[ContactVersion] = []
    second = []
    order = sorted(
        group, key=lambda held: (held.batch_id == batch, held.valid_from, held.cadre_id or 0, held.department_id or 0)
    )
    for contact in order:
        own = Period(contact.valid_from, contact.valid_to)
        if any(own.meets(Period(other.valid_from, other.valid_to)) for other in confirmed):
            if contact.batch_id == batch:
                second.append(contact)
        else:
            confirmed.append(contact)
    return second
