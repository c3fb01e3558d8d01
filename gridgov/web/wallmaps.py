"""Wall maps asked for on a page, made by a worker, and fetched when they are ready."""

import io
from typing import cast

from flask import Blueprint, Response, current_app, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from gridgov.errors import ConflictError, GridgovError, InputError, NotFoundError
from gridgov.jobs.queue import Queue
from gridgov.sources import rulepacks
from gridgov.spatial.sheets import PAPERS
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Document
from gridgov.usecases import browsing, deployment, documents, loading
from gridgov.usecases.wallmaps import SHOWS
from gridgov.web import handle, language, looking, page, parameters, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope_as, user
from gridgov.wording import sentence, term

blueprint = Blueprint("wallmaps", __name__, url_prefix="/wallmaps")
_QUEUE = "gridgov.queue"


@blueprint.get("")
@allow("coordinator", "planner", "viewer")
def index() -> ResponseReturnValue:
    """Ask for a wall map, and list the account's own."""
    return page.show(
        "wallmaps/index.html",
        rows=documents.listed(database(), user().id),
        shows=[show for show in SHOWS if user().roles & documents.SHOWN_TO[show]],
        papers=PAPERS,
        streets=views.streets(),
        known=rulepacks.catalogue(),
        unit=views.chosen(),
        packs=loading.listed_packs(database()),
        asked_pack=looking.asked_pack(),
        asked_type=parameters.choice("type", [each.id for each in rulepacks.catalogue().types]),
    )


@blueprint.post("")
@allow("coordinator", "planner", "viewer")
def ask() -> ResponseReturnValue:
    """Have a wall map made."""
    asked = {
        "show": _choice("show", SHOWS),
        "paper": _choice("paper", PAPERS),
        "type": parameters.text("type"),
        "pack": parameters.text("pack"),
        "unit": parameters.text("unit"),
        "locale": language.locale(),
    }
    at = At(parameters.day_of_form())
    seen = scope_as(*documents.SHOWN_TO[str(asked["show"])])
    if asked["type"] is not None:
        rulepacks.catalogue().type(str(asked["type"]))
    deployment.pack(database(), asked["pack"])
    if asked["unit"] is not None and _unseen(str(asked["unit"]), at, seen):
        raise NotFoundError("unit_unknown", unit=asked["unit"])
    job, account = _queue().new("draw"), user().id
    with handle.changing() as session:
        token = documents.ask(session, account, at.day, asked, job).token
    _queue().put(job, token)
    return redirect(url_for("wallmaps.document", token=token))


@blueprint.get("/<token>")
@allow("coordinator", "planner", "viewer")
def document(token: str) -> ResponseReturnValue:
    """Show how far a wall map is."""
    found = documents.own(database(), token, user().id)
    waiting = found.state == documents.ASKED
    standing = _queue().standing(found.job) if waiting else None
    return page.show(
        "wallmaps/document.html",
        document=found,
        title=_title(found),
        standing=standing,
        heard=waiting and _queue().heard(),
        refusal=_refusal(found),
    )


@blueprint.get("/<token>/progress")
@allow("coordinator", "planner", "viewer")
def progress(token: str) -> Response:
    """Tell how far it is, for the page's script."""
    found = documents.own(database(), token, user().id)
    if found.state != documents.ASKED:
        return jsonify(over=True)
    standing = _queue().standing(found.job)
    words = page.show("admin/standing.html", standing=standing, heard=_queue().heard())
    return jsonify(over=standing.state == "lost", done=standing.done, of=standing.of, words=words)


@blueprint.get("/<token>/map.pdf")
@allow("coordinator", "planner", "viewer")
def content(token: str) -> ResponseReturnValue:
    """Send the wall map."""
    found = documents.own(database(), token, user().id)
    if found.content is None:
        raise NotFoundError("document_unknown")
    name = f"{_title(found)} {found.as_of.isoformat()}.pdf"
    return send_file(io.BytesIO(found.content), "application/pdf", as_attachment=True, download_name=name)


@blueprint.post("/<token>/stop")
@allow("coordinator", "planner", "viewer")
def stop(token: str) -> ResponseReturnValue:
    """Stop its making, or take it out of the queue."""
    found = documents.own(database(), token, user().id)
    job = found.job
    if found.state == documents.ASKED and (_queue().stop(job) or _queue().standing(job).state == "lost"):
        with handle.changing() as session:
            stopped = documents.own(session, token, user().id)
            if documents.awaits(stopped, job):
                documents.break_off(stopped, ConflictError("document_stopped"))
    return redirect(url_for("wallmaps.document", token=token))


@blueprint.post("/<token>/drop")
@allow("coordinator", "planner", "viewer")
def drop(token: str) -> ResponseReturnValue:
    """Let it go."""
    with handle.changing() as session:
        found = documents.own(session, token, user().id)
        job = found.job if found.state == documents.ASKED else None
        documents.drop(found)
    if job is not None:
        _queue().stop(job)
    return redirect(url_for("wallmaps.index"))


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    given = request.form.get(name, "")
    if given not in allowed:
        raise InputError("option_unknown", name=name, value=given[:200])
    return given


def _unseen(code: str, at: At, seen: Scope) -> bool:
    found = browsing.unit_by_code(database(), code, at, seen)
    return found is None or found.level == views.NEVER_LISTED


def _title(found: Document) -> str:
    options = found.options
    told = [term("export", found.kind, language.locale()), term("wall_show", options["show"], language.locale())]
    if options["type"]:
        told.append(page.named(rulepacks.catalogue().type(options["type"])))
    if options["unit"]:
        told.append(str(options["unit"]))
    return " · ".join(told)


def _refusal(found: Document) -> str | None:
    if found.refusal is None:
        return None
    return sentence(GridgovError(found.refusal["code"], **found.refusal["params"]), language.locale())


def _queue() -> Queue:
    return cast("Queue", current_app.extensions[_QUEUE])
