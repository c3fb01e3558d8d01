"""The watermark of an export, and the titles of its columns, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import gridgov
from gridgov.domain.fields import KINDS
from gridgov.errors import GridgovError
from gridgov.sources.headers import titles
from gridgov.sources.outgoing import Cell, Mark, Table
from gridgov.sources.rulepacks import catalogue as known_types
from gridgov.sources.rulepacks import checkup_items
from gridgov.storage.current import At
from gridgov.wording import TERMS, sentence, term, translate
from gridgov.wording.figures import named

_NAMED = {
    "cause": "cause",
    "tier": "contact_tier",
    "role": "contact_role",
    "part": "plan_part",
    "grade": "checkup_grade",
}
MASKED = ("personal numbers", "counts of an age below ten", "member households")


def mark(
    what: str, table: Table, at: At, locale: str, *, account: str | None, only: Mapping[str, object] | None = None
) -> Mark:
    """Return the watermark of an export; without an account it was made on the command line."""
    made = datetime.now().astimezone().isoformat(" ", "seconds")
    narrowed = {name: str(told) for name, told in (only or {}).items() if told is not None}
    facts: dict[str, object] = {
        "product": "gridgov",
        "version": gridgov.__version__,
        "what": what,
        "as_of": at.day.isoformat(),
        "rows": len(table.rows),
        "made": made,
        "by": account or "command line",
        "masked": list(MASKED),
        **table.about,
        **({"only": narrowed} if narrowed else {}),
    }
    who = account or translate("command line", locale)
    lines = [
        (translate("Product", locale), f"gridgov {gridgov.__version__}"),
        (translate("Content", locale), term("export", what, locale)),
        (translate("As of", locale), at.day.isoformat()),
        (translate("Rows", locale), str(len(table.rows))),
        (translate("Made", locale), made),
        (translate("By", locale), who),
        *((term("column", name, locale), str(told)) for name, told in {**table.about, **narrowed}.items()),
        (translate("Masked", locale), sentence(GridgovError("export_masked"), locale)),
    ]
    names = {column: _title(column, locale) for column in table.columns}
    names |= titles(what, locale) if what in KINDS else {}
    return Mark(facts, lines, translate("About this file", locale), term("export", what, locale), names)


def _title(column: str, locale: str) -> str:
    """Return a column's title; one of shares bears the name of its scenario or facility type."""
    kind, _, name = column.partition("_")
    entry = next((each for each in _catalogued().get(kind, ()) if each.id == name), None)
    return term("column", column, locale) if entry is None else named(entry, locale)


def in_words(what: str, table: Table, locale: str) -> Table:
    """Return a list that no import reads with names for its fixed identifiers; what is imported keeps them."""
    if what in KINDS:
        return table
    words = {at: _words(column, locale) for at, column in enumerate(table.columns)}
    rows = [tuple(_worded(words[at], cell) for at, cell in enumerate(row)) for row in table.rows]
    return Table(table.columns, rows, table.geometry, table.own_place, table.needs_place, table.about)


def _words(column: str, locale: str) -> Mapping[Any, str]:
    listed = _catalogued()
    named_by = "type" if column.startswith("limiting_") else column
    if named_by in listed:
        return {each.id: named(each, locale) for each in listed[named_by]}
    kind = _NAMED.get(column, "")
    return {name: term(kind, name, locale) for name in TERMS.get(kind, ())}


def _catalogued() -> Mapping[str, Sequence[Any]]:
    known = known_types()
    return {
        "type": known.types,
        "scenario": known.scenarios,
        "department": known.departments,
        "item": checkup_items(),
    }


def _worded(words: Mapping[str, str], cell: Cell) -> Cell:
    return words.get(str(cell), cell) if words else cell
