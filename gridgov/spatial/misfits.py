"""How badly things lie where they lie, measured against what they belong to: by this a displaced layer is told."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.datums import Floats
from gridgov.spatial.shifts import Misfit
from gridgov.spatial.topology import Geometries, outside

SAMPLES = 24


def to_areas(homes: Geometries) -> Misfit:
    """Measure from an inner point of each thing to its own home, metres; 0 inside. All (n,), in the working CRS."""
    shapely.prepare(homes)
    return lambda things: np.asarray(shapely.distance(shapely.point_on_surface(things), homes), dtype=np.float64)


def beyond_areas(homes: Geometries) -> Misfit:
    """Measure the share of each thing that lies outside its own home, 0 to 1. All (n,), in the working CRS."""
    return lambda things: outside(things, homes)


def to_lines(lines: Geometries) -> Misfit:
    """Measure from each of (n,) things to the nearest of (m,) lines, metres, in the working CRS."""
    tree = shapely.STRtree(lines)

    def misfit(things: Geometries) -> Floats:
        metres = np.full(len(things), np.nan)
        (thing, _), metre = tree.query_nearest(things, all_matches=False, return_distance=True)
        metres[thing] = metre
        return metres

    return misfit


def apart(same: Geometries) -> Misfit:
    """Measure how far each of (n,) things lies from where the same thing lies otherwise, metres, in the working CRS.

    Of two areas it is the mean distance between their outlines, at points taken evenly along the first; of others the
    distance between their middles.
    """
    outlines = np.array([_outline(each) for each in same], dtype=object)
    middles = shapely.centroid(same)
    shapely.prepare(outlines)
    shares = np.linspace(0, 1, SAMPLES, endpoint=False)

    def misfit(things: Geometries) -> Floats:
        metres = np.asarray(shapely.distance(shapely.centroid(things), middles), dtype=np.float64)
        drawn = np.array([_outline(each) for each in things], dtype=object)
        both = np.flatnonzero(~shapely.is_missing(drawn) & ~shapely.is_missing(outlines))
        points = shapely.line_interpolate_point(drawn[both, None], shares, normalized=True)
        metres[both] = shapely.distance(points, outlines[both, None]).sum(axis=1) / SAMPLES
        return metres

    return misfit


def _outline(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the longest ring of an area, None for what is none."""
    rings = shapely.get_parts(shape.boundary).tolist() if shape.area > 0 else []
    return max(rings, key=shapely.length, default=None)
