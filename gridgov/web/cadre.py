"""The cadre's page: his compounds, whom to call there, what they lack and whose job that is."""

from collections import Counter
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridgov.errors import InputError
from gridgov.storage.models import UnitVersion
from gridgov.usecases import browsing, contacting
from gridgov.usecases.contacting import Held
from gridgov.web import page, parameters, place, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("cadre", __name__)


@blueprint.get("/cadre")
@allow("cadre")
def index() -> ResponseReturnValue:
    """Show the places the cadre covers, as cards and on the map."""
    me = _cadre_id()
    frame = views.frame("cadre")
    held = contacting.mine(database(), me, parameters.at(), scope())
    cards = [_card(unit, [one for one in held if one.unit == unit.unit_id], me) for unit in _units(held)]
    frame.layers["mine"] = views.layer("mine")
    frame.colour = "branch"
    return page.show("cadre/index.html", **frame.values(), cards=cards, name=_name(me, bool(held)))


@blueprint.get("/cadre/suggestions")
@allow("cadre")
def suggestions() -> ResponseReturnValue:
    """Say where suggestions and complaints go."""
    held = contacting.mine(database(), _cadre_id(), parameters.at(), scope())
    offices: dict[int, UnitVersion] = {}
    for unit in _units(held):
        offices |= {
            step.unit_id: step
            for step in browsing.chain(database(), unit.unit_id, parameters.at())
            if step.office_phone
        }
    return page.show("cadre/suggestions.html", offices=list(offices.values()))


def _cadre_id() -> int:
    me = user().cadre_id
    if me is None:
        raise InputError("account_not_cadre")
    return me


def _name(me: int, holds: bool) -> str:
    return contacting.cadre(database(), parameters.at(), scope(), me).name if holds else user().name


def _units(held: list[Held]) -> list[UnitVersion]:
    wanted = dict.fromkeys(one.unit for one in held)
    return [browsing.unit(database(), number, parameters.at(), scope()) for number in wanted]


def _card(unit: UnitVersion, held: list[Held], me: int) -> dict[str, Any]:
    told = place.about(unit)
    mine = {one.contact for one in held}
    others = [one for one in told["answer"]["contacts"] if one["unit"] == unit.unit_id and one["contact"] not in mine]
    return {
        **told,
        "held": held,
        "deputies": [one for one in others if one["role"] == "deputy"],
        "team": [one for one in others if one["role"] != "deputy"],
        "me": me,
        "pressing": Counter(pledge["state"] for body in told["answer"]["partners"] for pledge in body["pledges"]),
    }
