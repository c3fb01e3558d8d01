"""TopoJSON: shared arcs put together again, each object of the topology a layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridgov.errors import InputError
from gridgov.sources.geojson import Document, read_geojson
from gridgov.sources.sheets import Reading, Sheet

Line = list[list[float]]
_DEPTH = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_POINTS = {"Point", "MultiPoint"}
_MOST_VERTICES = 20_000_000  # once the arcs are put together, however often one is used


@dataclass
class _Topology:
    arcs: list[npt.NDArray[np.float64]]
    scale: npt.NDArray[np.float64] | None
    translate: npt.NDArray[np.float64]
    left: int

    def line(self, told: Any) -> Line:
        """Put the arcs of one line or ring together: each begins where the one before it ended; ~n is n backwards."""
        parts = [self.arcs[each] if each >= 0 else self.arcs[~each][::-1] for each in told]
        joined = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
        self.left -= len(joined)
        if self.left < 0:
            raise ValueError("too many vertices")
        return list(joined.tolist())

    def nested(self, told: Any, depth: int) -> list[Any]:
        return self.line(told) if depth == 1 else [self.nested(each, depth - 1) for each in told]

    def point(self, told: Any) -> list[float]:
        place = np.array(told[:2], dtype=float)
        return list((place if self.scale is None else place * self.scale + self.translate).tolist())


def read_topojson(document: Document, reading: Reading) -> list[Sheet]:
    """Read the objects of a topology that was taken apart."""
    path, objects = document.path, document.members.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise InputError("file_no_rows", path=path)
    try:
        topology = _topology(document.members)
    except (ValueError, TypeError, LookupError) as error:
        raise InputError("file_unreadable", path=path, reason=str(error)) from error
    crs = {"crs": document.members["crs"]} if "crs" in document.members else {}
    sheets = []
    for name in reading.choose(list(objects), path):
        layer = Document(path, reading.limits, crs)
        for each in _geometries(objects[name]):
            layer.add(_feature(each, topology))
        layer.settle()
        sheets.append(read_geojson(layer, crs=reading.crs, layer=name))
    return sheets


def _topology(members: dict[str, Any]) -> _Topology:
    transform = members.get("transform")
    arcs = [np.array([place[:2] for place in each], dtype=float).reshape(-1, 2) for each in members.get("arcs", [])]
    if transform is None:
        return _Topology(arcs, None, np.zeros(2), _MOST_VERTICES)
    scale, translate = (np.array(transform[key], dtype=float).reshape(2) for key in ("scale", "translate"))
    with np.errstate(all="ignore"):  # what isn't finite is found and told later
        return _Topology([each.cumsum(axis=0) * scale + translate for each in arcs], scale, translate, _MOST_VERTICES)


def _geometries(told: object) -> Iterator[object]:
    """Yield an object's geometries: those of a collection that says nothing of itself, else the object."""
    if isinstance(told, dict) and told.get("type") == "GeometryCollection" and "properties" not in told:
        yield from told.get("geometries") or []
    else:
        yield told


def _feature(told: object, topology: _Topology) -> dict[str, object]:
    if not isinstance(told, dict):
        return {"geometry": told}
    feature: dict[str, object] = {key: told[key] for key in ("id", "properties") if key in told}
    return {**feature, "geometry": _geometry(told, topology)}


def _geometry(told: dict[str, Any], topology: _Topology) -> object:
    """Return the geometry as GeoJSON has it; as it stands where it can't be made, to be told as unreadable."""
    kind = told.get("type")
    if kind is None:
        return None
    try:
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": [_geometry(each, topology) for each in told["geometries"]]}
        if kind in _POINTS:
            places: Sequence[Any] = told["coordinates"]
            coordinates = topology.point(places) if kind == "Point" else [topology.point(each) for each in places]
        else:
            coordinates = topology.nested(told["arcs"], _DEPTH[kind])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return {"type": "unreadable", "arcs": str(told.get("arcs"))[:80]}
    return {"type": kind, "coordinates": coordinates}
