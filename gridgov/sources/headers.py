"""Which column of a file holds which field, by the synonyms of geodata/headers.toml."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache

from gridgov.errors import InputError
from gridgov.resources import resource

_ALIKE, _FEW = 0.6, 3


def rename(columns: Sequence[str], kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return column → field for an import of this kind; `given` (column → field) goes before every synonym.

    A column given no field isn't used.
    """
    known = fields(kind)
    found: dict[str, str] = {}
    for column, field in given.items():
        if column not in columns:
            raise InputError("map_column_missing", column=column, columns=", ".join(columns))
        if not field:
            continue
        if field not in known:
            raise InputError("map_field_unknown", field=field, kind=kind, known=", ".join(known))
        if field in found.values():
            raise InputError("map_field_twice", field=field)
        found[column] = field
    folded = _first_by_fold(column for column in columns if column not in given)
    for field in known:
        free = (folded[each] for each in _names(kind, field) if each in folded and folded[each] not in found)
        match = None if field in found.values() else next(free, None)
        if match is not None:
            found[match] = field
    return found


def unknown_columns(columns: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """Return the columns that hold neither a field nor the geometry, in the order of the file."""
    used = set(renamed) | set(geometry_columns(columns).values())
    return [column for column in columns if column not in used]


def alike(columns: Sequence[str], kind: str, field: str) -> list[str]:
    """Return the columns whose header looks like a name of a field, the likest first."""
    names = _names(kind, field)
    weighed = [(max(_likeness(fold(column), name) for name in names), column) for column in columns]
    return [column for likeness, column in sorted(weighed, key=lambda each: -each[0]) if likeness >= _ALIKE][:_FEW]


def rivals(columns: Sequence[str], renamed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (field, column taken, another column) where another column goes by a general name of the field too.

    A column called as the field itself leaves no doubt. The codes of the levels above, which stand in every file of
    units, are none: they are named for their level.
    """
    unused = unknown_columns(columns, renamed)
    found = []
    for taken, field in renamed.items():
        general = {fold(each) for each in (field, *_headers()["synonyms"].get(field, []))}
        if fold(taken) != fold(field):
            found += [(field, taken, other) for other in unused if fold(other) in general]
    return found


def fields(kind: str) -> tuple[str, ...]:
    """Return the fields of an import kind."""
    kinds = _headers()["kinds"]
    if kind not in kinds:
        raise InputError("import_kind_unknown", kind=kind, known=", ".join(kinds))
    return tuple(kinds[kind])


def geometry_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return where a table keeps its geometry: {"wkt": column}, or {"lon": column, "lat": column}, or nothing."""
    folded = _first_by_fold(columns)
    names = _headers()["geometry"]
    found = {
        part: next((folded[each] for each in map(fold, names[part]) if each in folded), None)
        for part in ("wkt", "lon", "lat")
    }
    if found["wkt"]:
        return {"wkt": found["wkt"]}
    if found["lon"] and found["lat"]:
        return {"lon": found["lon"], "lat": found["lat"]}
    return {}


def titles(kind: str, locale: str) -> dict[str, str]:
    """Return a column title for each field of a kind in a language, such that `rename` finds the field again."""
    known = fields(kind)
    if not locale.startswith("zh"):
        return {field: field for field in known}
    return {field: next(filter(_is_chinese, _headers()["synonyms"].get(field, [])), field) for field in known}


def level_of(column: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """Return the level whose units a column's header speaks of, as it begins; `names` are a city's own, by level."""
    begun = fold(column)
    known = {level: [*names[level], *_headers()["levels"].get(level, [])] for level in names}
    return next((level for level in known if any(begun.startswith(fold(word)) for word in known[level])), None)


def is_known(header: str) -> bool:
    """Whether a cell could stand at the head of a column: some kind's field goes by that name."""
    return fold(header) in _all_names()


def holds_text(column: str) -> bool:
    """Whether a column holds codes, names or numbers to dial, which are text however a file stores them."""
    return fold(column) in _text_names()


def fold(header: str) -> str:
    """Return a header as it is compared: half-width, one case, no spaces or dashes, nothing in brackets."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", plain)
    return re.sub(r"[\s_\-–—~*:\ufeff]", "", bare) or re.sub(r"\s", "", plain)


def _likeness(one: str, other: str) -> float:
    if min(len(one), len(other)) > 1 and (one in other or other in one):
        return 0.9
    return SequenceMatcher(None, one, other).ratio()


def _first_by_fold(columns: Iterable[str]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for column in columns:
        folded.setdefault(fold(column), column)
    return folded


@cache
def _names(kind: str, field: str) -> tuple[str, ...]:
    headers = _headers()
    own = headers.get(kind, {}).get(field, [])
    return tuple(dict.fromkeys(fold(each) for each in (field, *headers["synonyms"].get(field, []), *own)))


def _is_chinese(word: str) -> bool:
    return "一" <= word[0] <= "鿿"


@cache
def _all_names() -> frozenset[str]:
    kinds = _headers()["kinds"]
    return frozenset(name for kind in kinds for field in kinds[kind] for name in _names(kind, field))


@cache
def _text_names() -> frozenset[str]:
    headers = _headers()
    wanted = headers["text"]["fields"]
    return frozenset(name for kind in headers["kinds"] for field in wanted for name in _names(kind, field))


@cache
def _headers() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resource("geodata", "headers.toml").read_text(encoding="utf-8"))
