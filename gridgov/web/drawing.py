"""Places as a form holds them: plain text that a person can type, and that the map's drawing writes too.

A point is one pair “longitude, latitude”, a line or an area one pair per corner, each on a line of its own. WKT and a
GeoJSON geometry are read as well; what pairs can't tell (holes, several parts) is written as WKT.
"""

import re

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gridgov.errors import InputError

POINT, LINE, AREA = "point", "line", "area"
_PAIR = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)")
_KINDS = {"Point": POINT, "LineString": LINE, "Polygon": AREA, "MultiPolygon": AREA}
_DECIMALS = 9
_NESTED = 8  # the objects around and in one GeoJSON feature; reading what goes deeper and deeper ends the process
_NEEDED = {
    frozenset({POINT}): "point_needed",
    frozenset({LINE}): "line_needed",
    frozenset({AREA}): "polygon_needed",
    frozenset({POINT, AREA}): "place_needed",
}


def read_shape(text: str, wanted: frozenset[str]) -> BaseGeometry:
    """Return the place a text tells, EPSG:4490.

    Raises
    ------
    InputError
        ``shape_unreadable``, ``position_invalid`` off the earth, or what is needed instead of what was told.
    """
    shape = _read(text.strip(), wanted)
    if _KINDS.get(shape.geom_type) not in wanted:
        raise InputError(_NEEDED[wanted], value=shape.geom_type)
    corners = shapely.get_coordinates(shape)
    if not np.isfinite(corners).all() or (np.abs(corners) > (180, 90)).any():
        raise InputError("position_invalid")
    return shape


def write_shape(shape: BaseGeometry | None) -> str:
    """Return the text of a place, to a tenth of a millimetre."""
    if shape is None or shape.is_empty:
        return ""
    if isinstance(shape, Polygon) and not shape.interiors:
        return _pairs(shapely.get_coordinates(shape)[:-1])
    if isinstance(shape, Point | LineString):
        return _pairs(shapely.get_coordinates(shape))
    return str(shapely.to_wkt(shape, rounding_precision=_DECIMALS, trim=True))


def _read(text: str, wanted: frozenset[str]) -> BaseGeometry:
    lines = [line.strip() for line in re.split(r"[\n;；]+", text) if line.strip()]
    pairs = [_PAIR.fullmatch(line) for line in lines]
    try:
        if lines and all(pairs):
            return _of_corners([(float(pair[1]), float(pair[2])) for pair in pairs if pair], wanted)
        if text.count("{") > _NESTED or text.upper().count("COLLECTION") > 1:
            raise InputError("shape_unreadable")
        read = shapely.from_geojson if text.startswith("{") else shapely.from_wkt
        shape = _single(shapely.force_2d(read(text)))
    except (ShapelyError, ValueError, TypeError):
        raise InputError("shape_unreadable") from None
    if shape is None or shape.is_empty:
        raise InputError("shape_unreadable")
    return shape


def _of_corners(corners: list[tuple[float, float]], wanted: frozenset[str]) -> BaseGeometry:
    if len(corners) == 1:
        return Point(corners[0])
    return LineString(corners) if LINE in wanted else Polygon(corners)


def _single(shape: BaseGeometry) -> BaseGeometry:
    """Return the one part of a shape that says it has several."""
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _pairs(corners: NDArray[np.float64]) -> str:
    return "\n".join(f"{_number(x)}, {_number(y)}" for x, y in corners.tolist())


def _number(value: float) -> str:
    told = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told
