"""How far one comes on foot: a place is clicked or named, and the map shows what is reached from it in 5 to 15 minutes.

A place on a map is nobody's position and stands in the address; one's own is shown on the map and never sent here.
"""

from collections.abc import Sequence
from typing import Any

import orjson
import shapely
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gridgov.domain.standards import FacilityType
from gridgov.errors import InputError, NotFoundError
from gridgov.sources import rulepacks
from gridgov.spatial.isochrones import PACES
from gridgov.spatial.middle import middle
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, covering, reaching
from gridgov.usecases.reaching import Ring
from gridgov.web import geojson, page, parameters, plans, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope

blueprint = Blueprint("reach", __name__)
START = "from"
Start = UnitVersion | tuple[float, float]


@blueprint.get("/planner/reach")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """Show what is reached from the place that the address names."""
    start, pace = _start(), _pace()
    frame = views.frame("reach")
    run = None if start is None else covering.find(database(), None, parameters.at())
    rings = [] if start is None or run is None else _rings(run, start, pace)
    reached = [ring.reach.area for ring in rings if ring.reach.area is not None]
    if start is not None:
        frame.layers["reach"] = {"type": "FeatureCollection", "features": _features(rings, start)}
        frame.fit = views.roomy(shapely.union_all(reached).bounds) if reached else views.fit_around(None, _at(start))
    frame.asks, frame.picks = "always", views.levels_from("compound")
    values = frame.values()
    values["view"] |= {"starts": START}
    return page.show(
        "planner/reach.html",
        **values,
        tabs=plans.tabs(),
        start=start,
        place=start if isinstance(start, UnitVersion) else None,
        told=parameters.text(START),
        counts_buildings=run is not None and run.summary["basis"] == "buildings",
        pace=pace,
        paces={name: metres * 60 / 1000 for name, metres in PACES.items()},
        rings=rings if reached else [],
        types=_types(rings),
    )


@blueprint.get("/api/v1/coverage/reach")
@allow("planner", "viewer")
def rings() -> Response:
    """Return what is reached in 5, 10 and 15 minutes, the widest first, with who and what is in it."""
    start, pace = _start(), _pace()
    if start is None:
        raise InputError("place_empty")
    run = covering.find(database(), None, parameters.at())
    return geojson.collection((ring.reach.area, _told(ring, pace)) for ring in _widest_first(_rings(run, start, pace)))


def _rings(run: Run, start: Start, pace: str) -> list[Ring]:
    return reaching.rings(database(), parameters.at(), run, scope(), start, pace)


def _start() -> Start | None:
    """Return what the address names: a longitude and latitude, or the code of a unit."""
    told = parameters.text(START)
    if told is None:
        return None
    east, comma, north = told.replace("，", ",").partition(",")
    if comma:
        return parameters.degrees(east, north)
    found = browsing.unit_by_code(database(), told, parameters.at(), scope())
    if found is None or found.level == views.NEVER_LISTED:
        raise NotFoundError("unit_unknown", unit=told)
    return found


def _pace() -> str:
    return str(parameters.choice("pace", PACES, "reference"))


def _at(start: Start) -> tuple[float, float] | None:
    if isinstance(start, UnitVersion):
        return None if start.geometry is None else middle(start.geometry)
    return start


def _widest_first(rings: Sequence[Ring]) -> list[Ring]:
    """Order rings as they are drawn: each on those that hold it."""
    return sorted(rings, key=lambda ring: -ring.minutes)


def _told(ring: Ring, pace: str) -> dict[str, Any]:
    return {
        "minutes": ring.minutes,
        "pace": pace,
        "metres": ring.reach.metres,
        "estimate": ring.reach.estimate,
        "people": ring.people,
        "points": dict(sorted(ring.points.items())),
    }


def _features(rings: Sequence[Ring], start: Start) -> list[dict[str, Any]]:
    """Return what the map draws: the areas, then the place itself."""
    shapes = [(ring.reach.area, {"ring": ring.minutes}) for ring in _widest_first(rings) if ring.reach.area is not None]
    place = _at(start)
    if place is not None:
        shapes.append((shapely.Point(place), {"ring": 0}))
    return [
        {"type": "Feature", "geometry": orjson.loads(shapely.to_geojson(shape)), "properties": told}
        for shape, told in shapes
    ]


def _types(rings: Sequence[Ring]) -> list[tuple[FacilityType, list[int]]]:
    """Return the types of which anything stands in the widest ring, with how many stand in each."""
    counted = [(kind, [ring.points[kind.id] for ring in rings]) for kind in rulepacks.catalogue().types]
    return [(kind, counts) for kind, counts in counted if any(counts)]
