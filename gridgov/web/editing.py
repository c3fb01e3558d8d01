"""Editing by hand: lists of things, and for each the forms that change, end, divide or join it, with its history.

Every form goes the same way: what is typed is looked at, a preview says what it would do, and only then it is
recorded as a batch, which can be undone. The pages keep nothing between: a form carries what it tells.
"""

from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile
from gridgov.errors import ConflictError, InputError, NotFoundError
from gridgov.storage.models import Batch, UnitVersion
from gridgov.usecases import accounts, browsing, deployment, editing, history, things
from gridgov.usecases.acts import LeavesError, RefusedError
from gridgov.usecases.dividing import DIVISIBLE
from gridgov.usecases.editing import StaleError
from gridgov.usecases.things import Thing
from gridgov.web import acting, forms, handle, language, page, parameters, views
from gridgov.web.acting import EndForm, Form, MergeForm, Refusal, SplitForm
from gridgov.web.errors import status_of
from gridgov.web.handle import database
from gridgov.web.maps import page_map
from gridgov.web.mapscript import script_address
from gridgov.web.security import allow, scope, user
from gridgov.wording import sentence

blueprint = Blueprint("editing", __name__, url_prefix="/admin/things")
LARGEST_FORM = 1024 * 1024  # the outline of a community as text
ROWS = 50
FOUND = 12
METHODS = ["GET", "POST"]


@blueprint.get("/<kind>")
@allow("admin")
def rows(kind: str) -> ResponseReturnValue:
    """List the things of a kind, under the chosen place, by what is looked for."""
    _known(kind)
    under, text, profile = views.chosen(), parameters.text("text"), deployment.profile(database())
    level = parameters.choice("level", [each.id for each in profile.levels]) if kind == "units" else None
    first = (parameters.page() - 1) * ROWS
    found, count = _listed(kind, text, under, level, slice(first, first + ROWS))
    return page.show(
        "editing/list.html",
        kind=kind,
        level=level,
        levels=profile.levels,
        rows=found,
        places=_places(found),
        count=count,
        text=text,
        unit=under,
        page=parameters.page(),
        pages=max(1, -(-count // ROWS)),
    )


@blueprint.get("/<kind>/lookup")
@allow("admin")
def lookup(kind: str) -> ResponseReturnValue:
    """Return the few things whose code or name has a text, to choose from."""
    _known(kind)
    found, _ = _listed(kind, parameters.text("text"), None, None, slice(0, FOUND))
    return jsonify(rows=[{"code": thing.code, "label": thing.label} for thing in found if thing.code])


@blueprint.route("/<kind>/new", methods=METHODS)
@allow("admin", largest_form=LARGEST_FORM)
def new(kind: str) -> ResponseReturnValue:
    """Make a thing, at the chosen place where one is given."""
    _known(kind)
    views.chosen()
    profile = deployment.profile(database())
    level = parameters.choice("level", [each.id for each in profile.levels]) if kind == "units" else None
    if kind == "units" and level is None:
        return page.show("editing/levels.html", kind=kind, levels=profile.levels)
    return _answered(Form(kind, level))


@blueprint.route("/<kind>/<int:identity>", methods=METHODS)
@allow("admin", largest_form=LARGEST_FORM)
def thing(kind: str, identity: int) -> ResponseReturnValue:
    """Show a thing, and change it."""
    found = _read(kind, identity)
    return _answered(Form(kind, found.level, found))


@blueprint.route("/<kind>/<int:identity>/end", methods=METHODS)
@allow("admin")
def end(kind: str, identity: int) -> ResponseReturnValue:
    """End a thing on a day."""
    found = _read(kind, identity)
    return _answered(EndForm(kind, found.level, found))


@blueprint.route("/<kind>/<int:identity>/split", methods=METHODS)
@allow("admin", largest_form=LARGEST_FORM)
def split(kind: str, identity: int) -> ResponseReturnValue:
    """Divide an area by a line."""
    found = _read(kind, identity)
    return _answered(SplitForm(kind, found.level, found))


@blueprint.route("/<kind>/<int:identity>/merge", methods=METHODS)
@allow("admin")
def merge(kind: str, identity: int) -> ResponseReturnValue:
    """Join an area with its neighbours."""
    found = _read(kind, identity)
    return _answered(MergeForm(kind, found.level, found))


@blueprint.get("/<kind>/<int:identity>/history")
@allow("admin")
def past(kind: str, identity: int) -> ResponseReturnValue:
    """Tell what was written about a thing, the newest first, with the differences."""
    found = _read(kind, identity)
    told = history.of_thing(database(), kind, identity)
    return page.show("editing/history.html", **_about(found), told=told, recorded=_recorded())


def _answered(form: Form) -> ResponseReturnValue:
    """Show a form, its preview, or what comes of it."""
    refusal, status = Refusal(), 200
    try:
        if request.method == "POST":
            step = forms.typed("step")
            if step == "apply":
                return _applied(form)
            if step == "preview":
                return _previewed(form)
            form.prepare()
    except StaleError as error:
        return _conflict(form, error), 409
    except RefusedError as error:
        refusal, status = Refusal(problems=error.problems), 400
    except LeavesError as error:
        refusal, status = Refusal(message=sentence(error, language.locale()), left=error.left), 409
    except (InputError, ConflictError) as error:
        refusal, status = Refusal(message=sentence(error, language.locale())), status_of(error)
    return _shown(form, refusal), status


def _shown(form: Form, refusal: Refusal) -> str:
    values = form.values(refusal)
    problems = {form.input_of(problem): forms.said_of(problem) for problem in refusal.problems}
    return page.show(
        form.template,
        **_about(form.thing, form.kind, form.level),
        **_drawn(form, values["draw"]),
        **values,
        title=form.title(),
        stamp=form.stamp,
        token=forms.token(),
        day_typed=forms.day_typed(),
        note=forms.typed("note"),
        problems=problems,
        message=refusal.message,
        recorded=_recorded(),
    )


def _previewed(form: Form) -> str:
    act = form.act()
    forms.note()
    with handle.trying() as session:
        preview = editing.preview(session, act, scope())
    return page.show(
        "editing/preview.html",
        **_about(form.thing, form.kind, form.level),
        title=form.title(),
        preview=preview,
        warnings=[sentence(warning, language.locale()) for warning in preview.warnings],
        day=act.day,
        carried=forms.carried(),
    )


def _applied(form: Form) -> ResponseReturnValue:
    act, note = form.act(), forms.note()
    with handle.changing() as session:
        batch = editing.apply(session, act, scope(), account=user().id, token=forms.token(), note=note)
        number, identity = batch.id, _identity(session, form, batch)
        gone = not things.timeline(session, form.kind, identity)
    if gone:  # it ended on its first day: there is no page about it, only the batch that took it away
        return redirect(url_for("admin.batch", number=number))
    where = "editing.past" if isinstance(form, EndForm) else "editing.thing"
    shown = act.day.isoformat() if act.day > parameters.as_of() or request.args.get("as_of") else None
    return redirect(url_for(where, kind=form.kind, identity=identity, as_of=shown, recorded=number))


def _identity(session: Session, form: Form, batch: Batch) -> int:
    """Return the thing the form was about, or the one it made."""
    if form.thing is not None:
        return form.thing.identity
    made = (one for one in history.of_batch(session, batch.id) if one.kind == form.kind and one.what == "new")
    return next(one.identity for one in made)


def _conflict(form: Form, error: StaleError) -> str:
    """Show what somebody else changed meanwhile beside what was typed; nothing typed is lost."""
    changing = type(form) is Form
    clashes, adopted = forms.met(form.fields, error.thing) if changing else ([], {})
    replaced = {"stamp", "base", *adopted, *(f"pick-{clash.input}" for clash in clashes)}
    replaced |= {f"theirs-{clash.input}" for clash in clashes}
    return page.show(
        "editing/conflict.html",
        **_about(error.thing),
        title=form.title(),
        changes=error.changes,
        clashes=clashes,
        carried=[*forms.carried(replaced), *adopted.items()],
        stamp=error.thing.stamp,
        base=forms.base_of(error.thing),
    )


def _about(found: Thing | None, kind: str | None = None, level: str | None = None) -> dict[str, Any]:
    """Return what every page about a thing shows around it."""
    kind, level = (found.kind, found.level) if found else (kind or "", level)
    divisible = found is not None and kind in DIVISIBLE and found.geometry is not None
    return {
        "thing": found,
        "kind": kind,
        "level": level,
        "kind_name": acting.thing_name(kind, level),
        "divisible": divisible and level != "building",
        "place": _place(found),
    }


def _drawn(form: Form, draw: dict[str, Any] | None) -> dict[str, Any]:
    """Return the map of a form that has something to draw, and its script's view."""
    if draw is None:
        return {"map": None}
    own = None if form.thing is None else form.thing.identity
    neighbours = url_for("layers.neighbours", as_of=request.args.get("as_of") or None)
    return {
        "map": page_map("edit"),
        "script_address": script_address("edit"),
        "view": {
            "layers": views.places(),
            "basemap": views.basemap(),
            "fit": _fit(form),
            "focus": None,
            "colour": None,
            "asks": "never",
            "draw": {**draw, "kind": form.kind, "identity": own, "neighbours": neighbours},
        },
    }


def _fit(form: Form) -> list[float] | None:
    shape = None if form.thing is None else form.thing.geometry
    if shape is not None:
        return views.roomy(shape.bounds)
    near = views.chosen() if form.thing is None else _place(form.thing)
    if near is not None:
        return views.fit_around(near.unit_id, None)
    return list(deployment.extent(database()) or ()) or None


def _place(found: Thing | None) -> UnitVersion | None:
    """Return the unit a thing is or stands on, where the asker may open it."""
    if found is None or found.unit is None:
        return None
    units = browsing.units_by_number(database(), [found.unit], parameters.at(), scope())
    return next((unit for unit in units if unit.level != views.NEVER_LISTED), None)


def _places(found: list[Thing]) -> dict[int, str]:
    wanted = {one.unit for one in found if one.unit is not None}
    units = browsing.units_by_number(database(), wanted, parameters.at(), scope())
    return {unit.unit_id: unit.name or unit.code for unit in units if unit.level != views.NEVER_LISTED}


def _listed(
    kind: str, text: str | None, under: UnitVersion | None, level: str | None, part: slice
) -> tuple[list[Thing], int]:
    area = None if under is None else under.unit_id
    return things.listed(database(), kind, parameters.at(), scope(), text=text, under=area, level=level, part=part)


def _read(kind: str, identity: int) -> Thing:
    _known(kind)
    return things.read(database(), kind, identity, parameters.at(), scope())


def _known(kind: str) -> None:
    if kind not in things.KINDS:
        raise NotFoundError("page_not_found")


def _recorded() -> int | None:
    """Return the batch that was just recorded, for the notice."""
    return parameters.whole("recorded", 0, least=0, most=10**9) or None


blueprint.add_app_template_global(forms.as_read)


@blueprint.app_template_global()
def additions_at(unit: UnitVersion) -> list[dict[str, str]] | None:
    """Return what the reader may add at a unit: the kinds of things that belong to its level; None if he edits none."""
    edited = accounts.scope_of(user().grants, frozenset({"admin"}), frozenset())
    if not browsing.units_by_number(database(), [unit.unit_id], parameters.at(), edited):
        return None
    found = _belonging(deployment.profile(database()), unit)
    return [each | {"name": acting.thing_name(each["kind"], each.get("level"))} for each in found]


def _belonging(profile: LevelProfile, unit: UnitVersion) -> list[dict[str, str]]:
    levels = [level.id for level in profile.levels]
    below = levels[levels.index(unit.level) + 1 :][:1]
    found = [{"kind": "units", "level": level} for level in below]
    belonging = {
        "grids": unit.level == profile.grid_level,
        "gates": unit.level == "compound",
        "branches": unit.level == "compound",
        "posts": any(role.level == unit.level for role in profile.roles),
        "contacts": any(tier.level == unit.level for tier in profile.tiers),
        "partners": unit.level in {"community", "compound"},
        "sites": unit.level in {"community", "compound"},
    }
    return [*found, *({"kind": kind} for kind, belongs in belonging.items() if belongs)]
