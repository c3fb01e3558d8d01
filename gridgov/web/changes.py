"""Change sets: what was proposed and decided, one with its differences on the map, and proposing by hand or a file."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from gridgov.domain.intake import Problem
from gridgov.domain.units import ContactTier
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.sheets import Reading
from gridgov.storage.current import At
from gridgov.storage.models import ChangeSet, UnitVersion
from gridgov.usecases import accounts, browsing, contacting, deployment, proposing
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.proposal_files import Told, lines, read_lines
from gridgov.usecases.proposing import Line
from gridgov.web import differences, forms, handle, language, page, parameters, proposals, views
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.proposals import NONE, Refusal
from gridgov.web.security import allow, scope, user
from gridgov.wording import term

blueprint = Blueprint("changes", __name__, url_prefix="/changes")
LISTS = ("open", "mine", "decided")
LARGEST_FILE = 8 * 1024 * 1024
ROWS = 50
METHODS = ["GET", "POST"]


@blueprint.get("")
@allow("coordinator", "admin")
def index() -> ResponseReturnValue:
    """List the change sets of the asker's area: those open, his own, those decided."""
    which = parameters.choice("list", LISTS, "open") or "open"
    every = proposing.listed(database(), scope=scope(), day=parameters.told_day())
    told = {
        "open": [one for one in every if one.state == proposing.PROPOSED],
        "mine": [one for one in every if one.proposed_by == user().id],
        "decided": [one for one in every if one.state != proposing.PROPOSED],
    }
    shown, pages = views.paged(len(told[which]), ROWS)
    rows = told[which][(shown - 1) * ROWS : shown * ROWS]
    return page.show(
        "changes/index.html",
        which=which,
        counts={name: len(told[name]) for name in LISTS},
        rows=rows,
        names=accounts.names(database(), (one.proposed_by for one in rows)),
        stale={one.id for one in rows if one.state == proposing.PROPOSED and proposing.stale(database(), one)},
        page=shown,
        pages=pages,
    )


@blueprint.get("/<int:number>")
@allow("coordinator", "admin")
def change(number: int) -> ResponseReturnValue:
    """Show a change set: its differences as a list and on the map, and what can be done with it."""
    parameters.as_of()
    return _shown(_found(database(), number))


@blueprint.post("/<int:number>/approve")
@allow("coordinator", "admin")
def approve(number: int) -> ResponseReturnValue:
    """Do what was proposed, as a second person."""
    return _decided(number, lambda session, one: proposing.approve(session, one, scope(), user().id))


@blueprint.post("/<int:number>/decline")
@allow("coordinator", "admin")
def decline(number: int) -> ResponseReturnValue:
    """Turn a proposal down, with a reason."""
    return _decided(number, lambda session, one: proposing.decline(session, one, user().id, forms.typed("reason")))


@blueprint.post("/<int:number>/withdraw")
@allow("coordinator", "admin")
def withdraw(number: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _decided(number, lambda session, one: proposing.withdraw(session, one, user().id))


@blueprint.post("/<int:number>/undo")
@allow("coordinator", "admin")
def undo(number: int) -> ResponseReturnValue:
    """Take an approved change back as a whole."""
    return _decided(number, lambda session, one: proposing.undo(session, one, scope(), user().id))


@blueprint.route("/place", methods=METHODS)
@allow("coordinator", "admin")
def place() -> ResponseReturnValue:
    """Propose another lead for one place."""
    unit = views.chosen()
    if unit is None:
        raise InputError("option_unknown", name="unit", value="")
    tier = _tier_of(unit)
    title = gettext("%(place)s: another lead", place=unit.name or unit.code)
    refusal = NONE
    if request.method == "POST":
        answer = proposals.attempt(lambda: proposals.propose(tier.tier, title, (Line(unit.unit_id, _holder()),)))
        if not isinstance(answer, Refusal):
            return answer
        refusal = answer
    held = contacting.contacts_of(database(), parameters.at(), scope(), [unit.unit_id])
    told = page.show(
        "changes/place.html",
        unit=unit,
        tier=tier,
        held=[one for one in held if (one.tier, one.role) == (tier.tier, tier.exclusive)],
        holder=forms.typed("holder"),
        vacant=forms.typed("vacant") == "1",
        **_asked(refusal, title),
    )
    return told, refusal.status


@blueprint.route("/file", methods=METHODS)
@allow("coordinator", "admin", largest_form=LARGEST_FILE)
def file() -> ResponseReturnValue:
    """Propose what a table of units and holders tells."""
    parameters.as_of()
    refusal = NONE
    profile = deployment.profile(database())
    tier = parameters.whole("tier", profile.lowest_tier or 1, least=0, most=9)
    if request.method == "POST":
        answer = proposals.attempt(_propose_file)
        if not isinstance(answer, Refusal):
            return answer
        refusal = answer
    told = page.show(
        "changes/file.html",
        tier=int(forms.typed("tier") or tier),
        tiers=profile.tiers,
        **_asked(refusal, ""),
    )
    return told, refusal.status


def tier_at(unit: UnitVersion) -> ContactTier | None:
    """Return the tier whose posts stand on a unit's level."""
    return next((tier for tier in deployment.profile(database()).tiers if tier.level == unit.level), None)


def _tier_of(unit: UnitVersion) -> ContactTier:
    found = tier_at(unit)
    if found is None:
        raise InputError("option_unknown", name="unit", value=unit.code)
    return found


def _asked(refusal: Refusal, title: str) -> dict[str, Any]:
    return {"problems": refusal.problems, "message": refusal.message, **proposals.typed(title)}


def _holder() -> int | None:
    """Return the cadre whose code was typed, None to leave the post vacant."""
    if forms.typed("vacant") == "1":
        return None
    code = forms.typed("holder")
    if not code:
        raise RefusedError([Problem(0, "holder", "", "field_missing")])
    try:
        return accounts.cadre_by_code(database(), At(forms.day()), code)
    except NotFoundError:
        raise RefusedError([Problem(0, "holder", code, "cadre_code_unknown", {"code": code})]) from None


def _propose_file() -> Response:
    """Read the file that came, and propose it; refusals speak of it by its own name."""
    came = request.files.get("file")
    if came is None or not came.filename:
        raise RefusedError([Problem(0, "file", "", "upload_files_none")])
    tier = deployment.profile(database()).tier(_number(forms.typed("tier")))
    day, name = forms.day(), Path(came.filename).name
    with tempfile.TemporaryDirectory(prefix="gridgov-proposal-") as folder:
        told = _read(came, Path(folder), name)
    return proposals.propose(tier.tier, Path(name).stem, lines(database(), told, tier, At(day), Path(name)))


def _read(came: FileStorage, folder: Path, name: str) -> Told:
    """Read what came, under a plain name of its own kind."""
    path = folder / f"file{Path(name).suffix}"
    came.save(path)
    try:
        return read_lines(path, Reading())
    except InputError as error:
        told = {each: str(value).replace(str(path), name) for each, value in error.params.items()}
        raise InputError(error.code, **told) from error


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0


def _found(session: Session, number: int) -> ChangeSet:
    return proposing.find(session, number, scope())


def _decided(number: int, act: Callable[[Session, ChangeSet], object]) -> ResponseReturnValue:
    def done() -> Response:
        with handle.changing() as session:
            act(session, _found(session, number))
        return redirect(url_for("changes.change", number=number))

    answer = proposals.attempt(done)
    if not isinstance(answer, Refusal):
        return answer
    return _shown(_found(database(), number), answer), answer.status


def _shown(one: ChangeSet, refusal: Refusal = NONE) -> str:
    day = parameters.told_day()
    at = At(day or one.effective)
    frame = views.frame(differences.PAGE)
    told = proposing.told(database(), one)
    marks = {row["id"]: (_kind(row), _in_words(row)) for row in told}
    differences.draw(frame, marks, at)
    differences.stay(frame)
    frame.fit = views.box_of(browsing.units_by_number(database(), marks, at, scope())) or frame.fit
    return page.show(
        "changes/change.html",
        **frame.values(),
        change=one,
        rows=[row | {"kind": _kind(row)} for row in told],
        wheres=differences.wheres(browsing.lines(database(), at, list(marks))),
        names=accounts.names(database(), (one.proposed_by, one.decided_by)),
        own=one.proposed_by == user().id,
        day_shown=at.day,
        ahead=one.effective > (day or parameters.today()),
        undone=proposing.undone_by(database(), one),
        reason=forms.typed("reason"),
        problems=refusal.problems,
        message=refusal.message,
    )


def _kind(row: dict[str, Any]) -> str:
    return differences.kind_of(bool(row["before"]), after=row["after"] is not None)


def _in_words(row: dict[str, Any]) -> str:
    after = row["after"]
    return str(after["name"]) if after else term("state", "vacant", language.locale())
