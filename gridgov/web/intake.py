"""Importing through the browser: files come in parts, are previewed, told how to be read, and written or let go.

A page never does the work: it hands a job to the queue and shows how far a worker is with it.
"""

import io
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from gridgov.domain.fields import KINDS, field_names
from gridgov.domain.intake import Problem
from gridgov.errors import ConflictError, GridgovError, NotFoundError
from gridgov.jobs.queue import Queue
from gridgov.reports import blanks
from gridgov.sources.headers import rename
from gridgov.sources.rasters import PER
from gridgov.sources.sheets import ALL
from gridgov.storage.models import Intake
from gridgov.usecases import deployment, intaking, previewing
from gridgov.usecases.importing import OSM_LAYERS
from gridgov.usecases.intaking import AT_WORK, PART, Asked
from gridgov.web import forms, handle, intakeform, language, page, parameters, views
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.security import allow, scope, user
from gridgov.wording import SENTENCES, sentence, term, without_options

blueprint = Blueprint("intake", __name__, url_prefix="/admin/import")
CRS_OFFERED = ("EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:3857", "EPSG:4547")
ENCODINGS = ("utf-8", "gb18030", "big5")
ROWS = 50
_FORM = 32 * 1024 * 1024  # what comes as one plain form, without the script that sends parts
_TOLD = 256 * 1024
_QUEUE, _LIMIT = "gridgov.queue", "gridgov.upload_mb"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def install(app: Flask, queue: Queue, megabytes: int) -> None:
    """Keep the queue and the limit with the application."""
    app.extensions[_QUEUE], app.extensions[_LIMIT] = queue, megabytes


@blueprint.get("")
@allow("admin")
def index() -> ResponseReturnValue:
    """Ask for files, and list the imports under way."""
    own = None if scope().areas is None else user().id
    found = intaking.under_way(database(), own)
    return page.show(
        "admin/import.html",
        rows=[(each, intaking.uploads(database(), each)) for each in found],
        kinds=intakeform.KINDS_ASKED,
        limit=_megabytes(),
        plain_limit=min(_megabytes(), _FORM // 2**20),
        part=PART,
    )


@blueprint.post("")
@allow("admin", largest_form=_FORM)
def bring() -> ResponseReturnValue:
    """Take files that come as one plain form, and have them looked at."""
    files = [file for file in request.files.getlist("files") if file.filename]
    sizes = [_size(file) for file in files]
    with handle.changing() as session:
        named = [(str(file.filename), size) for file, size in zip(files, sizes, strict=True)]
        intake, uploads = intaking.begin(session, user().id, named, intakeform.first_asked(), largest=_largest())
        for file, upload in zip(files, uploads, strict=True):
            for number in range(intaking.parts_of(upload.size)):
                intaking.add_part(session, intake, upload.id, number, file.stream.read(PART))
        token = intake.token
    return _looked_at(token, intakeform.first_asked())


@blueprint.post("/begin")
@allow("admin")
def begin() -> ResponseReturnValue:
    """Begin an import whose files come in parts; the answer says where to."""
    told: Any = request.get_json(silent=True)
    try:
        files = [(str(each["name"]), int(each["size"])) for each in told["files"]]
        kind = intakeform.known_kind(str(told.get("kind") or ""))
    except (TypeError, KeyError, ValueError):
        abort(400)
    asked = Asked(kind=kind, locale=language.locale())
    try:
        with handle.changing() as session:
            intake, uploads = intaking.begin(session, user().id, files, asked, largest=_largest())
            token, numbers = intake.token, [upload.id for upload in uploads]
    except GridgovError as error:
        return jsonify(message=sentence(error, language.locale())), 400
    parts = [url_for("intake.part", token=token, upload=number, number=0).removesuffix("0") for number in numbers]
    return jsonify(parts=parts, look=url_for("intake.look", token=token))


@blueprint.post("/<token>/files/<int:upload>/<int:number>")
@allow("admin", largest_form=PART + 1024)
def part(token: str, upload: int, number: int) -> ResponseReturnValue:
    """Take one part of a file."""
    data = request.get_data(cache=False)
    with handle.changing() as session:
        intaking.add_part(session, _own(session, token), upload, number, data)
    return jsonify(kept=len(data))


@blueprint.get("/templates/<kind>.xlsx")
@allow("admin")
def template(kind: str) -> ResponseReturnValue:
    """Send the template of a kind of file, with the city's own choices."""
    name, content = blanks.template(database(), kind, language.locale())
    return send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=f"{name}.xlsx")


@blueprint.get("/<token>")
@allow("admin")
def intake(token: str) -> ResponseReturnValue:
    """Show how far an import is: at work, looked at, refused, written."""
    found = _own(database(), token)
    if found.state == "applied":
        return redirect(url_for("admin.batch", number=found.batch_id))
    if found.state == "dropped":
        raise NotFoundError("intake_unknown")
    uploads = intaking.uploads(database(), found)
    shown = {"intake": found, "uploads": uploads, "asked": Asked.of(found)}
    if found.state in AT_WORK:
        standing = _queue().standing(str(found.options.get("job")))
        return page.show("admin/working.html", **shown, standing=standing, heard=_queue().heard())
    return page.show(
        "admin/intake.html",
        **shown,
        **_offered(),
        **_seen(found),
        refusal=_refusal(found),
        guess=_guess(found),
        choices=intaking.choices(found),
        raster=any(each.name.casefold().endswith(previewing.RASTERS) for each in uploads),
    )


@blueprint.get("/<token>/progress")
@allow("admin")
def progress(token: str) -> ResponseReturnValue:
    """Tell how far a job is, for the page's script."""
    found = _own(database(), token)
    if found.state not in AT_WORK:
        return jsonify(over=True)
    standing = _queue().standing(str(found.options.get("job")))
    words = page.show("admin/standing.html", standing=standing, heard=_queue().heard())
    return jsonify(over=standing.state == "lost", done=standing.done, of=standing.of, words=words)


@blueprint.get("/<token>/map.geojson")
@allow("admin")
def on_map(token: str) -> Response:
    """Return what the preview map draws."""
    found = _own(database(), token)
    features = [
        {
            "type": "Feature",
            "geometry": each["geometry"],
            "properties": {
                "outcome": each["outcome"],
                "told": f"{each['label']} · {term('count', each['outcome'], language.locale())}",
            },
        }
        for each in reversed(previewing.sample(found))
    ]
    return jsonify(type="FeatureCollection", features=features)


@blueprint.get("/<token>/errors.xlsx")
@allow("admin")
def errors(token: str) -> ResponseReturnValue:
    """Send the rows to mend, with the reasons beside them."""
    found = _own(database(), token)
    if found.returned is None:
        raise NotFoundError("page_not_found")
    name = gettext("Rows to mend")
    return send_file(io.BytesIO(found.returned), _XLSX, as_attachment=True, download_name=f"{name}.xlsx")


@blueprint.post("/<token>/look")
@allow("admin", largest_form=_TOLD)
def look(token: str) -> ResponseReturnValue:
    """Have the files looked at: for the first time, or again as they are now told to be read.

    What is at work already, or done, in another tab perhaps, is shown.
    """
    found = _own(database(), token)
    if found.state in (*AT_WORK, "applied"):
        return _to(token)
    return _looked_at(token, intakeform.asked(found) if "kind" in request.form else Asked.of(found))


@blueprint.post("/<token>/apply")
@allow("admin")
def apply(token: str) -> ResponseReturnValue:
    """Have what was looked at written; what is at work already, or done, in another tab perhaps, is shown."""
    job = _queue().new("apply")
    with handle.changing() as session:
        found = _own(session, token)
        asked = found.state not in (*AT_WORK, "applied")
        if asked:
            intaking.ask_apply(found, job)
    if asked:
        _queue().put(job, token)
    return _to(token)


@blueprint.post("/<token>/stop")
@allow("admin")
def stop(token: str) -> ResponseReturnValue:
    """Stop the job that is at work, or take it out of the queue; nothing of it is kept."""
    found = _own(database(), token)
    job = str(found.options.get("job"))
    if found.state in AT_WORK and (_queue().stop(job) or _queue().standing(job).state == "lost"):
        with handle.changing() as session:
            stopped = _own(session, token)
            if stopped.state in AT_WORK and stopped.options.get("job") == job:
                intaking.break_off(stopped, ConflictError("import_stopped"))
    return redirect(url_for("intake.intake", token=token))


@blueprint.post("/<token>/drop")
@allow("admin")
def drop(token: str) -> ResponseReturnValue:
    """Give an import up; its files are let go."""
    job = None
    with handle.changing() as session:
        found = _own(session, token)
        job = found.options.get("job") if found.state == "looking" else None
        intaking.drop(session, found)
    if job:
        _queue().stop(str(job))
    return redirect(url_for("intake.index"))


def _looked_at(token: str, asked: Asked) -> ResponseReturnValue:
    job = _queue().new("look")
    with handle.changing() as session:
        intaking.ask_look(session, _own(session, token), asked, job)
    _queue().put(job, token)
    return _to(token)


def _to(token: str) -> ResponseReturnValue:
    """Send to the page of an import, or tell the page's script where that is."""
    address = url_for("intake.intake", token=token)
    return jsonify(page=address) if request.is_json else redirect(address)


def _own(session: Any, token: str) -> Intake:
    found = intaking.by_token(session, token)
    intaking.require_own(found, user().id, scope())
    return found


def _offered() -> dict[str, Any]:
    """Return what may be chosen about how files are read."""
    return {
        "kinds": intakeform.KINDS_ASKED,
        "levels": deployment.profile(database()).levels,
        "crs_offered": CRS_OFFERED,
        "encodings": ENCODINGS,
        "layers": OSM_LAYERS,
        "all_layers": ALL,
        "per": tuple(PER),
    }


def _seen(found: Intake) -> dict[str, Any]:
    """Return what the last look saw: figures, warnings, a page of rows, and the map."""
    report = found.report or {}
    kind = found.kind if found.kind in KINDS else ""
    fields = field_names(kind) if kind else ()
    if "counts" not in report:
        return {"report": None, "fields": fields, "columns": _header(found, kind) if kind else [], "guessed": None}
    outcome = parameters.choice("outcome", previewing.OUTCOMES)
    counts = report["rows"]
    count = counts.get(outcome, 0) if outcome else sum(counts.values())
    shown, pages = views.paged(count, ROWS)
    rows = previewing.rows(found, outcome, slice((shown - 1) * ROWS, shown * ROWS))
    return {
        "report": report,
        "told": _grouped(report["general"], bad=True) + _grouped(report["warnings"]),
        "columns": report["columns"],
        "guessed": _guessed_level(report),
        "outcome": outcome,
        "rows": rows,
        "count": count,
        "page": shown,
        "pages": pages,
        "outcomes": previewing.OUTCOMES,
        "fields": fields,
        **_map(found, report),
    }


def _grouped(told: list[dict[str, Any]], *, bad: bool = False) -> list[dict[str, Any]]:
    """Return what is to be known of the files, like with like."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        groups.setdefault(each["code"], []).append(each)
    return [{"bad": bad, "rows": all(one["row"] for one in group), "all": group} for group in groups.values()]


def _guessed_level(report: dict[str, Any]) -> str | None:
    """Return the level the files' headers tell, where they all tell the same."""
    levels = {note.get("level") for note in report["notes"]}
    return levels.pop() if len(levels) == 1 else None


def _header(found: Intake, kind: str) -> list[dict[str, Any]]:
    """Return the columns of a file that lacks one, with what each is taken for, so that it can be told."""
    params = (found.report or {}).get("refusal", {}).get("params", {})
    header = [str(each) for each in params.get("header") or ()]
    mapping = {column: field for column, field in Asked.of(found).mapping.items() if column in header}
    fields = rename(header, kind, mapping)
    meant = [pair.rpartition("=") for pair in str(params.get("meant") or "").split(", ") if pair]
    likely = {field: column for column, _, field in reversed(meant)}  # of several the likest
    guessed = {column: field for field, column in likely.items() if column in header}
    told = {**guessed, **fields}
    return [
        {"column": column, "field": told.get(column), "place": False, "guess": column not in fields}
        for column in header
    ]


def _map(found: Intake, report: dict[str, Any]) -> dict[str, Any]:
    if report.get("box") is None:
        return {"map": None}
    frame = views.frame("intake")
    frame.layers["brought"] = url_for("intake.on_map", token=found.token, job=found.options.get("job"))
    frame.fit, frame.asks = views.roomy(report["box"]), "never"
    return frame.values()


def _refusal(found: Intake) -> str | None:
    """Say why the last look or writing came to nothing; what the command line is told by options is told below here."""
    told = (found.report or {}).get("refusal")
    if told is None:
        return None
    here = f"intake_{told['code']}".removesuffix("_alike")
    error = GridgovError(here if here in SENTENCES else told["code"], **told["params"])
    return without_options(sentence(error, language.locale()))


def _guess(found: Intake) -> str | None:
    """Return the coordinate system that the coordinates look like, where a look asked for one."""
    guess = (found.report or {}).get("refusal", {}).get("params", {}).get("guess")
    return str(guess) if guess else None


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, io.SEEK_END)
    file.stream.seek(0)
    return size


def _queue() -> Queue:
    return cast("Queue", current_app.extensions[_QUEUE])


def _megabytes() -> int:
    return cast("int", current_app.extensions[_LIMIT])


def _largest() -> int:
    return _megabytes() * 2**20


@blueprint.app_template_global()
def reason(told: dict[str, Any]) -> str:
    """Say what is wrong with a row, or to be known of it."""
    return forms.said_of(Problem(told["row"], told["field"], told["value"], told["code"], told["params"]))
