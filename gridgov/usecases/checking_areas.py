"""Findings about areas: invalid, overlapping, outside their parents, leaving gaps; units, grids, sites, land."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from gridgov.spatial.topology import gaps, holes, outside, overlaps
from gridgov.storage.current import current
from gridgov.storage.models import LandVersion
from gridgov.usecases.findings import Finding, Ground, Look, called, is_area, of_thing, of_unit, place_of

OUTSIDE_SHARE = 0.02
OVERLAP_M2 = 10.0
GAP_M2 = 100.0


def _invalid(ground: Ground) -> Iterator[Finding]:
    for kind in ("units", "grids", "sites"):
        for thing in _broken(ground.things(kind)):
            reason = shapely.is_valid_reason(thing.geometry)
            yield of_thing(kind, thing, "error", "geometry_invalid", reason=reason)
    land = ground.session.scalars(current(LandVersion, ground.at, ground.scope).order_by(LandVersion.code))
    for piece in _broken(list(land)):
        told = {"name": piece.name or piece.code, "reason": shapely.is_valid_reason(piece.geometry)}
        yield Finding("warning", "geometry_invalid", piece.code, None, place_of(piece.geometry), told)


def _broken(things: Any) -> list[Any]:
    placed = [thing for thing in things if thing.geometry is not None]
    valid = shapely.is_valid(np.array([thing.geometry for thing in placed], dtype=object))
    return [thing for thing, good in zip(placed, valid, strict=True) if not good]


def _overlapping(ground: Ground) -> Iterator[Finding]:
    for level in ("street", "community", "compound"):
        at = ground.areas(level)
        first, second, area = overlaps(shapely.make_valid(ground.shapes[at]), tolerance_m2=OVERLAP_M2)
        for i, j, shared in zip(first.tolist(), second.tolist(), area.tolist(), strict=True):
            yield of_unit(
                ground.units[at[i]], "warning", "overlap", other=called(ground.units[at[j]]), area=round(shared)
            )


def _outside_parent(ground: Ground) -> Iterator[Finding]:
    """A child whose area lies outside its parent; a compound over several communities is told as crossing."""
    pairs = [
        (number, ground.index[unit.parent_id or 0])
        for number, unit in enumerate(ground.units)
        if unit.geometry is not None and unit.level != "household" and unit.parent_id in ground.index
    ]
    pairs = [(child, parent) for child, parent in pairs if is_area(ground.units[parent].geometry)]
    shares = outside(ground.shapes[[child for child, _ in pairs]], ground.shapes[[parent for _, parent in pairs]])
    for (child, parent), share in zip(pairs, shares.tolist(), strict=True):
        if share > OUTSIDE_SHARE:
            unit = ground.units[child]
            crossing = unit.level == "compound" and share < 1
            kind, severity = ("crosses_community", "info") if crossing else ("outside_parent", "error")
            yield of_unit(unit, severity, kind, parent=called(ground.units[parent]), percent=round(share * 100))


def _untiled_streets(ground: Ground) -> Iterator[Finding]:
    """Communities tile their street where all of them have polygons: what none covers is a gap."""
    children: dict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(ground.units):
        if unit.level == "community" and unit.parent_id in ground.index:
            children[ground.index[unit.parent_id]].append(number)
    for street, below in sorted(children.items()):
        unit = ground.units[street]
        if is_area(unit.geometry) and all(is_area(ground.units[number].geometry) for number in below):
            yield from _gap(ground, unit, ground.shapes[street], ground.shapes[below], "units_leave_gap")


def _gap(ground: Ground, unit: Any, shape: Any, parts: Any, kind: str) -> Iterator[Finding]:
    left = gaps(shapely.make_valid(shape), shapely.make_valid(parts), tolerance_m2=GAP_M2)
    if left:
        told = {"name": called(unit), "area": round(sum(part.area for part in left))}
        place, thing = ground.place_of_planar(left[0]), ("units", unit.unit_id)
        yield Finding("warning", kind, unit.code, unit.unit_id, place, told, thing)


def _holes_between_streets(ground: Ground) -> Iterator[Finding]:
    """What streets surround and none covers; a narrower asker sees only some of the streets, and is told nothing."""
    streets = ground.areas("street")
    if ground.scope.areas is not None or not streets:
        return
    shapes = shapely.make_valid(ground.shapes[streets])
    for hole in holes(shapes, tolerance_m2=GAP_M2):
        unit = ground.units[streets[int(np.argmin(shapely.distance(shapes, hole)))]]
        told = {"name": called(unit), "area": round(hole.area)}
        place, thing = ground.place_of_planar(hole), ("units", unit.unit_id)
        yield Finding("warning", "streets_leave_hole", unit.code, unit.unit_id, place, told, thing)


def _basic_grids(ground: Ground) -> list[Any]:
    return [grid for grid in ground.things("grids") if grid.geometry is not None and grid.kind == "basic"]


def _grids_over_communities(ground: Ground) -> Iterator[Finding]:
    """Basic grids mustn't overlap, nor cross the border of their community."""
    placed = _basic_grids(ground)
    shapes = ground.planar(grid.geometry for grid in placed)
    owned = [number for number, grid in enumerate(placed) if is_area(_owner_place(ground, grid))]
    owners = [ground.index[placed[number].unit_id] for number in owned]
    for number, share in zip(owned, outside(shapes[owned], ground.shapes[owners]).tolist(), strict=True):
        if share > OUTSIDE_SHARE:
            yield of_thing("grids", placed[number], "warning", "grid_crosses_community")
    first, second, area = overlaps(shapely.make_valid(shapes), tolerance_m2=OVERLAP_M2)
    for i, j, shared in zip(first.tolist(), second.tolist(), area.tolist(), strict=True):
        told = {"other": placed[j].code, "area": round(shared)}
        yield of_thing("grids", placed[i], "error", "grids_overlap", **told)


def _owner_place(ground: Ground, grid: Any) -> Any:
    owner = ground.index.get(grid.unit_id)
    return None if owner is None else ground.units[owner].geometry


def _untiled_communities(ground: Ground) -> Iterator[Finding]:
    """Basic grids tile their community where it has a polygon: what none covers is a gap."""
    placed = _basic_grids(ground)
    shapes = ground.planar(grid.geometry for grid in placed)
    by_community: dict[int, list[int]] = defaultdict(list)
    for number, grid in enumerate(placed):
        by_community[grid.unit_id].append(number)
    for index in ground.areas(ground.profile.grid_level):
        unit = ground.units[index]
        if unit.unit_id in by_community:
            grids = shapes[by_community[unit.unit_id]]
            yield from _gap(ground, unit, ground.shapes[index], grids, "grids_leave_gap")


LOOKS: tuple[Look, ...] = (
    _invalid,
    _overlapping,
    _outside_parent,
    _untiled_streets,
    _holes_between_streets,
    _grids_over_communities,
    _untiled_communities,
)
