"""What a scanned extract means: network, sites, buildings, compounds and gates, with gridgov's field names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from gridgov.domain.intake import Problem
from gridgov.sources.osmscan import Place, Scan, Stretch
from gridgov.sources.osmtags import Tags, osm_tags
from gridgov.sources.sheets import GEOGRAPHIC, Sheet
from gridgov.spatial.crs import to_planar, working_crs

Geometries = npt.NDArray[np.object_]
_NETWORK = ("code", "name", "kind", "bridge", "tunnel", "layer", "access")
_SITES = ("site", "site_name", "code", "name", "type", "hours", "status", "verified", "source", "address")
_BUILDINGS = ("code", "name", "level", "kind", "floor_area", "address")
_COMPOUNDS = ("code", "name", "level", "kind")
_NOTHING = shapely.LineString()
DEGREE = 111_195.0  # metres
_SAME_AREA = 0.98
_GATES = ("code", "name", "compound", "state", "hours")


@dataclass(frozen=True)
class Enclosures:
    """The compounds of an extract, the gates on their boundaries, and the objects that say a compound again."""

    compounds: Sheet
    gates: Sheet
    again: list[Problem]


class Metric:
    """Metres for one extract: the working CRS of its middle."""

    def __init__(self, lonlat: npt.NDArray[np.float64]) -> None:
        lon, lat = np.median(lonlat, axis=0) if len(lonlat) else (0.0, 0.0)
        self._crs = working_crs(float(lon), float(lat))

    @classmethod
    def of(cls, found: Scan) -> "Metric":
        """Return the metric of a scan."""
        return cls(shapely.get_coordinates([each.geometry for each in (*found.areas, *found.points)]))

    def planar(self, geometries: Sequence[object] | Geometries) -> Geometries:
        """Return geometries in metres."""
        flat = np.empty(len(geometries), dtype=object)
        flat[:] = geometries
        return to_planar(flat, self._crs)


def network(found: Scan, gates: Collection[str] = ()) -> Sheet:
    """Return the walkable ways, split where they share a node, and cut at barriers but those that are `gates`."""
    rows, lines = [], []
    barred = np.array([node for node in found.barred if f"osm:n{node}" not in gates], dtype=np.int64)
    pieces = _pieces([each for each, _ in found.walks], barred)
    for (stretch, access), parts in zip(found.walks, pieces, strict=True):
        row = _walk_row(stretch, access)
        rows += [dict(row) for _ in parts]
        lines += list(parts)
    return _sheet(found, _NETWORK, rows, lines)


def sites(found: Scan, metric: Metric) -> tuple[Sheet, list[Problem]]:
    """Return a row per service point, and the objects whose facility type their tags leave open."""
    rules = osm_tags()
    points = [(each, None) for each in found.points if rules.may_be_site(each.tags)]
    areas = [each for each in found.areas if rules.may_be_site(each.tags)]
    sizes = shapely.area(metric.planar([each.geometry for each in areas]))
    rows, geometry, unclear = [], [], []
    for place, size in (*points, *zip(areas, sizes.tolist(), strict=True)):
        types = rules.site_types(place.tags, size)
        if None in types:
            unclear.append(Problem(0, "type", place.code, "osm_type_unclear", {"name": _name(place.tags) or ""}))
            continue
        rows += [_site_row(place, str(each), number) for number, each in enumerate(types)]
        geometry += [_site_geometry(place)] * len(types)
    return _sheet(found, _SITES, rows, geometry), unclear


def buildings(found: Scan, metric: Metric) -> Sheet:
    """Return the buildings people live or may live in; floor area only where the number of levels is recorded."""
    homes = [each for each in found.areas if osm_tags().home(each.tags)]
    footprints = shapely.area(metric.planar([each.geometry for each in homes]))
    rows = [_building_row(place, area) for place, area in zip(homes, footprints.tolist(), strict=True)]
    return _sheet(found, _BUILDINGS, rows, [each.geometry for each in homes])


def compounds(found: Scan, metric: Metric) -> Enclosures:
    """Return the compounds, walled or open by what is recorded on their boundary, and the gates there."""
    rules = osm_tags()
    places, again = _once([each for each in found.areas if rules.compound(each.tags)], metric)
    rings = shapely.boundary(metric.planar([each.geometry for each in places]))
    gates = [each for each in found.points if rules.gate(each.tags)]
    gate, ring = _on_rings(metric.planar([each.geometry for each in gates]), rings)
    gated = {int(at) for of, at in zip(gate, ring, strict=True) if "barrier" in gates[of].tags}
    fenced = _fenced(rings, metric.planar([shapely.LineString(each.lonlat) for each in found.walls]))
    rows: list[dict[str, object]] = []
    for at, place in enumerate(places):
        walled = at in gated or bool(fenced[at]) or rules.walled(place.tags)
        kind = "walled" if walled else "open"
        rows.append({"code": place.code, "name": _name(place.tags), "level": "compound", "kind": kind})
    gate_rows = [_gate_row(gates[of], places[at].code) for of, at in zip(gate, ring, strict=True)]
    return Enclosures(
        _sheet(found, _COMPOUNDS, rows, [each.geometry for each in places]),
        _sheet(found, _GATES, gate_rows, [gates[of].geometry for of in gate]),
        again,
    )


def _once(places: list[Place], metric: Metric) -> tuple[list[Place], list[Problem]]:
    """Leave out compounds mapped a second time, as a way and as a relation: one with a name stays, else the first."""
    shapes = metric.planar([each.geometry for each in places])
    areas, again = shapely.area(shapes), dict[int, int]()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for left, right in zip(one[one < other].tolist(), other[one < other].tolist(), strict=True):
        shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        if shared >= _SAME_AREA * max(areas[left], areas[right]) and not {left, right} & again.keys():
            nameless = _name(places[left].tags) is None and _name(places[right].tags) is not None
            gone, kept = (left, right) if nameless else (right, left)
            again[gone] = kept
    told = [
        Problem(0, None, places[gone].code, "osm_compound_again", {"other": places[kept].code})
        for gone, kept in sorted(again.items())
    ]
    return [each for at, each in enumerate(places) if at not in again], told


def _pieces(stretches: Sequence[Stretch], barred: npt.NDArray[np.int64]) -> list[Geometries]:
    """Cut every stretch at the nodes it shares, with another stretch or with itself, and apart at barred ones."""
    if not stretches:
        return []
    lengths = np.array([len(each.refs) for each in stretches])
    refs = np.fromiter((ref for each in stretches for ref in each.refs), dtype=np.int64, count=int(lengths.sum()))
    lonlat = np.array([pair for each in stretches for pair in each.lonlat])
    _, which, times = np.unique(refs, return_inverse=True, return_counts=True)
    first = np.zeros(len(refs), dtype=bool)
    first[np.concatenate([[0], np.cumsum(lengths)[:-1]])] = True
    last = np.roll(first, -1)
    stops = np.isin(refs, barred)
    shared = ((times[which] > 1) | stops) & ~first & ~last
    at = np.repeat(np.arange(len(refs)), 1 + shared)  # a shared node ends one piece and begins the next
    again = np.concatenate([[False], at[1:] == at[:-1]])
    piece = np.cumsum(first[at] | again) - 1
    lines: Geometries = np.asarray(shapely.linestrings(lonlat[at], indices=piece))
    begin = np.unique(piece, return_index=True)[1]
    owner = np.repeat(np.arange(len(stretches)), lengths)[at][begin]
    _pull_back(lines, stops[at][begin], stops[at][np.r_[begin[1:], len(at)] - 1])
    keep = shapely.length(lines) > 0
    lines, owner = lines[keep], owner[keep]
    return np.split(lines, np.searchsorted(owner, np.arange(1, len(stretches))))


def _pull_back(lines: Geometries, at_begin: npt.NDArray[np.bool_], at_end: npt.NDArray[np.bool_]) -> None:
    """Take the gap off the ends of lines that stand at a barrier, in place; what is no longer than that goes."""
    gap = osm_tags().rules["barriers"]["gap"]
    for row in np.flatnonzero(at_begin | at_end).tolist():
        line = lines[row]
        metres = _metres(line)
        start, end = gap * at_begin[row], metres - gap * at_end[row]
        lines[row] = substring(line, start / metres, end / metres, normalized=True) if start < end else _NOTHING


def _metres(line: shapely.LineString) -> float:
    xy = shapely.get_coordinates(line)
    return float(shapely.length(shapely.linestrings(xy * (np.cos(np.radians(xy[0, 1])) * DEGREE, DEGREE))))


def _on_rings(points: Geometries, rings: Geometries) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return (point, ring) for every point within reach of a ring: the nearest, the first of equals."""
    reach = osm_tags().rules["gates"]["reach"]
    pairs = shapely.STRtree(rings).query_nearest(points, max_distance=reach)
    order = np.lexsort((pairs[1], pairs[0]))
    point, ring = pairs[:, order]
    once = np.unique(point, return_index=True)[1]
    return point[once], ring[once]


def _fenced(rings: Geometries, walls: Geometries) -> npt.NDArray[np.bool_]:
    rules = osm_tags().rules["compounds"]
    tree = shapely.STRtree(walls)
    fenced = np.zeros(len(rings), dtype=bool)
    for at, ring in enumerate(rings):
        near = walls[tree.query(ring, predicate="dwithin", distance=rules["wall_reach"])]
        beside = ring.intersection(shapely.union_all(shapely.buffer(near, rules["wall_reach"])))
        fenced[at] = beside.length >= rules["wall_share"] * ring.length
    return fenced


def _walk_row(stretch: Stretch, access: str) -> dict[str, object]:
    tags = stretch.tags
    return {
        "code": stretch.code,
        "name": _name(tags),
        "kind": tags["highway"],
        "bridge": int(tags.get("bridge", "no") != "no"),
        # A passage through a building is at grade: it meets the other paths, and a wall stops it as it stops them.
        "tunnel": int(tags.get("tunnel", "no") not in {"no", "building_passage"}),
        "layer": _whole(tags.get("layer")),
        "access": access,
    }


def _site_row(place: Place, facility_type: str, number: int) -> dict[str, object]:
    return {
        "site": place.code,
        "site_name": _name(place.tags),
        "code": place.code if number == 0 else f"{place.code}#{facility_type}",
        "name": _name(place.tags),
        "type": facility_type,
        "hours": place.tags.get("opening_hours"),
        "status": "open",
        "verified": 0,
        "source": "OpenStreetMap",
        "address": _address(place.tags),
    }


def _site_geometry(place: Place) -> object:
    shape = place.geometry
    if "building" in place.tags:
        return shapely.point_on_surface(shape)
    # A site is one place: of several parts the largest stands for it.
    return max(shapely.get_parts(shape).tolist(), key=shapely.area)


def _building_row(place: Place, footprint: float) -> dict[str, object]:
    levels = _whole(place.tags.get("building:levels"))
    return {
        "code": place.code,
        "name": _name(place.tags) or place.tags.get("addr:housenumber"),
        "level": "building",
        "kind": place.tags["building"],
        "floor_area": round(footprint * levels, 1) if levels and levels > 0 else None,
        "address": _address(place.tags),
    }


def _gate_row(gate: Place, compound: str) -> dict[str, object]:
    return {
        "code": gate.code,
        "name": _name(gate.tags),
        "compound": compound,
        "state": osm_tags().gate_state(gate.tags),
        "hours": gate.tags.get("opening_hours"),
    }


def _name(tags: Tags) -> str | None:
    return tags.get("name") or tags.get("name:zh")


def _address(tags: Tags) -> str | None:
    parts = (tags.get("addr:street"), tags.get("addr:housenumber"))
    return tags.get("addr:full") or " ".join(each for each in parts if each) or None


def _whole(text: str | None) -> int | None:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _sheet(found: Scan, columns: tuple[str, ...], rows: list[dict[str, object]], geometry: Sequence[object]) -> Sheet:
    return Sheet(found.path, columns, rows, list(geometry), list(range(1, len(rows) + 1)), GEOGRAPHIC)  # type: ignore[arg-type]
