"""What a wall map (挂图) shows of an area: places with names, ground, and either posts' states or who lacks what."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.errors import InputError, NotFoundError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.middle import middle
from gridgov.spatial.sketch import Ground
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import (
    browsing,
    contacting,
    covering,
    deployment,
    reading_runs,
    reporting,
    run_map,
    tile_ground,
)
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.grounds import Drawn, ground, planar
from gridgov.usecases.reporting import Source
from gridgov.usecases.runrows import SHARE_LEVELS

SHOWS = ("governance", "coverage")
Place = tuple[float, float]


@dataclass(frozen=True)
class WallMap:
    """A wall map's content, in the working CRS. What hangs on the fabric's units is in their order.

    `names` are those of each level's units, the uppermost level first; `codes` those of the grids where one place is
    shown, for on a map of a whole city nobody could read them; `roads` by kind. `posts` are states by unit;
    `shares`, `causes` and `points` are those of a type, of all required ones where none is named.
    """

    name: str | None
    names_of: tuple[str, ...]
    day: date
    show: str
    type: str | None
    ground: Ground
    names: tuple[tuple[str, tuple[tuple[str, BaseGeometry], ...]], ...]
    grids: tuple[BaseGeometry, ...]
    codes: tuple[str, ...]
    roads: tuple[tuple[str, tuple[BaseGeometry, ...]], ...]
    posts: tuple[str | None, ...]
    tier: int | None
    shares: tuple[float | None, ...]
    causes: tuple[str | None, ...]
    points: tuple[Place, ...]
    run: dict[str, Any] | None
    pack: RulePack | None
    sources: tuple[Source, ...]


def wall_map(
    session: Session,
    at: At,
    scope: Scope,
    show: str,
    area: int | None = None,
    kind: str | None = None,
    pack: str | None = None,
) -> WallMap:
    """Put together what a wall map shows, within the asker's scope; coverage by a pack, else by the one in force.

    Raises
    ------
    NotFoundError
        ``unit_unknown`` where the area isn't there, ``no_places_yet`` where nothing has a place, ``run_none``,
        ``run_none_of_pack``.
    InputError
        ``option_unknown`` for another `show`.
    """
    if show not in SHOWS:
        raise InputError("option_unknown", name="show", value=show)
    area = reporting.only_area(session, at, scope) if area is None else area
    unit = None if area is None else browsing.unit(session, area, at, scope)
    inside = scope if area is None else Scope.of({area})
    run = covering.find(session, None, at, pack) if show == "coverage" else None
    seen = at if run is None else At(run.as_of, run.batch_id)
    drawn = ground(session, seen, inside, _level(session, show))
    if drawn is None:
        raise NotFoundError("no_places_yet")
    shares, causes, points = _coverage(session, run, scope, drawn, kind)
    grids = browsing.grids_on_map(session, seen, inside)
    tops = browsing.tree(session, at, scope, area) if unit is None else []
    return WallMap(
        name=None if unit is None else unit.name or unit.code,
        names_of=() if scope.areas is None else tuple(node.name or node.code for node in tops),
        day=at.day,
        show=show,
        type=kind,
        ground=drawn.ground,
        names=_names(session, seen, inside, drawn),
        grids=tuple(planar(grids, deployment.crs(session))) if grids else (),
        codes=() if area is None else tuple(grid.code for grid in grids),
        roads=_roads(session, seen, drawn),
        posts=_posts(session, at, inside, drawn) if run is None else (),
        tier=deployment.profile(session).lowest_tier,
        shares=shares,
        causes=causes,
        points=points,
        run=None if run is None else reading_runs.record(run),
        pack=None if run is None else deployment.pack(session, run.pack),
        sources=reporting.sources(session),
    )


def _level(session: Session, show: str) -> str:
    """Return the level whose units are filled or marked: where the last tier's posts stand, or what shares tell of."""
    profile = deployment.profile(session)
    if show == "governance":
        return profile.tiers[-1].level
    return [level.id for level in profile.levels if level.id in SHARE_LEVELS][-1]


def _names(
    session: Session, at: At, inside: Scope, drawn: Drawn
) -> tuple[tuple[str, tuple[tuple[str, BaseGeometry], ...]], ...]:
    """Return the names of the units of each level down to the fabric's, without those that have none."""
    profile, crs = deployment.profile(session), deployment.crs(session)
    level = drawn.units[0].level if drawn.units else None
    above = [one.id for one in profile.levels if level is None or profile.rank(one.id) < profile.rank(level)]
    found = [(each, browsing.units_on_map(session, at, inside, each)) for each in above]
    named = [(each, _named(units, planar(units, crs))) for each, units in found if units]
    own = [] if level is None else [(level, _named(drawn.units, list(drawn.ground.fabric)))]
    return (*named, *own)


def _named(units: list[UnitVersion], shapes: list[BaseGeometry]) -> tuple[tuple[str, BaseGeometry], ...]:
    return tuple((unit.name, shape) for unit, shape in zip(units, shapes, strict=True) if unit.name)


def _roads(session: Session, at: At, drawn: Drawn) -> tuple[tuple[str, tuple[BaseGeometry, ...]], ...]:
    """Return the roads around what is drawn, by kind, the widest first."""
    known = tile_ground.roads(session, at, Scope.everything())
    if known is None:
        return ()
    shapes = [*drawn.ground.fabric, *(shape for line in drawn.ground.borders for shape in line)]
    window = shapely.box(*shapely.total_bounds(shapes).tolist())
    crs = deployment.crs(session)
    found = []
    for kind, lines in known.lines.items():
        placed = to_planar(lines, crs) if len(lines) else lines
        found.append((kind, tuple(placed[shapely.intersects(placed, window)].tolist()) if len(lines) else ()))
    return tuple(found)


def _posts(session: Session, at: At, inside: Scope, drawn: Drawn) -> tuple[str | None, ...]:
    states = contacting.states_by_unit(session, at, inside)
    return tuple(reporting.state_of(states[unit.unit_id]) if unit.unit_id in states else None for unit in drawn.units)


def _coverage(
    session: Session, run: Run | None, scope: Scope, drawn: Drawn, kind: str | None
) -> tuple[tuple[float | None, ...], tuple[str | None, ...], tuple[Place, ...]]:
    """Return the share and the worst gap's cause of each unit, of a type or of all; the type's open service points."""
    if run is None or not drawn.units:
        return (), (), ()
    types = run_map.types_asked(run, kind, None)
    shares = run_map.shares(session, run, drawn.units[0].level).mean([unit.unit_id for unit in drawn.units], types)
    first = run_map.worst(session, run, GapFilter(type=kind, required=None if kind else True)).gaps
    facts = reading_runs.gap_facts(session, run, [first[u.unit_id] for u in drawn.units if u.unit_id in first])
    causes = [facts[unit.unit_id]["cause"] if unit.unit_id in facts else None for unit in drawn.units]
    found = browsing.services_on_map(session, At(run.as_of, run.batch_id), scope, [kind]) if kind else []
    sites = {site.site_id: site for point, site in found if point.status == "open" and site.geometry is not None}
    shapes = planar(list(sites.values()), deployment.crs(session)) if sites else []
    return tuple(shares), tuple(causes), tuple(middle(shape) for shape in shapes)
