"""GeoJSON out of the use cases' geometries: small, with an ETag, and nothing but text in its properties."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
import shapely
from flask import Response, request
from shapely.geometry.base import BaseGeometry

_DECIMALS = 6


def collection(
    features: Iterable[tuple[BaseGeometry | None, Mapping[str, Any]]], decimals: int = _DECIMALS
) -> Response:
    """Return a feature collection in EPSG:4490 longitude/latitude, to a tenth of a metre; a 304 where it is known.

    What has no place is left out.
    """
    rows = [(shape, told) for shape, told in features if shape is not None]
    shapes = np.array([shape for shape, _ in rows], dtype=object)
    written = shapely.to_geojson(shapely.transform(shapes, lambda xy: np.round(xy, decimals))) if rows else ()
    body = orjson.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": orjson.Fragment(shape), "properties": properties}
                for shape, (_, properties) in zip(written, rows, strict=True)
            ],
        }
    )
    response = Response(body, mimetype="application/geo+json")
    response.add_etag()
    response.make_conditional(request)
    return response


def whole(features: Iterable[tuple[BaseGeometry, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return a feature collection in EPSG:4490 as a page's view holds it, to a tenth of a metre."""
    rounded = [(shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS)), told) for shape, told in features]
    told_of = [
        {"type": "Feature", "geometry": orjson.loads(shapely.to_geojson(shape)), "properties": dict(told)}
        for shape, told in rounded
    ]
    return {"type": "FeatureCollection", "features": told_of}


def feature(shape: BaseGeometry | None, properties: Mapping[str, Any]) -> Response:
    """Return one feature in EPSG:4490, to a tenth of a metre; without a shape its geometry is null."""
    written = "null"
    if shape is not None:
        written = shapely.to_geojson(shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS)))
    body = {"type": "Feature", "geometry": orjson.Fragment(written), "properties": properties}
    return Response(orjson.dumps(body), mimetype="application/geo+json")


def inner_point(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return a point that lies on the shape, for its symbol; none where there is no shape."""
    return shapely.point_on_surface(shape)
