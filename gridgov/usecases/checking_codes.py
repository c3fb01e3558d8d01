"""Findings about codes, and about what hangs where: twice, contradicting, untidy, orphaned, left behind."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import shapely
from sqlalchemy import select

from gridgov.domain.units import contradicts, tidy_code
from gridgov.spatial.topology import near_pairs
from gridgov.storage.models import SiteVersion, UnitVersion
from gridgov.usecases.findings import CODED, Finding, Ground, Look, called, identity_of, of_thing, of_unit, place_of
from gridgov.usecases.lookups import things_for

SAME_PLACE_METRES = 20.0
_ON_UNITS = ("grids", "gates", "posts", "contacts", "partners")


def _codes_twice(ground: Ground) -> Iterator[Finding]:
    """A code names one thing of its kind, a unit's one of its level."""
    for kind in CODED:
        counted = Counter((getattr(thing, "level", kind), thing.code) for thing in ground.things(kind))
        for thing in ground.things(kind):
            layer = getattr(thing, "level", kind)
            if counted[layer, thing.code] > 1:
                yield of_thing(kind, thing, "error", "duplicate_code", layer=layer)


def _codes_untidy(ground: Ground) -> Iterator[Finding]:
    """A code with blanks around it or full-width digits in it is another code to every machine."""
    for kind in CODED:
        for thing in ground.things(kind):
            if tidy_code(thing.code) != thing.code:
                yield of_thing(kind, thing, "warning", "code_untidy", tidy=tidy_code(thing.code))


def _standing_twice(ground: Ground) -> Iterator[Finding]:
    """Units of one name under one parent at one place are one unit recorded twice."""
    named: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, unit in enumerate(ground.units):
        if unit.name and unit.geometry is not None and unit.level != "household":
            named[unit.level, unit.parent_id, unit.name].append(number)
    for numbers in named.values():
        if len(numbers) > 1:
            for first, second in near_pairs(shapely.point_on_surface(ground.shapes[numbers]), SAME_PLACE_METRES):
                unit, other = ground.units[numbers[second]], ground.units[numbers[first]]
                yield of_unit(unit, "warning", "duplicate_place", other=other.code)


def _orphans(ground: Ground) -> Iterator[Finding]:
    levels = {unit.unit_id: unit.level for unit in ground.units}
    for unit in ground.units:
        rank = ground.profile.rank(unit.level)
        if unit.parent_id is not None and unit.parent_id not in ground.standing:
            yield of_unit(unit, "warning", "parent_gone", told=unit.parent_code, level=unit.level)
        elif rank > 0 and (unit.orphan or unit.parent_id is None):
            next_above = ground.profile.levels[rank - 1].id
            placed = unit.parent_id is not None and levels.get(unit.parent_id) == next_above
            yield of_unit(unit, "info" if placed else "warning", "orphan", told=unit.parent_code, level=unit.level)


def _codes_contradicting(ground: Ground) -> Iterator[Finding]:
    """A code that names another parent than the one recorded, or than the one the unit hangs under."""
    for unit in ground.units:
        rank = ground.profile.rank(unit.level)
        above = ground.profile.levels[rank - 1] if rank else None
        for parent in (unit.parent_code, _hung_under(ground, unit)):
            if contradicts(unit.code, ground.profile.level(unit.level), above, parent):
                yield of_unit(unit, "warning", "code_contradicts", parent=parent)
                break


def _hung_under(ground: Ground, unit: UnitVersion) -> str | None:
    """Return the code of the parent on the level above; where a unit was hung by place alone it says nothing."""
    number = None if unit.orphan else ground.index.get(unit.parent_id or 0)
    if number is None:
        return None
    parent = ground.units[number]
    return parent.code if ground.profile.rank(parent.level) == ground.profile.rank(unit.level) - 1 else None


def _left_behind(ground: Ground) -> Iterator[Finding]:
    """What stands on a unit that doesn't: a gate, a post, a contact, a grid, a partner body, a branch."""
    left = [(kind, thing, thing.unit_id) for kind in _ON_UNITS for thing in ground.things(kind)]
    left += [("branches", branch, unit) for branch in ground.things("branches") for unit in branch.compounds]
    gone = [(kind, thing, unit) for kind, thing, unit in left if unit not in ground.standing]
    units = _last_known(ground, UnitVersion, {unit for _, _, unit in gone})
    for kind, thing, number in gone:
        unit = units.get(number)
        told = {"layer": kind, "name": called(unit) if unit is not None else None}
        place = place_of(getattr(thing, "geometry", None)) or (place_of(unit.geometry) if unit is not None else None)
        subject = getattr(thing, "code", None) or (unit.code if unit is not None else str(number))
        yield Finding("warning", "unit_gone", subject, number, place, told, (kind, identity_of(thing)))


def _services_left_behind(ground: Ground) -> Iterator[Finding]:
    """Service points whose site doesn't stand."""
    sites = {site.site_id for site in ground.things("sites")}
    gone = [point for point in ground.things("services") if point.site_id not in sites]
    known = _last_known(ground, SiteVersion, {point.site_id for point in gone})
    for point in gone:
        site = known.get(point.site_id)
        told = {"layer": "services", "name": (site.name or site.code) if site is not None else None}
        place = place_of(site.geometry) if site is not None else None
        yield Finding("warning", "unit_gone", point.code, None, place, told, ("services", point.service_point_id))


def _last_known(ground: Ground, model: Any, identities: set[int]) -> dict[int, Any]:
    """Return what was last said of things by the day, or will first be said of them."""
    subject = getattr(model, model.subject)
    found = things_for(ground.session, select(model).where(model.superseded_by.is_(None)), subject, identities)
    found.sort(key=lambda version: (version.valid_from <= ground.at.day, version.valid_from), reverse=True)
    return {identity_of(version): version for version in reversed(found)}


LOOKS: tuple[Look, ...] = (
    _codes_twice,
    _codes_untidy,
    _standing_twice,
    _orphans,
    _codes_contradicting,
    _left_behind,
    _services_left_behind,
)
