"""The small layers of the maps, whole, as GeoJSON, within the asker's area; the large ones come as tiles."""

from typing import Any

from flask import Blueprint, Response
from shapely.geometry.base import BaseGeometry

from gridgov.domain.offers import PARTNER_KINDS, RESOURCE_KINDS, pressing
from gridgov.usecases import browsing, contacting, partnering
from gridgov.usecases.partnering import BodyFilter, Spot
from gridgov.web import parameters
from gridgov.web.geojson import collection, inner_point
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("layers", __name__, url_prefix="/layers")
DRAWN_LEVELS = ("street", "community", "compound", "building")
_CLOSE = 0.02  # degrees; over a wider part of the map no single building is drawn to
PARTNER_LISTS = {"partners": None, "pledges_due": "due_soon", "pledges_overdue": "overdue"}


@blueprint.get("/neighbours.geojson")
@allow("admin")
def neighbours() -> Response:
    """Return what a drawing snaps to within bounds: borders, walls, grids, gates, sites, and buildings close by."""
    bounds = parameters.bounds()
    close = bounds[2] - bounds[0] <= _CLOSE
    levels = [level for level in DRAWN_LEVELS if close or level != "building"]
    session, at, seen = database(), parameters.at(), scope()
    units = [unit for level in levels for unit in browsing.units_on_map(session, at, seen, level, bounds=bounds)]
    others: list[tuple[str, Any]] = [("grids", one) for one in browsing.grids_on_map(session, at, seen, bounds)]
    others += [("gates", one) for one in browsing.gates_on_map(session, at, seen, bounds)]
    others += [("sites", one) for one in browsing.sites_on_map(session, at, seen, bounds)]
    return collection((_beside(kind, one) for kind, one in (*(("units", unit) for unit in units), *others)), 9)


@blueprint.get("/partners.geojson")
@allow("coordinator", "viewer", "admin")
def partners() -> Response:
    """Return a mark per place where partner bodies stand: their most pressing pledge; others are dimmed."""
    asked = partners_asked()
    found = partnering.bodies(database(), parameters.at(), scope())
    wanted = {body.code for body in found if asked.takes(body)}
    spots = partnering.spots(database(), parameters.at(), scope(), found)
    return collection((inner_point(spot.place), _body_mark(spot, wanted)) for spot in spots)


@blueprint.get("/mine.geojson")
@allow("cadre")
def mine() -> Response:
    """Return the compounds of the cadre who asks."""
    held = contacting.mine(database(), user().cadre_id or 0, parameters.at(), scope())
    found = browsing.units_by_number(database(), {one.unit for one in held}, parameters.at(), scope())
    return collection(
        (unit.geometry, {"code": unit.code, "name": unit.name or unit.code, "level": unit.level, "branch": True})
        for unit in found
        if unit.level in DRAWN_LEVELS
    )


def partners_asked() -> BodyFilter:
    """Return which partner bodies are asked for."""
    return BodyFilter(
        kind=parameters.choice("body", PARTNER_KINDS),
        shares=parameters.choice("shares", RESOURCE_KINDS),
        state=PARTNER_LISTS[parameters.choice("what", PARTNER_LISTS) or "partners"],
    )


def _beside(kind: str, one: Any) -> tuple[BaseGeometry | None, dict[str, Any]]:
    told = {"kind": kind, "identity": getattr(one, one.subject), "level": getattr(one, "level", None)}
    return one.geometry, {**told, "told": one.name or one.code}


def _body_mark(spot: Spot, wanted: set[str]) -> dict[str, Any]:
    """Tell a mark: of several bodies at one place those asked for, and of their pledges the most pressing."""
    told = [body for body in spot.bodies if body.code in wanted]
    shown = told or spot.bodies
    state = pressing(body.state for body in shown if body.state is not None) or "none"
    return {
        "code": spot.unit.code,
        "rows": [body.code for body in shown],
        "symbol": f"pledge_{state}",
        "size": 8,
        "told": gettext(", ").join(body.name for body in shown),
        "more": "" if told else "dim",
    }
