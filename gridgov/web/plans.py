"""Plans on the planner's page: edits drawn on the map, what they change at once, kept, shared and compared."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gridgov.domain.plans import edits as checked
from gridgov.domain.standards import Catalogue
from gridgov.errors import ConflictError, InputError
from gridgov.sources import rulepacks
from gridgov.storage.models import Plan
from gridgov.usecases import covering, deployment, plan_results, plan_things, planning
from gridgov.usecases.planning import Asker, Drawn
from gridgov.web import looking, page, parameters, views
from gridgov.web.handle import changing, database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("plans", __name__)
NEW = "new"
MOST_COMPARED = 4
MOST_EDITS = 200
LARGEST_FORM = 256 * 1024
_NEAR = 0.06  # degrees; over a wider part of the map nothing is offered to edit


def asker() -> Asker:
    """Return who asks for plans."""
    return Asker(user().id, scope())


def tabs() -> list[Plan]:
    """Return the plans that stand as tabs over the planner's page."""
    return planning.seen(database(), asker())


def asked() -> Plan | None:
    """Return the plan that the address names."""
    told = parameters.text("plan")
    return None if told is None else planning.find(database(), told, asker())


def on_its_day(plan: Plan) -> ResponseReturnValue | None:
    """Lead to the day a plan is of, where the address says none; None where nothing has to change."""
    if "as_of" in request.args or plan.as_of == parameters.today():
        return None
    return redirect(f"{request.path}?{urlencode(request.args.to_dict() | {'as_of': plan.as_of.isoformat()})}")


def show(told: str) -> ResponseReturnValue:
    """Show a plan, or a new one, to be drawn on the map."""
    plan = None if told == NEW else planning.find(database(), told, asker())
    moved = None if plan is None else on_its_day(plan)
    if moved is not None:
        return moved
    pack = deployment.pack(database(), looking.asked_pack() if plan is None else plan.pack)
    run = covering.latest(database(), parameters.at(), pack.id)
    known, frame = rulepacks.catalogue(), views.frame("plan")
    kind = parameters.choice("type", [each.id for each in known.types])
    if run is not None:
        frame.layers["coverage"] = views.tiled("coverage", 11, level="compound", run=run.id, type=kind)
        frame.colour = "share"
    kept = None if plan is None else planning.show(plan)
    rows = _in_words(plan.edits, kept) if plan is not None and kept is not None else []
    values = frame.values()
    values["view"] |= {"plan": _told_of(plan) | {"pack": pack.id}, "asks": "never"}
    return page.show(
        "planner/plan.html",
        **values,
        plan=plan,
        tabs=tabs(),
        known=known,
        pack=pack,
        asked_type=kind,
        mine=plan is None or plan.owner_id in {None, user().id},
        may_edit=may_edit(),
        result=kept,
        edits=rows,
        looked_at=parameters.text("unit") or parameters.text("from") or _spot(rows),
    )


@blueprint.get("/planner/compare")
@allow("planner", "viewer")
def compare() -> ResponseReturnValue:
    """Show up to four plans side by side."""
    numbers = list(dict.fromkeys(request.args.getlist("plan")))
    if len(numbers) > MOST_COMPARED:
        raise InputError("plans_too_many", most=MOST_COMPARED)
    plans = [planning.find(database(), number[:20], asker()) for number in numbers]
    shown = [planning.show(plan, stale=planning.is_stale(database(), plan)) for plan in plans]
    for row in (row for told in shown for row in told["types"]):
        row["gained"] = row["before"] is not None and row["before"] != row["after"]
    return page.show("planner/compare.html", plans=plans, shown=shown, tabs=tabs(), known=rulepacks.catalogue())


@blueprint.get("/api/v1/plans")
@allow("planner", "viewer")
def listed() -> Response:
    """List the plans that the asker may see."""
    return jsonify(rows=planning.listed(database(), asker()))


@blueprint.post("/api/v1/plans")
@allow("planner", largest_form=LARGEST_FORM)
def create() -> ResponseReturnValue:
    """Keep the edits of the body under a name."""
    body = _body()
    drawn = planning.draw(database(), parameters.at(), _document(body), _text(body, "pack"), scope())
    with changing() as session:
        told = planning.show(planning.create(session, _text(body, "name") or "", drawn, user().id))
    return jsonify(told), 201


@blueprint.get("/api/v1/plans/<int:number>")
@allow("planner", "viewer")
def plan(number: int) -> Response:
    """Return a plan with its edits and what they change."""
    found = _find(number)
    return jsonify(planning.show(found, stale=planning.is_stale(database(), found)))


@blueprint.put("/api/v1/plans/<int:number>")
@allow("planner", largest_form=LARGEST_FORM)
def save(number: int) -> ResponseReturnValue:
    """Keep a plan's edits anew, its name, or whether it is shared: what the body tells of them."""
    body, found = _body(), _find(number)
    drawn = None
    if "edits" in body:
        drawn = planning.draw(database(), parameters.at(), _document(body), found.pack, planning.scope_of(found))
    version = body.get("version")
    if drawn is not None and not isinstance(version, int):
        raise InputError("plan_without_version")
    try:
        with changing() as session:
            told = _kept(session, planning.find(session, str(number), asker()), drawn, body)
    except ConflictError as error:
        if error.code != "plan_changed_meanwhile":
            raise
        return _changed_meanwhile(_find(number), body)
    return jsonify(told)


@blueprint.delete("/api/v1/plans/<int:number>")
@allow("planner")
def remove(number: int) -> ResponseReturnValue:
    """Forget a plan."""
    with changing() as session:
        planning.remove(session, planning.find(session, str(number), asker()), asker())
    return "", 204


@blueprint.post("/api/v1/plans/figures")
@allow("planner", "viewer", largest_form=LARGEST_FORM)
def figures() -> Response:
    """Work edits out and keep nothing: what they change, as numbers and in the words of the page."""
    body = _body()
    number = body.get("plan")
    of = planning.find(database(), str(number), asker()) if number is not None else None
    seen, pack = (scope(), _text(body, "pack")) if of is None else (planning.scope_of(of), of.pack)
    if body.get("edits"):
        drawn = planning.draw(database(), parameters.at(), _document(body), pack, seen)
    else:
        drawn = planning.blank(database(), parameters.at(), pack, seen)
    told = plan_results.shown(drawn.result)
    return jsonify(
        **told,
        stale=of is not None and of.hash != drawn.hash,
        html={
            "figures": _part("planner/figures.html", result=told),
            "edits": _part("planner/edits.html", edits=_in_words(drawn.edits, told), may_edit=may_edit()),
        },
    )


@blueprint.get("/api/v1/plans/things")
@allow("planner", "viewer")
def things() -> Response:
    """Return the service points and gates within bounds, which a plan may edit."""
    west, south, east, north = parameters.bounds()
    if east - west > _NEAR:
        return jsonify(rows=[])
    known = rulepacks.catalogue()
    types = _types(known)
    found = plan_things.near(database(), parameters.at(), scope(), (west, south, east, north), types)
    names = {each.id: page.named(each) for each in known.types}
    return jsonify(rows=[{**row, "type_name": names.get(str(row.get("type")))} for row in found])


def may_edit() -> bool:
    """Tell whether the account may draw and keep plans."""
    return "planner" in user().roles


def _told_of(plan: Plan | None) -> dict[str, Any]:
    """Return what the page's script knows of a plan."""
    of: dict[str, Any] = {"number": None, "version": 0, "name": "", "edits": [], "shared": False}
    if plan is not None:
        of = {
            "number": plan.id,
            "version": plan.version,
            "name": plan.name,
            "edits": plan.edits,
            "shared": plan.shared,
        }
    return of | {"reader": user().id, "editable": may_edit()}


def _kept(session: Session, plan: Plan, drawn: Drawn | None, body: dict[str, Any]) -> dict[str, Any]:
    """Write what the body tells of a plan, and return what it is then."""
    if drawn is not None:
        planning.keep(session, plan, drawn, body["version"])
    name = _text(body, "name")
    if name is not None:
        planning.rename(session, plan, name)
    if isinstance(body.get("shared"), bool):
        planning.share(plan, asker(), shared=body["shared"])
    return planning.show(plan)


def _changed_meanwhile(plan: Plan, body: dict[str, Any]) -> ResponseReturnValue:
    """Refuse a second saving, and tell what the first one changed; the sender keeps what he has."""
    base, theirs = _document({"edits": body["base"]})["edits"] if body.get("base") else [], plan.edits
    added = [row for row in theirs if row not in base]
    dropped = [row for row in base if row not in theirs]
    html = _part(
        "planner/conflict.html",
        plan=plan,
        renamed=body.get("called", plan.name) != plan.name,
        added=_in_words(added),
        dropped=_in_words(dropped),
    )
    told = {"version": plan.version, "name": plan.name, "edits": plan.edits}
    return jsonify(error="plan_changed_meanwhile", **told, html=html), 409


def _in_words(edits: list[dict[str, Any]], told: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return edits with the names of what they speak of, and whether each is in doubt."""
    outcomes = [] if told is None else told["edits_told"]
    rows = plan_things.named(database(), parameters.at(), scope(), edits)
    plain = {"point": None, "gate": None, "capacity": None, "in_doubt": False, "why": None, "places": None}
    return [plain | row | (outcomes[index] if index < len(outcomes) else {}) for index, row in enumerate(rows)]


def _spot(edits: list[dict[str, Any]]) -> str | None:
    """Return where the first edit of a plan that has a place lies, as an address names a place."""
    for edit in edits:
        place = (edit["x"], edit["y"]) if "x" in edit else edit["path"][0] if "path" in edit else edit.get("at")
        if place and place[0] is not None:
            return f"{place[0]:.6f},{place[1]:.6f}"
    return None


def _find(number: int) -> Plan:
    return planning.find(database(), str(number), asker())


def _types(known: Catalogue) -> list[str]:
    kind = parameters.choice("type", [each.id for each in known.types])
    return [each.id for each in known.types if kind in {None, each.id}]


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InputError("plan_body_bad")
    return body


def _document(body: dict[str, Any]) -> dict[str, Any]:
    """Return the edits of a body as a plan's document, checked, and not too many."""
    rows = _listed(body.get("edits"))
    if len(rows) > MOST_EDITS:
        raise InputError("plan_edits_too_many", most=MOST_EDITS)
    document = {"edits": rows}
    checked(document)
    return document


def _listed(told: object) -> list[Any]:
    return list(told) if isinstance(told, list) else []


def _text(body: dict[str, Any], name: str) -> str | None:
    told = body.get(name)
    return told if isinstance(told, str) else None


def _part(template: str, **values: object) -> str:
    return render_template(template, known=rulepacks.catalogue(), **values)
