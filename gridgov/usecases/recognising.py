"""Which unit a row speaks of, where codes slide: a code is an attribute, never the identity (DOMAIN §1.2).

420503001002 was 隆康路 in 2016 and is 北山坡 in 2023, while 隆康路 took …001: name and place are asked besides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import shapely
from sqlalchemy import select

from gridgov.domain.units import Level
from gridgov.storage.models import UnitVersion
from gridgov.usecases.merging import Ready
from gridgov.usecases.resolving import Resolver

NEAR_DEGREES = 0.0005  # about 50 m
_WITHIN_PARENT = frozenset({"building", "household"})


def recognise(resolver: Resolver, rung: Level, rows: Sequence[Ready]) -> list[Ready]:
    """Say of each row which standing unit it means where the code alone would mislead.

    A row whose code stands for a unit of another name means the unit that bears the row's name, if one does; else,
    where the code's unit appears under another code in the same rows, none that stands; else the code's unit, renamed.
    Building groups and households are numbered anew in every compound and building: the same code under another parent,
    and in another place, is another thing.
    """
    if not rows:
        return []
    by_code, by_name = _standing(resolver, rung)
    told = Counter(ready.values.get("name") for ready in rows)
    return [_recognised(rung, ready, by_code, by_name, told) for ready in rows]


def _recognised(
    rung: Level,
    ready: Ready,
    by_code: dict[str, list[UnitVersion]],
    by_name: dict[str, list[UnitVersion]],
    told: Counter[Any],
) -> Ready:
    coded = by_code.get(ready.values["code"], [])
    if rung.id in _WITHIN_PARENT:
        own = [unit for unit in coded if _same_place(unit, ready)]
        return replace(ready, identity=own[0].unit_id) if own else replace(ready, alone=True)
    name = ready.values.get("name")
    if name is None or any(unit.name in {None, name} for unit in coded):
        return ready
    named = {unit.unit_id for unit in by_name.get(name, []) if _could_be(unit, ready)}
    if len(named) == 1:
        return replace(ready, identity=named.pop())
    return replace(ready, alone=True) if any(told[unit.name] for unit in coded) else ready


def _standing(resolver: Resolver, rung: Level) -> tuple[dict[str, list[UnitVersion]], dict[str, list[UnitVersion]]]:
    by_code: dict[str, list[UnitVersion]] = defaultdict(list)
    by_name: dict[str, list[UnitVersion]] = defaultdict(list)
    wanted = select(UnitVersion).where(UnitVersion.superseded_by.is_(None), UnitVersion.level == rung.id)
    lasting: Iterable[UnitVersion] = resolver.session.scalars(wanted.order_by(UnitVersion.valid_from.desc()))
    for unit in lasting:
        by_code[unit.code].append(unit)
        if unit.name:
            by_name[unit.name].append(unit)
    return by_code, by_name


def _could_be(unit: UnitVersion, ready: Ready) -> bool:
    """Names repeat in a city: the same name means the same unit under the same parent only."""
    parent = ready.values.get("parent_id")
    return parent is None or unit.parent_id is None or unit.parent_id == parent


def _same_place(unit: UnitVersion, ready: Ready) -> bool:
    parent = ready.values.get("parent_id")
    if parent is not None and unit.parent_id == parent:
        return True
    if unit.geometry is None or ready.geometry is None:
        return parent is None
    return bool(shapely.dwithin(unit.geometry, ready.geometry, NEAR_DEGREES))
