"""The cadre's page: his compounds, whom to call there, what they lack and whose job that is."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gridgov.domain.privacy import shown_phone
from gridgov.errors import InputError
from gridgov.storage.current import At
from gridgov.storage.models import CadreVersion, UnitVersion
from gridgov.usecases import browsing, contacting, giving_back, way_there
from gridgov.usecases.contacting import Held
from gridgov.usecases.way_there import Start
from gridgov.web import geojson, page, parameters, place, views
from gridgov.web.handle import changing, database
from gridgov.web.language import day, gettext, locale, metres, number
from gridgov.web.security import allow, scope, user
from gridgov.wording import term

blueprint = Blueprint("cadre", __name__)

WORKER = "js/offline.js"


@blueprint.get("/cadre")
@allow("cadre")
def index() -> ResponseReturnValue:
    """Show the places the cadre covers, as cards and on the map; what a device may keep of it is his alone."""
    return _page()


@blueprint.post("/cadre")
@allow("cadre")
def walk() -> ResponseReturnValue:
    """Show the walk to a place from a position sent by a device or tapped on the map; it is kept nowhere."""
    position = parameters.position()
    if position is None:
        raise InputError("position_unreadable")
    return _page(Start(*position))


def _page(start: Start | None = None) -> Response:
    me = _cadre_id()
    frame = views.frame("cadre")
    way = _way(frame, me, start) if start is not None or parameters.text("walk") else None
    held = contacting.mine(database(), me, parameters.at(), scope())
    given = giving_back.of_holder(database(), parameters.at(), me)
    cards = [_card(unit, [one for one in held if one.unit == unit.unit_id], given) for unit in _units(held)]
    frame.layers["mine"] = views.layer("mine")
    frame.colour = "branch"
    shown = page.show(
        "cadre/index.html",
        **frame.values(),
        cards=cards,
        name=_name(me, bool(held)),
        given=given,
        way=way,
        loaded=_now(),
        worker=url_for("cadre.worker", v=page.digest(WORKER)),
        is_today=parameters.as_of() == parameters.today(),
    )
    answer = make_response(shown)
    answer.headers["Gridgov-Reader"] = str(user().id)
    return answer


@blueprint.get("/cadre/offline.js")
@allow("cadre")
def worker() -> Response:
    """Return the service worker that keeps this page for times without a network; it has no say elsewhere."""
    answer = Response((page.STATIC / WORKER).read_text(encoding="utf-8"), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for("cadre.index")
    return answer


@blueprint.post("/cadre/returns")
@allow("cadre")
def give_back() -> ResponseReturnValue:
    """Give one of his own contacts back, with a reason; it is his until somebody accepts."""
    contact = request.form.get("contact", "")
    if not contact.isdecimal() or len(contact) > 9:
        raise InputError("option_unknown", name="contact", value=contact[:20])
    reason = parameters.text("reason") or ""
    with changing() as session:
        giving_back.give_back(session, int(contact), reason, At(parameters.today()), user().id)
    return redirect(url_for("cadre.index"))


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


def _way(frame: views.Frame, me: int, start: Start | None) -> dict[str, Any]:
    """Return the walk to the chosen place, and draw it; from its office where no start is told."""
    if frame.unit is None:
        raise InputError("option_unknown", name="unit", value="")
    at = parameters.at()
    workplace = contacting.last_known(database(), CadreVersion, {me}, at).get(me)
    begun = start or way_there.office(database(), at, frame.unit, workplace.department_id if workplace else None)
    walk = None if begun is None else way_there.way_there(database(), at, frame.unit, begun)
    if walk is not None:
        minutes = gettext("%(count)s min", count=number(walk.minutes))
        told = {
            "kind": "straight" if walk.estimate else "walk",
            "told": _line(metres(walk.metres), minutes),
            "shown": True,
        }
        frame.layers["way"] = geojson.whole([(walk.shape, told)])
    return {"unit": frame.unit.code, "walk": walk, "office": begun is not None}


def _card(unit: UnitVersion, held: list[Held], given: dict[int, giving_back.Returned]) -> dict[str, Any]:
    told = place.about(unit)
    mine = {one.contact for one in held}
    others = [one for one in told["answer"]["contacts"] if one["unit"] == unit.unit_id and one["contact"] not in mine]
    line = browsing.chain(database(), unit.unit_id, parameters.at())
    card = {
        **told,
        "held": held,
        "deputies": [one for one in others if one["role"] == "deputy"],
        "team": [one for one in others if one["role"] != "deputy"],
        "office": next((step for step in reversed(line) if _is_office(step.office_phone)), None),
        "entrance": browsing.entrance(database(), parameters.at(), scope(), unit),
        "pressing": Counter(pledge["state"] for body in told["answer"]["partners"] for pledge in body["pledges"]),
    }
    name = unit.name or unit.code
    return card | {"news": [(_mark(unit.code, *key), f"{name}: {told}") for key, told in _news(card, given)]}


def _is_office(number: str | None) -> bool:
    """Tell an office number from none, and from a personal one, which is shown to nobody whole."""
    return bool(number) and shown_phone(number) == number and "*" not in str(number)


def _news(card: dict[str, Any], given: dict[int, giving_back.Returned]) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield what a cadre would want to know of a place as soon as it changes: what it is known by, and a line."""
    for held in card["held"]:
        told = (held.role, held.since, held.until, held.document)
        yield told, _line(_role(held.role), _period(held), held.document)
        if held.contact in given:
            back = given[held.contact]
            line = _line(gettext("Returned"), day(back.since), term("return_state", back.state, locale()), back.answer)
            yield (back.number, back.state), line
    for other in (*card["deputies"], *card["team"]):
        yield (other["role"], other["code"]), _line(_role(other["role"]), other["holder"])
    for post in card["answer"]["posts"]:
        known = (post["role"], post["holder"], post["office_phone"])
        yield known, _line(post["role_name"], post["holder"], post["office_phone"])
    for lack in card["lacks"]:
        if lack["required"]:
            yield ("lack", lack["type"]), _line(lack["type_name"], lack["cause_words"])
    for body in card["answer"]["partners"]:
        yield ("partner", body["code"]), _line(term("partner_kind", body["kind"], locale()), body["name"])
        for pledge in body["pledges"]:
            state = term("pledge_state", pledge["state"], locale())
            yield (body["code"], pledge["text"], pledge["state"]), _line(body["name"], pledge["text"], state)


def _period(held: Held) -> str:
    since = gettext("since %(day)s", day=day(held.since))
    return since if held.until is None else _line(since, gettext("until %(day)s", day=day(held.until)))


def _line(*told: str | None) -> str:
    return " · ".join(filter(None, told))


def _role(role: str) -> str:
    return term("contact_role", role, locale())


def _mark(*told: object) -> str:
    """Return what a device remembers a line by: no name stays on it."""
    return sha256(repr(told).encode()).hexdigest()[:12]


def _now() -> str:
    """Write the moment at which the page is shown."""
    now = datetime.now(UTC).astimezone()
    return f"{day(now.date())} {now:%H:%M}"
