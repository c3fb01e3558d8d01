"""What the planner's brief says of an area: who lacks what, why, whose job it is, and what a plan would change."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from gridgov.spatial.middle import middle
from gridgov.spatial.sketch import Ground
from gridgov.spatial.verdicts import CAUSES
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Plan, Run
from gridgov.usecases import browsing, checkup, covering, deployment, planning, reading_runs, reporting, run_map
from gridgov.usecases.browsing import Node
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.grounds import Drawn, ground, planar
from gridgov.usecases.reporting import Circle
from gridgov.usecases.runrows import SHARE_LEVELS

LISTED = 36
TYPES = 4
WORST = 5
PARTS = 40
Row = dict[str, Any]
Shares = tuple[float | None, ...]
Place = tuple[float, float]


@dataclass(frozen=True)
class Lack:
    """A required type that most people lack: its row of the run, its worst gaps; shares and points for a map."""

    row: Row
    gaps: tuple[Row, ...]
    shares: Shares
    points: tuple[Place, ...]


@dataclass(frozen=True)
class Tried:
    """A plan as it was last worked out, and whether the data have changed since."""

    told: Row
    stale: bool


@dataclass(frozen=True)
class GapBrief:
    """Everything the planner's brief says: of the place with a `code` and `name`, or of the areas `names` lists.

    `shares` and `worst` (the cause of each one's worst gap) are in the order of the ground's fabric.
    """

    code: str | None
    name: str | None
    names: tuple[str, ...]
    day: date
    circle: Circle
    rows: tuple[Row, ...]
    causes: tuple[tuple[str, int, float], ...]
    lacks: tuple[Lack, ...]
    parts: tuple[tuple[str, dict[str, float | None]], ...]
    part_count: int
    lines: tuple[checkup.Line, ...]
    ground: Ground | None
    shares: Shares
    worst: tuple[str | None, ...]
    sources: tuple[reporting.Source, ...]
    plan: Tried | None


def gap_brief(
    session: Session,
    at: At,
    scope: Scope,
    area: int | None = None,
    plan: Plan | None = None,
    pack: str | None = None,
) -> GapBrief:
    """Put together what the brief of an area says, within the asker's scope, as a pack's newest run tells it.

    A plan is told by the rules it was worked out with, anything else by those in force where no pack is named.

    Raises
    ------
    NotFoundError
        ``unit_unknown`` where the area isn't there, ``run_none`` or ``run_none_of_pack`` where nothing was computed.
    """
    run = covering.find(session, None, at, pack if plan is None else plan.pack)
    area = reporting.only_area(session, at, scope) if area is None else area
    unit = None if area is None else browsing.unit(session, area, at, scope)
    circle = reporting.circle_of(session, run, scope, area)
    wanted = GapFilter(area=area, required=True)
    drawn = _drawn(session, At(run.as_of, run.batch_id), scope if area is None else Scope.of({area}))
    nodes = [node for node in browsing.tree(session, at, scope, area) if node.level in SHARE_LEVELS]
    return GapBrief(
        code=None if unit is None else unit.code,
        name=None if unit is None else unit.name or unit.code,
        names=() if scope.areas is None else tuple(node.name or node.code for node in nodes),
        day=at.day,
        circle=circle,
        rows=tuple(reading_runs.gaps(session, run, scope, replace(wanted, limit=LISTED))),
        causes=tuple(_causes(session, run, scope, wanted)),
        lacks=tuple(_lacks(session, run, scope, wanted, circle.figures, drawn)),
        parts=tuple(_parts(session, run, nodes[:PARTS])),
        part_count=len(nodes),
        lines=tuple(checkup.lines(session, run, scope, area)) if checkup.levels(session) else (),
        ground=None if drawn is None else drawn.ground,
        shares=_shares(session, run, drawn, run_map.types_asked(run, None, None)),
        worst=_worst(session, run, drawn),
        sources=reporting.sources(session),
        plan=None if plan is None else Tried(planning.show(plan), planning.is_stale(session, plan)),
    )


def _drawn(session: Session, at: At, inside: Scope) -> Drawn | None:
    """Return the ground of the maps, down to the lowest level that a run tells shares of."""
    known = [level.id for level in deployment.profile(session).levels if level.id in SHARE_LEVELS]
    return ground(session, at, inside, known[-1]) if known else None


def _causes(session: Session, run: Run, scope: Scope, wanted: GapFilter) -> Iterable[tuple[str, int, float]]:
    """Tell for each cause how many gaps it makes, and the people they show, summed."""
    for cause in CAUSES:
        yield cause, *reading_runs.count_gaps(session, run, scope, replace(wanted, cause=cause))


def _lacks(
    session: Session, run: Run, scope: Scope, wanted: GapFilter, figures: Row, drawn: Drawn | None
) -> Iterable[Lack]:
    """Choose the required types that most people lack, and tell each of them."""
    lacking = [row for row in figures["types"] if row["required"] and row["share"] is not None and row["share"] < 1]
    most = sorted(lacking, key=lambda row: (row["people_covered"] - row["people"], row["type"]))[:TYPES]
    points = _points(session, run, scope, [row["type"] for row in most])
    for row in most:
        gaps = reading_runs.gaps(session, run, scope, replace(wanted, type=row["type"], limit=WORST))
        shares = _shares(session, run, drawn, {row["type"]})
        yield Lack(row, tuple(gaps), shares, points[row["type"]])


def _points(session: Session, run: Run, scope: Scope, types: Sequence[str]) -> dict[str, tuple[Place, ...]]:
    """Return where the open service points of some types are, in the working CRS."""
    found = browsing.services_on_map(session, At(run.as_of, run.batch_id), scope, types)
    some = [(point.type, site) for point, site in found if point.status == "open" and site.geometry is not None]
    shapes = planar([site for _, site in some], deployment.crs(session)) if some else []
    placed = [(kind, middle(shape)) for (kind, _), shape in zip(some, shapes, strict=True)]
    return {kind: tuple(place for of, place in placed if of == kind) for kind in types}


def _shares(session: Session, run: Run, drawn: Drawn | None, types: Collection[str]) -> Shares:
    if drawn is None or not drawn.units:
        return ()
    known = run_map.shares(session, run, drawn.units[0].level)
    return tuple(known.mean([unit.unit_id for unit in drawn.units], types))


def _worst(session: Session, run: Run, drawn: Drawn | None) -> tuple[str | None, ...]:
    if drawn is None:
        return ()
    first = run_map.worst(session, run, GapFilter(required=True)).gaps
    wanted = [first[unit.unit_id] for unit in drawn.units if unit.unit_id in first]
    facts = reading_runs.gap_facts(session, run, wanted)
    return tuple(facts[unit.unit_id]["cause"] if unit.unit_id in facts else None for unit in drawn.units)


def _parts(session: Session, run: Run, nodes: Sequence[Node]) -> Iterable[tuple[str, dict[str, float | None]]]:
    """Tell for each of the places below the share of each scenario: the mean over its required types."""
    if not nodes:
        return
    shares = run_map.shares(session, run, nodes[0].level)
    units = [node.unit for node in nodes]
    rows = run.summary["types"]
    told = {row["scenario"]: shares.mean(units, run_map.types_asked(run, None, row["scenario"])) for row in rows}
    for at, node in enumerate(nodes):
        yield node.name or node.code, {scenario: means[at] for scenario, means in told.items()}
