"""Units onto grids: the governance grids, the unit grid, and a compound's shares in communities (DOMAIN §1.7)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.grids import cell_of, cells_meeting, overlay
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, GridVersion, UnitCell, UnitGrid, UnitShare, UnitVersion
from gridgov.storage.versions import open_batch
from gridgov.usecases import deployment
from gridgov.usecases.lookups import things_for

BORDER_METRES = 0.01
KIND = "gridding"
_DAY = "day"  # among a batch's counts, as a proleptic ordinal


@dataclass(frozen=True)
class GridReport:
    """What a build laid: units on grids, units on cells, and compounds that cross communities."""

    batch: int
    size: float
    units: int
    grids: int
    on_grids: int
    on_cells: int
    crossing: int


@dataclass(frozen=True)
class Laid:
    """A build worked out and not yet kept."""

    day: date
    size: float
    units: int
    grids: int
    on_grids: list[dict[str, Any]]
    on_cells: list[dict[str, Any]]
    shares: list[dict[str, Any]]


def build(session: Session, day: date, size: float | None = None) -> GridReport:
    """Lay the units valid on a day onto the governance grids and the unit grid, anew."""
    return keep(session, compute(session, day, size))


def compute(session: Session, day: date, size: float | None = None) -> Laid:
    """Work out how the units of a day lie; this only reads, so that nobody who writes has to wait for it."""
    if size is not None and not 0 < size < math.inf:
        raise InputError("grid_size", value=size)
    crs = deployment.crs(session)
    size = deployment.number(session, "unit_grid_size") if size is None else size
    at = At(day)
    units = _placed(session, at, UnitVersion)
    grids = _placed(session, at, GridVersion)
    shapes = to_planar(np.array([unit.geometry for unit in units], dtype=object), crs)
    rows = _on_grids(units, grids, shapes, crs), _on_cells(units, shapes, size), _shares(units, shapes)
    return Laid(day, size, len(units), len(grids), *rows)


def keep(session: Session, laid: Laid) -> GridReport:
    """Store a build as a batch that knows its day, and its size as the deployment's."""
    deployment.keep(session, "unit_grid_size", laid.size)
    batch = open_batch(session, KIND)
    for model, found in ((UnitGrid, laid.on_grids), (UnitCell, laid.on_cells), (UnitShare, laid.shares)):
        if found:
            session.execute(insert(model), [{**row, "batch_id": batch.id} for row in found])
    on_grids, on_cells = len(laid.on_grids), len(laid.on_cells)
    batch.counts = {"on_grids": on_grids, "on_cells": on_cells, _DAY: laid.day.toordinal()}
    crossing = len({row["unit_id"] for row in laid.shares if not row["leads"]})
    return GridReport(batch.id, laid.size, laid.units, laid.grids, on_grids, on_cells, crossing)


def latest(session: Session, at: At | None = None) -> int | None:
    """Return the batch of the newest build not undone: of the latest day not after `at`, and known at its batch."""
    undone = select(Batch.undoes).where(Batch.undoes.is_not(None))
    wanted = select(Batch).where(Batch.kind == KIND)
    if at is not None and at.batch is not None:
        wanted, undone = wanted.where(Batch.id <= at.batch), undone.where(Batch.id <= at.batch)
    builds = {batch.id: batch.counts.get(_DAY, 0) for batch in session.scalars(wanted.where(Batch.id.not_in(undone)))}
    fitting = [(day, number) for number, day in builds.items() if at is None or day <= at.day.toordinal()]
    return max(fitting)[1] if fitting else None


def lying_on(
    session: Session, at: At, scope: Scope, numbers: Iterable[int]
) -> dict[int, list[tuple[GridVersion, str, float]]]:
    """Return the governance grids some units lie on, with relation and share, as both are drawn on the day."""
    units = _units(session, at, numbers)
    if not units:
        return {}
    crs = deployment.crs(session)
    grids = _near(session, at, scope, GridVersion, units)
    shapes = to_planar(np.array([unit.geometry for unit in units], dtype=object), crs)
    known = {grid.grid_id: grid for grid in grids}
    found: dict[int, list[tuple[GridVersion, str, float]]] = {unit.unit_id: [] for unit in units}
    for row in _on_grids(units, grids, shapes, crs):
        found[row["unit_id"]].append((known[row["grid_id"]], row["relation"], row["share"]))
    return {unit: sorted(rows, key=lambda row: row[0].code) for unit, rows in found.items()}


def shares_in(session: Session, at: At, number: int) -> list[UnitShare]:
    """Return a compound's shares in communities as both are drawn on the day, the leading one first; not kept."""
    own = _units(session, at, [number])
    if not own:
        return []
    units = [*own, *_near(session, at, Scope.everything(), UnitVersion, own, UnitVersion.level == "community")]
    shapes = to_planar(np.array([unit.geometry for unit in units], dtype=object), deployment.crs(session))
    rows = [UnitShare(**row) for row in _shares(units, shapes)]
    return sorted(rows, key=lambda row: (not row.leads, -row.share))


def _units(session: Session, at: At, numbers: Iterable[int]) -> list[UnitVersion]:
    wanted = current(UnitVersion, at, Scope.everything()).where(UnitVersion.min_x.is_not(None))
    return sorted(things_for(session, wanted, UnitVersion.unit_id, numbers), key=lambda unit: (unit.code, unit.id))


def _near(
    session: Session, at: At, scope: Scope, model: Any, units: Sequence[UnitVersion], *also: ColumnElement[bool]
) -> list[Any]:
    """Return what has a place within the bounds of some units, in code order."""
    west, south, east, north = shapely.total_bounds([unit.geometry for unit in units]).tolist()
    inside = (model.min_x <= east, model.max_x >= west, model.min_y <= north, model.max_y >= south)
    return list(session.scalars(current(model, at, scope).where(*inside, *also).order_by(model.code, model.id)))


def _placed(session: Session, at: At, model: Any) -> list[Any]:
    wanted = current(model, at, Scope.everything()).where(model.min_x.is_not(None))
    return list(session.scalars(wanted.order_by(model.code, model.id)))


def _on_grids(units: Sequence[Any], grids: Sequence[Any], shapes: Any, crs: str) -> list[dict[str, Any]]:
    """Lay areas by what they share, building groups by their point: one on a border is in both."""
    if not grids:
        return []
    polygons = to_planar(np.array([grid.geometry for grid in grids], dtype=object), crs)
    areal, buildings = _split(units)
    unit, grid, relation, share = overlay(shapes[areal], polygons)
    laid = zip(areal[unit].tolist(), grid.tolist(), relation.tolist(), share.tolist(), strict=True)
    points = shapely.point_on_surface(shapes[buildings])
    point, covering = shapely.STRtree(polygons).query(points, predicate="dwithin", distance=BORDER_METRES)
    pairs = sorted(zip(buildings[point].tolist(), covering.tolist(), strict=True))
    return [
        {"unit_id": units[u].unit_id, "grid_id": grids[g].grid_id, "relation": r, "share": s}
        for u, g, r, s in (*laid, *((u, g, "within", 1.0) for u, g in pairs))
    ]


def _on_cells(units: Sequence[Any], shapes: Any, size: float) -> list[dict[str, Any]]:
    areal, buildings = _split(units)
    compounds = np.array([index for index in areal.tolist() if units[index].level == "compound"], dtype=int)
    cells = cells_meeting(shapes[compounds], size)
    unit, cell, _, share = overlay(shapes[compounds], cells.polygons)
    codes = cells.codes[cell].tolist() if len(cell) else []
    laid = zip(compounds[unit].tolist(), codes, share.tolist(), strict=True)
    points = shapely.point_on_surface(shapes[buildings])
    under = cell_of(shapely.get_coordinates(points), size).codes.tolist()
    return [
        {"unit_id": units[u].unit_id, "cell": code, "share": s}
        for u, code, s in (*laid, *((u, code, 1.0) for u, code in zip(buildings.tolist(), under, strict=True)))
    ]


def _split(units: Sequence[Any]) -> tuple[Any, Any]:
    """Return the indexes of units that are areas, and of building groups."""
    buildings = np.array([unit.level == "building" for unit in units], dtype=bool)
    areal = np.array([unit.geometry.geom_type in {"Polygon", "MultiPolygon"} for unit in units], dtype=bool)
    return np.flatnonzero(areal & ~buildings), np.flatnonzero(buildings)


def _shares(units: Sequence[Any], shapes: Any) -> list[dict[str, Any]]:
    """A compound's area shares in communities; a sliver under 1 % is a drawing's inaccuracy, not a share."""
    areal, _ = _split(units)
    compounds = [index for index in areal.tolist() if units[index].level == "compound"]
    communities = [index for index in areal.tolist() if units[index].level == "community"]
    if not compounds or not communities:
        return []
    unit, community, _, share = overlay(shapes[compounds], shapes[communities])
    return [
        {
            "unit_id": units[compounds[u]].unit_id,
            "community_id": units[communities[c]].unit_id,
            "share": float(s),
            "leads": units[compounds[u]].parent_id == units[communities[c]].unit_id,
        }
        for u, c, s in zip(unit.tolist(), community.tolist(), share.tolist(), strict=True)
        if s >= 0.01
    ]
