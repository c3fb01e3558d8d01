"""Facility types, scenarios and rule packs: the objects, and what makes a row of a pack a good one."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from gridgov.errors import InputError, NotFoundError

AGE_BANDS = ("0_2", "3_5", "6_11", "12_14", "15_59", "60_79", "80")
TIERS = ("block", "5", "10", "15")
BASES = ("reach", "jurisdiction")
JURISDICTIONS = ("street", "community")
MEASURES = ("walk", "straight")
CAPACITY_RULES = ("people",)


@dataclass(frozen=True)
class Scenario:
    """One of the eight scenarios (八大场景)."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class Department:
    """A department that can lead a facility type; `code` is its code in the city's own files."""

    id: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class FacilityType:
    """A facility type, with the scenario it has unless a pack's row says otherwise."""

    id: str
    zh: str
    en: str
    scenario: str
    icon: str


_Entry = TypeVar("_Entry", Scenario, Department, FacilityType)


@dataclass(frozen=True)
class Catalogue:
    """Every scenario, department and facility type, in the order of the file."""

    scenarios: tuple[Scenario, ...]
    departments: tuple[Department, ...]
    types: tuple[FacilityType, ...]

    def scenario(self, scenario: str) -> Scenario:
        """Return the scenario of this id."""
        return _find(self.scenarios, scenario, "scenario_unknown")

    def department(self, department: str) -> Department:
        """Return the department of this id."""
        return _find(self.departments, department, "department_unknown")

    def type(self, facility_type: str) -> FacilityType:
        """Return the facility type of this id."""
        return _find(self.types, facility_type, "type_unknown")


@dataclass(frozen=True)
class Row:
    """What a pack asks of one facility type. Radius in metres; `serves` holds indexes into AGE_BANDS, empty = all."""

    type: str
    tier: str
    required: bool
    scenario: str
    radius: float | None = None
    basis: str = "reach"
    jurisdiction: str | None = None
    measure: str = "walk"
    serves: tuple[int, ...] = ()
    capacity_rule: str | None = None
    size: str | None = None
    department: str | None = None
    clause: str | None = None
    source: str | None = None
    rests_on: str | None = None
    verified: bool = False
    needs_verified: bool = False

    @property
    def printed_grade(self) -> str:
        """`standard` (达标) for a row read in the standard's own text, else `reference` (参考)."""
        return "standard" if self.verified else "reference"

    @property
    def decided(self) -> bool:
        """Whether the row can be met at all: it has a radius or a jurisdiction."""
        return self.radius is not None or self.basis == "jurisdiction"


@dataclass(frozen=True)
class RulePack:
    """A versioned set of rows, one per facility type, with the departments its rows may name."""

    id: str
    zh: str
    en: str
    version: str
    extends: str | None
    departments: tuple[Department, ...]
    rows: tuple[Row, ...]

    def row(self, facility_type: str) -> Row | None:
        """Return the row of a facility type, or None where the pack says nothing of it."""
        return next((row for row in self.rows if row.type == facility_type), None)

    def department(self, facility_type: str) -> Department | None:
        """Return the department that leads a facility type, or None where the pack names none."""
        row = self.row(facility_type)
        return next((each for each in self.departments if row and each.id == row.department), None)


def catalogue(document: Mapping[str, object]) -> Catalogue:
    """Build the catalogue from its document; InputError names the entry and field that is wrong."""
    scenarios = tuple(Scenario(**each) for each in _entries(document, "scenarios", Scenario))
    departments = tuple(Department(**each) for each in _entries(document, "departments", Department))
    types = tuple(FacilityType(**each) for each in _entries(document, "types", FacilityType))
    known = [each.id for each in scenarios]
    for each in types:
        _one_of(each.scenario, known, pack="catalogue", row=each.id, field="scenario")
    return Catalogue(scenarios, departments, types)


def rule_pack(document: Mapping[str, object], known: Catalogue) -> RulePack:
    """Build a pack that stands by itself; InputError names the pack, row, field and value that is wrong."""
    return _build(document, known, {}, known.departments)


def merge(local: Mapping[str, object], national: RulePack, known: Catalogue) -> RulePack:
    """Lay a local pack's document over a national pack, row by row.

    A local row says what it changes and takes the rest from the national row; what it changes was not read in the
    national text, so such a row is no longer `verified` unless it says so itself. Other types' rows are kept or added.
    """
    base = {row.type: _document(row) for row in national.rows}
    return _build(local, known, base, national.departments)


def _build(
    document: Mapping[str, object],
    known: Catalogue,
    base: Mapping[str, dict[str, object]],
    inherited: tuple[Department, ...],
) -> RulePack:
    name = _text(document.get("id"), pack="?", row="pack", field="id")
    for field in document:
        if field not in _HEAD:
            raise InputError("pack_field_unknown", pack=name, row="pack", field=field)
    own = [Department(**each) for each in _entries(document, "departments", Department, pack=name, optional=True)]
    departments = tuple({each.id: each for each in (*inherited, *own)}.values())
    told = _rows_told(document, name)
    merged = dict(base) | {each: _over(base.get(each), row) for each, row in told.items()}
    scenarios = {each.id: each.scenario for each in known.types}
    allowed: dict[str, Iterable[object]] = {
        "type": scenarios,
        "scenario": [each.id for each in known.scenarios],
        "department": [each.id for each in departments],
    }
    rows = [_row({"scenario": scenarios.get(each)} | row, name, allowed) for each, row in merged.items()]
    order = {each: number for number, each in enumerate(scenarios)}
    text = {field: _text(document.get(field), pack=name, row="pack", field=field) for field in ("zh", "en", "version")}
    extends = document.get("extends")
    return RulePack(
        id=name,
        **text,
        extends=None if extends is None else _text(extends, pack=name, row="pack", field="extends"),
        departments=departments,
        rows=tuple(sorted(rows, key=lambda row: order[row.type])),
    )


_HEAD = frozenset({"id", "zh", "en", "version", "extends", "departments", "rows"})
_GRADED = frozenset({"tier", "required", "radius", "basis", "jurisdiction", "measure", "serves", "size", "clause"})


def _over(national: dict[str, object] | None, local: dict[str, object]) -> dict[str, object]:
    if national is None:
        return local
    changed = {field for field, value in local.items() if field in _GRADED and national.get(field) != value}
    return national | ({"verified": False} if changed else {}) | local


def _document(row: Row) -> dict[str, object]:
    plain = {field: value for field, value in asdict(row).items() if value is not None}
    return plain | {"serves": [AGE_BANDS[each] for each in row.serves]}


def _rows_told(document: Mapping[str, object], pack: str) -> dict[str, dict[str, object]]:
    rows = document.get("rows", [])
    if not isinstance(rows, list):
        raise InputError("pack_value_type", pack=pack, row="pack", field="rows", value=rows, wanted="array")
    told: dict[str, dict[str, object]] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError("pack_value_type", pack=pack, row=str(number), field="rows", value=row, wanted="table")
        name = _text(row.get("type"), pack=pack, row=str(number), field="type")
        if name in told:
            raise InputError("pack_row_twice", pack=pack, row=name)
        told[name] = row
    return told


def _row(told: dict[str, object], pack: str, allowed: Mapping[str, Iterable[object]]) -> Row:
    name = str(told["type"])
    _one_of(name, allowed["type"], pack=pack, row=name, field="type")
    values: dict[str, object] = {}
    for field, value in told.items():
        if field not in _CHECKS:
            raise InputError("pack_field_unknown", pack=pack, row=name, field=field)
        values[field] = _CHECKS[field](value, pack=pack, row=name, field=field)
    for field in ("scenario", "department"):
        if field in values:
            _one_of(values[field], allowed[field], pack=pack, row=name, field=field)
    for field in ("tier", "required"):
        if field not in values:
            raise InputError("pack_field_missing", pack=pack, row=name, field=field)
    _agree(values, pack=pack, row=name)
    return Row(**values)  # type: ignore[arg-type]  # each value has passed the check of its field


def _agree(values: Mapping[str, object], *, pack: str, row: str) -> None:
    by_jurisdiction = values.get("basis") == "jurisdiction"
    if by_jurisdiction and "jurisdiction" not in values:
        raise InputError("pack_field_missing", pack=pack, row=row, field="jurisdiction")
    if not by_jurisdiction and "jurisdiction" in values:
        raise InputError("pack_fields_contradict", pack=pack, row=row, field="jurisdiction", other="basis")


def _entries(
    document: Mapping[str, object], key: str, kind: type, *, pack: str = "catalogue", optional: bool = False
) -> list[dict[str, str]]:
    entries = document.get(key, [] if optional else None)
    if not isinstance(entries, list):
        raise InputError("pack_value_type", pack=pack, row=key, field=key, value=entries, wanted="array")
    told = [_entry(each, f"{key} {number}", kind, pack) for number, each in enumerate(entries, 1)]
    seen: set[str] = set()
    for each in told:
        if each["id"] in seen:
            raise InputError("pack_row_twice", pack=pack, row=each["id"])
        seen.add(each["id"])
    return told


def _entry(entry: object, row: str, kind: type, pack: str) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise InputError("pack_value_type", pack=pack, row=row, field=row, value=entry, wanted="table")
    wanted = [field.name for field in fields(kind)]
    for field in entry:
        if field not in wanted:
            raise InputError("pack_field_unknown", pack=pack, row=row, field=field)
    return {field: _text(entry.get(field), pack=pack, row=row, field=field) for field in wanted}


def _find(among: tuple[_Entry, ...], wanted: str, code: str) -> _Entry:
    for each in among:
        if each.id == wanted:
            return each
    raise NotFoundError(code, id=wanted)


def _text(value: object, *, pack: str, row: str, field: str) -> str:
    if value is None or value == "":
        raise InputError("pack_field_missing", pack=pack, row=row, field=field)
    if not isinstance(value, str):
        raise InputError("pack_value_type", pack=pack, row=row, field=field, value=value, wanted="string")
    return value


def _flag(value: object, *, pack: str, row: str, field: str) -> bool:
    if not isinstance(value, bool):
        raise InputError("pack_value_type", pack=pack, row=row, field=field, value=value, wanted="boolean")
    return value


def _metres(value: object, *, pack: str, row: str, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("pack_value_type", pack=pack, row=row, field=field, value=value, wanted="number")
    if not (math.isfinite(value) and value > 0):
        raise InputError("pack_value_range", pack=pack, row=row, field=field, value=value)
    return float(value)


def _bands(value: object, *, pack: str, row: str, field: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise InputError("pack_value_type", pack=pack, row=row, field=field, value=value, wanted="array")
    for each in value:
        _one_of(each, AGE_BANDS, pack=pack, row=row, field=field)
    return tuple(number for number, band in enumerate(AGE_BANDS) if band in value)


def _choice(*allowed: str) -> Callable[..., str]:
    def check(value: object, *, pack: str, row: str, field: str) -> str:
        return _one_of(value, allowed, pack=pack, row=row, field=field)

    return check


def _one_of(value: object, allowed: Iterable[object], *, pack: str, row: str, field: str) -> str:
    choices = [str(each) for each in allowed]
    if isinstance(value, str) and value in choices:
        return value
    told = ", ".join(choices)
    raise InputError("pack_value_unknown", pack=pack, row=row, field=field, value=value, allowed=told)


_CHECKS: dict[str, Callable[..., object]] = {
    "type": _text,
    "tier": _choice(*TIERS),
    "required": _flag,
    "scenario": _text,
    "radius": _metres,
    "basis": _choice(*BASES),
    "jurisdiction": _choice(*JURISDICTIONS),
    "measure": _choice(*MEASURES),
    "serves": _bands,
    "capacity_rule": _choice(*CAPACITY_RULES),
    "size": _text,
    "department": _text,
    "clause": _text,
    "source": _text,
    "rests_on": _text,
    "verified": _flag,
    "needs_verified": _flag,
}
