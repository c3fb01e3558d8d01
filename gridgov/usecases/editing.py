"""Acts by hand, as one batch each: looked at before they are done, done once, and undone as a whole (DOMAIN §1.2)."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, GridgovError, InputError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch
from gridgov.storage.versions import open_batch, take_turn
from gridgov.usecases import deployment, gridding, history
from gridgov.usecases.acts import Act, Change, End, Merge, Several, Split
from gridgov.usecases.changing import change
from gridgov.usecases.dividing import merge, split
from gridgov.usecases.ending import end
from gridgov.usecases.hand import Hand
from gridgov.usecases.history import Changed
from gridgov.usecases.importing_contacts import settle_disputes
from gridgov.usecases.inputs import fingerprint
from gridgov.usecases.things import Thing, read, stamp

KIND = "edit"
SHOWN = 200
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)
_COVERING = frozenset({"units", "gates", "sites", "services"})
_ONLY_SAID = frozenset({"name", "address", "office_phone", "panorama", "management", "hours", "source", "purpose"})


@dataclass(frozen=True)
class GridMove:
    """The governance grids a place lies on, by code with their share, before an act and after it."""

    label: str
    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class CoverageEffect:
    """The hash of what coverage is computed from, before an act and after it; None where the act doesn't touch it."""

    before: str | None = None
    after: str | None = None

    @property
    def changes(self) -> bool:
        """Tell whether the next run may give other figures."""
        return self.before != self.after


@dataclass(frozen=True)
class Preview:
    """What an act would do: to each thing, to grids and to coverage, and what its editor should know."""

    changes: list[Changed]
    counts: dict[str, int]
    on_grids: list[GridMove]
    coverage: CoverageEffect
    warnings: list[GridgovError]


class StaleError(ConflictError):
    """Somebody else wrote about the thing since the editor saw it: what changed, and how it stands now."""

    def __init__(self, changes: list[Changed], thing: Thing) -> None:
        super().__init__("changed_meanwhile", label=thing.label)
        self.changes = changes
        self.thing = thing


def preview(session: Session, act: Act, scope: Scope) -> Preview:
    """Return what an act would do; it is done and taken back, so the session must be one that may write."""
    at, pack = At(act.day), deployment.pack(session)
    savepoint = session.begin_nested()
    try:
        hand = _do(session, act, scope, open_batch(session, KIND))
        changes, counts = history.of_batch(session, hand.batch, SHOWN), history.counts(session, hand.batch)
        units = {one.identity for one in changes if one.kind == "units"}
        covering = any(_weighs(one) for one in changes)
        laid, digest = _grids(session, at, units), fingerprint(session, at, pack) if covering else None
    finally:
        savepoint.rollback()
        session.expire_all()
    effect = CoverageEffect(fingerprint(session, at, pack) if covering else None, digest)
    return Preview(changes, counts, _moves(changes, _grids(session, at, units), laid), effect, hand.warnings)


def apply(
    session: Session,
    act: Act,
    scope: Scope,
    *,
    account: int | None = None,
    token: str | None = None,
    note: str | None = None,
) -> Batch:
    """Do an act as one batch. The same form sent again under its token finds the batch it made the first time.

    Raises
    ------
    RefusedError
        Where a field can't be taken; StaleError where somebody else wrote about the thing meanwhile; LeavesError where
        something would be left on nothing. Nothing is written then.
    """
    take_turn(session)
    known = None if token is None else _known_by(token, account, act, note)
    earlier = None if known is None else session.scalar(select(Batch).where(Batch.token == known))
    if earlier is not None:
        return earlier
    savepoint = session.begin_nested()
    try:
        batch = open_batch(session, KIND, account_id=account, token=known, note=note or None)
        _do(session, act, scope, batch)
        batch.counts = history.counts(session, batch.id)
        savepoint.commit()
    except BaseException:
        savepoint.rollback()
        raise
    return batch


def _known_by(token: str, account: int | None, act: Act, note: str | None) -> str:
    """Return what a form is known by: one that somebody else sends, or that tells something else, is another."""
    said = asdict(replace(act, stamp=None))
    told = json.dumps([token, account, note or None, type(act).__name__, said], default=str, sort_keys=True)
    return sha256(told.encode()).hexdigest()


def _do(session: Session, act: Act, scope: Scope, batch: Batch) -> Hand:
    if not _EARLIEST <= act.day <= _LATEST:
        raise InputError("date_unreadable", value=act.day.isoformat())
    _refuse_stale(session, act, scope)
    hand = Hand(session, deployment.profile(session), batch.id, act.day, scope)
    _DO[type(act)](hand, act)
    settle_disputes(session, hand.profile)
    session.expire_all()
    return hand


def _refuse_stale(session: Session, act: Act, scope: Scope) -> None:
    if act.identity is None or act.stamp is None or act.stamp == stamp(session, act.kind, act.identity):
        return
    changes = history.since(session, act.kind, act.identity, act.stamp)
    raise StaleError(changes, read(session, act.kind, act.identity, At(act.day), scope))


def _weighs(one: Changed) -> bool:
    """Tell whether coverage might be computed from what changed: names and addresses it never looks at."""
    said = {name for name, _, _ in one.fields}
    return one.kind in _COVERING and (one.what == "ended" or not said <= _ONLY_SAID)


def _grids(session: Session, at: At, units: Iterable[int]) -> dict[int, list[str]]:
    laid = gridding.lying_on(session, at, Scope.everything(), units)
    return {unit: [f"{grid.code} {share:.0%}" for grid, _, share in rows] for unit, rows in laid.items()}


def _moves(changes: list[Changed], before: dict[int, list[str]], after: dict[int, list[str]]) -> list[GridMove]:
    names = {one.identity: one.label for one in changes if one.kind == "units"}
    differing = [unit for unit in names if before.get(unit, []) != after.get(unit, [])]
    return [GridMove(names[unit], before.get(unit, []), after.get(unit, [])) for unit in differing]


def _in_turn(hand: Hand, several: Several) -> None:
    for act in several.acts:
        _DO[type(act)](hand, act)
        if act.kind != "contacts":
            hand.forget()


_DO: dict[type[Any], Callable[[Hand, Any], object]] = {
    Change: change,
    End: end,
    Split: split,
    Merge: merge,
    Several: _in_turn,
}
