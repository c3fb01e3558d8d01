"""Where the city's rule says that a post isn't due (DOMAIN §2.5)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.units import ContactTier
from gridgov.storage.current import At, Scope, below, current
from gridgov.storage.models import UnitVersion


def excused(session: Session, tier: ContactTier, at: At) -> set[int]:
    """Return the units where a tier's post isn't due by their kind: those of such a kind, and all that lies in them."""
    if not tier.not_due_kinds:
        return set()
    kinds = current(UnitVersion, at, Scope.everything()).where(UnitVersion.kind.in_(tier.not_due_kinds))
    spared = frozenset(session.scalars(kinds.with_only_columns(UnitVersion.unit_id)))
    return set(session.scalars(select(below(spared, at).c.unit_id))) if spared else set()
