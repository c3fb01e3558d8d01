"""How many of everything the demo holds, and which of the numbers echo one that the programme has published."""

from collections.abc import Mapping
from dataclasses import dataclass

from gridgov.demo.register import Row
from gridgov.demo.rows import Drawn


@dataclass(frozen=True)
class Tally:
    """One count; it is invented unless it echoes a published one."""

    count: str
    number: int
    published: bool


def count(drawn: Drawn, tables: Mapping[str, list[Row]], day: str) -> list[Tally]:
    """Count what the demo holds on a day (as it is written in the tables), the published counts first."""
    codes, published = drawn.codes, drawn.town.size.published
    numbers = {
        **_of_people(tables, day),
        "streets": len(codes.streets),
        "communities": len(codes.communities),
        "villages": len(codes.villages),
        "compounds": len(codes.compounds),
        "buildings": sum(len(homes) for homes in drawn.homes),
        "households": len(tables["households.csv"]),
        "grids": len(codes.grids),
        "departments": len(tables["departments.csv"]),
        "service_points": sum(len(site.services) for site in drawn.sites),
    }
    told = [Tally(name, number, published.get(name) == number) for name, number in numbers.items()]
    return sorted((tally for tally in told if tally.number), key=lambda tally: not tally.published)


def _of_people(tables: Mapping[str, list[Row]], day: str) -> dict[str, int]:
    held = [row for row in tables["contacts.csv"] if str(row["valid_from"]) <= day < str(row["valid_to"] or "9999")]
    heads = {row["code"] for row in tables["cadres.csv"] if row["post"] == "主任"}
    branches = tables["branches.csv"]
    return {
        "supported": len({row["unit"] for row in tables["partners.csv"] if row["kind"] == "resident_department"}),
        "branches": len(branches),
        "enlarged": sum(int(str(row["enlarged"])) for row in branches),
        "heads": len({row["holder"] for row in held if row["role"] == "first_secretary"} & heads),
        "leads": len({row["holder"] for row in held if row["role"] == "lead"}),
        "members": len({row["holder"] for row in held if row["role"] in {"lead", "member"}}),
    }
