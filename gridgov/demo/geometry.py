"""Shapely's answers as the one kind of geometry that they are where the demo draws."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]


def union(polygons: Sequence[Polygon]) -> Polygon:
    """Return the union of polygons that hang together."""
    return cast("Polygon", shapely.union_all(list(polygons)))


def joined(polygons: Sequence[Polygon]) -> Polygon:
    """Return the union of polygons that share their borders' corners, every corner kept."""
    return cast("Polygon", shapely.coverage_union_all(list(polygons)))


def lines(parts: Sequence[LineString]) -> MultiLineString:
    """Return the union of lines."""
    return cast("MultiLineString", shapely.union_all(list(parts)))


def largest(area: BaseGeometry) -> Polygon:
    """Return the largest part of an area."""
    return cast("Polygon", max(shapely.get_parts(area), key=lambda part: part.area))


def longest(line: BaseGeometry) -> LineString:
    """Return the longest part of a line."""
    return cast("LineString", max(shapely.get_parts(line), key=lambda part: part.length))


def box(polygon: Polygon) -> Polygon:
    """Return the smallest rectangle round a polygon, turned as need be."""
    return cast("Polygon", polygon.minimum_rotated_rectangle)


def points(places: Floats) -> NDArray[np.object_]:
    """Return the (n, 2) places as points."""
    return np.asarray(shapely.points(places), dtype=object)


def centres(polygons: Sequence[Polygon] | NDArray[np.object_]) -> Floats:
    """Return the (n, 2) centroids."""
    return shapely.get_coordinates(shapely.centroid(np.asarray(polygons, dtype=object)))
