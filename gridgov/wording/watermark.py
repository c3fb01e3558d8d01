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
from gridgov.storage.current import At
from gridgov.wording import TERMS, sentence, term, translate

_NAMED = {"cause": "cause", "tier": "contact_tier", "part": "plan_part"}
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
    names = {column: term("column", column, locale) for column in table.columns}
    names |= titles(what, locale) if what in KINDS else {}
    return Mark(facts, lines, translate("About this file", locale), term("export", what, locale), names)


def in_words(what: str, table: Table, locale: str) -> Table:
    """Return a list that no import reads with names for its fixed identifiers; what is imported keeps them."""
    if what in KINDS:
        return table
    words = {at: _words(column, locale) for at, column in enumerate(table.columns)}
    rows = [tuple(_worded(words[at], cell) for at, cell in enumerate(row)) for row in table.rows]
    return Table(table.columns, rows, table.geometry, table.own_place, table.needs_place, table.about)


def _words(column: str, locale: str) -> Mapping[Any, str]:
    known = known_types()
    listed: Mapping[str, Sequence[Any]] = {
        "type": known.types,
        "scenario": known.scenarios,
        "department": known.departments,
    }
    if column in listed:
        return {each.id: each.zh if locale.startswith("zh") else each.en for each in listed[column]}
    kind = _NAMED.get(column, "")
    return {name: term(kind, name, locale) for name in TERMS.get(kind, ())}


def _worded(words: Mapping[str, str], cell: Cell) -> Cell:
    return words.get(str(cell), cell) if words else cell
