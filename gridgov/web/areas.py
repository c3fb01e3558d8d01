"""The planner's own areas: brought as a file, shown over his map, told in figures; and two areas side by side."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gridgov.errors import GridgovError, InputError, NotFoundError
from gridgov.sources import rulepacks
from gridgov.sources.sheets import Reading
from gridgov.storage.models import AreaSet, Run, UnitVersion
from gridgov.usecases import area_figures, browsing, own_areas, reading_runs
from gridgov.usecases.area_figures import Figures
from gridgov.web import geojson, language, looking, page, parameters, plans, views
from gridgov.web.handle import changing, database
from gridgov.web.intake import CRS_OFFERED, ENCODINGS
from gridgov.web.looking import Look
from gridgov.web.security import allow, scope, user
from gridgov.wording import sentence, without_options
from gridgov.wording.gaps import graded

blueprint = Blueprint("areas", __name__)
LARGEST_FORM = 32 * 1024 * 1024
WORST = 6
_MOST_SETS = 10**9


@dataclass(frozen=True)
class Side:
    """One of two areas that stand side by side: what it is asked for as, and called; where it is; its figures."""

    told: str
    name: str
    unit: UnitVersion | None
    figures: Figures


def install(app: Flask) -> None:
    """Let templates ask which areas there are, and which are chosen."""
    app.jinja_env.globals.update(area_sets=area_sets, area_set=chosen)


@blueprint.get("/planner/areas")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """List the sets of areas, take another, and tell the figures of the chosen one's areas."""
    return _page()


@blueprint.post("/planner/areas")
@allow("planner", largest_form=LARGEST_FORM)
def bring() -> ResponseReturnValue:
    """Keep the areas of a file under a name; what can't be read is told, and nothing is kept."""
    try:
        areas = _read()
        with changing() as session:
            number = own_areas.create(session, request.form.get("name", ""), areas, user().id).id
    except GridgovError as error:
        return _page(without_options(sentence(error, language.locale()))), 400
    return redirect(url_for("areas.index", areas=number))


@blueprint.post("/planner/areas/<int:number>/share")
@allow("planner")
def share(number: int) -> ResponseReturnValue:
    """Let others see a set of areas, or no longer."""
    with changing() as session:
        found = own_areas.find(session, number, user().id)
        own_areas.share(found, user().id, shared=request.form.get("shared") == "yes")
    return redirect(url_for("areas.index", areas=number))


@blueprint.post("/planner/areas/<int:number>/remove")
@allow("planner")
def remove(number: int) -> ResponseReturnValue:
    """Forget a set of areas."""
    with changing() as session:
        own_areas.remove(session, own_areas.find(session, number, user().id), user().id)
    return redirect(url_for("areas.index"))


@blueprint.get("/layers/areas/<int:number>.geojson")
@allow("planner", "viewer")
def layer(number: int) -> Response:
    """Return the areas of a set, with their names."""
    areas = own_areas.areas_of(own_areas.find(database(), number, user().id))
    return geojson.collection(
        (shape, {"name": name}) for shape, name in zip(areas.shapes.tolist(), areas.names, strict=True)
    )


@blueprint.get("/planner/areas/compare")
@allow("planner", "viewer")
def compare() -> ResponseReturnValue:
    """Show the figures of two areas side by side: units by their codes, own areas by their set and number."""
    look, asked = looking.look(), [parameters.text(name) for name in ("a", "b")]
    sides = [_side(look, look.run, told) for told in asked if told is not None] if look.run is not None else []
    return page.show(
        "planner/two.html",
        tabs=plans.tabs(),
        asked=asked,
        sides=sides,
        offered=_offered(),
        worst=WORST,
        **_beside(look),
    )


def overlay() -> dict[str, str]:
    """Return the layer of the set of areas that the address names."""
    found = chosen()
    return {} if found is None else {"own": url_for("areas.layer", number=found.id)}


def area_sets() -> Sequence[AreaSet]:
    """Return the sets of areas that the asker may lay over his map."""
    return own_areas.seen(database(), user().id)


def chosen() -> AreaSet | None:
    """Return the set of areas that the address names."""
    number = parameters.whole("areas", 0, least=0, most=_MOST_SETS)
    return own_areas.find(database(), number, user().id) if number else None


def _page(message: str | None = None) -> str:
    found, look = chosen() if request.method == "GET" else None, looking.look()
    areas = None if found is None else own_areas.areas_of(found)
    rows: list[tuple[str, Figures]] = []
    if look.run is not None and areas is not None:
        figures = area_figures.of_areas(database(), look.run, scope(), areas.shapes.tolist(), look.profile)
        rows = list(zip(areas.names, figures, strict=True))
    return page.show(
        "planner/areas.html",
        tabs=plans.tabs(),
        sets=area_sets(),
        chosen=found,
        mine=found is not None and found.owner_id == user().id and plans.may_edit(),
        may_edit=plans.may_edit(),
        rows=rows,
        message=message,
        name=request.form.get("name", ""),
        systems=CRS_OFFERED,
        encodings=ENCODINGS,
        most=own_areas.MOST_AREAS,
        **_beside(look),
    )


def _beside(look: Look) -> dict[str, Any]:
    return {
        "look": look,
        "run": None if look.run is None else reading_runs.record(look.run),
        "graded": graded(look.pack),
        "known": rulepacks.catalogue(),
    }


def _read() -> own_areas.Areas:
    """Read the file of the form; its sentence names it as its owner does, and not where it passes."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InputError("own_areas_without_file")
    own = PurePosixPath(sent.filename.replace("\\", "/")).name or "file"
    reading = Reading(parameters.text("crs"), parameters.text("encoding"), parameters.text("layer"))
    with tempfile.TemporaryDirectory(prefix="gridgov-areas-") as passing:
        path = Path(passing) / own
        sent.save(path)
        try:
            return own_areas.read_areas(database(), path, reading)
        except InputError as error:
            raise InputError(error.code, **{**error.params, "path": own}) from error


def _side(look: Look, run: Run, told: str) -> Side:
    number, colon, at = told.partition(":")
    if colon:
        return _own_side(look, run, told, number, at)
    unit = browsing.unit_by_code(database(), told, parameters.at(), scope())
    if unit is None or unit.level == views.NEVER_LISTED:
        raise NotFoundError("unit_unknown", unit=told)
    figures = area_figures.of_unit(database(), run, scope(), unit.unit_id, look.profile)
    return Side(told, unit.name or unit.code, unit, figures)


def _own_side(look: Look, run: Run, told: str, number: str, at: str) -> Side:
    if not (number.isdecimal() and at.isdecimal() and len(told) < 20):
        raise InputError("place_empty")
    kept = own_areas.find(database(), int(number), user().id)
    areas = own_areas.areas_of(kept)
    if not 1 <= int(at) <= len(areas.names):
        raise NotFoundError("own_areas_unknown", number=told)
    (figures,) = area_figures.of_areas(database(), run, scope(), [areas.shapes[int(at) - 1]], look.profile)
    return Side(told, f"{areas.names[int(at) - 1]} ({kept.name})", None, figures)


def _offered() -> list[tuple[str, str]]:
    """Return the places to choose from: the two uppermost levels, and the areas of the planner's sets."""
    tops = views.streets()
    below = [node for top in tops for node in browsing.tree(database(), parameters.at(), scope(), top.unit)]
    units = [(node.code, node.name or node.code) for node in (*tops, *below) if node.level != "building"]
    own = [
        (f"{kept.id}:{at}", f"{name} ({kept.name})") for kept in area_sets() for at, name in enumerate(kept.names, 1)
    ]
    return [*own, *units]
