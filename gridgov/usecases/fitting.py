"""What a form's thing must fit: free codes, its parent's ground, its wall, and posts that only one may hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import shapely
from sqlalchemy import select

from gridgov.domain.intake import Problem
from gridgov.domain.privacy import shown_phone
from gridgov.errors import InputError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion, ContactVersion, DepartmentVersion, PostVersion, UnitVersion
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.hand import Hand, outside_share, refuse, versions_of
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.lookups import rows_for
from gridgov.usecases.merging import Ready
from gridgov.usecases.resolving import GATE_SEARCH_METRES, Resolver
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.things import holds, timeline

WHOLLY = 0.98
PARTLY = 0.02
_WITHIN_PARENT = frozenset({"building", "household"})
_SHOWN = 5


def refuse_taken_code(hand: Hand, kind: str, ready: Ready, identity: int) -> None:
    """Refuse a code that another thing of the kind bears on the day or later; buildings count anew in each parent."""
    model: Any = TARGETS[kind].version
    code = ready.values.get("code")
    if not hasattr(model, "code") or code is None:
        return
    others = hand.lasting(model, model.code == code, getattr(model, model.subject) != identity)
    if kind == "units":
        level, parent = ready.values["level"], ready.values.get("parent_id")
        others = [other for other in others if other.level == level]
        if level in _WITHIN_PARENT:
            others = [other for other in others if parent is None or other.parent_id == parent]
    if others:
        named = None if getattr(others[0], "level", None) == "household" else others[0].name
        raise refuse("code", code, "code_taken", other=named or code)


def within_time(hand: Hand, kind: str, ready: Ready, identity: int | None = None) -> Ready:
    """Refuse what would stand on a unit before that stands; what hangs on one that ends does so with it.

    A unit that stands isn't ended so: others live on it.
    """
    told = {"parent": ready.values.get("parent_id")} if kind == "units" else {"unit": ready.values.get("unit_id")}
    told |= {f"compounds {unit}": unit for unit in ready.values.get("compounds", ())}
    ends = []
    for name, unit in told.items():
        own = [] if unit is None else timeline(hand.session, "units", unit)
        if not own:
            continue
        if not any(holds(version, ready.start) for version in own):
            first = own[0].valid_from.isoformat()
            raise refuse(name.partition(" ")[0], own[0].name or own[0].code, "unit_not_then", first=first)
        ends.append(own[-1].valid_to)
        if kind == "units" and identity is not None and own[-1].valid_to is not None:
            _refuse_outliving(hand, identity, own[-1])
    last = min((day for day in ends if day is not None), default=None)
    if last is None or (ready.end is not None and ready.end <= last):
        return ready
    hand.warn(InputError("ends_with_unit", day=last.isoformat()))
    return replace(ready, end=last)


def within_units(resolver: Resolver, rows: Sequence[Ready]) -> list[Ready]:
    """Return rows of contacts, each ended with its unit at the latest; warn of that, and of what begins before it."""
    version = UnitVersion
    wanted = select(version.unit_id, version.valid_from, version.valid_to).where(version.superseded_by.is_(None))
    first: dict[int, date] = {}
    last: dict[int, date] = {}
    units = {one.values["unit_id"] for one in rows}
    for unit, start, end in rows_for(resolver.session, wanted, version.unit_id, units):
        first[unit] = min(start, first.get(unit, start))
        last[unit] = max(end or date.max, last.get(unit, date.min))
    return [_within(resolver, one, first[one.values["unit_id"]], last[one.values["unit_id"]]) for one in rows]


def _within(resolver: Resolver, ready: Ready, first: date, last: date) -> Ready:
    def warn(name: str, told: date | None, code: str, **params: object) -> None:
        problem = Problem(ready.row.number, name, None if told is None else told.isoformat(), code, params)
        resolver.intake.warnings.append((ready.row.file, problem))

    if ready.start < first:
        warn("valid_from", ready.start, "begins_before_unit", unit=ready.row.values["unit"], first=first.isoformat())
    if last == date.max or (ready.end is not None and ready.end <= last):
        return ready
    warn("valid_to", ready.end, "ends_with_unit", day=last.isoformat())
    return replace(ready, end=last)


def _refuse_outliving(hand: Hand, identity: int, parent: UnitVersion) -> None:
    """Refuse to hang a unit under one that ends before it does."""
    end, last = parent.valid_to, timeline(hand.session, "units", identity)[-1].valid_to
    if end is not None and (last is None or end < last):
        told = {"name": parent.name or parent.code, "day": end.isoformat()}
        raise RefusedError([Problem(1, "parent", parent.code, "thing_ends_ahead", told)])


def refuse_wrong_place(hand: Hand, kind: str, ready: Ready) -> None:
    """Refuse what lies off its parent's ground or its compound's wall; warn of what lies partly off."""
    place = ready.geometry
    if place is None:
        return
    if kind == "gates":
        _refuse_off_the_wall(hand, ready)
    parent = ready.values.get("parent_id") if kind == "units" else ready.values.get("unit_id")
    if kind not in {"units", "grids"} or parent is None:
        return
    above = next(iter(versions_of(hand, "units", parent)), None)
    if above is None or above.geometry is None or above.geometry.geom_type not in AREAL:
        return
    child, ground = hand.planar([place, above.geometry])
    share = outside_share(child, ground)
    told = {"parent": above.name or above.code, "percent": round(share * 100)}
    if share > WHOLLY:
        raise refuse("geometry", place.geom_type, "place_outside_parent", **told)
    if share > PARTLY:
        hand.warn(InputError("place_crosses_parent", **told))


def warn_of_children_left(hand: Hand, identity: int, ready: Ready) -> None:
    """Warn of children whose place lies off the new ground of their parent."""
    if ready.geometry is None or ready.geometry.geom_type not in AREAL:
        return
    children = hand.lasting(UnitVersion, UnitVersion.parent_id == identity, UnitVersion.min_x.is_not(None))
    if not children:
        return
    ground, *places = hand.planar([ready.geometry, *(child.geometry for child in children)])
    left = [child for child, place in zip(children, places, strict=True) if outside_share(place, ground) > WHOLLY]
    if left:
        named = "、".join(child.name or child.code for child in left[:_SHOWN])
        hand.warn(InputError("children_outside", count=len(left), names=named))


def refuse_second_post(hand: Hand, ready: Ready, identity: int) -> None:
    """Refuse a second standing post of a role that a unit has once."""
    role = next(role for role in hand.profile.roles if role.id == ready.values["role"])
    if not role.single:
        return
    same = (PostVersion.role == role.id, PostVersion.unit_id == ready.values["unit_id"])
    others = hand.lasting(PostVersion, *same, PostVersion.post_id != identity)
    if others:
        raise refuse("role", role.id, "post_stands", holder=shown_phone(others[0].holder) or "")


def refuse_second_holder(hand: Hand, ready: Ready, identity: int) -> None:
    """Refuse a second holder of a role that only one may hold at a time (DOMAIN §2.5)."""
    tier, role, unit = (ready.values[name] for name in ("tier", "role", "unit_id"))
    rung = hand.profile.tier(tier)
    if role not in (rung.exclusive, *rung.single):
        return
    same = (ContactVersion.tier == tier, ContactVersion.role == role, ContactVersion.unit_id == unit)
    others = [
        other
        for other in hand.lasting(ContactVersion, *same, ContactVersion.contact_id != identity)
        if ready.end is None or other.valid_from < ready.end
    ]
    if others:
        first = others[0]
        raise refuse("holder", None, "post_taken", holder=_holder(hand, first), since=first.valid_from.isoformat())


def _holder(hand: Hand, contact: ContactVersion) -> str:
    at = At(max(contact.valid_from, hand.day))
    wanted: Any
    if contact.cadre_id is not None:
        wanted = current(CadreVersion, at, Scope.everything()).where(CadreVersion.cadre_id == contact.cadre_id)
    else:
        held = DepartmentVersion.department_id == contact.department_id
        wanted = current(DepartmentVersion, at, Scope.everything()).where(held)
    found = hand.session.scalar(wanted)
    return shown_phone(found.name) or "" if found else ""


def _refuse_off_the_wall(hand: Hand, ready: Ready) -> None:
    """Refuse a gate further from its compound's wall than drawings err."""
    compound = next(iter(versions_of(hand, "units", ready.values["unit_id"])), None)
    if compound is None or compound.geometry is None or compound.geometry.geom_type not in AREAL:
        return
    gate, ground = hand.planar([ready.geometry, compound.geometry])
    metres = float(shapely.distance(gate, shapely.boundary(ground)))
    if metres > GATE_SEARCH_METRES:
        told = {"compound": compound.name or compound.code, "metres": round(metres)}
        raise refuse("geometry", "Point", "gate_off_wall", **told, most=round(GATE_SEARCH_METRES))
