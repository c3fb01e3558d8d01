"""这里谁管: who is responsible here, for everybody who may sign in."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gridgov.errors import InputError, NotFoundError
from gridgov.usecases import answering
from gridgov.web import language, page, parameters, place, views
from gridgov.web.handle import database
from gridgov.web.security import EVERY_ROLE, allow, scope
from gridgov.wording import sentence

blueprint = Blueprint("who", __name__)

MOST_EXAMPLES = 4


@blueprint.get("/who")
@allow(*EVERY_ROLE)
def index() -> ResponseReturnValue:
    """Answer for an address, a name, a code or a typed position."""
    asked = parameters.text("place")
    return _page(asked, asked or None)


@blueprint.post("/who")
@allow(*EVERY_ROLE)
def here() -> ResponseReturnValue:
    """Answer for a position sent by a device or clicked on the map; it is kept nowhere."""
    position = parameters.position()
    if position is None:
        raise InputError("position_unreadable")
    return _page(None, f"{position[0]:.6f}, {position[1]:.6f}", position)


def _page(asked: str | None, wanted: str | None, position: tuple[float, float] | None = None) -> str:
    frame = views.frame("who")
    answer, message = _answer(wanted)
    candidates = [place.told(each) for each in answer["candidates"]]
    first = candidates[0] if candidates else None
    frame.layers.update(_layers(position))
    frame.fit = (
        views.fit_around(first["unit"] if first is not None and first["certain"] else None, position) or frame.fit
    )
    frame.asks = "always"
    frame.picks = views.levels_from("compound")
    frame.about_open = True
    values = frame.values()
    values["view"]["path"] = page.home().partition("?")[0]
    return page.show(
        "who/index.html",
        **values,
        asked_place=asked or "",
        candidates=candidates,
        message=message,
        examples=[] if candidates else views.streets()[:MOST_EXAMPLES],
        found_by="position" if position is not None else "text",
    )


def _answer(wanted: str | None) -> tuple[dict[str, Any], str | None]:
    if wanted is None:
        return {"candidates": []}, None
    try:
        return answering.who(database(), wanted, parameters.at(), scope()), None
    except NotFoundError as error:
        told = NotFoundError("position_without_place") if request.method == "POST" else error
        return {"candidates": []}, sentence(told, language.locale())


def _layers(position: tuple[float, float] | None) -> dict[str, Any]:
    if position is None:
        return {}
    point = {"type": "Point", "coordinates": list(position)}
    features = [{"type": "Feature", "geometry": point, "properties": {}}]
    return {"position": {"type": "FeatureCollection", "features": features}}
