"""GeoJSON as it is met: collections, single features, bare geometries, and a `crs` member where one stands."""

import json
from collections.abc import Iterable

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.sheets import GEOGRAPHIC, Sheet, cleaned, placed

_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


def read_geojson(text: str, path: str, *, crs: str | None = None, encoding: str | None = None) -> Sheet:
    """Read GeoJSON text; RFC 7946 says WGS84 where no `crs` member says otherwise."""
    document = _document(text, path)
    features = _features(document, path)
    if not features:
        raise InputError("file_no_rows", path=path)
    geometry, problems = _geometry(features)
    told = [_properties(each) for each in features]
    columns = tuple(dict.fromkeys(name for each in told for name in each))
    rows, rounded = cleaned(([each.get(column) for column in columns] for each in told), columns)
    geometry, system, off = placed(geometry, path, declared=_declared(document, path), given=crs)
    found = sorted((*problems, *rounded, *off), key=lambda each: each.row)
    return Sheet(path, columns, rows, geometry, list(range(1, len(rows) + 1)), system, encoding, found)


def _document(text: str, path: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise InputError("file_truncated", path=path) from error
        raise InputError("json_bad", path=path, line=error.lineno, column=error.colno) from error
    except (RecursionError, ValueError) as error:
        raise InputError("json_bad", path=path, line=1, column=1) from error
    if not isinstance(document, dict):
        raise InputError("file_kind_unknown", path=path, kind="JSON")
    return document


def _features(document: dict[str, object], path: str) -> list[object]:
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if isinstance(features, list):
            return features
    elif kind == "Feature":
        return [document]
    elif isinstance(kind, str) and kind in _GEOMETRIES:
        return [{"type": "Feature", "geometry": document, "properties": {}}]
    raise InputError("file_kind_unknown", path=path, kind="JSON")


def _properties(feature: object) -> dict[str, object]:
    if not isinstance(feature, dict):
        return {}
    told = feature.get("properties")
    properties = {str(name): _scalar(value) for name, value in told.items()} if isinstance(told, dict) else {}
    if "id" in feature:
        properties.setdefault("id", _scalar(feature["id"]))
    return properties


def _scalar(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _geometry(features: Iterable[object]) -> tuple[list[BaseGeometry | None], list[Problem]]:
    geometry: list[BaseGeometry | None] = []
    problems = []
    for number, feature in enumerate(features, 1):
        told = feature.get("geometry") if isinstance(feature, dict) else feature
        found = _shape(told)
        geometry.append(found)
        if found is None and told is not None:
            problems.append(Problem(number, None, _brief(told), "geometry_unreadable"))
    return geometry, problems


def _shape(told: object) -> BaseGeometry | None:
    if not isinstance(told, dict) or told.get("type") not in _GEOMETRIES:
        return None
    try:
        with np.errstate(all="ignore"):  # NaN among coordinates is found and told later
            found = shape(told)
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, BaseGeometry) and shapely.is_geometry(found) else None


def _brief(told: object) -> str:
    return json.dumps(told, ensure_ascii=False)[:80]


def _declared(document: dict[str, object], path: str) -> str | None:
    if "crs" not in document:
        return GEOGRAPHIC
    member = document["crs"]
    if member is None:  # GeoJSON of 2008: no system can be assumed
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
    if isinstance(name, int):
        return f"EPSG:{name}"
    if not isinstance(name, str):
        raise InputError("crs_unknown", path=path, crs=json.dumps(member)[:80])
    return name
