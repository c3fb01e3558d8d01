"""What is wrong with the data: each finding names its subject and has a place on the map (DOMAIN §1.9)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile, contradicts
from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.middle import middle
from gridgov.spatial.network import build_network
from gridgov.spatial.topology import gaps, overlaps
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, GateVersion, GridVersion, ServicePointVersion, SiteVersion, UnitVersion
from gridgov.usecases import contacting, deployment, gridding
from gridgov.usecases.demand import WALLED, read_places
from gridgov.usecases.inputs import read_segments, read_walls

SEVERITIES = ("error", "warning", "info")
OUTSIDE_SHARE = 0.02
OVERLAP_M2 = 10.0
GAP_M2 = 100.0


@dataclass(frozen=True)
class Finding:
    """One thing to mend: `kind` names the sentence, `params` fill it; `unit` and `place` lead there."""

    severity: str
    kind: str
    subject: str
    unit: int | None = None
    place: tuple[float, float] | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Ground:
    """All that the checks look at, read once."""

    session: Session
    at: At
    scope: Scope
    profile: LevelProfile
    units: Sequence[UnitVersion]
    shapes: Any

    def of_level(self, level: str) -> list[int]:
        return [index for index, unit in enumerate(self.units) if unit.level == level and unit.geometry is not None]


def check(session: Session, at: At, scope: Scope) -> list[Finding]:
    """Return all findings of a day, the gravest first."""
    units = list(session.scalars(current(UnitVersion, at, scope).order_by(UnitVersion.code, UnitVersion.unit_id)))
    placed = np.empty(len(units), dtype=object)
    placed[:] = [unit.geometry for unit in units]
    try:
        shapes = to_planar(placed, deployment.crs(session))
    except InputError:
        shapes = placed
    ground = _Ground(session, at, scope, deployment.profile(session), units, shapes)
    found = [finding for look in _CHECKS for finding in look(ground)]
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding.kind, finding.subject))


def _duplicates(ground: _Ground) -> Iterator[Finding]:
    counted = Counter((unit.level, unit.code) for unit in ground.units)
    for unit in ground.units:
        if counted[unit.level, unit.code] > 1:
            yield _of(unit, "error", "duplicate_code", level=unit.level)


def _orphans(ground: _Ground) -> Iterator[Finding]:
    levels = {unit.unit_id: unit.level for unit in ground.units}
    everywhere = current(UnitVersion, ground.at, Scope.everything()).with_only_columns(UnitVersion.unit_id)
    standing = set(ground.session.scalars(everywhere))
    for unit in ground.units:
        rank = ground.profile.rank(unit.level)
        if unit.parent_id is not None and unit.parent_id not in standing:
            yield _of(unit, "warning", "parent_gone", told=unit.parent_code, level=unit.level)
        elif rank > 0 and (unit.orphan or unit.parent_id is None):
            next_above = ground.profile.levels[rank - 1].id
            placed = unit.parent_id is not None and levels.get(unit.parent_id) == next_above
            yield _of(unit, "info" if placed else "warning", "orphan", told=unit.parent_code, level=unit.level)


def _invalid(ground: _Ground) -> Iterator[Finding]:
    for unit in ground.units:
        if unit.geometry is not None and not unit.geometry.is_valid:
            yield _of(unit, "error", "geometry_invalid", reason=shapely.is_valid_reason(unit.geometry))


def _overlapping(ground: _Ground) -> Iterator[Finding]:
    for level in ("street", "community", "compound"):
        at = [index for index in ground.of_level(level) if shapely.area(ground.shapes[index]) > 0]
        first, second, area = overlaps(shapely.make_valid(ground.shapes[at]), tolerance_m2=OVERLAP_M2)
        for i, j, shared in zip(first.tolist(), second.tolist(), area.tolist(), strict=True):
            other = ground.units[at[j]]
            yield _of(ground.units[at[i]], "warning", "overlap", other=other.name or other.code, area=round(shared))


def _outside_parent(ground: _Ground) -> Iterator[Finding]:
    """A child whose area lies outside its parent; a compound over several communities is told as crossing."""
    index = {unit.unit_id: number for number, unit in enumerate(ground.units)}
    for number, unit in enumerate(ground.units):
        parent = index.get(unit.parent_id or 0)
        if (
            parent is None
            or unit.geometry is None
            or ground.units[parent].geometry is None
            or unit.level == "household"
        ):
            continue
        share = _outside_share(ground.shapes[number], ground.shapes[parent])
        if share > OUTSIDE_SHARE:
            crossing = unit.level == "compound" and share < 1
            kind, severity = ("crosses_community", "info") if crossing else ("outside_parent", "error")
            yield _of(
                unit,
                severity,
                kind,
                parent=ground.units[parent].name or ground.units[parent].code,
                percent=round(share * 100),
            )


def _outside_share(child: Any, parent: Any) -> float:
    if shapely.covers(parent, child):
        return 0.0
    if shapely.area(child) == 0:
        return 1.0 if shapely.distance(parent, child) > 1 else 0.0
    return float(
        shapely.area(shapely.difference(shapely.make_valid(child), shapely.make_valid(parent))) / shapely.area(child)
    )


def _contradicting_codes(ground: _Ground) -> Iterator[Finding]:
    for unit in ground.units:
        rank = ground.profile.rank(unit.level)
        above = ground.profile.levels[rank - 1] if rank else None
        if contradicts(unit.code, ground.profile.level(unit.level), above, unit.parent_code):
            yield _of(unit, "warning", "code_contradicts", parent=unit.parent_code)


def _grids_over_communities(ground: _Ground) -> Iterator[Finding]:
    """Basic grids mustn't overlap, nor cross the border of their community."""
    grids = list(ground.session.scalars(current(GridVersion, ground.at, ground.scope).order_by(GridVersion.code)))
    placed = [grid for grid in grids if grid.geometry is not None and grid.kind == "basic"]
    if not placed:
        return
    shapes = to_planar(np.array([grid.geometry for grid in placed], dtype=object), deployment.crs(ground.session))
    index = {unit.unit_id: number for number, unit in enumerate(ground.units)}
    for grid, shape in zip(placed, shapes, strict=True):
        owner = index.get(grid.unit_id)
        if (
            owner is not None
            and ground.shapes[owner] is not None
            and _outside_share(shape, ground.shapes[owner]) > OUTSIDE_SHARE
        ):
            yield Finding("warning", "grid_crosses_community", grid.code, grid.unit_id, _place(grid.geometry))
    first, second, area = overlaps(shapely.make_valid(shapes), tolerance_m2=OVERLAP_M2)
    for i, j, shared in zip(first.tolist(), second.tolist(), area.tolist(), strict=True):
        params = {"other": placed[j].code, "area": round(shared)}
        yield Finding("error", "grids_overlap", placed[i].code, placed[i].unit_id, _place(placed[i].geometry), params)


def _untiled(ground: _Ground) -> Iterator[Finding]:
    """Basic grids tile their community where it has a polygon: what none covers is a gap."""
    basic = current(GridVersion, ground.at, ground.scope).where(
        GridVersion.kind == "basic", GridVersion.min_x.is_not(None)
    )
    by_community: dict[int, list[Any]] = defaultdict(list)
    for grid in ground.session.scalars(basic.order_by(GridVersion.code)):
        by_community[grid.unit_id].append(grid.geometry)
    for index in ground.of_level(ground.profile.grid_level):
        unit = ground.units[index]
        if unit.unit_id in by_community and shapely.area(ground.shapes[index]) > 0:
            grids = to_planar(np.array(by_community[unit.unit_id], dtype=object), deployment.crs(ground.session))
            parts = gaps(shapely.make_valid(ground.shapes[index]), shapely.make_valid(grids), tolerance_m2=GAP_M2)
            if parts:
                yield _of(unit, "warning", "grids_leave_gap", area=round(sum(part.area for part in parts)))


def _walls_without_gates(ground: _Ground) -> Iterator[Finding]:
    gated = set(
        ground.session.scalars(current(GateVersion, ground.at, ground.scope).with_only_columns(GateVersion.unit_id))
    )
    for unit in ground.units:
        if unit.level == "compound" and unit.kind in WALLED and unit.unit_id not in gated:
            yield _of(unit, "warning", "wall_without_gate")


def _far_from_paths(ground: _Ground) -> Iterator[Finding]:
    """Service points further from any path they may use than a leg may be long."""
    segments = read_segments(ground.session, ground.at)
    sites = [
        site
        for site in ground.session.scalars(current(SiteVersion, ground.at, ground.scope))
        if site.geometry is not None
    ]
    if segments is None or not sites:
        return
    walls, _ = read_walls(ground.session, ground.at, read_places(ground.session, ground.at))
    limit = deployment.number(ground.session, "leg_limit")
    network = build_network(segments, walls, leg_limit=limit)
    points: dict[int, list[str]] = defaultdict(list)
    for point in ground.session.scalars(current(ServicePointVersion, ground.at, ground.scope)):
        points[point.site_id].append(point.code)
    shapes = to_planar(np.array([site.geometry for site in sites], dtype=object), deployment.crs(ground.session))
    away = network.away(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    for site, metres in zip(sites, away.tolist(), strict=True):
        if not metres <= limit:
            params = {"metres": None if np.isinf(metres) or np.isnan(metres) else round(metres), "name": site.name}
            yield Finding("warning", "far_from_path", site.code, None, _place(site.geometry), params)


def _posts(ground: _Ground) -> Iterator[Finding]:
    for tier in ground.profile.tiers:
        for row in contacting.places(ground.session, ground.at, ground.scope, tier.tier, "disputed"):
            holders = ", ".join(held.holder for held in row["holders"])
            yield Finding(
                "error", "disputed_post", row["code"], row["unit"], None, {"tier": tier.tier, "holders": holders}
            )


def _stale(ground: _Ground) -> Iterator[Finding]:
    """A kind of data whose newest batch not undone is older than the set age, counted from the day asked about."""
    limit = deployment.number(ground.session, "stale_days")
    undone = select(Batch.undoes).where(Batch.undoes.is_not(None))
    newest = (
        select(Batch.kind, func.max(Batch.created_at))
        .where(Batch.kind.not_in({"undo", gridding.KIND}), Batch.id.not_in(undone))
        .group_by(Batch.kind)
    )
    asked = datetime.combine(ground.at.day, time.max, tzinfo=UTC)
    for kind, loaded in ground.session.execute(newest):
        age = (asked - _in_utc(loaded)).days
        if age > limit:
            yield Finding("warning", "stale", kind, params={"days": age, "limit": round(limit)})


def _in_utc(told: datetime) -> datetime:
    """Return a kept time in UTC: one engine gives it back with its zone, the other without, as it was written."""
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


def _of(unit: UnitVersion, severity: str, kind: str, **params: Any) -> Finding:
    name = unit.code if unit.level == "household" else unit.name
    return Finding(severity, kind, unit.code, unit.unit_id, _place(unit.geometry), {"name": name, **params})


def _place(geometry: Any) -> tuple[float, float] | None:
    if geometry is None or geometry.is_empty:
        return None
    x, y = middle(geometry)
    return round(x, 6), round(y, 6)


_CHECKS: tuple[Callable[[_Ground], Iterator[Finding]], ...] = (
    _duplicates,
    _orphans,
    _invalid,
    _overlapping,
    _outside_parent,
    _contradicting_codes,
    _grids_over_communities,
    _untiled,
    _walls_without_gates,
    _far_from_paths,
    _posts,
    _stale,
)
