"""Areas as they are and as they should be: validity, repair, overlaps, gaps, and what covers a point."""

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

POLYGON, MULTIPOLYGON = 3, 6


def repair(polygons: npt.ArrayLike) -> tuple[Geometries, Bools]:
    """Make polygons valid, keeping the areas and dropping the lines and points that repairing leaves over.

    Parameters
    ----------
    polygons : array_like of shapely Polygon, MultiPolygon or None, shape (n,)
        In any CRS.

    Returns
    -------
    polygons : ndarray of object, shape (n,)
        Valid Polygon or MultiPolygon; an empty Polygon where no area is left; None stays None.
    repaired : ndarray of bool, shape (n,)
        True where something was changed.

    Notes
    -----
    GEOS ``make_valid`` by its *structure* method: rings keep their meaning as shells and holes.
    """
    given = np.asarray(polygons, dtype=object)
    kept = given.copy()
    kinds = shapely.get_type_id(given)
    broken = (kinds >= 0) & (~shapely.is_valid(given) | ~np.isin(kinds, (POLYGON, MULTIPOLYGON)))
    for index in np.flatnonzero(broken):
        kept[index] = _areas(shapely.make_valid(given[index], method="structure", keep_collapsed=False))
    return kept, broken


def overlaps(polygons: npt.ArrayLike, *, tolerance_m2: float = 1.0) -> tuple[Ints, Ints, Floats]:
    """Find the pairs of areas that overlap.

    Parameters
    ----------
    polygons : array_like of valid shapely polygons or None, shape (n,)
        In the working CRS (metres).
    tolerance_m2 : float
        Overlaps of no more than this many square metres are drawing noise.

    Returns
    -------
    i, j : ndarray of int, shape (k,)
        Indexes with i < j, sorted.
    area : ndarray of float, shape (k,)
        Square metres shared.
    """
    areas = np.asarray(polygons, dtype=object)
    left, right = shapely.STRtree(areas).query(areas, predicate="intersects")
    first, second = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(areas[first], areas[second]))
    order = np.lexsort((second, first))
    order = order[shared[order] > tolerance_m2]
    return first[order], second[order], shared[order]


def gaps(parent: BaseGeometry, children: npt.ArrayLike, *, tolerance_m2: float = 1.0) -> list[shapely.Polygon]:
    """Find the parts of an area that none of its children covers.

    Parameters
    ----------
    parent : shapely Polygon or MultiPolygon
        In the working CRS (metres), valid.
    children : array_like of valid shapely polygons or None, shape (n,)
        In the same CRS.
    tolerance_m2 : float
        Parts of no more than this many square metres are drawing noise.

    Returns
    -------
    list of shapely.Polygon
        The uncovered parts, largest first.
    """
    rest = shapely.difference(parent, shapely.union_all(np.asarray(children, dtype=object)))
    parts = [part for part in shapely.get_parts(rest) if part.geom_type == "Polygon" and part.area > tolerance_m2]
    return sorted(parts, key=lambda part: (-part.area, part.bounds))


def covering(polygons: npt.ArrayLike, xy: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Find which areas cover which points; a point on a border is covered by both sides.

    Parameters
    ----------
    polygons : array_like of valid shapely polygons or None, shape (n,)
    xy : array_like of float, shape (p, 2)
        In the CRS of the polygons. A point with NaN is covered by nothing.

    Returns
    -------
    point, polygon : ndarray of int, shape (k,)
        Index pairs, sorted by point, then polygon.
    """
    given = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    known = np.flatnonzero(np.isfinite(given).all(axis=1))
    point, polygon = shapely.STRtree(np.asarray(polygons, dtype=object)).query(
        points(given[known]), predicate="intersects"
    )
    order = np.lexsort((polygon, point))
    return known[point[order]], polygon[order]


def points(xy: npt.ArrayLike) -> Geometries:
    """Make points of coordinates (n, 2)."""
    return np.asarray(shapely.points(np.asarray(xy, dtype=np.float64).reshape(-1, 2)), dtype=object)


def _areas(geometry: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    areas = shapely.union_all(parts[shapely.get_type_id(parts) == POLYGON])
    return shapely.Polygon() if areas.is_empty else areas
