"""One point to stand for a place."""

import shapely
from shapely.geometry.base import BaseGeometry


def middle(geometry: BaseGeometry) -> tuple[float, float]:
    """Return the coordinates of a point that lies on a geometry, in the geometry's CRS.

    Raises
    ------
    IndexError
        For an empty geometry, on which no point lies.
    """
    x, y = shapely.get_coordinates(shapely.point_on_surface(geometry))[0]
    return float(x), float(y)
