"""Plans: edits kept under a name, and what they would change in coverage, before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.plans import Edit, edits
from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope, standing, within
from gridgov.storage.models import Plan, UnitVersion
from gridgov.usecases import boards, deployment, plan_results
from gridgov.usecases.isochrones import ground_of
from gridgov.usecases.plan_edits import edited, laid_ahead

Row = dict[str, Any]
LONGEST_NAME = 100
_DIGITS = 9


@dataclass(frozen=True)
class Asker:
    """Who asks for plans: an account, and what it may see; the command line is none."""

    account: int | None
    scope: Scope


CONSOLE = Asker(None, Scope.everything())
_WHOLE = Scope.everything()


@dataclass(frozen=True)
class Drawn:
    """A plan worked out and not yet kept; its figures speak of some `areas`, None for the whole city."""

    pack: str
    as_of: date
    batch: int | None
    edits: list[Row]
    hash: str
    result: Row
    areas: list[int] | None = None


def listed(session: Session, asker: Asker = CONSOLE) -> list[Row]:
    """List the plans that somebody may see, each with whether its result is stale."""
    plans = seen(session, asker)
    now = {basis: _rests_on(session, *basis) for basis in {(plan.as_of, plan.pack) for plan in plans}}
    return [head(plan, stale=plan.hash != now[plan.as_of, plan.pack]) for plan in plans]


def seen(session: Session, asker: Asker) -> list[Plan]:
    """Return the plans that somebody may see, the oldest first."""
    return [plan for plan in session.scalars(select(Plan).order_by(Plan.id)) if may_see(session, plan, asker)]


def may_see(session: Session, plan: Plan, asker: Asker) -> bool:
    """Tell whether a plan is there for somebody: his own, shared or nobody's, and of an area that he may see."""
    if asker.account is not None and plan.owner_id not in {None, asker.account} and not plan.shared:
        return False
    if asker.scope.areas is None:
        return True
    if plan.areas is None:
        return False
    units = select(func.count(UnitVersion.unit_id.distinct())).where(
        UnitVersion.unit_id.in_(plan.areas), standing(UnitVersion, At(plan.as_of))
    )
    inside = units.where(within(UnitVersion.unit_id, At(plan.as_of), asker.scope))
    return session.scalar(inside) == len(plan.areas)


def find(session: Session, told: str, asker: Asker = CONSOLE) -> Plan:
    """Return a plan by its name, or else by its number; NotFoundError ``plan_unknown``."""
    found = session.scalar(select(Plan).where(Plan.name == told))
    if found is None and told.isdecimal() and len(told) <= _DIGITS:
        found = session.get(Plan, int(told))
    if found is None or not may_see(session, found, asker):
        raise NotFoundError("plan_unknown", plan=told)
    return found


def show(plan: Plan, *, stale: bool = False) -> Row:
    """Return a plan with its edits and the result as it was last worked out; `is_stale` tells whether it is stale."""
    return head(plan, stale=stale) | {"edits": plan.edits} | plan_results.shown(plan.result)


def draw(
    session: Session,
    at: At,
    document: Mapping[str, Any],
    pack: str | None = None,
    scope: Scope = _WHOLE,
) -> Drawn:
    """Check a document of edits and work out what they change within a scope; this only reads.

    Raises
    ------
    InputError
        What `domain.plans.edits` and `plan_edits.edited` raise; ``no_demand``.
    """
    return _drawn(session, at, edits(document), document["edits"], (pack, scope))


def blank(session: Session, at: At, pack: str | None, scope: Scope) -> Drawn:
    """Work out how things stand before the first edit; what comes after is quick then."""
    return _drawn(session, at, [], [], (pack, scope))


def make_ready(session: Session, day: date, *, edits: bool) -> None:
    """Do what the first plan of a day and the first way drawn would have to wait for; others may draw meanwhile.

    With `edits`, what the first edit of a gate would have to wait for too: that takes as much memory again.
    """
    rules = deployment.pack(session, None)
    with boards.board(session, day, rules):
        pass
    ground_of(session, At(day))
    if edits:
        found, _ = boards.ground(session, At(day), rules)
        laid = laid_ahead(session, found)
        with boards.board(session, day, rules) as board:
            if board.found is found and board.ground is None:  # nothing was written meanwhile
                board.ground = laid


def again(session: Session, plan: Plan) -> Drawn:
    """Work out a plan that is kept on the data as they are now; this only reads."""
    return draw(session, At(plan.as_of), {"edits": plan.edits}, plan.pack, scope_of(plan))


def scope_of(plan: Plan) -> Scope:
    """Return what a plan's figures speak of."""
    return Scope(None if plan.areas is None else frozenset(plan.areas))


def unused_name(session: Session, name: str) -> str:
    """Return a name that no plan has yet: as told, or with a number behind it."""
    taken = set(session.scalars(select(Plan.name)))
    told = name.strip()[:LONGEST_NAME]
    numbered = (f"{told[: LONGEST_NAME - 6]} {number}" for number in range(2, len(taken) + 3))
    return next(each for each in (told, *numbered) if each not in taken)


def create(
    session: Session, name: str, drawn: Drawn, owner: int | None = None, asked: dict[str, str] | None = None
) -> Plan:
    """Keep a new plan; ConflictError ``plan_exists``, InputError ``plan_unnamed``.

    `asked` is the question of the siting page that it answers.
    """
    now = datetime.now(UTC)
    told = {"name": _free_name(session, name), "owner_id": owner, "asked": asked, "areas": drawn.areas}
    plan = Plan(**told, created_at=now, changed_at=now, **_kept(drawn))
    session.add(plan)
    session.flush()
    return plan


def keep(session: Session, plan: Plan, drawn: Drawn, version: int | None = None) -> Plan:
    """Keep what a plan comes to now.

    Raises
    ------
    ConflictError
        ``plan_changed_meanwhile`` where somebody has saved it since its `version`; nothing is written then.
    """
    if version is not None:
        session.refresh(plan, with_for_update=True)
        if plan.version != version:
            raise ConflictError("plan_changed_meanwhile", plan=plan.name)
    for name, value in _kept(drawn).items():
        setattr(plan, name, value)
    plan.version += 1
    plan.changed_at = datetime.now(UTC)
    session.flush()
    return plan


def rename(session: Session, plan: Plan, name: str) -> None:
    """Call a plan otherwise; raises as `create` does."""
    if name.strip() != plan.name:
        plan.name = _free_name(session, name)


def share(plan: Plan, asker: Asker, *, shared: bool) -> None:
    """Let others see a plan and change it, or no longer; ForbiddenError where it is another's."""
    _require_own(plan, asker)
    plan.shared = shared


def remove(session: Session, plan: Plan, asker: Asker = CONSOLE) -> None:
    """Forget a plan; ForbiddenError where it is another's."""
    _require_own(plan, asker)
    session.delete(plan)
    session.flush()


def is_stale(session: Session, plan: Plan) -> bool:
    """Say whether what a plan rests on has changed since its result was worked out."""
    return plan.hash != _rests_on(session, plan.as_of, plan.pack)


def head(plan: Plan, *, stale: bool) -> Row:
    """Return what is told of a plan in a list."""
    return {
        "plan": plan.id,
        "name": plan.name,
        "as_of": plan.as_of.isoformat(),
        "pack": plan.pack,
        "changed_at": plan.changed_at.isoformat(),
        "stale": stale,
        "edit_count": len(plan.edits),
        "version": plan.version,
        "shared": plan.shared,
    }


def _drawn(
    session: Session, at: At, wanted: list[Edit], told: Iterable[Mapping[str, Any]], by: tuple[str | None, Scope]
) -> Drawn:
    (pack, scope), areas = by, by[1].areas
    rules = deployment.pack(session, pack)
    with boards.board(session, at.day, rules) as board:
        outcome = edited(session, board, wanted)
        rows = plan_results.rows_in(session, At(at.day, board.batch), board.found, scope)
        result = plan_results.result(board.found, outcome, rows)
        rests_on = board.hash
    seen_of = None if areas is None else sorted(areas)
    return Drawn(rules.id, at.day, board.batch, [dict(row) for row in told], rests_on, result, seen_of)


def _free_name(session: Session, name: str) -> str:
    """Return a name as a plan may have it: not empty, no number, not taken."""
    told = name.strip()
    if not told or told.isdecimal() or len(told) > LONGEST_NAME:
        raise InputError("plan_unnamed", name=told[:LONGEST_NAME])
    if session.scalar(select(Plan.id).where(Plan.name == told)) is not None:
        raise ConflictError("plan_exists", plan=told)
    return told


def _require_own(plan: Plan, asker: Asker) -> None:
    if asker.account is not None and plan.owner_id not in {None, asker.account}:
        raise ForbiddenError("plan_of_another", plan=plan.name)


def _rests_on(session: Session, day: date, pack: str) -> str:
    """Hash what plans of a day and a pack rest on now."""
    return boards.rests_on(session, day, deployment.pack(session, pack))


def _kept(drawn: Drawn) -> Row:
    told = {name: getattr(drawn, name) for name in ("pack", "as_of", "edits", "hash", "result")}
    return told | {"batch_id": drawn.batch}
