"""The city with a plan's edits laid over it: its walking network and its service points, for others to look at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.plans import OF_PATHS, Edit, edits
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Plan
from gridgov.usecases import boards, browsing, deployment, planning
from gridgov.usecases.data_version import data_version
from gridgov.usecases.isochrones import Ground, ground_of
from gridgov.usecases.keeping import Kept
from gridgov.usecases.plan_edits import edited


@dataclass(frozen=True)
class Service:
    """A service point on the map: its type, its place (EPSG:4490), and whether it is open."""

    type: str
    place: BaseGeometry
    is_open: bool


@dataclass(frozen=True)
class Laid:
    """A plan's edits as they stand on the data of a day; `doubtful` of them are in doubt, and not made.

    `stale` tells that the data have changed since the plan was saved.
    """

    ground: Ground
    services: list[Service]
    doubtful: int
    stale: bool


_laid: Kept[Laid] = Kept(2)


def laid(session: Session, at: At, plan: Plan) -> Laid:
    """Lay a plan's edits over the data of a day, or take them where they are laid and nothing has been written since.

    Raises
    ------
    InputError
        What `plan_edits.edited` raises, where an edit speaks of something that is no more; ``no_demand``.
    """
    where = session.get_bind().engine.url.render_as_string()
    key = (where, data_version(session), at, plan.id, plan.version, plan.changed_at)
    return _laid.of(key, lambda: _made(session, at, plan))


def services(session: Session, at: At) -> dict[str, Service]:
    """Return the service points of a day that have a place, by their codes."""
    return {
        point.code: Service(point.type, site.geometry, point.status == "open")
        for point, site in browsing.services_on_map(session, at, Scope.everything())
        if site.geometry is not None
    }


def _made(session: Session, at: At, plan: Plan) -> Laid:
    wanted = edits({"edits": plan.edits})
    with boards.board(session, at.day, deployment.pack(session, plan.pack)) as board:
        rows, network = edited(session, board, wanted).rows, board.whatif.network
        stale = plan.hash != board.hash if at.day == plan.as_of else None
    sure = [edit for edit, row in zip(wanted, rows, strict=True) if not row["in_doubt"]]
    ground = replace(ground_of(session, at), network=network)
    points = _edited(services(session, at), sure)
    return Laid(ground, points, len(rows) - len(sure), planning.is_stale(session, plan) if stale is None else stale)


def _edited(known: dict[str, Service], wanted: Iterable[Edit]) -> list[Service]:
    """Return service points as they are after a plan's edits of points."""
    for edit in wanted:
        if edit.do in OF_PATHS or edit.do == "set_capacity":
            continue
        told = edit.told
        code = str(told.get("point", told.get("code", f"plan-{edit.number}")))
        if edit.do == "add_point":
            known[code] = Service(told["type"], shapely.Point(told["x"], told["y"]), is_open=True)
        elif code in known and edit.do == "move_point":
            known[code] = replace(known[code], place=shapely.Point(told["x"], told["y"]))
        elif code in known:
            known[code] = replace(known[code], is_open=edit.do == "open_point")
    return list(known.values())
