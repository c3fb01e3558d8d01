"""An absence: from when, until when, and who stands in; recorded by whoever looks after the contacts."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from gridgov.usecases import absences, browsing
from gridgov.usecases.absences import Absence
from gridgov.web import forms, handle, page, parameters, proposals
from gridgov.web.handle import database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("absences", __name__, url_prefix="/absences")


@blueprint.route("/<int:contact>", methods=["GET", "POST"])
@allow("coordinator", "admin")
def absence(contact: int) -> ResponseReturnValue:
    """Ask who stands in for somebody who leads a place, and record it."""
    held = absences.lead(database(), contact, parameters.at(), scope())
    unit = browsing.unit(database(), held.unit, parameters.at(), scope())
    refusal = proposals.NONE
    if request.method == "POST":
        answer = proposals.attempt(lambda: _record(contact, unit.code))
        if not isinstance(answer, proposals.Refusal):
            return answer
        refusal = answer
    told = page.show(
        "contacts/absence.html",
        held=held,
        unit=unit,
        deputy=forms.typed("holder"),
        back=forms.typed("valid_to"),
        document=forms.typed("document"),
        day_typed=forms.day_typed(),
        token=forms.token(),
        problems=refusal.problems,
        message=refusal.message,
    )
    return told, refusal.status


def _record(contact: int, code: str) -> Response:
    told = Absence(contact, forms.typed("holder"), forms.day(), forms.typed("valid_to"), forms.typed("document"))
    with handle.changing() as session:
        absences.record(session, told, scope(), account=user().id, token=forms.token())
    return redirect(url_for("coordinator.index", unit=code, as_of=request.args.get("as_of")))
