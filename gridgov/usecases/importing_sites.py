"""Importing sites and their service points from rows that hold one service point each."""

from dataclasses import replace
from typing import Any

import shapely

from gridgov.usecases.merging import Fate, Ready, Tally, merge
from gridgov.usecases.recognising import recognise_named
from gridgov.usecases.resolving import Resolver, service_point, site_code
from gridgov.usecases.staging import Intake
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.timelines import Outcome


def write(resolver: Resolver, batch: int) -> Tally:
    """Write the sites first, then the service points at them; a row whose site alone changed counts as changed."""
    points = [found for row in resolver.rows() if (found := service_point(resolver, row)) is not None]
    resolver.progress("writing", 0, len(points))
    sites = _sites(resolver, points)
    recognise_named(resolver, "sites", sites)
    moved = merge(resolver.session, TARGETS["sites"], batch, sites, Intake())
    resolver.directory.forget()
    for point in points:
        point.values["site_id"] = resolver.directory.site(site_code(point.row), point.start)
    services = [replace(point, geometry=None) for point in points]
    recognise_named(resolver, "services", services)
    tally = merge(resolver.session, TARGETS["services"], batch, services, resolver.intake)
    touched = {fate.ready.values["code"]: fate.identity for fate in moved.outcomes if fate.outcome is Outcome.CHANGED}
    return Tally.of([_with_site(fate, touched.get(site_code(fate.ready.row))) for fate in tally.outcomes])


def _with_site(fate: Fate, site: int | None) -> Fate:
    if site is None:
        return fate
    changed = Outcome.CHANGED if fate.outcome is Outcome.UNCHANGED else fate.outcome
    return fate._replace(outcome=changed, beside=("sites", site))


def _sites(resolver: Resolver, points: list[Ready]) -> list[Ready]:
    """Return one row a site: its earliest day, its first geometry; contradicting places are problems.

    That a service ends says nothing of its site.
    """
    sites: dict[str, Ready] = {}
    for point in points:
        code = site_code(point.row)
        first = sites.get(code)
        if first is None:
            sites[code] = _site(point, code)
        elif not shapely.equals_exact(first.geometry, point.geometry, 1e-9):
            resolver.intake.reject(point.row, "site", code, "site_two_places", other=first.row.number)
        elif point.start < first.start:
            sites[code] = replace(first, start=point.start)
    return list(sites.values())


def _site(point: Ready, code: str) -> Ready:
    told = dict(point.row.values)
    if told.get("valid_to") is not None:
        del told["valid_to"]
    name = told.get("site_name") or told.get("name")
    nameless = "site_name" in told and not told["site_name"]
    values: dict[str, Any] = {"code": code} if nameless else {"code": code, "name": name}
    values |= {name: told[name] for name in ("address", "entrances") if told.get(name)}
    return replace(point, row=replace(point.row, values=told), values=values, end=None, defaults={"name": name})
