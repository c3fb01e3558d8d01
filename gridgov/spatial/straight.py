"""Straight lines between places and sites, in whole millimetres."""

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SLACK = 0.002


def millimetres(metres: npt.ArrayLike) -> Floats:
    """Round metres to whole millimetres, the unit verdicts are decided in; infinity stays."""
    return np.rint(np.asarray(metres, dtype=np.float64) * 1000.0)


def nearest_straight(points: Geometries, sites: Geometries, *, detour: float = 1.0) -> tuple[Floats, Ints]:
    """Find the site nearest to each point in a straight line; of a polygon its nearest point counts.

    Parameters
    ----------
    points : ndarray of Point, shape (n,)
    sites : ndarray of geometries, shape (m,)
        In the same planar CRS, metres.
    detour : float
        Factor on the straight line.

    Returns
    -------
    metres : ndarray of float, shape (n,)
        To a thousandth; infinite without sites.
    site : ndarray of int, shape (n,)
        The nearest; of those equal to the millimetre the lowest; -1 without sites.
    """
    metres, nearest = np.full(len(points), np.inf), np.full(len(points), -1, np.int64)
    if not len(sites) or not len(points):
        return metres, nearest
    tree = shapely.STRtree(sites)
    (row, _), least = tree.query_nearest(points, return_distance=True, all_matches=False)
    row, site = tree.query(points[row], predicate="dwithin", distance=least + SLACK)
    away = millimetres(shapely.distance(points[row], sites[site]) * detour)
    order = np.lexsort((site, away, row))
    first = order[np.r_[True, np.diff(row[order]) > 0]]
    metres[row[first]], nearest[row[first]] = away[first] / 1000.0, site[first]
    return metres, nearest


def within_straight(points: Geometries, sites: Geometries, radius: float) -> tuple[Ints, Ints]:
    """List the pairs (point, site) no farther apart than `radius` metres in a straight line, to the millimetre."""
    row, site = shapely.STRtree(sites).query(points, predicate="dwithin", distance=radius + SLACK)
    near = millimetres(shapely.distance(points[row], sites[site])) <= millimetres(radius)
    return row[near], site[near]
