"""The unit grid (万米单元网格), anchored at multiples of its size in the working CRS, and units laid over grids."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

MOST_CELLS = 20_000_000
CODE = re.compile(r"E(-?\d+)N(-?\d+)")


@dataclass(frozen=True)
class Cells:
    """Cells of one lattice: `ix`, `iy` (n,) count whole cells from the working CRS's origin, `size` is in metres."""

    ix: Ints
    iy: Ints
    size: float

    def __len__(self) -> int:
        return len(self.ix)

    @property
    def codes(self) -> Texts:
        """``E<ix>N<iy>``, the same for one place whatever bounds were asked for."""
        return np.array([f"E{ix}N{iy}" for ix, iy in zip(self.ix, self.iy, strict=True)], dtype=np.str_)

    @property
    def polygons(self) -> Geometries:
        """The squares, in the working CRS."""
        west, south = self.ix * self.size, self.iy * self.size
        return np.asarray(shapely.box(west, south, (self.ix + 1) * self.size, (self.iy + 1) * self.size), dtype=object)

    @property
    def centres(self) -> Floats:
        """The middle of each cell, shape (n, 2), in the working CRS."""
        return np.column_stack([(self.ix + 0.5) * self.size, (self.iy + 0.5) * self.size])


def unit_cells(bounds: tuple[float, float, float, float], size: float = 100.0) -> Cells:
    """List the unit-grid cells that meet a rectangle.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Metres, working CRS.
    size : float
        Side of a cell in metres.

    Returns
    -------
    Cells
        Row by row from the south-west corner. A rectangle without extent lies in one cell; an edge that falls on a
        lattice line adds no further cell.

    Raises
    ------
    InputError
        ``grid_size_invalid`` for a size that is not above 0, ``bounds_invalid`` for bounds that are none,
        ``grid_too_fine`` for more than 20 million cells.
    """
    _check_size(size)
    west, south, east, north = bounds
    if not (np.isfinite(bounds).all() and west <= east and south <= north):
        raise InputError("bounds_invalid", bounds=str(tuple(bounds)))
    columns, rows = _span(west, east, size), _span(south, north, size)
    if len(columns) * len(rows) > MOST_CELLS:
        raise InputError("grid_too_fine", size=size, cells=len(columns) * len(rows))
    iy, ix = np.meshgrid(np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), indexing="ij")
    return Cells(ix.ravel(), iy.ravel(), size)


def cells_meeting(polygons: npt.ArrayLike, size: float = 100.0) -> Cells:
    """List the unit-grid cells that share area with any of the polygons.

    Parameters
    ----------
    polygons : array_like of valid shapely polygons or None, shape (n,)
        In the working CRS.
    size : float
        Side of a cell in metres.

    Returns
    -------
    Cells
        Row by row from the south-west corner; none where there is no area.

    Raises
    ------
    InputError
        As `unit_cells`.
    """
    _check_size(size)
    areas = np.asarray(polygons, dtype=object)
    areas = areas[~(shapely.is_missing(areas) | shapely.is_empty(areas))]
    if not len(areas):
        return Cells(np.empty(0, np.int64), np.empty(0, np.int64), size)
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(areas))
    cells = unit_cells((west, south, east, north), size)
    squares = cells.polygons
    area, cell = shapely.STRtree(squares).query(areas, predicate="intersects")
    inner = ~shapely.touches(areas[area], squares[cell])
    kept = np.unique(cell[inner])
    return Cells(cells.ix[kept], cells.iy[kept], size)


def cell_of(xy: npt.ArrayLike, size: float = 100.0) -> Cells:
    """Find the unit-grid cell of each point; a point on a lattice line belongs to the cell east and north of it.

    Parameters
    ----------
    xy : array_like of float, shape (n, 2)
        Metres, working CRS.
    size : float
        Side of a cell in metres.

    Returns
    -------
    Cells
        One per point, in the order given.

    Raises
    ------
    InputError
        ``grid_size_invalid`` for a size that is not above 0, ``coordinates_invalid`` for NaN or infinite coordinates.
    """
    _check_size(size)
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise InputError("coordinates_invalid", what="cell")
    steps = np.floor(points / size).astype(np.int64)
    return Cells(steps[:, 0], steps[:, 1], size)


def cell_polygon(code: str, size: float = 100.0) -> shapely.Polygon:
    """Draw the cell a code names, in the working CRS.

    Parameters
    ----------
    code : str
        ``E<ix>N<iy>``.
    size : float
        Side of a cell in metres.

    Returns
    -------
    shapely.Polygon

    Raises
    ------
    InputError
        ``cell_code_invalid`` for a code that names no cell, ``grid_size_invalid`` for a size that is not above 0.
    """
    _check_size(size)
    read = CODE.fullmatch(code)
    if read is None:
        raise InputError("cell_code_invalid", cell=code)
    ix, iy = int(read[1]), int(read[2])
    return shapely.box(ix * size, iy * size, (ix + 1) * size, (iy + 1) * size)


def overlay(
    units: npt.ArrayLike, grids: npt.ArrayLike, *, tolerance_m2: float = 1.0
) -> tuple[Ints, Ints, Texts, Floats]:
    """Relate units to grids by area.

    Parameters
    ----------
    units : array_like of valid shapely polygons or None, shape (n,)
    grids : array_like of valid shapely polygons or None, shape (m,)
        Both in the working CRS.
    tolerance_m2 : float
        A shared area of no more than this many square metres is drawing noise, and so is a unit's or a grid's rest of
        no more than it. An area smaller than twice the tolerance is judged by half of itself.

    Returns
    -------
    unit, grid : ndarray of int, shape (k,)
        Index pairs, sorted by unit, then grid.
    relation : ndarray of str, shape (k,)
        ``within`` (the unit lies in the grid, equal ones too), ``contains`` (the grid lies in the unit) or ``crosses``.
    share : ndarray of float, shape (k,)
        Part of the unit's area that lies in the grid, 0–1.
    """
    whole, mesh = np.asarray(units, dtype=object), np.asarray(grids, dtype=object)
    grid, unit = shapely.STRtree(whole).query(mesh, predicate="intersects")
    order = np.lexsort((grid, unit))
    unit, grid = unit[order], grid[order]
    shared = shapely.area(shapely.intersection(whole[unit], mesh[grid]))
    unit_area, grid_area = shapely.area(whole[unit]), shapely.area(mesh[grid])
    noise = np.minimum(tolerance_m2, np.minimum(unit_area, grid_area) / 2)
    kept = shared > noise
    unit, grid, shared, noise = unit[kept], grid[kept], shared[kept], noise[kept]
    unit_area, grid_area = unit_area[kept], grid_area[kept]
    inside = np.where(grid_area - shared <= noise, "contains", "crosses")
    relation = np.where(unit_area - shared <= noise, "within", inside).astype(np.str_)
    return unit, grid, relation, np.minimum(shared / unit_area, 1.0)


def _check_size(size: float) -> None:
    if not (np.isfinite(size) and size > 0):
        raise InputError("grid_size_invalid", size=size)


def _span(low: float, high: float, size: float) -> range:
    first = int(np.floor(low / size))
    return range(first, max(int(np.ceil(high / size)), first + 1))
