"""Importing population: counts onto units, and the cells of rasters and grids, kept under their hash."""

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.ages import read_ages
from gridgov.errors import InputError
from gridgov.spatial.population import PopulationCells, lying_double, overlap
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import RasterData, RasterVersion
from gridgov.usecases import deployment, importing_units
from gridgov.usecases.merging import Fate, Ready, Tally, merge
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import ImportOptions, PopulationOptions, Row
from gridgov.usecases.targets import TARGETS

_CELLS = {"Point", "Polygon", "MultiPolygon"}


@dataclass(frozen=True)
class _Source:
    """The cells that one file brought, with the rows they came from; a raster has none."""

    path: str
    cells: PopulationCells
    year: int | None
    rows: list[Row]


def write(resolver: Resolver, batch: int, options: ImportOptions) -> Tally:
    """Write counts onto the units their codes name, and cells that belong to no unit as rasters.

    A raster goes by the name of its source where that was told, else by its file's: what stands under it is replaced.

    Raises
    ------
    InputError
        ``population_empty``, ``raster_overlaps``, ``ages_not_bands``.
    """
    intake = resolver.intake
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in resolver.rows():
        if "code" not in row.values:
            by_file[row.file].append(row)
    intake.rows = [row for row in intake.rows if "code" in row.values]
    tally = importing_units.count(resolver, batch)
    sources = [_Source(raster.path, raster.cells.canonical(), None, []) for raster in intake.rasters]
    sources += [_gathered(resolver, path, rows) for path, rows in by_file.items()]
    if intake.problems:
        return tally
    for source in sources:
        names = [options.source] if options.source is not None else []
        names += [Path(source.path).stem] if len(sources) > 1 or not names else []
        tally += _write(resolver, batch, source, " ".join(names), options.population)
    return tally


def read_cells(session: Session, version: RasterVersion) -> PopulationCells:
    """Return the cells of a raster."""
    payload = session.scalar(select(RasterData.payload).where(RasterData.hash == version.hash))
    return PopulationCells.from_bytes(payload or b"")


def standing_rasters(session: Session, at: At) -> list[RasterVersion]:
    """Return the rasters valid at a time, in code order."""
    return sorted(session.scalars(current(RasterVersion, at, Scope.everything())), key=lambda raster: raster.code)


def _write(resolver: Resolver, batch: int, source: _Source, code: str, told: PopulationOptions) -> Tally:
    session, cells = resolver.session, source.cells
    ages = None if told.ages is None else read_ages(told.ages)
    deployment.settle_crs(session, [shapely.box(*shapely.total_bounds(cells.shapes))])
    _refuse_overlap(resolver, code, ages, cells)
    if session.get(RasterData, cells.hash) is None:
        session.add(RasterData(hash=cells.hash, payload=cells.to_bytes()))
        session.flush()
    values = {"code": code, "hash": cells.hash, "cells": len(cells), "people": cells.total}
    values |= {"band": ages, "year": told.year or source.year}
    row = Row(source.path, 1, {"code": code})
    tally = merge(session, TARGETS["rasters"], batch, [Ready(row, values, resolver.day, None)], resolver.intake)
    _tell(resolver, source, ages)
    return _shared(source.rows or [row], tally, len(source.rows) or len(cells))


def _shared(rows: list[Row], tally: Tally, count: int) -> Tally:
    """Return what became of all cells of a source, which come and go as one."""
    (fate,) = tally.outcomes
    named = [replace(fate.ready.row, file=row.file, number=row.number) for row in rows]
    fates = [Fate(Ready(row, {}, fate.ready.start, None), fate.outcome) for row in named]
    return Tally(**{fate.outcome.value: count}, outcomes=fates)


def _tell(resolver: Resolver, source: _Source, ages: str | None) -> None:
    """Say of a file how many cells hold how many people, of which ages."""
    for note in resolver.intake.notes:
        if note["file"] == source.path:
            note |= {"cells": len(source.cells), "people": round(source.cells.total, 3), "ages": ages}


def _gathered(resolver: Resolver, path: str, rows: list[Row]) -> _Source:
    """Make cells of the rows that count people at a place; those without people hold nobody."""
    kinds = {row.geometry.geom_type != "Point" for row in rows if row.geometry is not None}
    good = [row for row in rows if _is_cell(resolver, row, mixed=len(kinds) > 1)]
    counted = [row for row in good if row.values.get("people")]
    if not counted and not resolver.intake.problems:
        raise InputError("population_empty", path=path)
    shapes = np.array([row.geometry for row in counted], dtype=object)
    cells = PopulationCells(shapes, np.array([row.values["people"] for row in counted], dtype=np.float64))
    for twice in lying_double(cells).tolist():
        resolver.intake.reject(counted[twice], "geometry", None, "cell_double")
    years = [row.values["year"] for row in counted if row.values.get("year") is not None]
    return _Source(path, cells.canonical(), min(years, default=None), rows)


def _is_cell(resolver: Resolver, row: Row, *, mixed: bool) -> bool:
    kind = None if row.geometry is None else row.geometry.geom_type
    if kind not in _CELLS:
        resolver.intake.reject(row, "geometry", kind, "place_needed")
    elif mixed:
        resolver.intake.reject(row, "geometry", kind, "cells_mixed")
    elif not shapely.is_valid(row.geometry):
        resolver.intake.reject(row, "geometry", shapely.is_valid_reason(row.geometry), "cell_invalid")
    else:
        return True
    return False


def _refuse_overlap(resolver: Resolver, code: str, ages: str | None, cells: PopulationCells) -> None:
    """Refuse cells that lie on those of another source of the same ages: people would count twice."""
    for other in standing_rasters(resolver.session, At(resolver.day)):
        shared = set((other.band or "").split(",")) & set((ages or "").split(","))
        if other.code != code and shared and overlap(cells, read_cells(resolver.session, other)):
            raise InputError("raster_overlaps", code=code, other=other.code)
