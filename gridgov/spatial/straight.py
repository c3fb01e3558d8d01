"""Straight lines between places and sites, in whole millimetres."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SLACK = 0.002


class Lines:
    """All straight lines between demand places and service points; the same questions as `Walks` answers on foot."""

    def __init__(self, places: Geometries, sites: Geometries, row: Ints, kind: Ints, *, detour: float = 1.0) -> None:
        """Take the d places, and of the points that serve the sites (k,), supply indexes `row` and types `kind`."""
        self._places = places
        self._sites = sites
        self._row = row
        self._kind = kind
        self._detour = detour

    def nearest(self, types: Sequence[int]) -> tuple[Floats, Ints]:
        """Find the nearest service point of some types, as `Walks.nearest`; ties to the millimetre go to the lowest."""
        shape = len(self._places), len(types)
        metres, point = np.full(shape, np.inf), np.full(shape, -1, np.int64)
        for column, index in enumerate(types):
            rows = np.flatnonzero(self._kind == index)
            if len(rows):
                metres[:, column], nearest = nearest_straight(self._places, self._sites[rows], detour=self._detour)
                point[:, column] = self._row[rows[nearest]]
        return metres, point

    def least_with_gates_open(self, limits: Floats) -> Floats:
        """Straight lines pass no gates."""
        return np.full((len(limits), len(self._places)), np.inf)

    def pairs(self, index: int, limit: float) -> tuple[Ints, Ints, Ints]:
        """List every place within `limit` metres of every point of a type, as `Walks.pairs`."""
        rows = np.flatnonzero(self._kind == index)
        place, site = within_straight(self._places, self._sites[rows], limit, detour=self._detour)
        away = millimetres(shapely.distance(self._places[place], self._sites[rows[site]]) * self._detour)
        row = self._row[rows[site]]
        order = np.lexsort((place, row, away))
        return place[order], row[order], away[order].astype(np.int64)


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


def within_straight(points: Geometries, sites: Geometries, radius: float, *, detour: float = 1.0) -> tuple[Ints, Ints]:
    """List the pairs (point, site) no farther apart than `radius` metres in a straight line, to the millimetre.

    `detour` is a factor on the straight line.
    """
    row, site = shapely.STRtree(sites).query(points, predicate="dwithin", distance=radius / detour + SLACK)
    near = millimetres(shapely.distance(points[row], sites[site]) * detour) <= millimetres(radius)
    return row[near], site[near]
