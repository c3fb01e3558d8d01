"""How far one comes on foot: a place is clicked or named, and the map shows what is reached from it in 5 to 15 minutes.

A place on a map is nobody's position and stands in the address; one's own is shown on the map and never sent here.
A plan that the address names is laid over the city, and what it changes stands beside what is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import shapely
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gridgov.domain.standards import FacilityType
from gridgov.errors import InputError, NotFoundError
from gridgov.sources import rulepacks
from gridgov.spatial.isochrones import PACES
from gridgov.spatial.middle import middle
from gridgov.storage.current import At
from gridgov.storage.models import Plan, UnitVersion
from gridgov.usecases import browsing, covering, plan_ground, reaching
from gridgov.usecases.isochrones import Start
from gridgov.usecases.plan_ground import Laid
from gridgov.usecases.reaching import Asked, Change, Ring
from gridgov.web import geojson, language, looking, page, parameters, plans, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope
from gridgov.wording import sentence, without_options

blueprint = Blueprint("reach", __name__)
START = "from"


@dataclass(frozen=True)
class Answer:
    """What is reached: as it is, and where a plan is laid over the city what it changes.

    `planned` tells how the plan was laid; `refusal` says why it can't be.
    """

    rings: Sequence[Ring] = ()
    changes: Sequence[Change] = ()
    planned: Laid | None = None
    refusal: InputError | None = None
    basis: str | None = None

    @property
    def drawn(self) -> list[Ring]:
        """The rings that the map shows: the plan's, where there is one."""
        return [change.after for change in self.changes] or list(self.rings)


@blueprint.get("/planner/reach")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """Show what is reached from the place that the address names, and with which plan."""
    start, pace, plan = _start(), _pace(), plans.asked()
    moved = None if plan is None else plans.on_its_day(plan)
    if moved is not None:
        return moved
    answer = Answer() if start is None else _or_without(parameters.at(), Asked(start, pace), plan)
    frame = views.frame("reach")
    reached = [ring.reach.area for ring in answer.drawn if ring.reach.area is not None]
    if start is not None:
        frame.layers["reach"] = {"type": "FeatureCollection", "features": _features(answer, start)}
        frame.fit = views.roomy(shapely.union_all(reached).bounds) if reached else views.fit_around(None, _at(start))
    frame.asks, frame.picks = "always", views.levels_from("compound")
    values = frame.values()
    values["view"] |= {"starts": START}
    return page.show(
        "planner/reach.html",
        **values,
        tabs=plans.tabs(),
        plan=plan,
        start=start,
        place=start if isinstance(start, UnitVersion) else None,
        told=parameters.text(START),
        counts_buildings=answer.basis == "buildings",
        pace=pace,
        paces={name: metres * 60 / 1000 for name, metres in PACES.items()},
        answer=answer,
        rings=answer.rings if reached else [],
        refusal=None if answer.refusal is None else without_options(sentence(answer.refusal, language.locale())),
        types=_types(answer),
    )


@blueprint.get("/api/v1/coverage/reach")
@allow("planner", "viewer")
def rings() -> Response:
    """Return what is reached in 5, 10 and 15 minutes, the widest first, with who and what is in it.

    With a plan the areas are the plan's, of its day unless another is told; how it is without stands in `before`.
    """
    start, pace, plan = _start(), _pace(), plans.asked()
    if start is None:
        raise InputError("place_empty")
    at = parameters.at() if plan is None or parameters.told_day() is not None else At(plan.as_of)
    answer = _answer(at, Asked(start, pace), plan)
    told = {ring.minutes: _told(ring, pace) for ring in answer.drawn}
    if plan is not None and answer.planned is not None:
        of = {"plan": plan.id, "stale": answer.planned.stale, "in_doubt": answer.planned.doubtful}
        for change in answer.changes:
            told[change.after.minutes] |= of | {"more": change.more, "before": _counted(change.before)}
    return geojson.collection((ring.reach.area, told[ring.minutes]) for ring in _widest_first(answer.drawn))


def _answer(at: At, asked: Asked, plan: Plan | None) -> Answer:
    run = covering.latest(database(), at, looking.asked_pack()) or covering.find(database(), None, at)
    basis = str(run.summary["basis"])
    if plan is None:
        return Answer(reaching.rings(database(), at, run, scope(), asked), basis=basis)
    planned = plan_ground.laid(database(), at, plan)
    changes = reaching.changes(database(), at, run, scope(), asked, planned)
    return Answer([change.before for change in changes], changes, planned, basis=basis)


def _or_without(at: At, asked: Asked, plan: Plan | None) -> Answer:
    """Return the answer; where the plan's edits no longer fit the data, the one without it, and why."""
    try:
        return _answer(at, asked, plan)
    except InputError as error:
        if plan is None:
            raise
        return replace(_answer(at, asked, None), refusal=error)


def _start() -> Start | None:
    """Return what the address names: a longitude and latitude, or the code of a unit."""
    told = parameters.text(START)
    if told is None:
        return None
    east, comma, north = told.replace("，", ",").partition(",")
    if comma:
        return parameters.degrees(east, north)
    found = browsing.unit_by_code(database(), told, parameters.at(), scope())
    if found is None or found.level == views.NEVER_LISTED:
        raise NotFoundError("unit_unknown", unit=told)
    return found


def _pace() -> str:
    return str(parameters.choice("pace", PACES, "reference"))


def _at(start: Start) -> tuple[float, float] | None:
    if isinstance(start, UnitVersion):
        return None if start.geometry is None else middle(start.geometry)
    return start


def _widest_first(rings: Sequence[Ring]) -> list[Ring]:
    """Order rings as they are drawn: each on those that hold it."""
    return sorted(rings, key=lambda ring: -ring.minutes)


def _told(ring: Ring, pace: str) -> dict[str, Any]:
    way = {"minutes": ring.minutes, "pace": pace, "metres": ring.reach.metres, "estimate": ring.reach.estimate}
    return way | _counted(ring)


def _counted(ring: Ring) -> dict[str, Any]:
    return {"hectares": ring.reach.hectares, "people": ring.people, "points": dict(sorted(ring.points.items()))}


def _features(answer: Answer, start: Start) -> list[dict[str, Any]]:
    """Return what the map draws: what a plan adds to the areas and takes of them, the areas, the place itself."""
    shapes: list[tuple[shapely.Geometry, dict[str, Any]]] = []
    for name in ("gained", "lost"):
        area = shapely.union_all([getattr(change, name) for change in answer.changes])
        shapes += [] if area.is_empty else [(area, {"ring": name})]
    rings = _widest_first(answer.drawn)
    shapes += [(ring.reach.area, {"ring": ring.minutes}) for ring in rings if ring.reach.area is not None]
    place = _at(start)
    if place is not None:
        shapes.append((shapely.Point(place), {"ring": 0}))
    return [
        {"type": "Feature", "geometry": orjson.loads(shapely.to_geojson(shape)), "properties": told}
        for shape, told in shapes
    ]


def _types(answer: Answer) -> list[tuple[FacilityType, list[tuple[int, int]]]]:
    """Return the types of which anything stands in a ring: how many in each as it is, and how many more by a plan."""
    pairs = [(change.before, change.after) for change in answer.changes] or [(ring, ring) for ring in answer.rings]
    counted = [
        (kind, [(before.points[kind.id], after.points[kind.id] - before.points[kind.id]) for before, after in pairs])
        for kind in rulepacks.catalogue().types
    ]
    return [(kind, counts) for kind, counts in counted if any(any(pair) for pair in counts)]
