"""The demo's parameters, as geodata/demo.toml holds them."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from zlib import crc32

import numpy as np

from gridgov.errors import InputError
from gridgov.resources import resource


@dataclass(frozen=True)
class Posts:
    """How many posts of each state are planted.

    Where `enlarged_branches` is told, it is that many branches rather than the share `enlarged`; where `heads` is, so
    many heads of departments are first secretaries of communities; where `members` is, so many cadres are in the teams;
    where `supported` is, so many communities have a resident department, else all.
    """

    vacant_compounds: int
    disputed_compounds: int
    double_leads: int
    expiring_compounds: int
    vacant_communities: int
    branch_covered: int
    joint_branches: list[int]
    attached_branches: int
    enlarged: float
    enlarged_branches: int | None = None
    heads: int | None = None
    double_heads: int = 1
    members: int | None = None
    supported: int | None = None


@dataclass(frozen=True)
class Rural:
    """The villages behind the town: how far back they reach, their block, how many streets and villages."""

    depth: float
    block: float
    streets: int
    villages: int
    hamlets: int
    houses: int


@dataclass(frozen=True)
class Size:
    """One size of the demo; lengths in metres.

    The streets are told one by one (`streets`, `street_line`), or by how many lie north and south of the river.
    `profile` is the level profile in force, the five levels' own where none is told; `published` are the counts that
    echo one the programme has published.
    """

    seed: int
    county: str
    longitude: float
    latitude: float
    crs: str
    width: float
    north_depth: float
    south_depth: float
    river_half_width: float
    river_wave: float
    river_bends: tuple[float, float]
    arterials: tuple[float, ...]
    north_rows: tuple[float, ...]
    south_rows: tuple[float, ...]
    bridges: tuple[int, ...]
    block: float
    old_block: float
    old_quarters: tuple[tuple[float, float, float], ...]
    hills: tuple[tuple[float, float, float, float], ...]
    facing: float
    compounds: int
    households: int
    grids_per_community: tuple[int, int]
    special_grids: int
    share: dict[str, float]
    posts: Posts
    streets: tuple[int, ...] = ()
    street_line: int = 0
    bank_streets: tuple[int, int] = (0, 0)
    communities: int = 0
    rural: "Rural | None" = None
    departments: int = 0
    services: float = 1.0
    full_kindergarten: int | None = None
    pledges: dict[str, int] = field(default_factory=dict)  # of the partner bodies, by state on the demo's day
    profile: str | None = None
    published: dict[str, int] = field(default_factory=dict)

    def random(self, purpose: str) -> np.random.Generator:
        """Return a stream of its own for each purpose, so that one drawing never moves another."""
        return np.random.default_rng([self.seed, crc32(purpose.encode())])


@dataclass(frozen=True)
class Kind:
    """How many service points of one facility type stand along the roads."""

    type: str
    count: int
    capacity: tuple[int, int] | None
    hours: str | None


@cache
def size_of(name: str) -> Size:
    """Return the size of that name from geodata/demo.toml."""
    table = _tables().get(name)
    if not isinstance(table, dict) or "seed" not in table:
        raise InputError("demo_size_unknown", name=name)
    lists = {key: _tuple(value) for key, value in table.items() if isinstance(value, list)}
    rural = Rural(**table["rural"]) if "rural" in table else None
    return Size(**{**table, **lists, "posts": Posts(**table["posts"]), "rural": rural})


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the facility types that stand along the roads, in the file's order."""
    rows = cast("list[dict[str, Any]]", _tables()["facility"])
    return tuple(
        Kind(
            type=row["type"],
            count=row["count"],
            capacity=tuple(row["capacity"]) if "capacity" in row else None,
            hours=row.get("hours"),
        )
        for row in rows
    )


def _tuple(values: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(value) if isinstance(value, list) else value for value in values)


@cache
def _tables() -> dict[str, object]:
    return tomllib.loads(resource("geodata", "demo.toml").read_text(encoding="utf-8"))
