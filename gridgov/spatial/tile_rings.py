"""Rings of a tile that cross or touch themselves or each other after rounding: found by a compiled loop, and mended.

MVT 2.1 wants rings simple and holes inside. A doubtful feature is decided by GEOS, and rebuilt on the tile's grid.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.tile_kernels import POLYGON, Flat, Frame, Words, fitted

Int8s = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]

_MOST = 6000  # commands of a polygon that is rebuilt as it is: some 3,000 sides
_FEW = 24  # sides that are compared each with each; of more, only those side by side


def mended(flat: Flat, frame: Frame, flatten: Callable[..., Flat]) -> tuple[Words, Ints]:
    """Fit features to a tile, and rebuild those polygons whose rings cross: commands, and where each feature's begin.

    A polygon of which nothing would be left is told as a square of the least size. One of very many sides loses more
    of its vertices first: GEOS takes seconds over a scribble.
    """
    words, begin = fitted(flat, frame)
    rows = [row for row in doubtful(words, begin, flat.kind).tolist() if not _valid(words[begin[row] : begin[row + 1]])]
    if not rows:
        return words, begin
    whole = [
        _rebuilt(_polygons(_fewer(flat, row, words[begin[row] : begin[row + 1]], frame)), frame.least) for row in rows
    ]
    told, starts = fitted(flatten(whole), frame._replace(tolerance=0.0, least=0.0))
    count, pieces, at = np.diff(begin), [], 0
    count[rows] = np.diff(starts)
    for row, first, last in zip(rows, starts[:-1], starts[1:], strict=True):
        pieces += [words[at : begin[row]], told[first:last]]
        at = begin[row + 1]
    return np.concatenate([*pieces, words[at:]]), np.concatenate([[0], np.cumsum(count)])


@njit(nogil=True, cache=True)
def doubtful(words: Words, begin: Ints, kind: Int8s) -> Ints:
    """List the polygon features of which two sides cross or touch, but for neighbours at their common corner."""
    found = np.zeros(len(kind), np.bool_)
    for row in range(len(kind)):
        if kind[row] == POLYGON and begin[row + 1] - begin[row] > 9:  # a triangle can't cross itself
            found[row] = _crossed(_sides(words[begin[row] : begin[row + 1]]))
    return np.flatnonzero(found)


@njit(nogil=True, cache=True)
def _sides(words: Words) -> Ints:
    """Read a polygon's sides (n, 6): from x, y to x, y, the side before it in its ring, and the one after it."""
    sides = np.empty((len(words) // 2, 6), np.int64)
    count = first = at = 0
    x = y = 0
    while at < len(words):
        command, steps = words[at] & 7, words[at] >> 3
        at += 1
        if command == 7:
            sides[count - 1, 2], sides[count - 1, 3] = sides[first, 0], sides[first, 1]
            sides[first, 4], sides[count - 1, 5] = count - 1, first
            continue
        if command == 1:
            first = count
        for _ in range(steps):
            x += (words[at] >> 1) ^ -(words[at] & 1)
            y += (words[at + 1] >> 1) ^ -(words[at + 1] & 1)
            at += 2
            if count > first:
                sides[count - 1, 2], sides[count - 1, 3], sides[count - 1, 5] = x, y, count
            sides[count, 0], sides[count, 1], sides[count, 4] = x, y, count - 1
            count += 1
    return sides[:count]


@njit(nogil=True, cache=True)
def _crossed(sides: Ints) -> bool:
    count = len(sides)
    order = np.arange(count)
    if count > _FEW:
        order = np.argsort(np.minimum(sides[:, 0], sides[:, 2]))
    for at in range(count):
        one = order[at]
        right = max(sides[one, 0], sides[one, 2])
        for later in range(at + 1, count):
            other = order[later]
            if count > _FEW and min(sides[other, 0], sides[other, 2]) > right:
                break
            if _meet(sides, one, other):
                return True
    return False


@njit(nogil=True, cache=True)
def _meet(sides: Ints, one: int, other: int) -> bool:
    """Tell whether two sides cross or touch; neighbours, whether one runs back along the other."""
    ax, ay, bx, by = sides[one, 0], sides[one, 1], sides[one, 2], sides[one, 3]
    cx, cy, dx, dy = sides[other, 0], sides[other, 1], sides[other, 2], sides[other, 3]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx) or max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    if sides[one, 5] == other or sides[one, 4] == other:
        along = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
        return bool(along == 0 and (bx - ax) * (dx - cx) + (by - ay) * (dy - cy) < 0)
    c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    return bool(not ((c > 0 and d > 0) or (c < 0 and d < 0) or (a > 0 and b > 0) or (a < 0 and b < 0)))


def _fewer(flat: Flat, row: int, words: Words, frame: Frame) -> Words:
    """Leave out more of a feature's vertices, until few enough stay."""
    part = flat.part[flat.feature[row] : flat.feature[row + 1] + 1]
    ring = flat.ring[part[0] : part[-1] + 1]
    xy, whole = flat.xy[ring[0] : ring[-1]], np.array([0, len(part) - 1])
    while len(words) > _MOST and 0 < frame.tolerance < frame.extent:
        frame = frame._replace(tolerance=4 * frame.tolerance)
        words, _ = fitted(Flat(xy, ring - ring[0], part - part[0], whole, flat.kind[row : row + 1]), frame)
    return words


def _valid(words: Words) -> bool:
    return len(words) <= _MOST and bool(shapely.is_valid(_polygons(words)))


def _polygons(told: Words) -> shapely.MultiPolygon:
    """Read a feature's polygons: an outer ring begins another one, and those after it are its holes."""
    words: list[int] = told.tolist()
    rings: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(words):
        command, steps = words[at] & 7, words[at] >> 3
        at += 1
        if command == 7:
            continue
        if command == 1:
            rings.append([])
        for _ in range(steps):
            x, y = x + ((words[at] >> 1) ^ -(words[at] & 1)), y + ((words[at + 1] >> 1) ^ -(words[at + 1] & 1))
            rings[-1].append((x, y))
            at += 2
    found: list[tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]] = []
    for ring in rings:
        if shapely.LinearRing(ring).is_ccw or not found:  # y runs down: clockwise on the screen
            found.append((ring, []))
        else:
            found[-1][1].append(ring)
    return shapely.MultiPolygon(found)


def _rebuilt(shape: shapely.MultiPolygon, least: float) -> BaseGeometry:
    """Return a valid shape on the grid, or a square where nothing of it would be left."""
    made: BaseGeometry = shapely.set_precision(shapely.make_valid(shape, method="structure", keep_collapsed=False), 1.0)
    if made.is_empty or made.area == 0:
        middle, half = np.rint(np.array(shape.envelope.centroid.coords[0])), np.ceil(np.sqrt(least) / 2)
        made = shapely.box(*(middle - half), *(middle + half))
    return made
