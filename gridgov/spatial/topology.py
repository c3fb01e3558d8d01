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


def holes(polygons: npt.ArrayLike, *, tolerance_m2: float = 1.0) -> list[shapely.Polygon]:
    """Find the parts that areas surround but none of them covers.

    Parameters
    ----------
    polygons : array_like of valid shapely polygons or None, shape (n,)
        In the working CRS (metres).
    tolerance_m2 : float
        Parts of no more than this many square metres are drawing noise.

    Returns
    -------
    list of shapely.Polygon
        The surrounded parts, largest first.
    """
    whole = shapely.get_parts(shapely.union_all(np.asarray(polygons, dtype=object)))
    rings = [ring for area in whole if area.geom_type == "Polygon" for ring in area.interiors]
    parts = [part for part in shapely.polygons(rings) if part.area > tolerance_m2] if rings else []
    return sorted(parts, key=lambda part: (-part.area, part.bounds))


def outside(children: npt.ArrayLike, parents: npt.ArrayLike, *, tolerance_m: float = 1.0) -> Floats:
    """Measure how much of each child lies outside its own parent.

    Parameters
    ----------
    children : array_like of shapely geometries, shape (n,)
    parents : array_like of shapely polygons, shape (n,)
        Each child's own. Both in the working CRS (metres), none missing.
    tolerance_m : float
        What has no area, a point, is outside where it lies further than this from its parent.

    Returns
    -------
    ndarray of float, shape (n,)
        The share of the child's area, 0 to 1; of what has no area 0 or 1.
    """
    child, parent = np.asarray(children, dtype=object), np.asarray(parents, dtype=object)
    share = np.zeros(len(child))
    shapely.prepare(parent)
    crossing = np.flatnonzero(~shapely.covers(parent, child))
    areal = shapely.area(child[crossing]) > 0
    areas, rest = crossing[areal], crossing[~areal]
    left = shapely.difference(shapely.make_valid(child[areas]), shapely.make_valid(parent[areas]))
    share[areas] = shapely.area(left) / shapely.area(child[areas])
    share[rest] = shapely.distance(parent[rest], child[rest]) > tolerance_m
    return share


def near_pairs(places: npt.ArrayLike, metres: float) -> list[tuple[int, int]]:
    """Find the pairs (i, j), i < j, of shapely points in the working CRS that lie within some metres of one another."""
    given = np.asarray(places, dtype=object)
    left, right = shapely.STRtree(given).query(given, predicate="dwithin", distance=metres)
    return sorted((i, j) for i, j in zip(left.tolist(), right.tolist(), strict=True) if i < j)


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
