"""Who might take which post: a suggestion for people to decide on, never a decree (DOMAIN §2.8)."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.posts import DEPARTMENT_ROLES
from gridgov.domain.suggestions import CHANGE_METRES, OTHER_OFFICE_METRES, Rule, Why
from gridgov.domain.units import ContactTier
from gridgov.errors import InputError
from gridgov.spatial.allocation import FORBIDDEN, allocate
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import (
    CadreVersion,
    ContactReturn,
    ContactVersion,
    DepartmentVersion,
    UnitVersion,
)
from gridgov.usecases import browsing, contacting, deployment
from gridgov.usecases.lookups import things_for

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """What is asked for: a tier's posts under an area; the most posts each may lead, where there is a cap.

    `locked` are posts that somebody has settled, by unit and cadre: they stand as told. `ruled_out` are pairs of a unit
    and a cadre that are not to be.
    """

    tier: int
    area: int | None = None
    cap: int | None = None
    locked: Mapping[int, int] = field(default_factory=dict)
    ruled_out: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class _Posts:
    """The due posts in code order: where each lies (planar, NaN without a place), who leads it, whose it is."""

    units: list[UnitVersion]
    xy: Floats
    leads: list[frozenset[int]]
    offices: list[frozenset[int]]


@dataclass(frozen=True)
class _Cadres:
    """Who may be asked, in code order: which of the offices is his workplace, and how many posts he has elsewhere.

    `xy` is where each office lies, planar, NaN without a place; the last one stands for none.
    """

    people: list[CadreVersion]
    offices: list[DepartmentVersion | None]
    xy: Floats
    office: Ints
    elsewhere: Ints


def suggest(session: Session, at: At, scope: Scope, asked: Asked) -> dict[str, Any]:
    """Suggest who leads each due post of a tier; nothing is written.

    Raises
    ------
    InputError
        ``tier_unknown``; ``cap_below_one``; ``lock_unknown`` for a post or cadre that isn't asked about;
        ``lock_conflict`` where a conflict is on record, ``lock_over_cap`` where the locked lines alone go over the cap.
    """
    began = time.perf_counter()
    tier = deployment.profile(session).tier(asked.tier)
    cap = tier.cap if asked.cap is None else asked.cap
    if cap is not None and cap < 1:
        raise InputError("cap_below_one", value=cap)
    posts = _posts(session, at, scope, tier, asked.area)
    cadres = _cadres(session, at, scope, tier, posts, asked.locked.values())
    metres = np.rint(np.hypot(*(posts.xy[:, None] - cadres.xy).transpose(2, 0, 1)))  # (posts, offices)
    cost = _cost(posts, cadres, metres)
    _forbid(session, cost, posts, cadres, tier)
    by_hand = _rule_out(cost, posts, cadres, asked.ruled_out)
    locked = _locked(cost, posts, cadres, asked.locked)
    room = _room(cadres, cap, len(posts.units), locked)
    chosen = locked.copy()
    free = np.flatnonzero(locked < 0)
    chosen[free] = allocate(cost[free], room).cadre
    told = _Told(posts, cadres, metres, cost, locked, chosen, by_hand, _leads_told(session, at, posts))
    return {
        "tier": tier.tier,
        "as_of": at.day.isoformat(),
        "cap": cap,
        "due": len(posts.units),
        "filled": int(np.count_nonzero(chosen >= 0)),
        "rows": told.rows(),
        "blocked": told.blocked(),
        "objective": told.objective(),
        "seconds": round(time.perf_counter() - began, 3),
    }


def _posts(session: Session, at: At, scope: Scope, tier: ContactTier, area: int | None) -> _Posts:
    due = contacting.due(session, at, scope, tier.tier, area)
    found = things_for(session, current(UnitVersion, at, scope), UnitVersion.unit_id, due)
    units = sorted(found, key=lambda unit: (unit.code, unit.unit_id))
    held = contacting.leading(at, Scope.everything(), tier)
    leads = _gathered(session.execute(held.with_only_columns(ContactVersion.unit_id, ContactVersion.cadre_id)))
    paired = _paired(session, at)
    lines = browsing.lines(session, at, due)
    return _Posts(
        units,
        _middles(session, [unit.geometry for unit in units]),
        [leads.get(unit.unit_id, frozenset()) for unit in units],
        [frozenset().union(*(paired.get(each.unit_id, ()) for each in lines[unit.unit_id])) for unit in units],
    )


def _paired(session: Session, at: At) -> dict[int, frozenset[int]]:
    """Return the departments paired with each unit."""
    wanted = current(ContactVersion, at, Scope.everything()).where(ContactVersion.role.in_(sorted(DEPARTMENT_ROLES)))
    return _gathered(session.execute(wanted.with_only_columns(ContactVersion.unit_id, ContactVersion.department_id)))


def _gathered(rows: Any) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for unit, other in rows:
        found.setdefault(unit, set()).add(other)
    return {unit: frozenset(others) for unit, others in found.items()}


def _cadres(session: Session, at: At, scope: Scope, tier: ContactTier, posts: _Posts, locked: Iterable[int]) -> _Cadres:
    """Return who may be asked: who leads in the tier or is locked; where it has teams, also who has no part in any."""
    held = current(ContactVersion, at, Scope.everything()).where(ContactVersion.cadre_id.is_not(None))
    columns = ContactVersion.cadre_id, ContactVersion.tier, ContactVersion.role, ContactVersion.unit_id
    parts = list(session.execute(held.with_only_columns(*columns)))
    post = (tier.tier, tier.exclusive)
    asked = {cadre for cadre, number, role, _ in parts if (number, role) == post} | set(locked)
    busy = {cadre for cadre, *_ in parts}
    serving = session.scalars(current(CadreVersion, at, scope))
    people = sorted(
        (one for one in serving if one.cadre_id in asked or (tier.has_teams and one.cadre_id not in busy)),
        key=lambda one: (one.code, one.cadre_id),
    )
    here = {unit.unit_id for unit in posts.units}
    elsewhere = Counter(cadre for cadre, *role, unit in parts if tuple(role) == post and unit not in here)
    offices = [*session.scalars(current(DepartmentVersion, at, Scope.everything())), None]
    number = {getattr(office, "department_id", None): index for index, office in enumerate(offices)}
    return _Cadres(
        people,
        offices,
        _middles(session, [getattr(office, "geometry", None) for office in offices]),
        np.array([number.get(one.department_id, len(offices) - 1) for one in people], dtype=np.int64),
        np.array([elsewhere[one.cadre_id] for one in people], dtype=np.int64),
    )


def _middles(session: Session, places: Sequence[Any]) -> Floats:
    """Return a point of each place in the working CRS, (n, 2), NaN where there is none."""
    found = np.full((len(places), 2), np.nan)
    shapes = np.empty(len(places), dtype=object)
    shapes[:] = places
    known = np.flatnonzero(~shapely.is_missing(shapes))
    if len(known):
        planar = to_planar(shapes[known], deployment.crs(session))
        found[known] = shapely.get_coordinates(shapely.point_on_surface(planar))
    return found


def _cost(posts: _Posts, cadres: _Cadres, metres: Floats) -> Ints:
    """Weigh each pair in metres, (posts, cadres); a way that nobody can measure weighs as the longest one."""
    longest = np.nanmax(metres) if np.isfinite(metres).any() else 0.0
    by_office: Ints = np.where(np.isnan(metres), longest, metres).astype(np.int64)
    number = np.array([getattr(office, "department_id", -1) for office in cadres.offices], dtype=np.int64)
    for row, offices in enumerate(posts.offices):
        if offices:
            by_office[row] += OTHER_OFFICE_METRES * ~np.isin(number, list(offices))
    cost: Ints = by_office[:, cadres.office]
    column = {one.cadre_id: index for index, one in enumerate(cadres.people)}
    for row, leads in enumerate(posts.leads):
        if leads:
            cost[row] += CHANGE_METRES
            cost[row, [column[lead] for lead in leads if lead in column]] -= CHANGE_METRES
    return cost


def _forbid(session: Session, cost: Ints, posts: _Posts, cadres: _Cadres, tier: ContactTier) -> None:
    """Take out the pairs with a conflict on record: the cadre returned that very post, and it wasn't declined."""
    row = {unit.unit_id: index for index, unit in enumerate(posts.units)}
    column = {one.cadre_id: index for index, one in enumerate(cadres.people)}
    wanted = select(ContactReturn.unit_id, ContactReturn.cadre_id).where(
        ContactReturn.tier == tier.tier, ContactReturn.state != "declined"
    )
    for unit, cadre in session.execute(wanted):
        if unit in row and cadre in column:
            cost[row[unit], column[cadre]] = FORBIDDEN


def _rule_out(cost: Ints, posts: _Posts, cadres: _Cadres, pairs: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Take out the pairs that the asker doesn't want, and return the posts they were about."""
    row = {unit.unit_id: index for index, unit in enumerate(posts.units)}
    column = {one.cadre_id: index for index, one in enumerate(cadres.people)}
    known = [(row[unit], column[cadre]) for unit, cadre in pairs if unit in row and cadre in column]
    for pair in known:
        cost[pair] = FORBIDDEN
    return frozenset(post for post, _ in known)


def _leads_told(session: Session, at: At, posts: _Posts) -> list[list[dict[str, str]]]:
    """Return by post who leads it, by code and name."""
    known = contacting.last_known(session, CadreVersion, {lead for leads in posts.leads for lead in leads}, at)
    told = [sorted((known[lead] for lead in leads), key=lambda one: str(one.code)) for leads in posts.leads]
    return [[{"cadre": one.code, "holder": one.name} for one in people] for people in told]


def _locked(cost: Ints, posts: _Posts, cadres: _Cadres, locked: Mapping[int, int]) -> Ints:
    """Return the cadre each post is locked to, by column, -1 for none."""
    row = {unit.unit_id: index for index, unit in enumerate(posts.units)}
    column = {one.cadre_id: index for index, one in enumerate(cadres.people)}
    found = np.full(len(posts.units), -1, dtype=np.int64)
    for unit, cadre in locked.items():
        if unit not in row or cadre not in column:
            raise InputError("lock_unknown", unit=unit, cadre=cadre)
        if cost[row[unit], column[cadre]] == FORBIDDEN:
            raise InputError("lock_conflict", unit=posts.units[row[unit]].code, cadre=cadres.people[column[cadre]].code)
        found[row[unit]] = column[cadre]
    return found


def _room(cadres: _Cadres, cap: int | None, posts: int, locked: Ints) -> Ints:
    """Return how many of the free posts each may take."""
    if cap is None:
        return np.full(len(cadres.people), posts, dtype=np.int64)
    settled = np.bincount(locked[locked >= 0], minlength=len(cadres.people))
    over = np.flatnonzero((settled > 0) & (settled + cadres.elsewhere > cap))
    if len(over):
        raise InputError("lock_over_cap", cadre=cadres.people[over[0]].code, cap=cap)
    left: Ints = np.maximum(cap - cadres.elsewhere - settled, 0)
    return left


@dataclass(frozen=True)
class _Told:
    """What was decided, in words."""

    posts: _Posts
    cadres: _Cadres
    metres: Floats
    cost: Ints
    locked: Ints
    chosen: Ints
    by_hand: frozenset[int]
    leads: list[list[dict[str, str]]]

    def rows(self) -> list[dict[str, Any]]:
        """Return a line per filled post."""
        return [self._row(post, cadre) for post, cadre in enumerate(self.chosen.tolist()) if cadre >= 0]

    def blocked(self) -> list[dict[str, Any]]:
        """Return a line per post that stays empty, with the rule that blocks it."""
        empty = np.flatnonzero(self.chosen < 0).tolist()
        return [{**self._post(post), "rule": self._rule(post)} for post in empty]

    def objective(self) -> dict[str, int]:
        """Return what was made least, in its parts."""
        pairs = [(post, cadre) for post, cadre in enumerate(self.chosen.tolist()) if cadre >= 0]
        changes = [bool(self.posts.leads[post]) and not self._keeps(post, cadre) for post, cadre in pairs]
        others = [bool(self.posts.offices[post]) and not self._own(post, cadre) for post, cadre in pairs]
        return {
            "cost": sum(int(self.cost[pair]) for pair in pairs),
            "changes": sum(changes),
            "change_metres": CHANGE_METRES,
            "other_offices": sum(others),
            "other_office_metres": OTHER_OFFICE_METRES,
        }

    def _post(self, post: int) -> dict[str, Any]:
        unit = self.posts.units[post]
        return {"id": unit.unit_id, "unit": unit.code, "name": unit.name, "leads": self.leads[post]}

    def _row(self, post: int, cadre: int) -> dict[str, Any]:
        person, office = self.cadres.people[cadre], self.cadres.offices[self.cadres.office[cadre]]
        return {
            **self._post(post),
            "cadre": person.code,
            "holder": person.name,
            "department": office.name if office else None,
            "keeps": self._keeps(post, cadre),
            "metres": self._metres(post, cadre),
            "why": self._why(post, cadre),
        }

    def _why(self, post: int, cadre: int) -> list[Why]:
        told: list[Why] = ["locked"] if self.locked[post] >= 0 else []
        if self._keeps(post, cadre):
            told.append("keeps")
        if self._own(post, cadre):
            told.append("own_department")
        if self._metres(post, cadre) is None:
            told.append("workplace_unknown")
        elif not told or told == ["own_department"]:
            allowed = self.cost[post][self.cost[post] != FORBIDDEN]
            least = self.cost[post, cadre] == allowed.min()
            told.append("nearest" if least else "nearest_with_room")
        return told

    def _rule(self, post: int) -> Rule:
        if not self.cadres.people:
            return "nobody"
        if (self.cost[post] == FORBIDDEN).all():
            return "ruled_out" if post in self.by_hand else "conflict"
        return "cap"

    def _metres(self, post: int, cadre: int) -> int | None:
        away = self.metres[post, self.cadres.office[cadre]]
        return None if np.isnan(away) else int(away)

    def _keeps(self, post: int, cadre: int) -> bool:
        return self.cadres.people[cadre].cadre_id in self.posts.leads[post]

    def _own(self, post: int, cadre: int) -> bool:
        return self.cadres.people[cadre].department_id in self.posts.offices[post]
