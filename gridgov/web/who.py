"""这里谁管: who is responsible here, for everybody who may sign in."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from gridgov.errors import InputError, NotFoundError
from gridgov.usecases import answering, deployment
from gridgov.web import language, page, parameters, place, views
from gridgov.web.handle import database
from gridgov.web.security import EVERY_ROLE, allow, scope
from gridgov.wording import sentence

blueprint = Blueprint("who", __name__)

MOST_EXAMPLES = 4
_MISREAD = frozenset({"position_invalid", "position_zone_open", "crs_inexact", "crs_local", "crs_out_of_range"})


@blueprint.get("/who")
@allow(*EVERY_ROLE)
def index() -> ResponseReturnValue:
    """Answer for an address, a name, a code or a typed position."""
    return _page(parameters.text("place"))


@blueprint.post("/who")
@allow(*EVERY_ROLE)
def here() -> ResponseReturnValue:
    """Answer for a position sent by a device or clicked on the map; it is kept nowhere."""
    position = parameters.position()
    if position is None:
        raise InputError("position_unreadable")
    return _page(None, position)


@blueprint.get("/who/suggestions")
@allow(*EVERY_ROLE)
def suggestions() -> Response:
    """Return places that what stands in the search box so far may come to mean."""
    asked, at = parameters.text("text"), parameters.at()
    found = answering.suggest(database(), asked, at, scope()) if asked else []
    named_levels = {level.id: page.named(level) for level in deployment.profile(database()).levels}
    return jsonify(rows=[row | {"level_name": named_levels.get(row["level"], row["level"])} for row in found])


def _page(asked: str | None, device: tuple[float, float] | None = None) -> str:
    frame = views.frame("who")
    answer, message = _answer(asked, device)
    read = answer["position"]
    position = device or (read and (read["lon"], read["lat"]))
    candidates = [place.told(each) for each in answer["candidates"]]
    first = candidates[0] if candidates else None
    frame.layers.update(_layers(position))
    alone = first is not None and (first["certain"] or len(candidates) == 1)
    frame.fit = views.fit_around(first["unit"] if first is not None and alone else None, position) or frame.fit
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
        read=read if device is None else None,
    )


def _answer(asked: str | None, device: tuple[float, float] | None) -> tuple[dict[str, Any], str | None]:
    nothing: dict[str, Any] = {"candidates": [], "position": None}
    try:
        if device is not None:
            return answering.here(database(), device, parameters.at(), scope()), None
        return (nothing if asked is None else answering.who(database(), asked, parameters.at(), scope())), None
    except NotFoundError as error:
        told = error if device is None else NotFoundError("position_without_place")
        return nothing, sentence(told, language.locale())
    except InputError as error:
        if error.code not in _MISREAD:
            raise
        return nothing, sentence(error, language.locale())


def _layers(position: tuple[float, float] | None) -> dict[str, Any]:
    if position is None:
        return {}
    point = {"type": "Point", "coordinates": list(position)}
    features = [{"type": "Feature", "geometry": point, "properties": {}}]
    return {"position": {"type": "FeatureCollection", "features": features}}
