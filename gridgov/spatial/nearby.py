"""What lies nearest to a place: straight bits of lines and outlines, found by the cells of a square lattice."""

from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.lattice import Bits, Bools, Cells, Floats, Int32s, Int64s, feet

Geometries = npt.NDArray[np.object_]

POINT = 0
CELLS_A_BIT = 1.0


class Nearby:
    """Bits laid into cells, to be asked which lie near a place."""

    def __init__(self, bits: Bits) -> None:
        """Lay the bits: about as many cells as there are bits."""
        owner, kind = bits.owner.astype(np.int64, copy=False), bits.kind.astype(np.int32, copy=False)
        self.bits = Bits(np.ascontiguousarray(bits.ends), owner, kind)
        none = _lattice(self.bits.ends)
        self.cells = none._replace(**dict(zip(("start", "bit"), compiled().lay(none, self.bits.ends), strict=True)))

    @cached_property
    def _lines(self) -> tuple[Int64s, Floats]:
        return _parted(self.bits)

    def nearest(
        self, xy: Floats, kind: Int32s | None = None, *, limit: float = np.inf, grain: float = 0.0
    ) -> tuple[Int64s, Floats]:
        """Find the nearest bit for each place.

        Parameters
        ----------
        xy : ndarray of float, shape (n, 2)
            Metres, as the bits.
        kind : ndarray of int, shape (n,)
            Only bits of the same kind count; 0 for all where none is told.
        limit : float
            How far to look, metres.
        grain : float
            Grains to a metre in which the distance is counted to find ties; 0 is to the last digit.

        Returns
        -------
        bit : ndarray of int, shape (n,)
            Of those equally far the lowest; -1 where there is none.
        metres : ndarray of float, shape (n,)
            Infinite where there is none.
        """
        bit, metres = compiled().nearest(self.cells, self.bits, *_asked(xy, kind), float(limit), float(grain))
        return bit, metres

    def within(self, xy: Floats, reach: float, kind: Int32s | None = None) -> tuple[Int64s, Int64s, Floats]:
        """List for each place (n, 2), ascending, the owners within `reach` metres: place, nearest bit, metres (k,)."""
        place, bit, metres = compiled().within(self.cells, self.bits, *_asked(xy, kind), float(reach))
        return place, bit, metres

    def around(self, others: Bits, reach: float) -> tuple[Int64s, Int64s]:
        """List whose bits may lie within `reach` metres of other bits: all that do, and some more.

        Gives owners of `others`, ascending, and for each once, ascending, owners of bits here, shape (k,) both.
        """
        ends = np.ascontiguousarray(others.ends)
        owner, mine = compiled().around(self.cells, self.bits, ends, others.owner.astype(np.int64), float(reach))
        order = np.lexsort((mine, owner))
        return owner[order], mine[order]

    def beside(self, ends: Floats, reach: float) -> Bools:
        """Say which straight bits (k, 4) come within `reach` metres of any here: all that do, and few more."""
        return np.asarray(compiled().beside(self.cells, self.bits, np.ascontiguousarray(ends), float(reach)))

    def approaches(self, rings: Bits, reach: float, spare: float) -> tuple[Int64s, Int64s, Floats, Floats, Floats]:
        """Find where lines, each the bits of one owner here, cross rings, else where they come nearest to them.

        Of a line and a ring all places are told that are as near as the nearest, to `spare` metres; of a stretch along
        a ring its ends. Gives owners of `rings`, ascending, bits here, what part of each bit lies before the place
        (k,), the place on the ring (k, 2), and the metres between, `reach` at most (k,).
        """
        pairs = self.around(rings, reach)
        lines = self._lines, _parted(rings)
        pair, bit, told = compiled().approaches(*lines, pairs, float(reach), float(spare))
        return pairs[0][pair], bit, told[:, 0], told[:, 1:3], told[:, 3]

    def feet(self, bit: Int64s, xy: Floats) -> tuple[Floats, Floats]:
        """Give the places (n, 2) on bits (n,) nearest to places (n, 2), and how far along its bit each is, metres."""
        return feet(self.bits.ends[bit], xy)


class Areas:
    """Polygons laid into cells, to be asked which are round a place."""

    def __init__(self, polygons: Geometries) -> None:
        """Lay the polygons (m,), by the boxes round them; empty ones are round nothing."""
        bits, bounds = outlines(polygons), shapely.bounds(polygons)
        self._some = np.flatnonzero(np.isfinite(bounds).all(axis=1))
        self._boxes = np.ascontiguousarray(bounds[self._some])
        self._ends = np.ascontiguousarray(bits.ends)
        self._first = np.searchsorted(bits.owner, np.r_[self._some, len(polygons)])
        none = _lattice(self._boxes)
        self._cells = none._replace(**dict(zip(("start", "bit"), compiled().lay_boxes(none, self._boxes), strict=True)))

    def around(self, xy: Floats) -> tuple[Int64s, Int64s]:
        """List the places (n, 2) inside polygons, and the polygons, both ascending; on an outline is either."""
        places = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
        place, area = compiled().inside(self._cells, self._boxes, self._first, self._ends, places)
        return place, self._some[area]


def outlines(shapes: Geometries) -> Bits:
    """Take points and the outlines of polygons (n,) apart into bits, owned by their rows; a point is a bit by itself.

    Holes have outlines, too; who is inside a polygon must be asked apart.
    """
    dots = np.flatnonzero(shapely.get_type_id(shapes) == POINT)
    places = shapely.get_coordinates(shapes[dots])
    rings, shape = shapely.get_rings(shapes, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inner = np.flatnonzero(ring[1:] == ring[:-1])
    ends = np.concatenate([np.c_[places, places], np.c_[xy[inner], xy[inner + 1]]])
    owner = np.r_[dots, shape[ring[inner]]].astype(np.int64)
    order = np.argsort(owner, kind="stable")
    return Bits(ends[order], owner[order], np.zeros(len(owner), np.int32))


def compiled() -> ModuleType:
    """Return the compiled loops: numba takes its time to be imported, and who asks nothing needn't wait for it."""
    from gridgov.spatial import snapping  # noqa: PLC0415

    return snapping


_NOTHING = np.zeros(1, np.int64), np.empty(0, np.int32)


def _lattice(ends: Floats) -> Cells:
    """Draw as many cells round bits or boxes (b, 4) as there are of them, about; nothing is in them yet."""
    xy = ends.reshape(-1, 2)
    (west, south), (east, north) = (xy.min(axis=0).tolist(), xy.max(axis=0).tolist()) if len(xy) else ((0, 0), (1, 1))
    width, height = max(east - west, 1.0), max(north - south, 1.0)
    size = float(np.sqrt(width * height / max(CELLS_A_BIT * len(ends), 1.0)))
    return Cells(float(west), float(south), size, int(width / size) + 1, int(height / size) + 1, *_NOTHING)


def _parted(bits: Bits) -> tuple[Int64s, Floats]:
    """Tell where the bits of each owner begin, and give the ends of all."""
    owners = int(bits.owner.max(initial=-1)) + 1
    return np.searchsorted(bits.owner, np.arange(owners + 1)), np.ascontiguousarray(bits.ends)


def _asked(xy: Floats, kind: Int32s | None) -> tuple[Floats, Int32s]:
    places = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
    return places, np.zeros(len(places), np.int32) if kind is None else np.ascontiguousarray(kind, dtype=np.int32)
