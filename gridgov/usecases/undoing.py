"""What an undo gives back must still be free: codes, and the posts that a unit has once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.units import Period
from gridgov.storage.current import Scope
from gridgov.storage.models import Batch, PostVersion
from gridgov.storage.resting import refuse_later
from gridgov.usecases import deployment
from gridgov.usecases.hand import Hand
from gridgov.usecases.lookups import things_for
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.things import KINDS

_WITHIN_PARENT = frozenset({"building", "household"})


def refuse_taken_again(session: Session, taken: Batch) -> None:
    """Refuse an undo that gives a thing its code back, or a unit its post, where a later batch gave it to another."""
    later: set[int] = set()
    for target in TARGETS.values():
        model = target.version
        if hasattr(model, "code"):
            back = list(session.scalars(select(model).where(model.batch_id == taken.id)))
            bearers = things_for(session, _standing(model), model.code, (one.code for one in back))
            later |= _clashing(taken, back, bearers)
    single = {role.id for role in deployment.profile(session).roles if role.single}
    given = select(PostVersion).where(PostVersion.batch_id == taken.id, PostVersion.role.in_(sorted(single)))
    posts = list(session.scalars(given))
    holders = things_for(session, _standing(PostVersion), PostVersion.unit_id, (post.unit_id for post in posts))
    later |= _clashing(taken, posts, holders)
    refuse_later(session, later, taken.undoes or 0)


def require_within(session: Session, number: int, scope: Scope) -> None:
    """Refuse a batch of which anything stands outside an area."""
    if scope.areas is None:
        return
    profile = deployment.profile(session)
    for kind in KINDS:
        model: Any = TARGETS[kind].version
        for version in session.scalars(_standing(model).where(model.batch_id == number)):
            Hand(session, profile, number, version.valid_from, scope).require(kind, version)


def _standing(model: Any) -> Any:
    return select(model).where(model.superseded_by.is_(None))


def _clashing(taken: Batch, back: Sequence[Any], others: Sequence[Any]) -> set[int]:
    """Return the later batches that gave to others what is given back, for some of the same days."""
    after = taken.undoes or 0
    by_key: dict[Any, list[Any]] = {}
    for other in others:
        if other.batch_id > after and other.batch_id != taken.id:
            by_key.setdefault(_key(other), []).append(other)
    return {
        other.batch_id
        for one in back
        for other in by_key.get(_key(one), ())
        if getattr(other, one.subject) != getattr(one, one.subject) and _period(one).meets(_period(other))
    }


def _key(version: Any) -> tuple[Any, ...]:
    """Return what only one may be at a time; buildings count anew in each parent."""
    if isinstance(version, PostVersion):
        return (version.role, version.unit_id)
    level = getattr(version, "level", None)
    return (level, version.code, version.parent_id if level in _WITHIN_PARENT else None)


def _period(version: Any) -> Period:
    return Period(version.valid_from, version.valid_to)
