"""Shapes that reach across the 180th meridian, where longitude jumps from one end of its range to the other."""

import numpy as np
import numpy.typing as npt
import shapely

HALF_ROUND = 180.0


def across(geometries: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Find the geometries with a segment longer than half the way round the earth.

    Parameters
    ----------
    geometries : array_like of shapely geometries or None, shape (n,)
        Degrees, longitude first.

    Returns
    -------
    ndarray of int
        Which they are. One that is cut in two at the meridian, as RFC 7946 (3.1.9) asks, is none of them.
    """
    every = np.asarray(geometries, dtype=object)
    bounds = shapely.bounds(every)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > HALF_ROUND)
    return np.array([each for each in wide if _jumps(every[each])], dtype=np.intp)


def _jumps(geometry: shapely.Geometry) -> bool:
    lines = shapely.get_parts(shapely.get_rings(shapely.get_parts(geometry)))
    if not len(lines):
        lines = shapely.get_parts(geometry)
    steps = (np.abs(np.diff(shapely.get_coordinates(each)[:, 0])) for each in lines)
    return any(len(each) and each.max() > HALF_ROUND for each in steps)
