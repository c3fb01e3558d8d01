"""What each kind of import row may say, and how a cell's text becomes a value."""

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from gridgov.domain.dates import read_day, read_end, read_start
from gridgov.domain.intake import Problem
from gridgov.domain.offers import read_pledges, read_resources
from gridgov.domain.privacy import withholds
from gridgov.domain.quantities import AREA, HOUSEHOLDS, PEOPLE, PLACES, YEAR, quantity, whole
from gridgov.domain.units import AGE_BANDS, MisreadCodeError, read_code

_YES = {"1", "true", "t", "yes", "y", "是", "有", "√"}
_NO = {"0", "false", "f", "no", "n", "否", "无", "×"}


_EXACT_BELOW = 1e15  # a spreadsheet keeps fifteen digits of a number
_FOUND_BY = frozenset({"code", "unit", "holder"})
# What people wrote to be read keeps its full-width brackets; codes, numbers and choices are told in any width.
FREE_TEXT = frozenset(
    {
        "name", "site_name", "address", "purpose", "hours", "source", "post", "document", "recorded_by",
        "contact", "resources", "pledges",
    }
)  # fmt: skip
GIVEN = frozenset({"contact_number", "holder_name"})  # what an exported row carries for its way back
_TELLS_PART = frozenset({"pledge_unreadable"})  # refusals that name which part of a cell is meant
CELL_FIELDS = ("people", "year")  # what is told of a place that counts people and is no unit


@dataclass(frozen=True)
class Field:
    """One field: its name, how its text is read, whether a row needs it, and the words that stand for its choices.

    `refusal` names the sentence for a text that can't be read.
    """

    name: str
    read: Callable[[str], object]
    required: bool = False
    words: Mapping[str, str] | None = None
    refusal: str = "value_unreadable"

    @property
    def shape(self) -> str:
        """How a form asks for it: text, lines, number, date, flag or choice."""
        return "choice" if self.words is not None else _SHAPES.get(self.read, "text")


def read_row(kind: str, told: Mapping[str, object], row: int) -> tuple[dict[str, object], list[Problem]]:
    """Turn the cells of one row into values: what isn't told stays out, an empty cell is None.

    A cell that withholds something (138****1234) isn't told: what stands is kept. Only a field by which a thing is
    found keeps its masked text, to be compared. Every cell that can't be read and every required one that is missing
    is a Problem.
    """
    return read_cells(_asked(kind, tuple(told)), told, row)


def read_cell(told: Mapping[str, object], row: int) -> tuple[dict[str, object], list[Problem]]:
    """Turn the cells of a row that counts people at a place, of no unit, into values, as `read_row` does."""
    return read_cells((field for field in _NUMBERS if field.name in CELL_FIELDS), told, row)


def read_cells(
    fields: Iterable[Field], told: Mapping[str, object], row: int
) -> tuple[dict[str, object], list[Problem]]:
    """Turn the cells of some fields into values, as `read_row` does."""
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for field in fields:
        if field.name not in told and not field.required:
            continue
        cell = _clean(told.get(field.name), field)
        if cell is None:
            if field.required:
                problems.append(Problem(row, field.name, None, "field_missing"))
            else:
                values[field.name] = None
            continue
        if withholds(cell) and field.name not in _FOUND_BY:
            continue
        try:
            told_so = cell.isascii() or field.name in FREE_TEXT
            values[field.name] = field.read(cell if told_so else unicodedata.normalize("NFKC", cell))
        except ValueError as error:
            problems.append(_unread(field, cell, error, row))
    return values, problems


def required_names(kind: str) -> tuple[str, ...]:
    """Return the fields that every row of a kind needs."""
    return tuple(field.name for field in KINDS[kind] if field.required)


def compound_kind(told: str) -> str | None:
    """Return what kind of compound a word names, or None where it names none."""
    return _COMPOUND_KINDS.get(told.casefold())


def field_names(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of row."""
    return tuple(field.name for field in KINDS[kind])


def _unread(field: Field, cell: str, error: ValueError, row: int) -> Problem:
    if isinstance(error, MisreadCodeError):
        return Problem(row, field.name, cell, "code_letters", {"meant": error.meant})
    known = ", ".join(dict.fromkeys((field.words or {}).values()))
    if known:
        return Problem(row, field.name, cell, "choice_unknown", {"known": known})
    return Problem(row, field.name, cell, field.refusal, {"part": str(error)} if field.refusal in _TELLS_PART else {})


@cache
def _asked(kind: str, names: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields of a kind that rows with some columns are asked for."""
    return tuple(field for field in KINDS[kind] if field.required or field.name in names)


def _clean(cell: object, field: Field) -> str | None:
    if isinstance(cell, str):
        return cell.strip() or None
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:e}" if field.read is read_code and cell >= _EXACT_BELOW else str(int(cell))
    return str(cell).strip() or None


def _flag(text: str) -> bool:
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise ValueError(text)


_PEOPLE, _HOUSEHOLDS, _AREA = quantity(*PEOPLE), quantity(*HOUSEHOLDS), quantity(*AREA)
_PLACES, _YEAR, _TIER = quantity(*PLACES), whole(*YEAR), whole("级", "层")
_SHAPES: dict[Callable[[str], object], str] = {
    **dict.fromkeys((_PEOPLE, _HOUSEHOLDS, _AREA, _PLACES, _YEAR, _TIER), "number"),
    _flag: "flag",
    **dict.fromkeys((read_day, read_start, read_end), "date"),
    read_resources: "lines",
    read_pledges: "lines",
}


def _choice(name: str, words: Mapping[str, str], *, required: bool = False) -> Field:
    """Make a field whose text is one of some identifiers, or a Chinese word for one."""
    known = {**{word: word for word in words.values()}, **words}

    def read(text: str) -> str:
        folded = text.casefold()
        if folded not in known:
            raise ValueError(text)
        return known[folded]

    return Field(name, read, required, known)


def _text(*names: str, required: bool = False) -> tuple[Field, ...]:
    return tuple(Field(name, str, required) for name in names)


def _codes(*names: str, required: bool = False) -> tuple[Field, ...]:
    return tuple(Field(name, read_code, required, refusal="code_rounded") for name in names)


_COMPOUND_KINDS = {
    **dict.fromkeys(("封闭", "封闭小区", "walled"), "walled"),
    **dict.fromkeys(("开放", "开放小区", "open"), "open"),
    **dict.fromkeys(("散居", "散楼", "零散楼栋", "scattered"), "scattered"),
    **dict.fromkeys(("单位", "单位大院", "单位宿舍", "work_unit"), "work_unit"),
}
_MANAGEMENT = {
    **dict.fromkeys(("物业", "物业公司"), "property_company"),
    "单位": "work_unit",
    **dict.fromkeys(("社区", "社区代管"), "community"),
    **dict.fromkeys(("无", "无物业"), "none"),
}
_GRID_KINDS = {**dict.fromkeys(("基础", "基础网格"), "basic"), **dict.fromkeys(("专属", "专属网格"), "special")}
_GATE_STATES = {
    "开放": "open",
    **dict.fromkeys(("居民", "仅居民"), "residents"),
    **dict.fromkeys(("关闭", "封闭"), "closed"),
}
_LAND_KINDS = {
    **dict.fromkeys(("水", "水域", "水面"), "water"),
    **dict.fromkeys(("绿地", "公园绿地"), "green"),
    **dict.fromkeys(("山", "山体"), "hill"),
}
_ACCESS = {
    **dict.fromkeys(("公共", "公开"), "public"),
    **dict.fromkeys(("内部", "私有", "仅居民"), "private"),
}
_STATUSES = {
    **dict.fromkeys(("开放", "在用"), "open"),
    "在建": "under_construction",
    "规划": "planned",
    **dict.fromkeys(("关闭", "停用"), "closed"),
}
_FORMATIONS = {**dict.fromkeys(("独立", "单独"), "independent"), "联合": "joint", "挂靠": "attached"}
_PARTNERS = {
    **dict.fromkeys(("业委会", "业主委员会"), "owners_committee"),
    **dict.fromkeys(("物业", "物业公司"), "property_company"),
    "社会组织": "social_organisation",
    **dict.fromkeys(("志愿队", "志愿者队伍"), "volunteer_team"),
    "驻区单位": "resident_department",
}

_NUMBERS = (
    Field("people", _PEOPLE),
    Field("households", _HOUSEHOLDS),
    Field("floor_area", _AREA),
    Field("year", _YEAR),
    *(Field(f"age_{band}", _PEOPLE) for band in AGE_BANDS),
)
_PERIOD = (Field("valid_from", read_start), Field("valid_to", read_end))
_CODE = _codes("code", required=True)
_UNIT = _codes("unit", required=True)

_OF_SITE = frozenset({"site", "site_name", "code", "address", "entrances"})

KINDS: dict[str, tuple[Field, ...]] = {
    "units": (
        *_CODE,
        *_text("name", "level"),
        *_codes("parent"),
        *_text("kind"),
        _choice("management", _MANAGEMENT),
        *_NUMBERS,
        *_text("address", "office_phone", "panorama", "purpose"),
        Field("consent_date", read_day),
        *_PERIOD,
    ),
    "grids": (
        *_CODE,
        *_text("name"),
        _choice("kind", _GRID_KINDS),
        *_codes("community", required=True),
        *_PERIOD,
    ),
    "gates": (
        *_codes("code"),
        *_text("name"),
        *_codes("compound"),
        *_text("hours"),
        _choice("state", _GATE_STATES, required=True),
        *_PERIOD,
    ),
    "network": (
        *_text("network", "name", "kind"),
        Field("bridge", _flag),
        Field("tunnel", _flag),
        _choice("access", _ACCESS),
    ),
    "land": (*_codes("code"), *_text("name"), _choice("kind", _LAND_KINDS, required=True), *_PERIOD),
    "sites": (
        *_codes("site"),
        *_text("site_name"),
        *_codes("code"),
        *_text("name"),
        *_text("type", required=True),
        Field("capacity", _PLACES),
        *_text("hours"),
        _choice("status", _STATUSES),
        Field("planned_year", _YEAR),
        Field("verified", _flag),
        *_text("source", "address", "entrances"),
        *_PERIOD,
    ),
    "population": (*_CODE, *_text("level"), *_NUMBERS),
    "departments": (*_CODE, *_text("name", required=True), *_text("phone", "address"), *_PERIOD),
    "cadres": (
        *_codes("code"),
        *_text("name", required=True),
        *_codes("department"),
        *_text("post", "office_phone", "mobile"),
        *_codes("home_community"),
        *_PERIOD,
    ),
    "branches": (
        *_CODE,
        *_text("name", "compounds", required=True),
        _choice("formation", _FORMATIONS),
        Field("enlarged", _flag),
        *_PERIOD,
    ),
    "posts": (*_text("role", required=True), *_UNIT, *_text("holder", "office_phone", "mobile"), *_PERIOD),
    "contacts": (
        Field("tier", _TIER, required=True),
        *_UNIT,
        *_text("role", "holder", required=True),
        *_codes("department"),
        *_text("document", "recorded_by"),
        *_PERIOD,
        *_text(*sorted(GIVEN)),
    ),
    "partners": (
        *_CODE,
        _choice("kind", _PARTNERS, required=True),
        *_text("name", required=True),
        *_UNIT,
        *_text("contact", "phone"),
        Field("resources", read_resources),
        Field("pledges", read_pledges, refusal="pledge_unreadable"),
        *_PERIOD,
    ),
}

# What a form says of one thing: a row without its period, which is the form's own, but for the last day of what is
# held for a term; a site and its services apart.
_ONLY_IN_ROWS = frozenset({("contacts", "department")})  # tells homonyms apart; a form's holder is a code
_TERMED = frozenset({"posts", "contacts"})
FORMS: dict[str, tuple[Field, ...]] = {
    kind: tuple(
        field
        for field in KINDS[kind]
        if field not in (_PERIOD[:1] if kind in _TERMED else _PERIOD)
        and (kind, field.name) not in _ONLY_IN_ROWS
        and field.name not in GIVEN
    )
    for kind in ("units", "grids", "gates", "departments", "branches", "posts", "contacts", "partners")
} | {
    "cadres": (*_CODE, *(field for field in KINDS["cadres"][1:] if field not in _PERIOD)),
    "sites": (*_CODE, *_text("name", "address", "entrances")),
    "services": (
        *_CODE,
        *_codes("site", required=True),
        *(field for field in KINDS["sites"] if field.name not in _OF_SITE and field not in _PERIOD),
    ),
}
