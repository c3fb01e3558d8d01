"""Three-tier contact: the numbers, the places behind each number, and what one cadre covers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from gridgov.domain.posts import STATES, Holding, TierState, tier_state
from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import ContactTier
from gridgov.errors import InputError, NotFoundError
from gridgov.storage.among import among
from gridgov.storage.current import At, Scope, branches, current, standing
from gridgov.storage.models import CadreVersion, ContactVersion, DepartmentVersion, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.due import excused


@dataclass(frozen=True)
class Held:
    """One contact of a unit, with its holder's name; numbers of a person are office numbers only."""

    contact: int
    tier: int
    unit: int
    role: str
    holder: str
    kind: str
    code: str
    department: str | None
    office_phone: str | None
    since: str
    until: str | None
    document: str | None
    recorded_by: str | None
    confirmed: bool


def report(session: Session, at: At, scope: Scope, area: int | None = None) -> dict[str, Any]:
    """Return branch coverage, and per tier how many posts are due, vacant, expiring, disputed or one of several."""
    states, units = _states(session, at, scope, area)
    compounds = {unit for unit, level in units.items() if level == "compound"}
    covered = {unit for branch in branches(session, at, Scope.everything()) for unit in branch.compounds}
    return {
        "as_of": at.day.isoformat(),
        "branch_coverage": {"compounds": len(compounds), "covered": len(compounds & covered)},
        "tiers": [state.numbers() for state in states],
    }


def places(
    session: Session, at: At, scope: Scope, tier: int, what: str, area: int | None = None
) -> list[dict[str, Any]]:
    """Return the units behind one number of the report, in code order, with who holds the post where anybody does."""
    if what not in (*STATES, "due"):
        raise InputError("post_state_unknown", value=what, known=", ".join(("due", *STATES)))
    states, _ = _states(session, at, scope, area)
    state = next((state for state in states if state.tier == tier), None)
    if state is None:
        raise InputError("tier_unknown", value=tier)
    wanted: frozenset[int] = getattr(state, what)
    role = deployment.profile(session).tier(tier).exclusive
    holders: dict[int, list[Held]] = {}
    leads = _contacts_on(at, scope, wanted, ContactVersion.tier == tier, ContactVersion.role == role)
    for held in _held(session, at, leads):
        holders.setdefault(held.unit, []).append(held)
    units = session.scalars(current(UnitVersion, at, scope).where(UnitVersion.unit_id.in_(sorted(wanted))))
    return [
        {
            "unit": unit.unit_id,
            "code": unit.code,
            "name": unit.name,
            "level": unit.level,
            "parent": unit.parent_id,
            "holders": holders.get(unit.unit_id, []),
        }
        for unit in sorted(units, key=lambda unit: unit.code)
    ]


def due(session: Session, at: At, scope: Scope, tier: int, area: int | None = None) -> frozenset[int]:
    """Return the units under an area where a tier's post is due, held or not."""
    asked = deployment.profile(session).tier(tier)
    if not asked.due:
        return frozenset()
    own = current(UnitVersion, at, narrowed(session, at, scope, area)).where(UnitVersion.level == asked.level)
    return frozenset(session.scalars(own.with_only_columns(UnitVersion.unit_id))) - excused(session, asked, at)


def leading(at: At, scope: Scope, tier: ContactTier) -> Select[ContactVersion]:
    """Select the contacts that fill a tier's post at a time: those of cadres who serve."""
    return current(ContactVersion, at, scope).where(
        ContactVersion.tier == tier.tier,
        ContactVersion.role == tier.exclusive,
        ContactVersion.cadre_id.in_(_serving(at)),
    )


def held_by_anybody(at: At, scope: Scope) -> Select[ContactVersion]:
    """Select the contacts that a department holds, or a cadre there is."""
    held_by_somebody = or_(ContactVersion.cadre_id.is_(None), ContactVersion.cadre_id.in_(_serving(at)))
    return current(ContactVersion, at, scope).where(held_by_somebody)


def states(session: Session, at: At, scope: Scope, area: int | None = None) -> list[TierState]:
    """Return per tier the units whose posts are due, vacant, expiring, disputed or one of several."""
    return _states(session, at, scope, area)[0]


def uncovered_compounds(session: Session, at: At, scope: Scope, area: int | None = None) -> list[UnitVersion]:
    """Return the compounds no branch covers, in code order."""
    covered = {unit for branch in branches(session, at, Scope.everything()) for unit in branch.compounds}
    wanted = current(UnitVersion, at, narrowed(session, at, scope, area)).where(UnitVersion.level == "compound")
    return [unit for unit in session.scalars(wanted.order_by(UnitVersion.code)) if unit.unit_id not in covered]


def states_by_unit(
    session: Session, at: At, scope: Scope, units: Collection[int] | None = None
) -> dict[int, dict[str, bool]]:
    """Return for each unit with a post of its tier whether it is due, held, expiring, disputed: what the map draws.

    Where some `units` are given, of those only.
    """
    found: dict[int, dict[str, bool]] = {}
    for state in _states(session, at, scope, None, units)[0]:
        for unit in state.due | state.expiring | state.disputed:
            here = found.setdefault(unit, {"vacant": False, "expiring": False, "disputed": False})
            for name in here:
                here[name] |= unit in getattr(state, name)
    return found


def units_with(
    session: Session, at: At, scope: Scope, tier: int, what: str, units: Collection[int] | None = None
) -> frozenset[int]:
    """Return the units behind one number of the report; where some `units` are given, at least those of them."""
    tiers = [one for one in deployment.profile(session).tiers if one.tier == tier]
    if not tiers:
        raise InputError("tier_unknown", value=tier)
    only = None if what == "several" else units  # who leads several is known from all units only
    (state,), _ = _states(session, at, scope, None, only, tiers)
    found: frozenset[int] = getattr(state, what)
    return found


def contacts_of(session: Session, at: At, scope: Scope, units: Iterable[int]) -> list[Held]:
    """Return the contacts of some units at a time: per unit by tier, leads first."""
    return _held(session, at, _contacts_on(at, scope, units))


def mine(session: Session, cadre_id: int, at: At, scope: Scope) -> list[Held]:
    """Return what a cadre holds at a time."""
    return _held(session, at, current(ContactVersion, at, scope).where(ContactVersion.cadre_id == cadre_id))


def earlier(session: Session, at: At, scope: Scope, unit: int) -> list[Held]:
    """Return who held the unit's contacts before, the latest first."""
    visible = session.scalar(
        current(UnitVersion, at, scope).where(UnitVersion.unit_id == unit).with_only_columns(UnitVersion.id)
    )
    if visible is None:
        return []
    now = select(ContactVersion.contact_id).where(standing(ContactVersion, at), ContactVersion.unit_id == unit)
    wanted = select(ContactVersion).where(
        ContactVersion.unit_id == unit,
        ContactVersion.superseded_by.is_(None),
        ContactVersion.valid_to <= at.day,
        ContactVersion.contact_id.not_in(now),
    )
    latest = {held.contact: held for held in sorted(_held(session, at, wanted), key=lambda held: held.until or "")}
    return sorted(latest.values(), key=lambda held: held.until or "", reverse=True)


def cadre(session: Session, at: At, scope: Scope, cadre_id: int) -> CadreVersion:
    """Return a cadre the asker may see."""
    found = session.scalar(current(CadreVersion, at, scope).where(CadreVersion.cadre_id == cadre_id))
    if found is None:
        raise NotFoundError("cadre_unknown")
    return found


def last_known(session: Session, model: Any, identities: set[int | None], at: At) -> dict[int, Any]:
    """Return by number some cadres or departments as they were on a day, or last before it."""
    subject = getattr(model, model.subject)
    wanted = select(model).where(model.superseded_by.is_(None), model.valid_from <= at.day)
    told = wanted.where(subject.in_({number for number in identities if number is not None}))
    return {getattr(version, model.subject): version for version in session.scalars(told.order_by(model.valid_from))}


def narrowed(session: Session, at: At, scope: Scope, area: int | None) -> Scope:
    """Return the part of a scope that lies under a unit."""
    if area is None:
        return scope
    inside = current(UnitVersion, at, scope).where(UnitVersion.unit_id == area).with_only_columns(UnitVersion.id)
    if session.scalar(inside) is None:
        raise NotFoundError("unit_unknown", unit=area)
    return Scope.of({area})


def _states(
    session: Session,
    at: At,
    scope: Scope,
    area: int | None,
    only: Collection[int] | None = None,
    tiers: Sequence[ContactTier] | None = None,
) -> tuple[list[TierState], dict[int, str]]:
    tiers = deployment.profile(session).tiers if tiers is None else tiers
    part = narrowed(session, at, scope, area)
    columns = current(UnitVersion, at, part).with_only_columns(UnitVersion.unit_id, UnitVersion.level)
    levels = {tier.level for tier in tiers} | {"compound"}
    wanted = columns.where(UnitVersion.level.in_(sorted(levels)))
    if only is not None:
        wanted = wanted.where(among(session, UnitVersion.unit_id, only))
    units = dict(session.execute(wanted).all())
    of_them = true() if only is None else among(session, ContactVersion.unit_id, only)
    return _tiers(session, tiers, at, part, units, of_them), units


def _tiers(
    session: Session,
    tiers: Sequence[ContactTier],
    at: At,
    scope: Scope,
    units: dict[int, str],
    of_them: ColumnElement[bool],
) -> list[TierState]:
    states = []
    for tier in tiers:
        own = {unit for unit, level in units.items() if level == tier.level}
        if not own:
            states.append(tier_state(tier, (), (), at.day))
            continue
        wanted = leading(at, scope, tier).where(of_them)
        columns = wanted.with_only_columns(ContactVersion.unit_id, ContactVersion.cadre_id, ContactVersion.valid_to)
        holdings = [Holding(unit, cadre or 0, end) for unit, cadre, end in session.execute(columns)]
        known = [held for held in holdings if held.unit in own]
        due = own - excused(session, tier, at)
        states.append(tier_state(tier, due, known, at.day, _successions(session, tier, at)))
    return states


def _contacts_on(at: At, scope: Scope, units: Iterable[int], *which: ColumnElement[bool]) -> Any:
    return held_by_anybody(at, scope).where(ContactVersion.unit_id.in_(sorted(units)), *which)


def _serving(at: At) -> Any:
    """Select the cadres there are at a time: who has left holds no post any more, whatever his contact says."""
    return current(CadreVersion, at, Scope.everything()).with_only_columns(CadreVersion.cadre_id)


def _successions(session: Session, tier: ContactTier, at: At) -> dict[int, date]:
    """Return by unit the day from which a later holder of the tier's post is recorded."""
    later = select(ContactVersion.unit_id, func.min(ContactVersion.valid_from)).where(
        ContactVersion.superseded_by.is_(None),
        ContactVersion.valid_from > at.day,
        ContactVersion.tier == tier.tier,
        ContactVersion.role == tier.exclusive,
    )
    return {unit: day for unit, day in session.execute(later.group_by(ContactVersion.unit_id))}  # noqa: C416


def _held(session: Session, at: At, wanted: Any) -> list[Held]:
    """Tell contacts with their holders, as those were called on the day asked about, or last before it."""
    found = list(session.scalars(wanted))
    cadres = last_known(session, CadreVersion, {held.cadre_id for held in found}, at)
    offices = {person.department_id for person in cadres.values()} | {held.department_id for held in found}
    departments = last_known(session, DepartmentVersion, offices, at)
    since = _since(session, [held.contact_id for held in found])
    profile = deployment.profile(session)
    rows = [_row(held, cadres, departments, since[held.contact_id]) for held in found]
    order = {
        (tier.tier, role): (role != tier.exclusive, rank)
        for tier in profile.tiers
        for rank, role in enumerate(tier.roles)
    }
    last = (True, len(order))
    return sorted(
        rows, key=lambda held: (held.unit, held.tier, order.get((held.tier, held.role), last), held.since, held.code)
    )


def _since(session: Session, contacts: list[int]) -> dict[int, date]:
    """Return the first day of each contact: a new document or number doesn't begin it anew."""
    first = select(ContactVersion.contact_id, func.min(ContactVersion.valid_from)).where(
        ContactVersion.superseded_by.is_(None), ContactVersion.contact_id.in_(contacts)
    )
    return {number: day for number, day in session.execute(first.group_by(ContactVersion.contact_id))}  # noqa: C416


def _row(
    held: ContactVersion, cadres: dict[int, CadreVersion], departments: dict[int, DepartmentVersion], since: date
) -> Held:
    person = cadres.get(held.cadre_id or 0)
    office = departments.get(held.department_id or (person.department_id if person else None) or 0)
    named = person or office
    return Held(
        contact=held.contact_id,
        tier=held.tier,
        unit=held.unit_id,
        role=held.role,
        holder=named.name if named else "",
        kind="cadre" if held.cadre_id else "department",
        code=named.code if named else "",
        department=office.name if office else None,
        office_phone=shown_phone(person.office_phone if person else (office.phone if office else None)),
        since=since.isoformat(),
        until=held.valid_to.isoformat() if held.valid_to else None,
        document=held.document,
        recorded_by=held.recorded_by,
        confirmed=held.confirmed,
    )
