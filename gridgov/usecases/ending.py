"""Ending a thing, and what lives on it: nothing is left standing on nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from gridgov.errors import InputError
from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    ContactVersion,
    GateVersion,
    GridVersion,
    PartnerVersion,
    PostVersion,
    ServicePointVersion,
    UnitVersion,
    Versioned,
)
from gridgov.storage.versions import Revision, revise
from gridgov.usecases.acts import End, LeavesError
from gridgov.usecases.hand import Hand, versions_of
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.things import KIND_OF, standing_version

ON_UNITS = (GridVersion, GateVersion, PostVersion, ContactVersion, PartnerVersion)
_AT_ONCE = 500


def end(hand: Hand, act: End) -> None:
    """End a thing on the act's day; what lives on it is refused to be left, or ends along."""
    standing_version(hand.session, act.kind, act.identity, hand.at, hand.scope)
    own = versions_of(hand, act.kind, act.identity)
    if not own:
        raise InputError("thing_ended", day=hand.day.isoformat())
    if own[0].valid_from > hand.day:
        raise InputError("thing_not_then", first=own[0].valid_from.isoformat())
    hand.require(act.kind, own[0])
    left = living_on(hand, act.kind, {act.identity})
    if left and not act.along:
        raise LeavesError({KIND_OF[model]: len(_identities(versions)) for model, versions in left.items()})
    for model, versions in left.items():
        for version in versions:
            hand.require(KIND_OF[model], version)
    for model, versions in left.items():
        if model is BranchVersion:
            _leave_branches(hand, versions, _identities(left.get(UnitVersion, ())) | {act.identity})
        else:
            end_versions(hand, model, versions)
    end_versions(hand, TARGETS[act.kind].version, own)


def end_versions(hand: Hand, model: Any, versions: Sequence[Any]) -> None:
    """End standing versions on the day; what would begin later never does."""
    ended = [Revision(version, max(version.valid_from, hand.day), None) for version in versions]
    revise(hand.session, model, hand.batch, ended)


def living_on(hand: Hand, kind: str, identities: set[int]) -> dict[Any, list[Any]]:
    """Return what lives on things on the day or later, by table: what hangs below a unit, and on all of it."""
    found: dict[Any, list[Any]] = {}
    if kind == "units":
        found[UnitVersion] = _below(hand, identities)
        units = identities | _identities(found[UnitVersion])
        for model in ON_UNITS:
            found[model] = _where(hand, model, model.unit_id, units)
        branches = hand.lasting(BranchVersion)
        found[BranchVersion] = [branch for branch in branches if units.intersection(branch.compounds)]
    elif kind == "sites":
        found[ServicePointVersion] = _where(hand, ServicePointVersion, ServicePointVersion.site_id, identities)
    elif kind == "departments":
        found[CadreVersion] = _where(hand, CadreVersion, CadreVersion.department_id, identities)
        held = _where(hand, ContactVersion, ContactVersion.department_id, identities)
        cadres = _identities(found[CadreVersion])
        found[ContactVersion] = held + _where(hand, ContactVersion, ContactVersion.cadre_id, cadres)
    elif kind == "cadres":
        found[ContactVersion] = _where(hand, ContactVersion, ContactVersion.cadre_id, identities)
    return {model: versions for model, versions in found.items() if versions}


def _below(hand: Hand, units: set[int]) -> list[Any]:
    found: list[Any] = []
    seen, rung = set(units), set(units)
    while rung:
        children = _where(hand, UnitVersion, UnitVersion.parent_id, rung)
        found += [child for child in children if child.unit_id not in units]
        rung = _identities(children) - seen
        seen |= rung
    return list({version.id: version for version in found}.values())


def _leave_branches(hand: Hand, branches: Sequence[BranchVersion], gone: set[int]) -> None:
    """Let branches cover what is left of their compounds; a branch that covers none any more ends."""
    revisions = []
    for branch in branches:
        kept = [unit for unit in branch.compounds if unit not in gone]
        start = max(branch.valid_from, hand.day)
        revisions.append(Revision(branch, start, {"compounds": kept} if kept else None))
    revise(hand.session, BranchVersion, hand.batch, revisions)


def _where(hand: Hand, model: Any, column: Any, identities: Iterable[int]) -> list[Any]:
    ordered = sorted(identities)
    parts = (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
    return [version for part in parts for version in hand.lasting(model, column.in_(part))]


def _identities(versions: Iterable[Versioned]) -> set[int]:
    return {getattr(version, version.subject) for version in versions}
