"""One reading of an OpenStreetMap extract: the objects gridgov has a use for, as plain values and shapely geometry."""

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.osmtags import OsmTags, Tags, osm_tags

_OUTLINES = frozenset({"multipolygon", "boundary"})
_CUT_OFF = ("unexpected EOF", "unclosed token", "no element found", "gzip error", "truncated")


@dataclass(frozen=True)
class Stretch:
    """A stretch of way all of whose nodes are in the extract: node ids, and as many longitudes and latitudes."""

    code: str
    tags: Tags
    refs: list[int]
    lonlat: list[tuple[float, float]]


@dataclass(frozen=True)
class Place:
    """A node or an area with its tags, in longitude and latitude."""

    code: str
    tags: Tags
    geometry: BaseGeometry


@dataclass
class Scan:
    """What one extract holds; each walk comes with `public` or `private`, `barred` are nodes no stranger passes."""

    path: str
    walks: list[tuple[Stretch, str]] = field(default_factory=list)
    walls: list[Stretch] = field(default_factory=list)
    points: list[Place] = field(default_factory=list)
    barred: set[int] = field(default_factory=set)
    areas: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def scan(path: Path) -> Scan:
    """Read an extract; InputError where it is missing, empty, cut off or of another kind."""
    kind = _kind(path)
    reader = _Reader(Scan(str(path)), osm_tags())
    try:
        for item in _objects(path, kind):
            reader.take(item)
    except (RuntimeError, ValueError, LookupError) as error:
        if any(each in str(error) for each in _CUT_OFF):
            raise InputError("file_truncated", path=str(path)) from error
        raise InputError("file_unreadable", path=str(path), reason=str(error)) from error
    return reader.finished()


def _kind(path: Path) -> str:
    if not path.exists():
        raise InputError("file_missing", path=str(path))
    if not path.is_file():
        raise InputError("file_kind_unknown", path=str(path), kind="folder")
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip():
        raise InputError("file_empty", path=str(path))
    packed = start.startswith(b"\x1f\x8b")
    if packed:
        start = _unpacked(path)
    if b"OSMHeader" in start[:64] and not packed:
        return "pbf"
    if b"<osm" in start:
        return "osm.gz" if packed else "osm"
    raise InputError("file_kind_unknown", path=str(path), kind="gzip" if packed else "?")


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(4096)
    except (OSError, EOFError) as error:
        raise InputError("file_truncated", path=str(path)) from error


def _objects(path: Path, kind: str) -> Iterator[Any]:
    file = osmium.io.File(str(path), kind)
    yield from osmium.FileProcessor(file).with_areas().with_filter(osmium.filter.EmptyTagFilter())


class _Reader:
    """Sorts the objects of one pass; areas come last, after the relations some of them are made of."""

    def __init__(self, found: Scan, rules: OsmTags) -> None:
        self._found = found
        self._rules = rules
        self._shapes = osmium.geom.WKBFactory()
        self._outlines: dict[str, Tags] = {}
        self._wkb: list[str] = []
        self._areas: list[tuple[str, Tags]] = []

    def take(self, item: Any) -> None:  # osmium's objects share no type
        tags = dict(item.tags)
        if item.is_node():
            self._node(item, tags)
        elif item.is_way():
            self._way(item, tags)
        elif item.is_relation():
            if tags.get("type") in _OUTLINES:
                self._outlines[f"osm:r{item.id}"] = tags
        else:
            self._area(item, tags)

    def finished(self) -> Scan:
        shapes = shapely.from_wkb(self._wkb)
        self._found.areas = [
            Place(code, tags, _single(shape)) for (code, tags), shape in zip(self._areas, shapes, strict=True)
        ]
        for code, tags in self._outlines.items():
            if self._wanted(tags) or tags.get("boundary") == "administrative":
                self._problem(code, "osm_relation_incomplete", tags)
        return self._found

    def _node(self, node: Any, tags: Tags) -> None:
        if self._rules.barred(tags):
            self._found.barred.add(node.id)
        if node.location.valid() and (self._rules.gate(tags) or self._rules.may_be_site(tags)):
            self._found.points.append(Place(f"osm:n{node.id}", tags, shapely.Point(node.lon, node.lat)))

    def _way(self, way: Any, tags: Tags) -> None:
        access = self._rules.walkable(tags)
        if access is None and not self._rules.wall(tags):
            return
        code = f"osm:w{way.id}"
        stretches = self._stretches(code, tags, way.nodes)
        if access:
            self._found.walks += [(each, access) for each in stretches]
        else:
            self._found.walls += stretches

    def _area(self, area: Any, tags: Tags) -> None:
        code = f"osm:{'w' if area.from_way() else 'r'}{area.orig_id()}"
        self._outlines.pop(code, None)
        if not area.from_way() and (access := self._rules.walkable(tags)):
            rings = (ring for outer in area.outer_rings() for ring in (outer, *area.inner_rings(outer)))
            self._found.walks += [(each, access) for ring in rings for each in self._stretches(code, tags, ring)]
        if not self._wanted(tags):
            return
        try:
            self._wkb.append(self._shapes.create_multipolygon(area))
        except (RuntimeError, osmium.InvalidLocationError):
            self._problem(code, "osm_area_invalid", tags)
        else:
            self._areas.append((code, tags))

    def _wanted(self, tags: Tags) -> bool:
        return self._rules.home(tags) or self._rules.compound(tags) or self._rules.may_be_site(tags)

    def _stretches(self, code: str, tags: Tags, nodes: Iterable[Any]) -> list[Stretch]:
        found: list[Stretch] = []
        refs: list[int] = []
        lonlat: list[tuple[float, float]] = []
        missing = 0
        for node in nodes:
            if node.location.valid():
                refs.append(node.ref)
                lonlat.append((node.lon, node.lat))
                continue
            missing += 1
            found.append(Stretch(code, tags, refs, lonlat))
            refs, lonlat = [], []
        found.append(Stretch(code, tags, refs, lonlat))
        if missing:
            self._problem(code, "osm_way_incomplete", tags)
        return [each for each in found if len(each.refs) > 1]

    def _problem(self, code: str, problem: str, tags: Tags) -> None:
        self._found.problems.append(Problem(0, None, code, problem, {"name": tags.get("name", "")}))


def _single(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape
