"""What the maps draw, each layer as GeoJSON under its own address, within the asker's area."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import shapely
from flask import Blueprint, Response
from shapely.geometry.base import BaseGeometry

from gridgov.domain.offers import PARTNER_KINDS, RESOURCE_KINDS, pressing
from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, contacting, covering, deployment, networks, partnering, reading_runs
from gridgov.usecases.partnering import BodyFilter, Spot
from gridgov.usecases.reading_runs import GapFilter
from gridgov.web import parameters
from gridgov.web.gapwords import gap_sentence
from gridgov.web.geojson import collection, inner_point
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.page import named
from gridgov.web.security import EVERY_ROLE, allow, scope, user
from gridgov.web.views import chosen

blueprint = Blueprint("layers", __name__, url_prefix="/layers")
DRAWN_LEVELS = ("street", "community", "compound", "building")
_CLOSE = 0.02  # degrees; over a wider part of the map no single building is drawn to
_SHORTEST = 3e-6  # degrees; a shorter line has no length once it is rounded for the map
STATES = ("disputed", "vacant", "expiring")
PARTNER_LISTS = {"partners": None, "pledges_due": "due_soon", "pledges_overdue": "overdue"}


@blueprint.get("/base.geojson")
@allow(*EVERY_ROLE)
def base() -> Response:
    """Return the paths as the calm ground of the map: streets outside compounds, paths inside."""
    lines = networks.read_lines(database(), parameters.at())
    walls = np.array([unit.geometry for unit in _units("compound")], dtype=object)
    inside = np.zeros(len(lines), dtype=bool)
    if len(walls) and len(lines):
        line, _ = shapely.STRtree(walls).query(lines, predicate="within")
        inside[line] = True
    kinds = {"street": lines[~inside], "path": lines[inside]}
    return collection((_joined(some), {"kind": kind}) for kind, some in kinds.items() if len(some))


@blueprint.get("/land.geojson")
@allow(*EVERY_ROLE)
def land() -> Response:
    """Return the water, green and hills that the map is drawn on."""
    found = browsing.land_on_map(database(), parameters.at(), scope())
    return collection((piece.geometry, {"kind": piece.kind, "name": piece.name}) for piece in found)


@blueprint.get("/units.geojson")
@allow(*EVERY_ROLE)
def units() -> Response:
    """Return the units of a level, under a unit where one is given."""
    level = parameters.choice("level", DRAWN_LEVELS, DRAWN_LEVELS[0]) or DRAWN_LEVELS[0]
    parent = chosen()
    found = browsing.units_on_map(
        database(), parameters.at(), scope(), level, None if parent is None else parent.unit_id
    )
    without = _without_branch() if level == "compound" else frozenset()
    return collection((unit.geometry, _told(unit, without)) for unit in found)


@blueprint.get("/outlines.geojson")
@allow(*EVERY_ROLE)
def outlines() -> Response:
    """Return the borders of streets and communities."""
    found = [unit for level in ("community", "street") for unit in _units(level)]
    return collection((unit.geometry, {"level": unit.level}) for unit in found)


@blueprint.get("/grids.geojson")
@allow(*EVERY_ROLE)
def grids() -> Response:
    """Return the governance grids of the given community."""
    community = chosen()
    found = browsing.grids_on_map(database(), parameters.at(), scope())
    return collection(
        (grid.geometry, {"code": grid.code, "kind": grid.kind})
        for grid in found
        if community is None or grid.unit_id == community.unit_id
    )


@blueprint.get("/neighbours.geojson")
@allow("admin")
def neighbours() -> Response:
    """Return what a drawing snaps to within bounds: borders, walls, grids, gates, sites, and buildings close by."""
    bounds = parameters.bounds()
    close = bounds[2] - bounds[0] <= _CLOSE
    levels = [level for level in DRAWN_LEVELS if close or level != "building"]
    session, at, seen = database(), parameters.at(), scope()
    units = [unit for level in levels for unit in browsing.units_on_map(session, at, seen, level, bounds=bounds)]
    others: list[tuple[str, Any]] = [("grids", one) for one in browsing.grids_on_map(session, at, seen, bounds)]
    others += [("gates", one) for one in browsing.gates_on_map(session, at, seen, bounds)]
    others += [("sites", one) for one in browsing.sites_on_map(session, at, seen, bounds)]
    return collection((_beside(kind, one) for kind, one in (*(("units", unit) for unit in units), *others)), 9)


@blueprint.get("/posts.geojson")
@allow("coordinator", "viewer", "admin")
def posts() -> Response:
    """Return a mark per unit of a tier: held, vacant, disputed, expiring; what isn't asked for is dimmed."""
    profile = deployment.profile(database())
    tier = parameters.whole("tier", 0, least=0, most=9) or profile.lowest_tier
    what = parameters.choice("what", ("due", *STATES, "several"))
    if tier is None:
        return collection(())
    level = profile.tier(tier).level
    states = contacting.states_by_unit(database(), parameters.at(), scope())
    wanted = _asked_for(tier, what)
    return collection(
        (inner_point(unit.geometry), _mark(unit, states.get(unit.unit_id, {}), wanted)) for unit in _units(level)
    )


@blueprint.get("/partners.geojson")
@allow("coordinator", "viewer", "admin")
def partners() -> Response:
    """Return a mark per place where partner bodies stand: their most pressing pledge; others are dimmed."""
    asked = partners_asked()
    found = partnering.bodies(database(), parameters.at(), scope())
    wanted = {body.code for body in found if asked.takes(body)}
    spots = partnering.spots(database(), parameters.at(), scope(), found)
    return collection((inner_point(spot.place), _body_mark(spot, wanted)) for spot in spots)


@blueprint.get("/coverage.geojson")
@allow("planner", "viewer")
def coverage() -> Response:
    """Return each compound with the share of its people reached: of a type, a scenario's, or all required ones."""
    run = covering.find(database(), parameters.whole("run", 0, least=0, most=10**9) or None)
    area = chosen()
    kind, scenario = _kind_and_scenario()
    shares = compound_shares(run, kind, scenario)
    return collection(
        (unit.geometry, {**_told(unit, frozenset()), "share": shares.get(unit.code)})
        for unit in browsing.units_on_map(
            database(), parameters.at(), scope(), "compound", None if area is None else area.unit_id
        )
    )


@blueprint.get("/causes.geojson")
@allow("planner", "viewer")
def causes() -> Response:
    """Return a mark per place with a gap: the cause of the one most people miss."""
    run = covering.find(database(), parameters.whole("run", 0, least=0, most=10**9) or None)
    kind, scenario = _kind_and_scenario()
    asked = GapFilter(scenario=scenario, type=kind, cause=parameters.choice("cause", CAUSES))
    return collection(_worst(run, asked))


@blueprint.get("/facilities.geojson")
@allow(*EVERY_ROLE)
def facilities() -> Response:
    """Return the service points of a type or a scenario."""
    known = rulepacks.catalogue()
    kind, scenario = _kind_and_scenario()
    types = [each.id for each in known.types if (kind in {None, each.id}) and (scenario in {None, each.scenario})]
    found = browsing.services_on_map(database(), parameters.at(), scope(), types)
    names = {each.id: named(each) for each in known.types}
    return collection(
        (
            inner_point(site.geometry),
            {
                "symbol": "facility",
                "more": "" if point.verified else "unverified",
                "told": f"{names[point.type]} · {point.name or site.name or point.code}",
            },
        )
        for point, site in found
        if point.status == "open"
    )


@blueprint.get("/mine.geojson")
@allow("cadre")
def mine() -> Response:
    """Return the compounds of the cadre who asks."""
    held = contacting.mine(database(), user().cadre_id or 0, parameters.at(), scope())
    wanted = {one.unit for one in held}
    found = (unit for level in DRAWN_LEVELS for unit in _units(level) if unit.unit_id in wanted)
    return collection((unit.geometry, {**_told(unit, frozenset()), "branch": True}) for unit in found)


def compound_shares(run: Run, kind: str | None, scenario: str | None) -> dict[str, float]:
    """Return per compound's code the share of people reached: of the type, else the mean over required types."""
    required = {row["type"]: row["required"] for row in run.summary["types"]}
    scenarios = {row["type"]: row["scenario"] for row in run.summary["types"]}
    found: dict[str, list[float]] = defaultdict(list)
    for row in reading_runs.show(database(), run, "compound", scope()):
        wanted = row["type"] == kind if kind else required[row["type"]] and scenario in {None, scenarios[row["type"]]}
        if wanted and row["share"] is not None:
            found[row["code"]].append(row["share"])
    return {code: sum(values) / len(values) for code, values in found.items()}


def partners_asked() -> BodyFilter:
    """Return which partner bodies are asked for."""
    return BodyFilter(
        kind=parameters.choice("body", PARTNER_KINDS),
        shares=parameters.choice("shares", RESOURCE_KINDS),
        state=PARTNER_LISTS[parameters.choice("what", PARTNER_LISTS) or "partners"],
    )


def _kind_and_scenario() -> tuple[str | None, str | None]:
    """Return the facility type and the scenario asked for; one that the catalogue doesn't know is refused."""
    known = rulepacks.catalogue()
    kind = parameters.choice("type", [each.id for each in known.types])
    return kind, parameters.choice("scenario", [each.id for each in known.scenarios])


def _beside(kind: str, one: Any) -> tuple[BaseGeometry | None, dict[str, Any]]:
    told = {"kind": kind, "identity": getattr(one, one.subject), "level": getattr(one, "level", None)}
    return one.geometry, {**told, "told": one.name or one.code}


def _units(level: str) -> list[UnitVersion]:
    return browsing.units_on_map(database(), parameters.at(), scope(), level)


def _without_branch() -> frozenset[int]:
    found = contacting.uncovered_compounds(database(), parameters.at(), scope())
    return frozenset(unit.unit_id for unit in found)


def _told(unit: UnitVersion, without_branch: frozenset[int]) -> dict[str, Any]:
    told: dict[str, Any] = {"code": unit.code, "name": unit.name or unit.code, "level": unit.level}
    if unit.level == "compound":
        told["branch"] = unit.unit_id not in without_branch
    return told


def _asked_for(tier: int, what: str | None) -> frozenset[int] | None:
    if what is None:
        return None
    return frozenset(row["unit"] for row in contacting.places(database(), parameters.at(), scope(), tier, what))


def _mark(unit: UnitVersion, state: dict[str, bool], wanted: frozenset[int] | None) -> dict[str, Any]:
    symbol = next((name for name in STATES if state.get(name)), "held" if state else "none")
    told: dict[str, Any] = {"code": unit.code, "symbol": symbol, "told": unit.name or unit.code}
    if wanted is not None and unit.unit_id not in wanted:
        told["more"] = "dim"
    return told


def _body_mark(spot: Spot, wanted: set[str]) -> dict[str, Any]:
    """Tell a mark: of several bodies at one place those asked for, and of their pledges the most pressing."""
    told = [body for body in spot.bodies if body.code in wanted]
    shown = told or spot.bodies
    state = pressing(body.state for body in shown if body.state is not None) or "none"
    return {
        "code": spot.unit.code,
        "rows": [body.code for body in shown],
        "symbol": f"pledge_{state}",
        "size": 8,
        "told": gettext(", ").join(body.name for body in shown),
        "more": "" if told else "dim",
    }


def _worst(run: Run, asked: GapFilter) -> Iterator[tuple[BaseGeometry | None, dict[str, Any]]]:
    gaps = reading_runs.worst_gaps(database(), run, scope(), asked)
    places = {unit.unit_id: unit for unit in browsing.units_by_number(database(), gaps, parameters.at(), scope())}
    pack, known = deployment.pack(database(), run.pack), rulepacks.catalogue()
    for number, gap in gaps.items():
        unit = places.get(number)
        if unit is None:
            continue
        sentence = gap_sentence(gap, pack, named(known.type(gap["type"])), str(run.summary["basis"]))
        yield (
            inner_point(unit.geometry),
            {"code": unit.code, "symbol": gap["cause"], "told": f"{unit.name or unit.code} · {sentence}"},
        )


def _joined(lines: Any) -> BaseGeometry:
    """Join pieces that only follow one another, which halves what is sent."""
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    return cast("BaseGeometry", shapely.multilinestrings(parts[shapely.length(parts) > _SHORTEST]))
