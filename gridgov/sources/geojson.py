"""GeoJSON as it is met: collections, features, bare geometries, one after the other, and with a `crs` member."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.jsontext import JsonText
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.sheets import GEOGRAPHIC, Geometries, Sheet, columnar, placed

_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_BATCH = 1_000


@dataclass
class Document:
    """What stands in JSON text: the members of its objects but for their features, and these as they are read."""

    path: str
    limits: Limits = LIMITS
    members: dict[str, object] = field(default_factory=dict)
    columns: dict[str, list[object]] = field(default_factory=dict)
    geometry: list[BaseGeometry | None] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: list[object] = field(default_factory=list)

    def add(self, feature: object) -> None:
        """Take one feature more."""
        self.waiting.append(feature)
        if len(self.waiting) >= _BATCH:
            self.settle()

    def settle(self) -> None:
        """Make columns and shapes of the features that wait."""
        told = [_properties(each) for each in self.waiting]
        count = len(self.geometry)
        for name in dict.fromkeys(name for each in told for name in each):
            self.columns.setdefault(name, [None] * count)
        self.limits.refuse_many(count + len(told), len(self.columns), self.path)
        for name, column in self.columns.items():
            column.extend([each.get(name) for each in told])
        self._shape([each.get("geometry") if isinstance(each, dict) else each for each in self.waiting])
        self.waiting = []

    def _shape(self, told: Sequence[object]) -> None:
        found, count = shapes(told), len(self.geometry)
        for number, (each, written) in enumerate(zip(found, told, strict=True), count + 1):
            if each is None and written is not None:
                self.problems.append(Problem(number, None, _brief(written), "geometry_unreadable"))
        self.geometry.extend(found)


def read_geojson(document: Document, *, crs: str | None = None, layer: str | None = None) -> Sheet:
    """Read GeoJSON that was taken apart; RFC 7946 says WGS84 where no `crs` member says otherwise."""
    path = document.path
    if not document.geometry:
        raise InputError("file_no_rows", path=path)
    columns = tuple(document.columns)
    rows, rounded = columnar(list(document.columns.values()), columns, len(document.geometry))
    geometry, system, off = placed(document.geometry, path, declared=_declared(document.members, path), given=crs)
    found = sorted((*document.problems, *rounded, *off), key=lambda each: each.row)
    return Sheet(path, columns, rows, geometry, list(range(1, len(rows) + 1)), system, problems=found, layer=layer)


def parse(text: str, path: str, limits: Limits = LIMITS) -> Document:
    """Take JSON text apart: one object, or several one after the other."""
    document, source = Document(path, limits), JsonText(text)
    try:
        while source.peek():
            _object(source, document)
        document.settle()
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise InputError("file_truncated", path=path) from error
        raise InputError("json_bad", path=path, line=error.lineno, column=error.colno) from error
    except (RecursionError, ValueError) as error:
        line = text.count("\n", 0, source.at) + 1
        raise InputError("json_bad", path=path, line=line, column=1) from error
    return document


def shapes(told: Sequence[object]) -> list[BaseGeometry | None]:
    """Return the geometries of GeoJSON objects; None for each that is none, or can't be one."""
    known = [isinstance(each, dict) and each.get("type") in _GEOMETRIES for each in told]
    texts = [_text(each) if fits else None for each, fits in zip(told, known, strict=True)]
    with np.errstate(all="ignore"):
        found: Geometries = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    for at in np.flatnonzero(shapely.is_missing(found) & np.array(known, dtype=bool)):
        found[at] = _shape(told[int(at)])  # slower, but what isn't finite or closed is taken and told apart later
    return list(found)


def _object(source: JsonText, document: Document) -> None:
    if source.peek() != "{":
        source.value()
        raise InputError("file_kind_unknown", path=document.path, kind="JSON")
    members: dict[str, object] = {}
    streamed = False
    for name in source.members():
        if name == "features" and source.peek() == "[":
            for feature in source.items():
                document.add(feature)
            streamed = True
        else:
            members[name] = source.value()
    _take(members, document, streamed=streamed)
    document.members |= {name: value for name, value in members.items() if name not in {"geometry", "coordinates"}}


def _take(members: dict[str, object], document: Document, *, streamed: bool) -> None:
    kind = members.get("type")
    if kind == "Feature":
        document.add(members)
    elif isinstance(kind, str) and kind in _GEOMETRIES:
        document.add({"type": "Feature", "geometry": members})
    elif kind != "Topology" and not (kind == "FeatureCollection" and streamed):
        raise InputError("file_kind_unknown", path=document.path, kind="JSON")


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


def _text(told: object) -> bytes | None:
    try:
        return orjson.dumps(told)
    except (TypeError, ValueError, RecursionError):  # a number or a depth that only Python has
        return None


def _shape(told: Any) -> BaseGeometry | None:
    try:
        with np.errstate(all="ignore"):  # NaN among coordinates is found and told later
            found = shape(told)
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, BaseGeometry) and shapely.is_geometry(found) else None


def _brief(told: object) -> str:
    try:
        return json.dumps(told, ensure_ascii=False)[:80]
    except RecursionError:
        return "…"


def _declared(members: dict[str, object], path: str) -> str | None:
    if "crs" not in members:
        return GEOGRAPHIC
    member = members["crs"]
    if member is None:  # GeoJSON of 2008: no system can be assumed
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
    if isinstance(name, int):
        return f"EPSG:{name}"
    if not isinstance(name, str):
        raise InputError("crs_unknown", path=path, crs=json.dumps(member)[:80])
    return name
