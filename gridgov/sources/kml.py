"""KML: placemarks as rows, with what is told of them in their extended data, name and description."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.sheets import ALL, GEOGRAPHIC, Reading, Sheet, columnar, placed, several
from gridgov.sources.xmltext import elements, local

_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "Track", "MultiTrack"})
_NUMBERS: dict[str, Callable[[str], object]] = dict.fromkeys(("int", "uint", "short", "ushort"), int) | dict.fromkeys(
    ("float", "double"), float
)
_MANY = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
_SIDES = ("outerBoundaryIs", "innerBoundaryIs")
_OWN = ("name", "description")


@dataclass(frozen=True)
class _Placemark:
    folder: str
    told: dict[str, object]
    geometry: BaseGeometry | None
    unread: bool


@dataclass
class _Found:
    placemarks: list[_Placemark] = field(default_factory=list)
    types: dict[str, Callable[[str], object]] = field(default_factory=dict)


def read_kml(text: str, path: str, reading: Reading) -> Sheet:
    """Read the placemarks of all folders where they are told of alike, else of the folder asked for."""
    try:
        found = _scan(text)
    except ParseError as error:
        if "no element found" in str(error) or "unclosed" in str(error):
            raise InputError("file_truncated", path=path) from error
        line, column = error.position
        raise InputError("xml_bad", path=path, line=line, column=column + 1) from error
    chosen = _chosen(found.placemarks, path, reading)
    columns = tuple(dict.fromkeys(name for each in chosen for name in each.told))
    reading.limits.refuse_many(len(chosen), len(columns), path)
    rows, rounded = columnar([[each.told.get(name) for each in chosen] for name in columns], columns, len(chosen))
    unread = [number for number, each in enumerate(chosen, 1) if each.unread]
    problems = [Problem(number, None, None, "geometry_unreadable") for number in unread]
    geometry, system, off = placed([each.geometry for each in chosen], path, declared=GEOGRAPHIC, given=reading.crs)
    problems = sorted((*problems, *rounded, *off), key=lambda each: each.row)
    layer = None if reading.layer == ALL else reading.layer
    return Sheet(path, columns, rows, geometry, list(range(1, len(rows) + 1)), system, problems=problems, layer=layer)


def _scan(text: str) -> _Found:
    """Go through the document once, forgetting each placemark's XML as soon as it is read."""
    found, folders, open_tags = _Found(), [""], [""]
    for event, element in elements(text):
        tag = local(element)
        if event == "start":
            open_tags.append(tag)
            folders += [""] * (tag == "Folder")
            continue
        open_tags.pop()
        if tag == "Placemark":
            found.placemarks.append(_placemark(element, folders[-1], found.types))
            element.clear()
        elif tag == "Folder":
            folders.pop()
            element.clear()
        elif tag == "name" and open_tags[-1] == "Folder":
            folders[-1] = (element.text or "").strip()
        elif tag == "SimpleField" and element.get("type") in _NUMBERS:
            found.types[element.get("name", "")] = _NUMBERS[element.get("type", "")]
    return found


def _chosen(placemarks: list[_Placemark], path: str, reading: Reading) -> list[_Placemark]:
    if not placemarks:
        raise InputError("file_no_rows", path=path)
    folders = list(dict.fromkeys(each.folder for each in placemarks))
    if len(folders) == 1 and reading.layer in {None, ALL, folders[0]}:
        return placemarks
    if reading.layer not in {None, ALL}:
        (wanted,) = reading.choose(folders, path)
        return [each for each in placemarks if each.folder == wanted]
    if reading.layer is None and not _alike(placemarks):
        raise several(folders, path)
    for each in placemarks:
        each.told.setdefault("folder", each.folder)
    return placemarks


def _alike(placemarks: list[_Placemark]) -> bool:
    """Whether all folders have the same columns, those left out that every placemark may have."""
    columns: dict[str, set[str]] = {}
    for each in placemarks:
        columns.setdefault(each.folder, set()).update(each.told)
    return len({frozenset(each.difference(_OWN)) for each in columns.values()}) == 1


def _placemark(element: Element, folder: str, types: dict[str, Callable[[str], object]]) -> _Placemark:
    told: dict[str, object] = {}
    for each in element.iter():
        if local(each) == "SimpleData":
            name = each.get("name", "")
            told[name] = _typed(each.text, types.get(name))
        elif local(each) == "Data":
            told[each.get("name", "")] = _child(each, "value")
    for name in _OWN:
        text = _child(element, name)
        if text is not None and name not in told:
            told[name] = text
    shape = next((each for each in element if local(each) in _SHAPES), None)
    geometry = None if shape is None else _read(shape)
    return _Placemark(folder, told, geometry, shape is not None and geometry is None)


def _typed(text: str | None, number: Callable[[str], object] | None) -> object:
    if text is None or number is None:
        return text
    try:
        return number(text)
    except ValueError:
        return text


def _read(shape: Element) -> BaseGeometry | None:
    try:
        with np.errstate(all="ignore"):  # what isn't finite is found and told later
            return _geometry(shape)
    except (ValueError, ShapelyError, RecursionError, LookupError):
        return None


def _geometry(shape: Element) -> BaseGeometry:
    tag = local(shape)
    if tag in {"MultiGeometry", "MultiTrack"}:
        return _collected([_geometry(each) for each in shape if local(each) in _SHAPES])
    if tag == "Polygon":
        outer, inner = ([_places(each) for each in shape if local(each) == side] for side in _SIDES)
        return shapely.Polygon(outer[0], inner)
    if tag == "Model":
        raise ValueError(tag)
    places = _places(shape)
    return shapely.Point(places[0]) if tag == "Point" else shapely.LineString(places)


def _collected(parts: list[BaseGeometry]) -> BaseGeometry:
    kinds = {each.geom_type for each in parts}
    make: Any = _MANY[kinds.pop()] if len(kinds) == 1 and kinds <= _MANY.keys() else shapely.GeometryCollection
    return cast("BaseGeometry", make(parts))


def _places(shape: Element) -> list[tuple[float, float]]:
    """Return the places of a shape without their heights; some write a space behind the comma, a track one between."""
    told = "".join(each.text or "" for each in shape.iter() if local(each) == "coordinates")
    if not told:
        written = [(each.text or "").split() for each in shape if local(each) == "coord"]
    else:
        written = [each.split(",") for each in re.sub(r"\s*,\s*", ",", told).split()]
    return [(float(each[0]), float(each[1])) for each in written]


def _child(element: Element, tag: str) -> str | None:
    return next((each.text for each in element if local(each) == tag), None)
