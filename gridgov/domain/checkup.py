"""The urban check-up (城市体检) of compounds: what it counts, and by what gridgov can tell each item."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from gridgov.domain.standards import Catalogue, RulePack
from gridgov.errors import InputError

FACTS = ("management",)
GRADES = ("standard", "reference", "recorded", "no_data", "no_rule")


@dataclass(frozen=True)
class Item:
    """One thing a compound may lack: told by any of some facility types, by a recorded fact, or by nothing."""

    id: str
    zh: str
    en: str
    types: tuple[str, ...] = ()
    fact: str | None = None
    places: bool = False


@dataclass(frozen=True)
class Told:
    """An item as a rule pack tells it: the types that decide it, or why it can't be told.

    `verified` says whether each of its rules was read in the standard's own text, None where no rule is behind it;
    `reach_only` that places are meant and no rule counts them.
    """

    item: Item
    types: tuple[str, ...] = ()
    verified: bool | None = None
    why_not: str | None = None
    reach_only: bool = False

    @property
    def grade(self) -> str:
        """How an item is told: by rules read in the standard's own text or not, as recorded, or why not at all."""
        if self.verified is None:
            return self.why_not or "recorded"
        return "standard" if self.verified else "reference"


def items(document: Mapping[str, Any], known: Catalogue) -> tuple[Item, ...]:
    """Build the items from their document.

    Raises
    ------
    InputError
        ``pack_field_unknown``, ``pack_field_missing`` or ``pack_value_unknown``, by item, field and value.
    """
    return tuple(_item(entry, number, known) for number, entry in enumerate(document.get("items", []), 1))


def told_by(item: Item, pack: RulePack) -> Told:
    """Return what a rule pack can tell of an item: the rows that decide anything count, whether required or not."""
    if item.fact is not None:
        return Told(item)
    if not item.types:
        return Told(item, why_not="no_data")
    rows = [row for row in pack.rows if row.type in item.types and row.decided]
    if not rows:
        return Told(item, why_not="no_rule")
    return Told(
        item,
        tuple(row.type for row in rows),
        verified=all(row.verified for row in rows),
        reach_only=item.places and any(row.capacity_rule is None for row in rows),
    )


def _item(entry: Mapping[str, Any], number: int, known: Catalogue) -> Item:
    at = {"pack": "checkup", "row": str(entry.get("id", number))}
    wanted = [field.name for field in fields(Item)]
    for field in entry:
        if field not in wanted:
            raise InputError("pack_field_unknown", **at, field=field)
    for field in ("id", "zh", "en"):
        if not entry.get(field):
            raise InputError("pack_field_missing", **at, field=field)
    allowed = [kind.id for kind in known.types]
    for kind in entry.get("types", ()):
        if kind not in allowed:
            raise InputError("pack_value_unknown", **at, field="types", value=kind, allowed=", ".join(allowed))
    if entry.get("fact") not in {None, *FACTS}:
        raise InputError("pack_value_unknown", **at, field="fact", value=entry["fact"], allowed=", ".join(FACTS))
    return Item(**{**entry, "types": tuple(entry.get("types", ()))})
