"""Documents for paper, within the asker's area."""

from datetime import datetime

from flask import Blueprint, Response

from gridgov.reports.brief import Made, brief_pdf
from gridgov.usecases import reporting
from gridgov.web import language, parameters, views
from gridgov.web.handle import changing, database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("reports", __name__, url_prefix="/report")


@blueprint.get("/brief.pdf")
@allow("coordinator", "viewer", "admin")
def brief_file() -> Response:
    """Return the brief of a place, or of all the asker's area, in his language."""
    unit = views.chosen()
    told = reporting.brief(database(), parameters.at(), scope(), None if unit is None else unit.unit_id)
    made = Made(datetime.now().astimezone(), user().name)
    content = brief_pdf(told, made, language.locale())
    with changing() as session:
        reporting.log(session, told, account=user().id)
    response = Response(content, mimetype="application/pdf")
    where = "-".join(part for part in ("brief", told.code, told.day.isoformat()) if part)
    response.headers.set("Content-Disposition", "inline", filename=f"{' '.join(where.split())}.pdf")
    return response
