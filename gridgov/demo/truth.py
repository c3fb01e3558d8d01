"""What the demo planted, told by codes, for tests to find again."""

from dataclasses import asdict, dataclass, field
from typing import Any

import shapely

from gridgov.demo import codes
from gridgov.demo.bodies import Branches
from gridgov.demo.partners import Around
from gridgov.demo.people import BANDS, Count
from gridgov.demo.register import Register
from gridgov.demo.rows import Drawn
from gridgov.demo.tallies import Tally


@dataclass(frozen=True)
class Truth:
    """The planted facts; every place is told by its code."""

    as_of: str
    size: str
    counts: dict[str, int]
    posts: dict[str, dict[str, Any]]
    branch_coverage: dict[str, Any]
    partners: dict[str, Any]
    gaps: list[dict[str, str]]
    places: dict[str, Any]
    contacts: dict[str, dict[str, str]]
    capacity: list[dict[str, Any]] = field(default_factory=list)
    villages: list[str] = field(default_factory=list)
    profile: str | None = None
    tallies: list[Tally] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the truth as plain values; what only larger demos plant is left out where there is none."""
        told = asdict(self)
        return {name: told[name] for name in told if told[name] or name not in {"capacity", "villages", "profile"}}


def tell(
    drawn: Drawn,
    register: Register,
    led: Branches,
    around: Around,
    size: str,
    counts: dict[str, int],
    tallies: list[Tally],
) -> Truth:
    """Tell what was planted; tier 3 is due in no village, and no compound stands in one."""
    return Truth(
        as_of=register.today.isoformat(),
        size=size,
        counts=counts,
        posts={tier: _numbers(units) for tier, units in register.truth.items()},
        branch_coverage=_branches(drawn, led),
        partners=around.truth(),
        gaps=_gaps(drawn),
        places=_places(drawn),
        contacts=register.notes,
        capacity=_capacity(drawn),
        villages=[drawn.codes.communities[index] for index in sorted(drawn.codes.villages)],
        profile=drawn.town.size.profile,
        tallies=tallies,
    )


def _numbers(units: dict[str, list[str]]) -> dict[str, Any]:
    """Return a tier's numbers, and which units they count; `several` counts leads, two units each."""
    numbers: dict[str, Any] = {state: len(found) for state, found in units.items()}
    numbers["several"] = len(units["several"]) // 2
    return numbers | {"units": {state: found for state, found in units.items() if state != "due"}}


def _branches(drawn: Drawn, led: Branches) -> dict[str, Any]:
    covered = {index for one in led.covers for index in one}
    formations = [str(row["formation"]) for row in led.rows]
    return {
        "compounds": len(drawn.codes.compounds),
        "covered": len(covered),
        "uncovered": [code for index, code in enumerate(drawn.codes.compounds) if index not in covered],
        "branches": len(led.rows),
        "joint": formations.count("joint"),
        "attached": formations.count("attached"),
        "independent": formations.count("independent"),
        "enlarged": sum(int(str(row["enlarged"])) for row in led.rows),
    }


def _gaps(drawn: Drawn) -> list[dict[str, str]]:
    """Return compounds of which some people lack a type for a cause; more may lack it for another."""
    parts = drawn.town.parts
    planted = [
        (parts.gate, "kindergarten", "gate"),
        (parts.wall, "convenience_store", "no_path"),
        (parts.across, "coworking", "no_path"),
        (parts.corner, "pharmacy", "no_facility"),
        (parts.island, "community_station", "data"),
        (parts.lonely, "park_large", "data"),
    ]
    return [{"compound": drawn.codes.compounds[index], "type": kind, "cause": cause} for index, kind, cause in planted]


def _capacity(drawn: Drawn) -> list[dict[str, Any]]:
    """Return service points with fewer places than children live within their radius in a straight line.

    `children` are those of the compound, `within` all in the radius; no other point of the type is near.
    """
    index = drawn.town.parts.full
    if index is None:
        return []
    number, site = next((n, site) for n, site in enumerate(drawn.sites, 1) if site.plays == "full")
    radius = 300
    within = sum(
        _children(count)
        for homes, counts in zip(drawn.homes, drawn.counts, strict=True)
        for home, count in zip(homes, counts, strict=True)
        if home.building.footprint.distance(site.geometry) <= radius
    )
    told = {"compound": drawn.codes.compounds[index], "type": "kindergarten", "cause": "capacity"}
    places = site.services[0].capacity
    children = sum(_children(count) for count in drawn.counts[index])
    point = f"F{number:04d}-1"
    return [told | {"point": point, "capacity": places, "radius": radius, "children": children, "within": within}]


def _children(count: Count) -> int:
    return count.ages[BANDS.index("age_3_5")] if count.ages else 0


def _places(drawn: Drawn) -> dict[str, Any]:
    parts = drawn.town.parts
    code = drawn.codes.compounds
    numbered = [(f"F{number:04d}-1", site.plays) for number, site in enumerate(drawn.sites, 1) if site.plays]
    return {
        "crossing": _crossing(drawn),
        "border": _border(drawn),
        "unrecorded_gates": sorted([code[parts.unrecorded], code[parts.island]]),
        "island": code[parts.island],
        "far_compound": code[parts.lonely],
        "unknown_people": [code[index] for index in sorted(drawn.unknown)],
        "far_service_points": [point for point, plays in numbered if plays == "far_facility"],
        "planted_service_points": {
            str(plays): point for point, plays in numbered if plays in {"gate", "wall", "across"}
        },
    }


def _crossing(drawn: Drawn) -> dict[str, Any]:
    """Return the compound in two communities, and the other's share of its area."""
    town, index = drawn.town, drawn.town.parts.crossing
    polygon = town.estates[index].polygon
    home = town.plots.compounds[index].community
    shares = {}
    for community, name in enumerate(drawn.codes.communities):
        part = shapely.intersection(codes.area(town, town.cells.community, community), polygon).area / polygon.area
        if part > 0.001:
            shares[name] = round(part, 4)
    return {"compound": drawn.codes.compounds[index], "leads": drawn.codes.communities[home], "shares": shares}


def _border(drawn: Drawn) -> dict[str, Any]:
    """Return the building whose point is on the border of two grids."""
    town, index = drawn.town, drawn.town.parts.border
    number = next(i for i, one in enumerate(town.estates[index].buildings) if one.footprint.geom_type == "Point")
    touched = [
        grid.code for grid in drawn.codes.grids if grid.kind == "basic" and grid.polygon.distance(town.bend) == 0
    ]
    return {"building": drawn.codes.building(index, number), "compound": drawn.codes.compounds[index], "grids": touched}
