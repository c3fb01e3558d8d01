"""The unit grid (万米单元网格) on tiles: its lattice close by, and the shares of people reached in its cells."""

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.grids import Cells, unit_cells
from gridgov.spatial.tiles import Layer, flattened
from gridgov.spatial.tiling import BUFFER
from gridgov.storage.models import Run, UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.storage.windows import large_in_window
from gridgov.usecases import browsing, deployment, run_map
from gridgov.usecases.run_map import Wanted
from gridgov.usecases.tiles import Asked, columns_of, named, rows_of

LATTICE = 15  # from this zoom on the lattice is drawn; before it would be a veil
SHARES = 12
_MOST = 4000  # cells of a tile; a lattice finer than that is no help to the eye


def cells(session: Session, asked: Asked) -> list[Layer]:
    """Return the cells of the unit grid over the asker's area, with their codes."""
    bounds = asked.tile.bounds(BUFFER)
    crs, size = deployment.crs(session), deployment.number(session, "unit_grid_size")
    window = to_planar(np.array([shapely.box(*bounds)], dtype=object), crs)
    west, south, east, north = shapely.total_bounds(window).tolist()
    if asked.tile.z < LATTICE or (east - west) * (north - south) > _MOST * size**2:
        return []
    wanted = browsing.uppermost(asked.at, asked.scope).where(large_in_window(bounds))
    (stored,) = columns_of(rows_of(session, wanted, [unread(UnitVersion.geometry)]), 1)
    areas = [shape for shape in read_shapes(stored) if shape is not None]
    lattice = unit_cells((west, south, east, north), size)
    squares = to_geographic(lattice.polygons, crs)
    kept = np.unique(shapely.STRtree(areas).query(squares, predicate="intersects")[0])
    codes = lattice.codes[kept].tolist()
    shapes = flattened(squares[kept])
    ids = _numbers(lattice.ix[kept], lattice.iy[kept])
    names = {"name": codes, "kind": ["cell"] * len(codes)}
    return [Layer("cells", shapes, ids, {"code": codes}), named("cells", asked.tile, shapes, ids, names)]


def coverage(session: Session, asked: Asked, run: Run, wanted: Wanted) -> list[Layer]:
    """Return the cells of the unit grid where people live, with the share of them reached; unknown is null."""
    if asked.tile.z < SHARES:
        return []
    found = run_map.cells(session, run, asked.scope, wanted.profile)
    west, south, east, north = asked.tile.bounds(BUFFER)
    (left, bottom), (right, top) = found.squares.min(axis=1).T, found.squares.max(axis=1).T
    rows = np.flatnonzero((left <= east) & (right >= west) & (bottom <= north) & (top >= south))
    places = found.places[rows]
    codes = Cells(places[:, 0], places[:, 1], 1.0).codes.tolist()
    shapes = flattened(np.asarray(shapely.polygons(found.squares[rows]), dtype=object))
    columns = {"code": codes, "name": codes, **wanted.columns(run, found.shares, map(tuple, places.tolist()))}
    return [Layer("coverage", shapes, _numbers(places[:, 0], places[:, 1]), columns)]


def _numbers(ix: npt.NDArray[np.int64], iy: npt.NDArray[np.int64]) -> list[int]:
    """Number cells by their place on the lattice, the same in every tile; never below 0."""
    found: list[int] = ((iy & 0xFFFFFF) << 24 | (ix & 0xFFFFFF)).tolist()
    return found
