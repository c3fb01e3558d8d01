"""The coordinator's page: the five levels, the posts in figures, and the places behind each figure."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridgov.domain.offers import PARTNER_KINDS, RESOURCE_KINDS
from gridgov.domain.posts import STATES
from gridgov.errors import InputError
from gridgov.storage.models import PostVersion, Run
from gridgov.usecases import browsing, contacting, covering, deployment, exporting, partnering, reading_runs
from gridgov.usecases.contacting import Held
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.partnering import Body
from gridgov.web import desk, page, parameters, place, views
from gridgov.web.handle import database
from gridgov.web.layers import PARTNER_LISTS, partners_asked
from gridgov.web.security import allow, scope
from gridgov.web.views import Frame

blueprint = Blueprint("coordinator", __name__)
FIGURES = ("due", *STATES)
NO_BRANCH = "no_branch"
ROWS = 100
GAPS_BESIDE = 2
T = TypeVar("T")


@blueprint.get("/")
@allow("coordinator", "viewer", "admin")
def index() -> ResponseReturnValue:
    """Show the map, the figures, and the list behind the figure chosen."""
    frame = views.frame("coordinator")
    tier, what = _asked()
    around = partnering.bodies(database(), parameters.at(), scope(), frame.unit_id)
    tree = views.tree_to(frame.unit, frame.crumbs)
    frame.layers.update(_layers(frame, tier, what))
    frame.colour = "branch"
    frame.picks = views.levels_from(views.drawn_level(frame))
    frame.about_open = frame.unit is not None
    report = contacting.report(database(), parameters.at(), scope(), frame.unit_id)
    listed = _listed(frame, tier, what, around)
    return page.show(
        "coordinator/index.html",
        **frame.values(),
        tree=tree,
        elsewhere=not tree and views.stands_today(),
        report=report,
        tiers=[row for row in report["tiers"] if frame.unit is None or any(row[name] for name in FIGURES)],
        partners=partnering.counts(around),
        partner_lists=PARTNER_LISTS,
        partner_kinds=PARTNER_KINDS,
        resource_kinds=RESOURCE_KINDS,
        lowest=frame.level_below in {None, "building"} and what is None,
        figures=FIGURES,
        exported=exporting.WHATS,
        tier=tier,
        what=what,
        strip=desk.strip(frame, report),
        desk_lists=desk.LISTS,
        **{"gaps_beside": False, **listed},
        about=place.about(frame.unit) if frame.unit is not None else None,
    )


def _listed(frame: Frame, tier: int | None, what: str | None, around: list[Body]) -> dict[str, Any]:
    """Return the list behind the figure chosen: of bodies, of news, or of places."""
    if what in PARTNER_LISTS:
        return _bodies(around)
    if what in desk.LISTS:
        return _paged(desk.rows(frame, what), desk.told)
    run = covering.latest(database(), parameters.at()) if what == "vacant" else None
    if run is None:
        return _paged(_rows(frame, tier, what), _told)
    return _paged(_rows(frame, tier, what), lambda some: _beside_gaps(run, _told(some))) | {"gaps_beside": True}


def _beside_gaps(run: Run, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put beside each place what most of its people lack of what is required, and whose job that is."""
    units = frozenset(row["unit"] for row in rows)
    found = reading_runs.worst_under(database(), run, units, GAPS_BESIDE, GapFilter(required=True)) if units else {}
    for row in rows:
        row["gaps"] = [place.lack(run, [gap]) for gap in found.get(row["unit"], [])]
    return rows


def _asked() -> tuple[int | None, str | None]:
    what = parameters.choice("what", (*FIGURES, NO_BRANCH, *PARTNER_LISTS, *desk.LISTS))
    tier = parameters.whole("tier", 0, least=0, most=9) or None
    if what in FIGURES and tier is None:
        raise InputError("option_unknown", name="tier", value="")
    return tier, what


def _rows(frame: Frame, tier: int | None, what: str | None) -> list[dict[str, Any]]:
    """Return the places behind a figure; without one, what lies under the chosen place."""
    if what == NO_BRANCH:
        found = contacting.uncovered_compounds(database(), parameters.at(), scope(), frame.unit_id)
        return [_row(unit.unit_id, unit.code, unit.name, unit.level, unit.parent_id) for unit in found]
    if what is not None and tier is not None:
        return contacting.places(database(), parameters.at(), scope(), tier, what, frame.unit_id)
    parent = frame.unit_id
    if frame.unit is not None and frame.unit.level == "building":
        parent = frame.unit.parent_id
    nodes = browsing.tree(database(), parameters.at(), scope(), parent)
    return [
        _row(node.unit, node.code, node.name, node.level, parent) for node in nodes if node.level != views.NEVER_LISTED
    ]


def _bodies(around: list[Body]) -> dict[str, Any]:
    """Return the bodies behind a figure; `pledges` is what it counted, where that is pledges."""
    asked = partners_asked()
    found = [body for body in around if asked.takes(body)]
    pledges = None if asked.state is None else partnering.counts(found)["pledges"][asked.state]
    told = _paged(found, lambda some: partnering.listed(database(), parameters.at(), some))
    return told | {"asked": asked, "pledges": pledges}


def _paged(found: list[T], tell: Callable[[list[T]], list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the page of a list that the address asks for, told."""
    shown, pages = views.paged(len(found), ROWS)
    return {
        "rows": tell(found[(shown - 1) * ROWS : shown * ROWS]),
        "count": len(found),
        "page": shown,
        "pages": pages,
    }


def _row(unit: int, code: str, name: str | None, level: str, parent: int | None) -> dict[str, Any]:
    return {"unit": unit, "code": code, "name": name, "level": level, "parent": parent, "holders": None}


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Complete the rows shown: where each place lies, the state of its post, who holds it."""
    states = contacting.states_by_unit(database(), parameters.at(), scope())
    held = _exclusive(row["unit"] for row in rows)
    heads = _heads([row["unit"] for row in rows if row["level"] == "building"])
    names = views.place_names()
    for row in rows:
        state = states.get(row["unit"], {})
        row["where"] = names.get(row["parent"] or 0, "")
        row["states"] = [name for name in ("disputed", "vacant", "expiring") if state.get(name)] or (
            ["held"] if state else []
        )
        row["head"] = heads.get(row["unit"])
        row["holders"] = held.get(row["unit"], []) if row["holders"] is None else row["holders"]
    return rows


def _exclusive(units: Iterable[int]) -> dict[int, list[Held]]:
    exclusive = {(tier.tier, tier.exclusive) for tier in deployment.profile(database()).tiers}
    found: dict[int, list[Held]] = {}
    for held in contacting.contacts_of(database(), parameters.at(), scope(), units):
        if (held.tier, held.role) in exclusive:
            found.setdefault(held.unit, []).append(held)
    return found


def _heads(buildings: list[int]) -> dict[int, PostVersion]:
    found = browsing.posts(database(), parameters.at(), scope(), buildings) if buildings else []
    return {post.unit_id: post for post in found}


def _layers(frame: Frame, tier: int | None, what: str | None) -> dict[str, Any]:
    """Return the marks over the places: of partner bodies, else of the posts of a tier."""
    if what in PARTNER_LISTS:
        asked = {name: parameters.text(name) for name in ("body", "shares")}
        return {"partners": views.layer("partners", what=what, **asked)}
    if what in desk.LISTS:
        return {}
    known = tier or frame.profile.lowest_tier
    figure = what if what in FIGURES else None
    return {"posts": views.tiled("posts", tier=known, what=figure) if known else None}
