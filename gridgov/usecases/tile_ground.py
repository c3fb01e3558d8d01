"""The calm ground of the map's tiles: the area, water, green and hills, and roads ranked by how far each runs on."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import and_
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_planar
from gridgov.spatial.network import Segments
from gridgov.spatial.strokes import strokes
from gridgov.spatial.tiles import Layer, flattened
from gridgov.spatial.tiling import BUFFER
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import LandVersion, UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.storage.windows import in_window, large_in_window
from gridgov.usecases import browsing, deployment, networks
from gridgov.usecases.keeping import Kept
from gridgov.usecases.tiles import FIRST, Asked, columns_of, named, rows_of

Geometries = npt.NDArray[np.object_]

NETWORK = 14
# Each kind of road: the zoom from which the ground shows it, and how far such a road runs at least, metres.
KINDS = {"arterial": (9, 1500.0), "street": (12, 400.0), "lane": (13, 150.0), "path": (15, 0.0)}


@dataclass(frozen=True)
class Roads:
    """The roads of one state of the paths: by kind, EPSG:4490, with an index."""

    lines: dict[str, Geometries]
    trees: dict[str, shapely.STRtree]

    @classmethod
    def of(cls, segments: Segments, planar: Geometries) -> "Roads":
        """Join segments into roads and rank these by their length; private ways are paths however far they run."""
        stroke, metres = strokes(planar)
        bounds = [least for _, least in KINDS.values()][::-1]
        rank = len(KINDS) - np.searchsorted(bounds, metres[stroke], side="right")
        rank[segments.own] = len(KINDS) - 1
        lines = {
            kind: _joined(segments.lines[rank == number], stroke[rank == number]) for number, kind in enumerate(KINDS)
        }
        return cls(lines, {kind: shapely.STRtree(some) for kind, some in lines.items()})


_known: Kept[Roads] = Kept(4)  # today's, and those of a few days looked back at


def ground(session: Session, asked: Asked) -> list[Layer]:
    """Return the area, water, green and hills with their names, and the roads that matter at the tile's zoom."""
    if asked.tile.z < FIRST:
        return []
    bounds = asked.tile.bounds(BUFFER)
    uppermost = browsing.uppermost(asked.at, asked.scope).where(large_in_window(bounds))
    outlines = rows_of(session, uppermost, (UnitVersion.unit_id, unread(UnitVersion.geometry)))
    areas, drawn = columns_of(outlines, 2)
    land = current(LandVersion, asked.at, asked.scope).where(in_window(session, LandVersion, bounds))
    columns = (LandVersion.land_id, LandVersion.kind, LandVersion.name, unread(LandVersion.geometry))
    ids, kinds, names, stored = columns_of(rows_of(session, land.order_by(LandVersion.code), columns), len(columns))
    shapes = flattened(read_shapes(stored))
    bounded = [_bounded(session, asked)] * len(ids)
    return [
        Layer("area", flattened(read_shapes(drawn)), areas),
        Layer("land", shapes, ids, {"kind": kinds, "bounded": bounded}),
        *_roads_drawn(session, asked, "roads", [kind for kind, (least, _) in KINDS.items() if asked.tile.z >= least]),
        named("ground", asked.tile, shapes, ids, {"name": names, "kind": kinds}),
    ]


def network(session: Session, asked: Asked) -> list[Layer]:
    """Return all paths that may be walked."""
    return _roads_drawn(session, asked, "network", KINDS if asked.tile.z >= NETWORK else ())


def _roads_drawn(session: Session, asked: Asked, name: str, kinds: Collection[str]) -> list[Layer]:
    found = roads(session, asked.at, asked.scope) if kinds else None
    if found is None:
        return []
    window = shapely.box(*asked.tile.bounds(BUFFER))
    shapes: list[Any] = [shapely.multilinestrings(found.lines[kind][found.trees[kind].query(window)]) for kind in kinds]
    bounded = [_bounded(session, asked)] * len(shapes)
    return [Layer(name, flattened(shapes), range(len(shapes)), {"kind": list(kinds), "bounded": bounded})]


def _bounded(session: Session, asked: Asked) -> bool:
    """Tell whether all that the asker may see are whole streets with an outline: then the ground ends there."""
    top = deployment.profile(session).levels[0].id
    known = and_(UnitVersion.min_x.is_not(None), UnitVersion.level == top)
    return rows_of(session, browsing.uppermost(asked.at, asked.scope).where(~known).limit(1), [UnitVersion.id]) == []


def roads(session: Session, at: At, scope: Scope) -> Roads | None:
    """Return the roads of a day: worked out once in a process for each content of the paths, which takes seconds."""
    hashes = networks.hashes(session, at, scope)
    if not hashes:
        return None
    crs = deployment.crs(session)

    def made() -> Roads:
        segments = networks.stored_segments(session, at)
        return Roads.of(segments, to_planar(segments.lines, crs))

    return _known.of((*hashes, crs), made)


def _joined(lines: Geometries, stroke: npt.NDArray[np.int64]) -> Geometries:
    """Join the pieces of each stroke to as few lines as they make."""
    order = np.argsort(stroke, kind="stable")
    _, number = np.unique(stroke[order], return_inverse=True)
    if not len(order):
        return lines
    merged = shapely.line_merge(shapely.multilinestrings(lines[order], indices=number))
    return np.asarray(shapely.get_parts(merged), dtype=object)
