"""Importing sites and their service points from rows that hold one service point each."""

from typing import Any

import shapely

from gridgov.storage.models import ServicePoint, ServicePointVersion, Site, SiteVersion
from gridgov.usecases.merging import Ready, Tally, Target, merge
from gridgov.usecases.resolving import Resolver, service_point, site_code
from gridgov.usecases.staging import Intake

_SITES = Target(Site, SiteVersion, ("code",))
_POINTS = Target(ServicePoint, ServicePointVersion, ("code",))


def write(resolver: Resolver, batch: int) -> Tally:
    """Write the sites first, then the service points at them; a row counts as changed where either did."""
    points = [found for row in resolver.intake.rows if (found := service_point(resolver, row)) is not None]
    sites = _sites(resolver, points)
    moved = merge(resolver.session, _SITES, batch, sites, Intake())
    resolver.directory.forget()
    for point in points:
        point.values["site_id"] = resolver.directory.site(site_code(point.row))
    tally = merge(resolver.session, _POINTS, batch, [_without_place(point) for point in points], resolver.intake)
    seen = min(moved.changed, tally.unchanged)
    tally.changed, tally.unchanged = tally.changed + seen, tally.unchanged - seen
    return tally


def _sites(resolver: Resolver, points: list[Ready]) -> list[Ready]:
    """Return one row a site: its earliest period, its first geometry; contradicting places are problems."""
    sites: dict[str, Ready] = {}
    for point in points:
        code = site_code(point.row)
        first = sites.get(code)
        if first is None:
            sites[code] = Ready(point.row, _site(point, code), point.start, None, geometry=point.geometry)
        elif not shapely.equals_exact(first.geometry, point.geometry, 1e-9):
            resolver.intake.reject(point.row, "site", code, "site_two_places", other=first.row.number)
        elif point.start < first.start:
            sites[code] = Ready(first.row, first.values, point.start, None, geometry=first.geometry)
    return list(sites.values())


def _site(point: Ready, code: str) -> dict[str, Any]:
    told = point.row.values
    values = {"code": code, "name": told.get("site_name") or told.get("name")}
    return values | {name: told[name] for name in ("address", "entrances") if told.get(name)}


def _without_place(ready: Ready) -> Ready:
    return Ready(ready.row, ready.values, ready.start, ready.end, ready.defaults)
