"""A town as rows of import files, kind by kind: units, grids, gates, network, sites."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridgov.demo import bodies, codes, names, people, services
from gridgov.demo.codes import Codes, Home
from gridgov.demo.people import BANDS, Count
from gridgov.demo.register import Row
from gridgov.demo.services import Service, Site
from gridgov.demo.town import Town
from gridgov.sources.rulepacks import catalogue

Layer = tuple[list[Row], list[Any]]
_START = "2024-01-01"
_SOURCE = "演示数据（虚构）"


@dataclass(frozen=True)
class Drawn:
    """A town with its codes, counts and sites."""

    town: Town
    codes: Codes
    homes: list[list[Home]]
    counts: list[list[Count]]
    sites: list[Site]
    management: list[str]
    unknown: frozenset[int]


def draw(town: Town) -> Drawn:
    """Give codes, count people, strew services."""
    kinds = [compound.kind for compound in town.plots.compounds]
    played = set(vars(town.parts).values())
    free = [index for index, kind in enumerate(kinds) if kind == "work_unit" and index not in played]
    unknown = frozenset(free[:2])
    given = codes.give(town)
    return Drawn(
        town=town,
        codes=given,
        homes=codes.homes(town, given),
        counts=people.count(town, unknown),
        sites=services.strew(town),
        management=bodies.managements(town),
        unknown=unknown,
    )


def streets(drawn: Drawn) -> Layer:
    """Return the streets."""
    rows: list[Row] = [
        {
            "code": code,
            "name": name,
            "address": f"{names.road(i)}{88 + i}号",
            "office_phone": names.office_phone(10 + i),
            "valid_from": _START,
        }
        for i, (code, name) in enumerate(zip(drawn.codes.streets, drawn.codes.street_names, strict=True))
    ]
    return rows, [codes.area(drawn.town, drawn.town.cells.street, i) for i in range(len(rows))]


def communities(drawn: Drawn) -> Layer:
    """Return the communities."""
    rows: list[Row] = [
        {
            "code": code,
            "name": name,
            "parent": drawn.codes.streets[drawn.codes.street_of[i]],
            "address": f"{names.road(i + 3)}{20 + 6 * i}号",
            "office_phone": names.office_phone(30 + i),
            **_village_or_urban(drawn, i),
            "valid_from": _START,
        }
        for i, (code, name) in enumerate(zip(drawn.codes.communities, drawn.codes.community_names, strict=True))
    ]
    return rows, [codes.area(drawn.town, drawn.town.cells.community, i) for i in range(len(rows))]


def _village_or_urban(drawn: Drawn, community: int) -> Row:
    """Return a community's kind, where the demo has villages."""
    if not drawn.codes.villages:
        return {}
    return {"kind": "村" if community in drawn.codes.villages else "社区"}


def compounds(drawn: Drawn) -> Layer:
    """Return the compounds; their counts are told by their buildings."""
    random = drawn.town.size.random("offices")
    rows: list[Row] = []
    for index, compound in enumerate(drawn.town.plots.compounds):
        office = random.random() < 0.3
        rows.append(
            {
                "code": drawn.codes.compounds[index],
                "name": drawn.codes.compound_names[index],
                "parent": drawn.codes.communities[compound.community],
                "kind": compound.kind,
                "management": drawn.management[index],
                "address": f"{names.road(index)}{3 + index}号",
                "office_phone": names.office_phone(300 + index) if office else None,
                "valid_from": _START,
            }
        )
    return rows, [estate.polygon for estate in drawn.town.estates]


def buildings(drawn: Drawn) -> Layer:
    """Return the building groups with what is counted in them."""
    rows: list[Row] = []
    places: list[Any] = []
    for homes, counts in zip(drawn.homes, drawn.counts, strict=True):
        for home, count in zip(homes, counts, strict=True):
            ages = dict(zip(BANDS, count.ages or (None,) * len(BANDS), strict=True))
            rows.append(
                {
                    "code": home.code,
                    "name": f"{home.number + 1}号楼",
                    "parent": home.parent,
                    "people": count.people,
                    "households": count.households,
                    "floor_area": count.floor_area,
                    "year": count.year,
                    **ages,
                    "valid_from": _START,
                }
            )
            places.append(home.building.footprint)
    return rows, places


def households(drawn: Drawn) -> list[Row]:
    """Return the member households, where people are known, the larger buildings first to have one."""
    random = drawn.town.size.random("households")
    weight = {
        home.code: count.people or 0
        for homes, counts in zip(drawn.homes, drawn.counts, strict=True)
        for home, count in zip(homes, counts, strict=True)
    }
    parents = list(weight)
    share = np.asarray(list(weight.values()), dtype=float)
    chosen = random.choice(len(parents), size=drawn.town.size.households, replace=False, p=share / share.sum())
    return [_household(parents[int(index)], number) for number, index in enumerate(sorted(chosen.tolist()), 1)]


def _household(parent: str, number: int) -> Row:
    consent = f"2024-{1 + number % 9:02d}-{1 + number % 28:02d}"
    return {
        "code": f"{parent}H01",
        "name": f"党员中心户{number:03d}",
        "parent": parent,
        "consent_date": consent,
        "purpose": "联络邻里、传递服务信息",
        "valid_from": consent,
    }


def grids(drawn: Drawn) -> Layer:
    """Return the governance grids."""
    rows: list[Row] = [
        {
            "code": grid.code,
            "name": _grid_name(drawn, grid),
            "kind": grid.kind,
            "community": drawn.codes.communities[grid.community],
        }
        for grid in drawn.codes.grids
    ]
    return rows, [grid.polygon for grid in drawn.codes.grids]


def _grid_name(drawn: Drawn, grid: codes.Grid) -> str:
    special = "专属" if grid.kind == "special" else ""
    community = names.stem(drawn.codes.community_names[grid.community])
    return f"{community}{special}第{names.numeral(int(grid.code[-2:]))}网格"


def gates(drawn: Drawn) -> Layer:
    """Return the gates on compounds' walls."""
    sides = {"E": "东门", "W": "西门", "N": "北门", "S": "南门"}
    rows: list[Row] = []
    places: list[Any] = []
    for index, estate in enumerate(drawn.town.estates):
        for number, gate in enumerate(estate.gates, 1):
            code = drawn.codes.compounds[index]
            hours = "06:00-23:00" if gate.state == "open" and number > 1 else None
            rows.append(
                {
                    "code": f"{code}G{number}",
                    "name": sides[gate.side],
                    "compound": code,
                    "state": gate.state,
                    "hours": hours,
                }
            )
            places.append(gate.point)
    return rows, places


def network(drawn: Drawn) -> Layer:
    """Return the walking network."""
    rows: list[Row] = [
        {"name": way.name, "kind": way.kind, "bridge": int(way.bridge), "tunnel": int(way.tunnel)}
        for way in drawn.town.ways
    ]
    return rows, [way.geometry for way in drawn.town.ways]


def sites(drawn: Drawn) -> Layer:
    """Return one row a service point, at its site's place."""
    rows: list[Row] = []
    places: list[Any] = []
    named = {facility.id: facility.zh for facility in catalogue().types}
    counted: dict[tuple[int, str], int] = {}
    for number, site in enumerate(drawn.sites, 1):
        for order, service in enumerate(site.services, 1):
            key = site.community, service.type
            counted[key] = counted.get(key, 0) + 1
            community = drawn.codes.community_names[site.community]
            again = names.numeral(counted[key]) if counted[key] > 1 else ""
            title = f"{names.stem(community)}{named[service.type]}{again}"
            centre = f"{community}党群服务中心" if site.plays == "centre" else None
            rows.append(_service(f"F{number:04d}", centre or title, f"F{number:04d}-{order}", title, service))
            places.append(site.geometry)
    return rows, places


def _service(site: str, site_name: str, code: str, name: str, service: Service) -> Row:
    return {
        "site": site,
        "site_name": site_name,
        "code": code,
        "name": name,
        "type": service.type,
        "capacity": service.capacity,
        "hours": service.hours,
        "status": service.status,
        "planned_year": service.planned_year,
        "verified": int(service.verified),
        "source": _SOURCE,
        "address": f"{names.road(int(site[1:]))}{int(site[1:])}号",
    }


def land(town: Town) -> Layer:
    """Return water, hill and green, for drawing a ground under the map."""
    hills = [shapely.set_precision(hill, 0.01) for hill in town.terrain.hills]
    rows: list[Row] = [{"kind": "water"}]
    rows += [{"kind": "hill"} for _ in hills]
    places: list[Any] = [town.terrain.water, *hills]
    for plot in town.plots.public:
        if plot.use in {"park_large", "green"}:
            rows.append({"kind": "green"})
            places.append(plot.polygon)
    return rows, places
