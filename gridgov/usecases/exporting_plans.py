"""A plan's figures before and after as a table, for meetings: by scenario, type, community and age."""

from typing import Any

from gridgov.sources.outgoing import Cell, Table
from gridgov.storage.models import Plan
from gridgov.usecases import planning

PLAN = "plan"
FORMS = ("xlsx", "csv")
_COLUMNS = ("part", "scenario", "type", "community", "age", "people", "before", "after", "gained")
_PARTS = ("scenarios", "types", "communities", "ages")


def table(plan: Plan) -> Table:
    """Return what a plan came to when it was last worked out; counts of an age under ten are hidden."""
    told = planning.show(plan)
    rows = [_row(part, row) for part in _PARTS for row in told[part]]
    return Table(_COLUMNS, rows, about={"plan": plan.name, "pack": plan.pack})


def _row(part: str, row: dict[str, Any]) -> tuple[Cell, ...]:
    before, after = row["before"], row["after"]
    gained = None if before is None or after is None else round(after - before, 6)
    told = {"part": part, "gained": gained, "community": row.get("name") or row.get("code")}
    return tuple((row | told).get(name) for name in _COLUMNS)
