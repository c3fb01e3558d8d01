"""Looking around: the tree, a unit with all that stands on it, and what the map draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridgov.domain.units import GATE_STATES
from gridgov.errors import NotFoundError
from gridgov.storage.current import At, Scope, branches, current, standing
from gridgov.storage.models import (
    BranchVersion,
    GateVersion,
    GridVersion,
    LandVersion,
    PartnerVersion,
    PostVersion,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
)
from gridgov.storage.versions import attributes
from gridgov.usecases import deployment, gridding
from gridgov.usecases.lookups import rows_for, things_for

HOUSEHOLD = "household"


@dataclass(frozen=True)
class Node:
    """A unit in the tree: how many children it has, and whether it has a place of its own."""

    unit: int
    code: str
    name: str | None
    level: str
    children: int
    placed: bool
    orphan: bool


def tree(session: Session, at: At, scope: Scope, parent: int | None = None) -> list[Node]:
    """Return the children of a unit; of none, the uppermost units the asker may see. Member households go unnamed."""
    below = current(UnitVersion, at, scope).where(UnitVersion.parent_id == parent)
    units = list(session.scalars(uppermost(at, scope) if parent is None else below))
    profile = deployment.profile(session)
    counts = _children(session, at, [unit.unit_id for unit in units])
    nodes = [
        Node(
            unit.unit_id,
            unit.code,
            None if unit.level == HOUSEHOLD else unit.name,
            unit.level,
            counts.get(unit.unit_id, 0),
            unit.geometry is not None,
            unit.orphan,
        )
        for unit in units
    ]
    return sorted(nodes, key=lambda node: (profile.rank(node.level), node.code))


def upper_names(session: Session, at: At, scope: Scope) -> dict[int, str]:
    """Return the names of the uppermost units the asker may see and of their children; codes where there are none."""
    columns = UnitVersion.unit_id, UnitVersion.name, UnitVersion.code, UnitVersion.level
    tops = list(session.execute(uppermost(at, scope).with_only_columns(*columns)))
    children = current(UnitVersion, at, scope).with_only_columns(*columns)
    below = rows_for(session, children, UnitVersion.parent_id, [top.unit_id for top in tops])
    return {unit: (name if level != HOUSEHOLD else None) or code for unit, name, code, level in (*tops, *below)}


def unit(session: Session, number: int, at: At, scope: Scope, *, own_community: bool = False) -> UnitVersion:
    """Return a unit the asker may see, or refuse: it isn't there, or not within his area.

    A member household is told without its name and address, unless the asker has a role of its `own_community`.
    """
    found = session.scalar(current(UnitVersion, at, scope).where(UnitVersion.unit_id == number))
    if found is None:
        raise NotFoundError("unit_unknown", unit=number)
    return found if own_community else _nameless(found)


def units_by_number(session: Session, numbers: Iterable[int], at: At, scope: Scope) -> list[UnitVersion]:
    """Return those of the units that stand in the asker's area."""
    return things_for(session, current(UnitVersion, at, scope), UnitVersion.unit_id, numbers)


def unit_by_code(session: Session, code: str, at: At, scope: Scope) -> UnitVersion | None:
    """Return the unit with a code that the asker may see, the highest level first, or None."""
    profile = deployment.profile(session)
    found = session.scalars(current(UnitVersion, at, scope).where(UnitVersion.code == code))
    first = min(found, key=lambda unit: (profile.rank(unit.level), unit.unit_id), default=None)
    return None if first is None else _nameless(first)


def chain(session: Session, number: int, at: At) -> list[UnitVersion]:
    """Return a unit's ancestors, the top first, and the unit itself: names of places are known to everybody."""
    found: list[UnitVersion] = []
    following: int | None = number
    while following is not None and following not in {unit.unit_id for unit in found}:
        version = session.scalar(current(UnitVersion, at, Scope.everything()).where(UnitVersion.unit_id == following))
        if version is None:
            break
        found.append(_nameless(version))
        following = version.parent_id
    return found[::-1]


def lines(session: Session, at: At, numbers: Iterable[int]) -> dict[int, list[UnitVersion]]:
    """Return the chain of each of some units, as `chain` does, with one question a rung."""
    wanted = set(numbers)
    known: dict[int, UnitVersion] = {}
    asked = set(wanted)
    while asked:
        found = things_for(session, current(UnitVersion, at, Scope.everything()), UnitVersion.unit_id, asked)
        known |= {unit.unit_id: _nameless(unit) for unit in found}
        asked = {unit.parent_id for unit in found if unit.parent_id is not None} - known.keys()
    return {number: _line(known, number) for number in wanted}


def posts(session: Session, at: At, scope: Scope, units: Iterable[int]) -> list[PostVersion]:
    """Return the standing posts of some units, in the order of the role catalogue."""
    order = {role.id: rank for rank, role in enumerate(deployment.profile(session).roles)}
    found = things_for(session, current(PostVersion, at, scope), PostVersion.unit_id, units)
    return sorted(found, key=lambda post: (order.get(post.role, 99), post.unit_id, post.holder or ""))


def partners(session: Session, at: At, scope: Scope, units: Iterable[int]) -> list[PartnerVersion]:
    """Return the partner bodies around some units."""
    found = things_for(session, current(PartnerVersion, at, scope), PartnerVersion.unit_id, units)
    return sorted(found, key=lambda body: (body.kind, body.code))


def branches_of(session: Session, at: At, scope: Scope, compounds: Iterable[int]) -> list[BranchVersion]:
    """Return the branches that cover any of some compounds."""
    wanted = set(compounds)
    if scope.areas is not None:
        return [branch for branch in branches(session, at, scope) if wanted.intersection(branch.compounds)]
    # a city has a thousand branches, and a place one: only what they cover is read of all
    covered = session.execute(select(BranchVersion.id, BranchVersion.compounds).where(standing(BranchVersion, at)))
    met = [number for number, of_it in covered if wanted.intersection(of_it)] if wanted else []
    return things_for(session, select(BranchVersion), BranchVersion.id, met)


def grids_of(session: Session, at: At, scope: Scope, number: int) -> list[tuple[GridVersion, str, float]]:
    """Return the governance grids a unit lies on, with relation and share, as both are drawn on the day."""
    return gridding.lying_on(session, at, scope, [number]).get(number, [])


def units_on_map(
    session: Session, at: At, scope: Scope, level: str, parent: int | None = None, bounds: Sequence[float] | None = None
) -> list[UnitVersion]:
    """Return the units of a level that have a place, under a parent and within bounds where given; never households."""
    if level == HOUSEHOLD:
        return []
    within_area = scope if parent is None else Scope.of({unit(session, parent, at, scope).unit_id})
    wanted = current(UnitVersion, at, within_area).where(UnitVersion.level == level, UnitVersion.min_x.is_not(None))
    return list(session.scalars(_in_bounds(wanted, UnitVersion, bounds).order_by(UnitVersion.code)))


def any_on_map(session: Session, at: At, scope: Scope, level: str, parent: int | None = None) -> bool:
    """Tell whether any unit of a level has a place, under a parent where one is given."""
    within_area = scope if parent is None else Scope.of({unit(session, parent, at, scope).unit_id})
    wanted = current(UnitVersion, at, within_area).where(UnitVersion.level == level, UnitVersion.min_x.is_not(None))
    return level != HOUSEHOLD and session.scalar(select(wanted.exists())) is True


def grids_on_map(session: Session, at: At, scope: Scope, bounds: Sequence[float] | None = None) -> list[GridVersion]:
    """Return the governance grids with a place, within bounds where given."""
    wanted = current(GridVersion, at, scope).where(GridVersion.min_x.is_not(None))
    return list(session.scalars(_in_bounds(wanted, GridVersion, bounds).order_by(GridVersion.code)))


def land_on_map(session: Session, at: At, scope: Scope) -> list[LandVersion]:
    """Return the water, green and hills that the map is drawn on."""
    wanted = current(LandVersion, at, scope).where(LandVersion.min_x.is_not(None))
    return list(session.scalars(wanted.order_by(LandVersion.code)))


def gates_on_map(session: Session, at: At, scope: Scope, bounds: Sequence[float] | None = None) -> list[GateVersion]:
    """Return the gates with a place, within bounds where given."""
    wanted = current(GateVersion, at, scope).where(GateVersion.min_x.is_not(None))
    return list(session.scalars(_in_bounds(wanted, GateVersion, bounds).order_by(GateVersion.code)))


def entrance(session: Session, at: At, scope: Scope, unit: UnitVersion) -> tuple[float, float] | None:
    """Return the longitude and latitude at which one walks into a place: a gate, the most open first, else its middle.

    None where the place has no geometry.
    """
    gates = session.scalars(current(GateVersion, at, scope).where(GateVersion.unit_id == unit.unit_id))
    open_first = sorted(gates, key=lambda gate: (GATE_STATES.index(gate.state), gate.code))
    place = next((gate.geometry for gate in open_first if gate.geometry is not None), unit.geometry)
    if place is None:
        return None
    point = shapely.point_on_surface(place)
    return float(point.x), float(point.y)


def sites_on_map(session: Session, at: At, scope: Scope, bounds: Sequence[float] | None = None) -> list[SiteVersion]:
    """Return the sites with a place, within bounds where given."""
    wanted = current(SiteVersion, at, scope).where(SiteVersion.min_x.is_not(None))
    return list(session.scalars(_in_bounds(wanted, SiteVersion, bounds).order_by(SiteVersion.code)))


def services_on_map(
    session: Session, at: At, scope: Scope, types: Iterable[str] | None = None
) -> list[tuple[ServicePointVersion, SiteVersion]]:
    """Return service points with their sites, of some types where given."""
    sites = {site.site_id: site for site in session.scalars(current(SiteVersion, at, scope))}
    wanted = current(ServicePointVersion, at, scope).order_by(ServicePointVersion.code)
    if types is not None:
        wanted = wanted.where(ServicePointVersion.type.in_(sorted(types)))
    return [(point, sites[point.site_id]) for point in session.scalars(wanted) if point.site_id in sites]


def _line(known: Mapping[int, UnitVersion], number: int) -> list[UnitVersion]:
    found: list[UnitVersion] = []
    step = known.get(number)
    while step is not None and step not in found:
        found.append(step)
        step = known.get(step.parent_id or 0)
    return found[::-1]


def _in_bounds(wanted: Any, model: Any, bounds: Sequence[float] | None) -> Any:
    if bounds is None:
        return wanted
    west, south, east, north = bounds
    return wanted.where(model.min_x <= east, model.max_x >= west, model.min_y <= north, model.max_y >= south)


def _children(session: Session, at: At, parents: Sequence[int]) -> dict[int, int]:
    wanted = select(UnitVersion.parent_id, func.count()).where(standing(UnitVersion, at))
    found = rows_for(session, wanted.group_by(UnitVersion.parent_id), UnitVersion.parent_id, parents)
    return {parent: number for parent, number in found if parent is not None}


def _nameless(unit: UnitVersion) -> UnitVersion:
    """Return a member household without what tells who it is: a copy that nothing can write back."""
    if unit.level != HOUSEHOLD:
        return unit
    hidden = dict.fromkeys(("name", "address", "office_phone", "panorama"))
    return UnitVersion(**attributes(unit) | hidden, valid_from=unit.valid_from, valid_to=unit.valid_to)


def uppermost(at: At, scope: Scope) -> Select[UnitVersion]:
    """Select the units that stand under none the asker may see: without a parent, or the areas he was given."""
    wanted = current(UnitVersion, at, scope)
    if scope.areas is None:
        return wanted.where(or_(UnitVersion.parent_id.is_(None), _without_parent(at)))
    return wanted.where(UnitVersion.unit_id.in_(sorted(scope.areas)))


def _without_parent(at: At) -> ColumnElement[bool]:
    """Say that the recorded parent isn't there at the time."""
    above = aliased(UnitVersion)
    return ~select(above.id).where(standing(above, at), above.unit_id == UnitVersion.parent_id).exists()
