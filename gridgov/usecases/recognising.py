"""Which thing a row speaks of, where codes slide: a code is an attribute, never the identity (DOMAIN §1.2).

420503001002 was 隆康路 in 2016 and is 北山坡 in 2023, while 隆康路 took …001: name and place are asked besides.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from gridgov.domain.intake import Problem
from gridgov.domain.names import folded, place_name, resemble
from gridgov.domain.units import Level
from gridgov.storage.models import UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.usecases.merging import Ready
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.targets import TARGETS

NEAR_DEGREES = 0.0005  # about 50 m
_WITHIN_PARENT = frozenset({"building", "household"})


@dataclass(frozen=True)
class _Rule:
    """What must be the same beside the name: the columns that say where a thing belongs, and for some the place."""

    home: tuple[str, ...] = ()
    placed: bool = False
    fold: Callable[[str], str] = folded


_RULES = {
    "units": _Rule(("parent_id",), fold=place_name),
    "grids": _Rule(("unit_id",), fold=place_name),
    "gates": _Rule(("unit_id",), placed=True),
    "sites": _Rule(placed=True),
    "services": _Rule(("site_id", "type")),
    "departments": _Rule(),
    "branches": _Rule(("compounds",)),
    "partners": _Rule(("unit_id", "kind")),
}


@dataclass
class _Known:
    """A thing that stands: its code, place and name as they were last, where it belongs, and all names it had."""

    identity: int
    code: str
    called: str | None
    home: tuple[Any, ...]
    place: BaseGeometry | None
    names: set[str]
    name: str | None


def recognise(resolver: Resolver, rung: Level, rows: Sequence[Ready]) -> None:
    """Note with each row which standing unit it means where the code alone would mislead.

    Building groups and households are numbered anew in every compound and building: the same code under another parent,
    and in another place, is another thing. Every other unit is recognised as `recognise_named` does.
    """
    if rung.id not in _WITHIN_PARENT:
        recognise_named(resolver, "units", rows, UnitVersion.level == rung.id)
        return
    coded: dict[str, list[Any]] = defaultdict(list)
    place = unread(UnitVersion.geometry).label("place")
    columns = select(UnitVersion.unit_id, UnitVersion.code, UnitVersion.parent_id, place)
    wanted = columns.where(UnitVersion.superseded_by.is_(None), UnitVersion.level == rung.id)
    lasting = resolver.session.execute(wanted.order_by(UnitVersion.valid_from.desc()))
    for unit in lasting if rows else ():
        coded[unit.code].append(unit)
    for ready in rows:
        own = next((unit for unit in coded.get(ready.values["code"], ()) if _same_place(unit, ready)), None)
        ready.identity, ready.alone = (None, True) if own is None else (own.unit_id, False)


def recognise_named(resolver: Resolver, kind: str, rows: Sequence[Ready], *among: Any) -> None:
    """Note with each row which standing thing it means where the code alone would mislead.

    A row whose code stands for nothing, or for a thing of another name, means the one thing that bears the row's name
    where the row says, unless another row speaks of that one by its own code. Else, where the code's thing appears
    under another code in the same rows, it means none that stands; else the code's thing, renamed. What that leaves
    doubtful of units is told as a warning.
    """
    named = [ready for ready in rows if ready.values.get("name")]
    if named:
        recogniser = _Recogniser(resolver, kind, named, among)
        for ready in named:
            recogniser.recognise(ready)


def _same_place(unit: Any, ready: Ready) -> bool:
    parent = ready.values.get("parent_id")
    if parent is not None and unit.parent_id == parent:
        return True
    if unit.place is None or ready.geometry is None:
        return parent is None
    return _near(read_shapes([unit.place])[0], ready.geometry)


def _near(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    return one is not None and other is not None and bool(shapely.dwithin(one, other, NEAR_DEGREES))


class _Recogniser:
    """The things of a kind that stand, by code and by name, and what the rows say of them."""

    def __init__(self, resolver: Resolver, kind: str, named: Sequence[Ready], among: Sequence[Any]) -> None:
        self.intake, self.rule, self.units = resolver.intake, _RULES[kind], kind == "units"
        self.by_code: dict[str, list[_Known]] = defaultdict(list)
        self.by_name: dict[str, list[_Known]] = defaultdict(list)
        for known in self._standing(resolver, kind, among):
            self.by_code[known.code].append(known)
            for name in known.names:
                self.by_name[name].append(known)
        self.told_codes = {(ready.values["code"], self._name(ready)) for ready in named}
        self.told_homes = {(self._name(ready), self._home(ready)) for ready in named}

    def recognise(self, ready: Ready) -> None:
        """Note with a row the thing it means."""
        name, coded = self._name(ready), self.by_code.get(ready.values["code"], [])
        own = [known for known in coded if known.name is None or name in known.names]
        if own:
            ready.identity = next((known for known in own if known.name == name), own[0]).identity
            return
        meant = self._bearing(name, ready)
        left = [known for known in coded if not self._told(known)]
        if len(meant) == 1:
            self._warn(ready, left, "row_code_left")
            ready.identity = meant[0].identity
        elif len(left) < len(coded):
            ready.alone = True
        else:
            self._warn(ready, [known for known in left if not resemble(name, known.name or "")], "row_renamed")

    def _bearing(self, name: str, ready: Ready) -> list[_Known]:
        """Return the things that bear a row's name where it says, of several those that bear it still or lie near."""
        found = [known for known in self.by_name.get(name, ()) if self._fits(known, ready) and not self._kept(known)]
        still = [known for known in found if known.name == name] or found
        near = [known for known in still if _near(known.place, ready.geometry)]
        return still if len(still) == 1 else near or still

    def _fits(self, known: _Known, ready: Ready) -> bool:
        if self.rule.placed and not _near(known.place, ready.geometry):
            return False
        return all(_agree(one, other) for one, other in zip(known.home, self._home(ready), strict=True))

    def _kept(self, known: _Known) -> bool:
        """Tell whether a row speaks of a thing by its own code and name."""
        return any((known.code, name) in self.told_codes for name in known.names)

    def _told(self, known: _Known) -> bool:
        """Tell whether a row speaks of a thing by its name, where it belongs."""
        homes = (known.home, (None,) * len(known.home))
        return any((name, home) in self.told_homes for name in known.names for home in homes)

    def _warn(self, ready: Ready, doubtful: Sequence[_Known], code: str) -> None:
        if self.units and doubtful:
            told = {"code": ready.values["code"], "was": doubtful[0].called}
            problem = Problem(ready.row.number, "name", ready.values["name"], code, told)
            self.intake.warnings.append((ready.row.file, problem))

    def _name(self, ready: Ready) -> str:
        return self.rule.fold(ready.values["name"])

    def _home(self, ready: Ready) -> tuple[Any, ...]:
        return tuple(_hashable(ready.values.get(name)) for name in self.rule.home)

    def _standing(self, resolver: Resolver, kind: str, among: Sequence[Any]) -> list[_Known]:
        model = TARGETS[kind].version
        subject = getattr(model, model.subject)
        place = [model.geometry] if hasattr(model, "geometry") else []
        columns = [subject, model.code, model.name, model.valid_to, *(getattr(model, name) for name in self.rule.home)]
        wanted = select(*columns, *place).where(model.superseded_by.is_(None), *among).order_by(model.valid_from)
        found: dict[int, _Known] = {}
        for identity, code, name, end, *home in resolver.session.execute(wanted):
            shape = home.pop() if place else None
            called = self.rule.fold(name) if name else None
            names = (found[identity].names if identity in found else set()) | ({called} if called else set())
            found[identity] = _Known(identity, code, name, tuple(map(_hashable, home)), shape, names, called)
            if end is not None and end <= resolver.day:
                del found[identity]
        return list(found.values())


def _agree(one: object, other: object) -> bool:
    """Names repeat in a city: the same name means the same thing in the same home, as far as both homes are known."""
    return one is None or other is None or one == other


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
