"""Vector tiles (Mapbox Vector Tile 2.1): layers of shapes with columns of properties, encoded column by column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.chains import spans, starts
from gridgov.spatial.tile_bytes import field_bytes, value_bytes, whole_bytes, written
from gridgov.spatial.tile_kernels import LINE, POINT, POLYGON, Flat, Frame, anchored
from gridgov.spatial.tile_rings import mended
from gridgov.spatial.tiling import BUFFER, EXTENT, PIXEL, Tile

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]

TOLERANCE = PIXEL / 4  # units; what a border may stray where its vertices are left out
# What a part of a shape is told as, by shapely's number of its type: points, lines, rings, polygons.
_KINDS = np.array([POINT, LINE, LINE, POLYGON], dtype=np.int8)
_COLLECTION = 4  # shapely's types from here on are made of others


@dataclass(frozen=True)
class Layer:
    """What one layer of a tile is made of.

    `shapes` (n,) in degrees (EPSG:4490), as `flattened` or `points` takes them apart; `ids` (n,), not negative;
    `columns` by name, each (n,): text, truth values, whole numbers, numbers, or None where nothing is told.
    """

    name: str
    shapes: Flat
    ids: Sequence[int]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def encode(tile: Tile, layers: Iterable[Layer], tolerance: float = TOLERANCE, least: float = PIXEL**2) -> bytes:
    """Encode layers as one tile.

    Parameters
    ----------
    tile : Tile
        The tile; shapes that don't touch it, buffer included, are left out.
    layers : iterable of Layer
        A layer of which nothing lies in the tile is left out.
    tolerance : float
        Units that a line may stray where vertices are left out; 0 keeps every vertex that the grid tells apart.
    least : float
        Square units under which a polygon is told as a square of that size, and a hole not at all.

    Returns
    -------
    bytes
        A tile by the Mapbox Vector Tile specification 2.1, extent 4096; empty where nothing lies in it.
    """
    frame = Frame(-float(BUFFER), float(EXTENT + BUFFER), float(EXTENT), float(tolerance), float(least))
    return b"".join(_layer(tile, layer, frame) for layer in layers)


def anchors(shapes: Flat) -> Floats:
    """Find where the name of each shape (n,) belongs: (n, 3), x and y inside it, and the room to its sides.

    In the shapes' own units. The middle of the widest stretch inside at half the height of a part; NaN of no shape.
    """
    return anchored(shapes)


def flattened(shapes: Iterable[BaseGeometry | None]) -> Flat:
    """Take shapes (n,) apart into plain arrays; what has no place is None or empty, and has kind 0.

    Of a shape that is made of several kinds only the parts of the highest dimension are told.
    """
    given = np.array([*shapes, None], dtype=object)[:-1]
    parts, owner = shapely.get_parts(given, return_index=True)
    while (shapely.get_type_id(parts) >= _COLLECTION).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    full = ~shapely.is_empty(parts)
    parts, owner = parts[full], owner[full]
    kinds = _KINDS[shapely.get_type_id(parts)]
    kind = np.zeros(len(given), dtype=np.int8)
    np.maximum.at(kind, owner, kinds)
    told = kinds == kind[owner]
    parts, owner, kinds = parts[told], owner[told], kinds[told]
    xy, ring, part = _rings(parts, kinds == POLYGON)
    return Flat(xy, ring, part, starts(np.bincount(owner, minlength=len(given))), kind)


def points(xy: Floats) -> Flat:
    """Take places (n, 2) as points."""
    each = np.arange(len(xy) + 1)
    return Flat(np.ascontiguousarray(xy), each, each, each, np.full(len(xy), POINT, dtype=np.int8))


def warm_up() -> None:
    """Compile the loops, or load them where they are kept, by a tile of one shape of each kind."""
    several = [shapely.Point(1.0, 1.0), shapely.LineString([(0.0, 0.0), (9.0, 9.0)]), shapely.box(0.0, 0.0, 9.0, 9.0)]
    shapes = flattened(several)
    encode(Tile(0, 0, 0), [Layer("any", shapes, [1, 2, 3], {"name": ["a", None, "b"]})])
    anchors(shapes)


def _rings(parts: Geometries, polygon: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], Ints, Ints]:
    """List the rings of parts: their vertices, where each ring's begin, and where each part's rings begin."""
    count = np.ones(len(parts), dtype=np.int64)
    count[polygon] += shapely.get_num_interior_rings(parts[polygon])
    part = starts(count)
    rings = np.empty(part[-1], dtype=object)
    _, inside = spans(part[:-1][polygon], part[1:][polygon])
    rings[inside] = shapely.get_rings(parts[polygon])
    rings[part[:-1][~polygon]] = parts[~polygon]
    return shapely.get_coordinates(rings), starts(shapely.get_num_coordinates(rings)), part


def _layer(tile: Tile, layer: Layer, frame: Frame) -> bytes:
    flat = layer.shapes._replace(xy=tile.units(layer.shapes.xy))
    words, begin = mended(flat, frame, flattened)
    rows = np.flatnonzero(np.diff(begin))
    if not len(rows):
        return b""
    keys, values, tags = _dictionaries(layer.columns, rows)
    ids = np.asarray(layer.ids, dtype=np.int64)[rows]
    features = written(ids, flat.kind[rows], tags, words, np.r_[begin[rows], begin[-1]])
    told = (
        b"\x78\x02"
        + field_bytes(0x0A, layer.name.encode())
        + features.tobytes()
        + b"".join(field_bytes(0x1A, key.encode()) for key in keys)
        + b"".join(values)
        + b"\x28"
        + whole_bytes(EXTENT)
    )
    return field_bytes(0x1A, told)


def _dictionaries(columns: Mapping[str, Sequence[Any]], rows: Ints) -> tuple[list[str], list[bytes], Int32s]:
    """Number the values of each column, of some rows: keys, values as they are written, and tags (rows, keys)."""
    tags = np.empty((len(rows), len(columns)), dtype=np.int32)
    values: list[bytes] = []
    chosen = rows.tolist()
    for column, told in enumerate(columns.values()):
        some = [told[row] for row in chosen]
        known = dict.fromkeys(some)
        known.pop(None, None)
        number = dict(zip(known, range(len(values), len(values) + len(known)), strict=True)) | {None: -1}
        tags[:, column] = list(map(number.__getitem__, some))
        values += map(value_bytes, known)
    return list(columns), values, tags
