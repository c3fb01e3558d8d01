"""Siting on the planner's page and in the API: where new service points would reach most people, and a plan of it."""

import json
from collections.abc import Mapping
from typing import Any

import shapely
from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gridgov.errors import GridgovError, InputError
from gridgov.sources import rulepacks
from gridgov.usecases import planning, premises, siting
from gridgov.web import language, looking, page, parameters, plans, views
from gridgov.web.errors import status_of
from gridgov.web.gapwords import counted, graded
from gridgov.web.handle import changing, database
from gridgov.web.intake import CRS_OFFERED, ENCODINGS
from gridgov.web.language import gettext
from gridgov.web.looking import Look
from gridgov.web.security import allow, scope, user
from gridgov.web.sitingform import (
    LARGEST_FILE,
    MOST_SITES,
    Question,
    brought,
    lines,
    posted,
    question,
    told_so_far,
    with_lock,
)
from gridgov.wording import sentence, without_options

blueprint = Blueprint("siting", __name__)
LARGEST_BODY = 1024 * 1024
OTHERS = 200
_LISTS = ("lock", "out")
_ROOM = 0.003  # degrees round what is shown

Row = dict[str, Any]


@blueprint.get("/planner/siting")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """Ask for sites, and show what is chosen on map and list; `at` locks the candidate at a place."""
    asked, found, refusal = None, None, None
    try:
        asked = question(plans.asker()) if request.args.get("type") else None
        if asked is not None and request.args.get("at"):
            return redirect(_address(with_lock(asked)))
        found = None if asked is None else siting.propose(database(), parameters.at(), asked.asked, scope=scope())
    except GridgovError as error:
        refusal = error
    return _page(asked, found, refusal), 200 if refusal is None else status_of(refusal)


@blueprint.post("/planner/siting/plan")
@allow("planner", largest_form=LARGEST_BODY)
def keep() -> ResponseReturnValue:
    """Make a plan of the sites that were shown, and open it."""
    told = told_so_far()
    try:
        edits = json.loads(request.form.get("edits", ""))
    except ValueError:
        raise InputError("plan_without_edits") from None
    drawn = planning.draw(database(), parameters.at(), {"edits": edits}, told.get("pack"), scope())
    with changing() as session:
        name = planning.unused_name(session, request.form.get("name", "").strip() or gettext("Siting"))
        number = planning.create(session, name, drawn, user().id, told).id
    return redirect(url_for("planner.index", plan=number, type=told.get("type"), as_of=_day()))


@blueprint.post("/planner/siting/premises/<token>/remove")
@allow("planner")
def forget(token: str) -> ResponseReturnValue:
    """Forget premises that were brought."""
    with changing() as session:
        premises.remove(session, token, plans.asker())
    kept = {"type", "sites", "pack"}
    return redirect(_address({name: value for name, value in told_so_far().items() if name in kept}))


@blueprint.post("/api/v1/siting/premises")
@allow("planner", largest_form=LARGEST_FILE)
def bring() -> ResponseReturnValue:
    """Take a file of premises; the answer names them, and says where to go on with the question."""
    name, offered = brought()
    with changing() as session:
        token = premises.keep(session, user().id, name, offered).token
    told = {key: value for key, value in told_so_far().items() if key not in _LISTS} | {"premises": token}
    return jsonify(premises=token, name=name, count=len(offered.names), next=_address(told)), 201


@blueprint.get("/api/v1/siting")
@allow("planner", "viewer")
def answer() -> Response:
    """Choose sites: the question stands in the address."""
    return jsonify(siting.propose(database(), parameters.at(), question(plans.asker()).asked, scope=scope()))


@blueprint.post("/api/v1/siting")
@allow("planner", "viewer", largest_form=LARGEST_BODY)
def answer_posted() -> Response:
    """Choose sites: the question stands in a JSON body, and candidates too."""
    return jsonify(siting.propose(database(), parameters.at(), posted(), scope=scope()))


def _page(asked: Question | None, found: Row | None, refusal: GridgovError | None) -> str:
    told, known, look = told_so_far(), rulepacks.catalogue(), looking.look()
    pack = look.pack
    kind = told["type"] if pack.row(told.get("type", "")) else None
    others = _others(asked, found)
    return page.show(
        "planner/siting.html",
        **_frame(look, kind, found, others),
        look=look,
        tabs=plans.tabs(),
        known=known,
        pack=pack,
        rule=pack.row(kind) if kind else None,
        graded=graded(pack, kind) if kind else False,
        types=[row for row in pack.rows if row.basis == "reach" and row.radius is not None],
        told=told,
        lists={name: lines(told.get(name, "")) for name in _LISTS},
        again=_again,
        counted=counted,
        found=found,
        share=_share(found),
        edits=json.dumps([_edit(str(kind), site) for site in found["sites"]] if found else []),
        others=others,
        brought=premises.listed(database(), user().id),
        premises_name=None if asked is None else asked.name,
        refusal=None if refusal is None else without_options(sentence(refusal, language.locale())),
        crs_offered=CRS_OFFERED,
        encodings=ENCODINGS,
        may_edit=plans.may_edit(),
        most=MOST_SITES,
    )


def _frame(look: Look, kind: str | None, found: Row | None, others: list[Row]) -> Row:
    """Return the map's part of the page: the type's shares and points as they are, and what its script draws."""
    frame, run = views.frame("siting"), look.run
    if run is not None and kind is not None:
        frame.layers["coverage"] = views.tiled("coverage", 11, level="compound", run=run.id, type=kind)
        frame.layers["facilities"] = views.tiled("facilities", type=kind)
        frame.colour = "share"
    sites, places = (found["sites"], found["places"]) if found else ([], [])
    if sites:
        xs, ys = ([mark[axis] for mark in (*sites, *places)] for axis in "xy")
        frame.fit = [min(xs) - _ROOM, min(ys) - _ROOM, max(xs) + _ROOM, max(ys) + _ROOM]
    values = frame.values()
    marks = {"sites": sites, "places": places, "others": others, "here": _again() if found else None}
    values["view"] |= {"asks": "never", "siting": marks}
    return values


def _others(asked: Question | None, found: Row | None) -> list[Row]:
    """Return the brought candidates that weren't chosen, the first few hundred of them."""
    if asked is None or asked.asked.candidates is None:
        return []
    chosen = {site["site"] for site in found["sites"]} if found else set()
    offered = asked.asked.candidates
    spots = shapely.get_coordinates(shapely.point_on_surface(offered.places)).round(6).tolist()
    named = zip(offered.names, spots, strict=True)
    return [{"name": name, "x": x, "y": y} for name, (x, y) in named if name not in chosen][:OTHERS]


def _share(found: Row | None) -> float | None:
    """Return how much of the best there can be is reached, never rounded up to all of it; None where it isn't told."""
    if found is None or found["people"] is None or not found["bound"]:
        return None
    if found["bound"] - found["people"] < 0.5:
        return 1.0
    return min(1.0 - float(found["relative_gap"]), 0.999)


def _edit(kind: str, site: Row) -> Row:
    """Return a chosen site as the edit of a plan."""
    return {"do": "add_point", "type": kind, "x": site["x"], "y": site["y"]}


def _again(*, lock: str = "", out: str = "", free: str = "", premises: str | None = None) -> str:
    """Return the address of the question with a candidate locked, left out or free again; or of other premises."""
    told = told_so_far()
    for name, added in (("lock", lock), ("out", out)):
        kept = [one for one in lines(told.get(name, "")) if one not in {lock, out, free}]
        told[name] = "\n".join([*kept, added] if added else kept)
    if premises is not None:
        told |= {"premises": premises} | dict.fromkeys(_LISTS, "")
    return _address({name: value for name, value in told.items() if value})


def _address(told: Mapping[str, Any]) -> str:
    return url_for("siting.index", **{**told, **page.handed_on("as_of", "profile")})


def _day() -> str | None:
    return request.args.get("as_of") or None
