"""Population cells: where a raster or a grid counts people, as arrays, and as bytes for storage."""

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

MAGIC = b"GGPOP1"
HEADER = struct.Struct("<BQQB")
STEP = 1e-9  # degrees: a tenth of a millimetre, to which corners are kept
POLYGON = 3
EARTH_AXIS = 6378137.0
EARTH_ECCENTRICITY = 0.00669438002290


@dataclass(frozen=True)
class PopulationCells:
    """Cells with the people counted in each: `shapes` (n,) all Points or all areas, EPSG:4490; `people` (n,) above 0.

    `canonical` cells hang on nothing but their content; only these are hashed and stored.
    """

    shapes: Geometries
    people: Floats

    def __len__(self) -> int:
        return len(self.people)

    @property
    def total(self) -> float:
        """All people, added up without loss."""
        return math.fsum(self.people.tolist())

    @property
    def areal(self) -> bool:
        """Whether the cells are areas, not points."""
        return bool(len(self.shapes)) and int(shapely.get_type_id(self.shapes[0])) >= POLYGON

    def canonical(self) -> "PopulationCells":
        """Give the same cells with corners to 1e-9 degrees, in an order that depends on their content only."""
        shapes = shapely.transform(shapely.normalize(self.shapes), lambda xy: np.round(xy / STEP) * STEP)
        west, south, east, north = shapely.bounds(shapes).T
        order = np.lexsort((self.people, east, north, west, south))
        return PopulationCells(shapes[order], np.asarray(self.people, dtype=np.float64)[order])

    @property
    def hash(self) -> str:
        """The hash of the content."""
        return hashlib.sha256(self._content()).hexdigest()

    def to_bytes(self) -> bytes:
        """Pack canonical cells for storage, compressed; no pickle."""
        return MAGIC + zlib.compress(self._content(), 3)

    def _content(self) -> bytes:
        kind, xy, offsets = shapely.to_ragged_array(self.shapes, include_z=False)
        # Steps from corner to corner: neighbours differ by little, so that they pack well.
        steps = np.diff(np.round(xy / STEP).astype("<i8"), axis=0, prepend=0)
        lengths = [np.diff(np.asarray(each, dtype="<i8")) for each in offsets]
        parts = [part.tobytes() for each in lengths for part in (np.array(len(each), dtype="<i8"), each)]
        header = HEADER.pack(kind.value, len(self.people), len(xy), len(offsets))
        return b"".join([header, *parts, steps.T.tobytes(), self.people.astype("<f8").tobytes()])

    @classmethod
    def from_bytes(cls, packed: bytes) -> "PopulationCells":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        InputError
            ``population_bytes_invalid`` for bytes that are no such pack, or a truncated one.
        """
        try:
            return cls._unpacked(packed)
        except (ValueError, struct.error, zlib.error) as error:
            raise InputError("population_bytes_invalid") from error

    @classmethod
    def _unpacked(cls, packed: bytes) -> "PopulationCells":
        if packed[: len(MAGIC)] != MAGIC:
            raise ValueError("magic")
        body = zlib.decompress(packed[len(MAGIC) :])
        kind, cells, corners, levels = HEADER.unpack_from(body)
        at, offsets = HEADER.size, []
        for _ in range(levels):
            count = int(np.frombuffer(body, "<i8", 1, at)[0])
            offsets.append(np.concatenate([[0], np.cumsum(np.frombuffer(body, "<i8", count, at + 8))]))
            at += 8 + 8 * count
        steps = np.frombuffer(body, "<i8", 2 * corners, at).reshape(2, -1)
        people = np.frombuffer(body, "<f8", cells, at + 16 * corners).astype(np.float64)
        xy = np.ascontiguousarray(np.cumsum(steps, axis=1).T * STEP)
        shapes = shapely.from_ragged_array(shapely.GeometryType(kind), xy, tuple(offsets) or None)
        return cls(np.asarray(shapes, dtype=object), people)


def square_metres(corners: npt.ArrayLike) -> Floats:
    """Measure small four-sided cells on the ellipsoid.

    Parameters
    ----------
    corners : array_like of float, shape (n, 4, 2)
        Longitude and latitude in degrees, EPSG:4490, in order round each cell.

    Returns
    -------
    ndarray of float, shape (n,)
        m². The shoelace formula with the ellipsoid's radii at the cell's middle: to a millionth for cells up to 1 km.
    """
    ring = np.radians(np.asarray(corners, dtype=np.float64))
    lon, lat = ring[..., 0], ring[..., 1]
    doubled = lon * np.roll(lat, -1, axis=1) - np.roll(lon, -1, axis=1) * lat
    middle = lat.mean(axis=1)
    bulge = 1.0 - EARTH_ECCENTRICITY * np.sin(middle) ** 2
    meridian = EARTH_AXIS * (1.0 - EARTH_ECCENTRICITY) / bulge**1.5
    parallel = EARTH_AXIS / np.sqrt(bulge) * np.cos(middle)
    return np.asarray(np.abs(doubled.sum(axis=1)) / 2.0 * meridian * parallel, dtype=np.float64)


def lying_double(cells: PopulationCells) -> Ints:
    """Return the indexes of cells that lie on another one: people would count twice.

    Parameters
    ----------
    cells : PopulationCells
        n cells; points never lie on each other but where they are the same.

    Returns
    -------
    ndarray of int, shape (k,)
        The later one of each pair, sorted.
    """
    return np.unique([pair[1] for pair in _shared(cells, cells).tolist() if pair[0] < pair[1]]).astype(np.int64)


def overlap(one: PopulationCells, other: PopulationCells) -> bool:
    """Tell whether cells of two sources lie on each other: the middle of one in another, or at the same point."""
    return bool(len(_shared(one, other)) or len(_shared(other, one)))


def _shared(cells: PopulationCells, points: PopulationCells) -> Ints:
    """Pair cells with the cells of another source whose inner points they hold, shape (k, 2)."""
    middles = points.shapes if not points.areal else shapely.point_on_surface(points.shapes)
    pair = shapely.STRtree(cells.shapes).query(middles, predicate="intersects")
    return np.column_stack([pair[1], pair[0]]).astype(np.int64)
