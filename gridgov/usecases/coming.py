"""Service points that don't serve yet: under construction, or planned. They are told apart, and never counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.spatial.crs import to_planar
from gridgov.spatial.middle import middle
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import ServicePointVersion, SiteVersion, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.lookups import things_for

COMING = ("under_construction", "planned")


@dataclass(frozen=True)
class Coming:
    """A point to come: its status, the year it is planned for, and metres to it in a straight line."""

    name: str
    status: str
    year: int | None
    metres: float


def counts(session: Session, at: At, kind: str, area: BaseGeometry | None = None) -> dict[str, int]:
    """Count the service points of a type by their status, those in an area where one is given."""
    point = ServicePointVersion
    found = list(session.scalars(current(point, at, Scope.everything()).where(point.type == kind)))
    if area is not None:
        inside = _sites(session, at, found)
        shapes = {number: site.geometry for number, site in inside.items() if site.geometry is not None}
        held = {number for number, shape in shapes.items() if area.intersects(shape)}
        found = [one for one in found if one.site_id in held]
    counted = Counter(one.status for one in found)
    return {status: counted[status] for status in ("open", *COMING, "closed")}


def within_reach(
    session: Session, at: At, unit: UnitVersion, types: Iterable[str], pack: RulePack
) -> dict[str, Coming]:
    """Return by type the nearest point to come that lies within the rule's radius of a unit, in a straight line."""
    radius = {row.type: row.radius for row in pack.rows if row.radius is not None and row.basis == "reach"}
    point, wanted = ServicePointVersion, sorted(radius.keys() & set(types))
    some = current(point, at, Scope.everything()).where(point.type.in_(wanted), point.status.in_(COMING))
    found = list(session.scalars(some.order_by(point.code)))
    sites = _sites(session, at, found)
    placed = [
        (one, sites[one.site_id]) for one in found if one.site_id in sites and sites[one.site_id].geometry is not None
    ]
    if unit.geometry is None or not placed:
        return {}
    shapes = [shapely.Point(middle(unit.geometry)), *(site.geometry for _, site in placed)]
    here, *there = to_planar(np.array(shapes, dtype=object), deployment.crs(session))
    near: dict[str, list[Coming]] = defaultdict(list)
    for (one, site), shape in zip(placed, there, strict=True):
        metres = float(here.distance(shape))
        if metres <= (radius[one.type] or 0.0):
            near[one.type].append(Coming(one.name or site.name or one.code, one.status, one.planned_year, metres))
    return {kind: min(some, key=lambda each: each.metres) for kind, some in near.items()}


def _sites(session: Session, at: At, points: Iterable[ServicePointVersion]) -> dict[int, SiteVersion]:
    wanted = current(SiteVersion, at, Scope.everything())
    return {
        site.site_id: site for site in things_for(session, wanted, SiteVersion.site_id, {one.site_id for one in points})
    }
