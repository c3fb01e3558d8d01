"""Documents for paper, within the asker's area."""

from datetime import date, datetime

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gridgov.errors import InputError
from gridgov.reports.brief import Made, brief_pdf
from gridgov.reports.gaps import gaps_pdf
from gridgov.reports.handover import document, handover_pdf
from gridgov.usecases import deployment, exporting, planning, reporting
from gridgov.usecases.gap_brief import gap_brief
from gridgov.usecases.handover import Handover, handover
from gridgov.web import language, looking, page, parameters, views
from gridgov.web.handle import changing, database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("reports", __name__, url_prefix="/report")


@blueprint.get("/brief.pdf")
@allow("coordinator", "viewer", "admin")
def brief_file() -> Response:
    """Return the brief of a place, or of all the asker's area, in his language."""
    unit = views.chosen()
    told = reporting.brief(database(), parameters.at(), scope(), None if unit is None else unit.unit_id)
    content = brief_pdf(told, _made(), language.locale())
    with changing() as session:
        reporting.log(session, told, account=user().id)
    return _pdf(content, "brief", told.code, told.day)


@blueprint.get("/gaps.pdf")
@allow("planner", "viewer")
def gaps_file() -> Response:
    """Return the planner's brief of a place, or of all the asker's area, with what a plan would change."""
    unit, plan, at = views.chosen("street") or views.chosen(), parameters.text("plan"), parameters.at()
    tried = None if plan is None else planning.find(database(), plan, planning.Asker(user().id, scope()))
    area = None if unit is None else unit.unit_id
    told = gap_brief(database(), at, scope(), area, tried, looking.asked_pack())
    content = gaps_pdf(told, _made(), language.locale())
    account = user().id
    with changing() as session:
        exporting.record(session, "gap_brief", "pdf", at, len(told.rows), account)
    return _pdf(content, "gaps", told.code, told.day)


@blueprint.get("/handover")
@allow("coordinator", "admin")
def handover_page() -> ResponseReturnValue:
    """Show the hand-over sheet of a place."""
    told = _handover()
    words = document(told, deployment.profile(database()), _made(), language.locale())
    return page.show("reports/handover.html", unit=told.unit, told=words)


@blueprint.get("/handover.pdf")
@allow("coordinator", "admin")
def handover_file() -> Response:
    """Return the hand-over sheet of a place for paper; that it was made is kept, never what stood in it."""
    told = _handover()
    content = handover_pdf(told, deployment.profile(database()), _made(), language.locale())
    account = user().id
    with changing() as session:
        exporting.record(session, "handover", "pdf", parameters.at(), told.rows, account)
    return _pdf(content, "handover", told.unit.code, told.day)


def _handover() -> Handover:
    unit = views.chosen()
    if unit is None:
        raise InputError("option_unknown", name="unit", value="")
    return handover(database(), parameters.at(), scope(), unit.unit_id)


def _made() -> Made:
    return Made(datetime.now().astimezone(), user().name)


def _pdf(content: bytes, what: str, code: str | None, day: date) -> Response:
    response = Response(content, mimetype="application/pdf")
    where = "-".join(part for part in (what, code, day.isoformat()) if part)
    response.headers.set("Content-Disposition", "inline", filename=f"{' '.join(where.split())}.pdf")
    return response
