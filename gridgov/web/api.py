"""The API: the same answers as the pages', as JSON."""

from flask import Blueprint, Response, jsonify, request

from gridgov.errors import InputError
from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.spatial.isochrones import PACES
from gridgov.storage.models import Run
from gridgov.usecases import (
    answering,
    checkup,
    contacting,
    covering,
    isochrones,
    loading,
    partnering,
    reading_runs,
    run_view,
)
from gridgov.usecases.broken_way import Part, broken_way
from gridgov.usecases.partnering import BodyFilter
from gridgov.usecases.runrecord import PROFILES, REFERENCE
from gridgov.web import gapfilter, geojson, parameters
from gridgov.web.handle import database
from gridgov.web.language import gettext, metres
from gridgov.web.security import EVERY_ROLE, allow, scope
from gridgov.web.views import chosen

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
MOST_ROWS = 1000
MOST_MINUTES = 60


@blueprint.route("/who", methods=["GET", "POST"])
@allow(*EVERY_ROLE)
def who() -> Response:
    """Answer who is responsible: a text by GET, a device's position by POST."""
    position = parameters.position() if request.method == "POST" else None
    if position is not None:
        return jsonify(answering.here(database(), position, parameters.at(), scope()))
    place = parameters.text("place")
    if place is None:
        raise InputError("place_empty")
    return jsonify(answering.who(database(), place, parameters.at(), scope()))


@blueprint.get("/contacts/report")
@allow("coordinator", "viewer", "admin")
def contacts_report() -> Response:
    """Return the posts in figures, for a unit where one is given."""
    unit = chosen()
    area = None if unit is None else unit.unit_id
    return jsonify(contacting.report(database(), parameters.at(), scope(), area))


@blueprint.get("/partners")
@allow("coordinator", "viewer", "admin")
def partners() -> Response:
    """Return a page of the partner bodies, with how many there are and their pledges by state."""
    unit = chosen()
    limit = parameters.whole("limit", 100, least=1, most=MOST_ROWS)
    first = (parameters.page() - 1) * limit
    asked = BodyFilter(parameters.text("kind"), parameters.text("shares"), parameters.text("state"))
    area = None if unit is None else unit.unit_id
    found = partnering.bodies(database(), parameters.at(), scope(), area, asked)
    rows = partnering.listed(database(), parameters.at(), found[first : first + limit])
    return jsonify(as_of=parameters.as_of().isoformat(), **partnering.counts(found), rows=rows)


@blueprint.get("/coverage")
@allow("planner", "viewer")
def coverage() -> Response:
    """Return the shares by scenario, circle and type: of all the asker sees, of a unit, or within bounds."""
    run, profile, unit = _run(), _profile(), chosen()
    if request.args.get("bounds"):
        figures = run_view.figures_within(database(), run, scope(), parameters.bounds(), profile)
    else:
        area = None if unit is None else unit.unit_id
        figures = reading_runs.figures(database(), run, scope(), area, profile)
    return jsonify(**_told(run, profile), unit=unit and unit.code, **figures)


@blueprint.get("/coverage/shares")
@allow("planner", "viewer")
def coverage_shares() -> Response:
    """Return a page of the shares of a level's places, as `gridgov coverage show` tells them."""
    run, profile = _run(), _profile()
    level = str(parameters.choice("level", reading_runs.LEVELS, "community"))
    limit = parameters.whole("limit", 100, least=1, most=MOST_ROWS)
    rows = reading_runs.show(database(), run, level, scope(), profile)
    first = (parameters.page() - 1) * limit
    return jsonify(**_told(run, profile), level=level, count=len(rows), rows=rows[first : first + limit])


@blueprint.get("/coverage/gaps")
@allow("planner", "viewer")
def coverage_gaps() -> Response:
    """Return a page of the gap list, and how many rows there are."""
    run = _run()
    unit = chosen()
    limit = parameters.whole("limit", 100, least=1, most=MOST_ROWS)
    area = None if unit is None else unit.unit_id
    asked = gapfilter.asked(area, limit, (parameters.page() - 1) * limit)
    count, people = reading_runs.count_gaps(database(), run, scope(), asked)
    rows = reading_runs.gaps(database(), run, scope(), asked)
    return jsonify(run=run.id, count=count, people=people, rows=rows)


@blueprint.get("/checkup")
@allow("planner", "viewer")
def urban_checkup() -> Response:
    """Return how many compounds lack each item of the urban check-up, for a unit, or by the places of a level."""
    run = _run()
    unit = chosen()
    area = None if unit is None else unit.unit_id
    lines = checkup.lines(database(), run, scope(), area, parameters.text("level"))
    told = {"run": run.id, "as_of": run.as_of.isoformat(), "pack": run.pack, "pack_version": run.pack_version}
    items = checkup.item_rows(checkup.checkup(database(), run).items)
    return jsonify(**told, items=items, rows=[checkup.row_of(line) for line in lines])


@blueprint.get("/coverage/way")
@allow("planner", "viewer")
def coverage_way() -> Response:
    """Return the way from a unit to the nearest service point of a type, and where a shorter one breaks."""
    unit = chosen()
    kind = parameters.choice("type", [each.id for each in rulepacks.catalogue().types])
    if unit is None or kind is None:
        raise InputError("place_empty")
    cause = str(parameters.choice("cause", CAUSES, "gate"))
    number = parameters.whole("run", 0, least=0, most=10**9)
    run = covering.find(database(), number) if number else covering.latest(database(), parameters.at())
    found = broken_way(database(), parameters.at(), unit, kind, cause, run)
    return geojson.collection(
        (part.shape, {"kind": part.kind, **part.told, "told": _way_words(part)}) for part in found
    )


@blueprint.route("/isochrone", methods=["GET", "POST"])
@allow("planner", "viewer")
def isochrone() -> Response:
    """Return the area within so many minutes on foot: of a unit by GET, of a position by POST."""
    walk = isochrones.Walk(
        minutes=parameters.whole("minutes", 15, least=1, most=MOST_MINUTES),
        pace=str(parameters.choice("pace", PACES, "reference")),
    )
    unit = chosen()
    position = parameters.position() if request.method == "POST" else None
    start = unit or position
    if start is None or (unit is not None and position is not None):
        raise InputError("place_empty")
    ground = isochrones.ground_of(database(), parameters.at())
    found = isochrones.reach_from(database(), ground, start, walk)
    told = {"minutes": walk.minutes, "pace": walk.pace, "metres": found.metres, "estimate": found.estimate}
    return geojson.feature(found.area, told | {"unit": unit and unit.code, "as_of": parameters.as_of().isoformat()})


def _run() -> Run:
    """Return the run asked for: by its number, else the newest of a rule pack for the day."""
    known = [each.id for each in loading.listed_packs(database())]
    number = parameters.whole("run", 0, least=0, most=10**9) or None
    return covering.find(database(), number, parameters.at(), parameters.choice("pack", known))


def _profile() -> str:
    return str(parameters.choice("profile", PROFILES, REFERENCE))


def _told(run: Run, profile: str) -> dict[str, str | int]:
    """Say which run it is, by which rules, of which day; shares at another pace than the reference are no verdicts."""
    return {"run": run.id, "pack": run.pack, "as_of": run.as_of.isoformat(), "profile": profile}


def _way_words(part: Part) -> str:
    if part.kind == "break":
        what = {"gate": gettext("This gate isn’t open."), "wall": gettext("The wall has no gate here.")}
        return what.get(part.told["what"], gettext("A path is missing here."))
    told = {"point": part.told["point"], "metres": metres(part.told["metres"])}
    if part.kind == "walk":
        return gettext("%(point)s: %(metres)s on foot", **told)
    if part.kind == "short":
        return gettext("%(point)s: %(metres)s if the gates were open", **told)
    return gettext("%(point)s: %(metres)s in a straight line, and no path so short", **told)
