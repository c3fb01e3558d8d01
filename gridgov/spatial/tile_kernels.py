"""The compiled loops of vector tiles: shapes fitted to a tile's grid, and told as the commands of MVT 2.1.

Each coordinate is rounded to the grid before anything is left out of a ring or a line, and that before it is cut at the
tile's edge: so two tiles, and mostly two neighbours, tell the same border.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint32]

POINT, LINE, POLYGON = 1, 2, 3
BLOCK = 512  # vertices that are generalised together
_MOVE, _CLOSE = 9, 15  # MoveTo once; ClosePath


class Flat(NamedTuple):
    """Features as plain arrays: their vertices `xy` (v, 2) in tile units, and where rings, parts and features begin.

    `ring` (r + 1,) counts vertices, `part` (p + 1,) rings, `feature` (n + 1,) parts. `kind` (n,) is POINT, LINE or
    POLYGON; a part of a point or line is of one ring. A polygon's rings are closed, the outer one first.
    """

    xy: Floats
    ring: Ints
    part: Ints
    feature: Ints
    kind: Int8s


class Frame(NamedTuple):
    """What a tile takes: places from `low` to `high` units; a polygon under `least` square units is told as a square.

    No line drawn strays more than `tolerance` units from the one recorded. Points lie in the half-open tile itself.
    """

    low: float
    high: float
    extent: float
    tolerance: float
    least: float


class Pen(NamedTuple):
    """Where geometry is written: the words, and [words used, x, y] of the cursor."""

    words: Words
    at: Ints


@njit(nogil=True, cache=True)
def fitted(flat: Flat, frame: Frame) -> tuple[Words, Ints]:
    """Fit features to a tile and write their geometry as MVT's commands: the words, and where each feature's begin.

    A feature of which nothing lies in the tile has no words.
    """
    pen = Pen(np.empty(4 * len(flat.xy) + 64, np.uint32), np.zeros(3, np.int64))
    begin = np.zeros(len(flat.kind) + 1, np.int64)
    for feature in range(len(flat.kind)):
        first, last = flat.feature[feature], flat.feature[feature + 1]
        pen.at[1:] = 0
        if flat.kind[feature] == POINT:
            pen = _points(flat.xy[flat.ring[flat.part[first]] : flat.ring[flat.part[last]]], frame, pen)
        elif flat.kind[feature] == LINE:
            for part in range(first, last):
                ring = flat.part[part]
                pen = _line(flat.xy[flat.ring[ring] : flat.ring[ring + 1]], frame, pen)
        else:
            pen = _polygons(flat, first, last, frame, pen)
        begin[feature + 1] = pen.at[0]
    return pen.words[: pen.at[0]], begin


@njit(nogil=True, cache=True)
def _points(xy: Floats, frame: Frame, pen: Pen) -> Pen:
    """Write those of some points that lie in the tile: each lies in one tile only."""
    pen = _room(pen, 2 * len(xy) + 1)
    begin = pen.at[0]
    count = 0
    for row in range(len(xy)):
        x, y = np.floor(xy[row, 0]), np.floor(xy[row, 1])
        if 0 <= x < frame.extent and 0 <= y < frame.extent:
            if count == 0:
                pen.at[0] += 1
            _step(pen, int(x), int(y))
            count += 1
    if count:
        pen.words[begin] = (count << 3) | 1
    return pen


@njit(nogil=True, cache=True)
def _line(xy: Floats, frame: Frame, pen: Pen) -> Pen:
    """Write what of a line lies within the frame, in as many pieces as it is cut into (Liang and Barsky 1984)."""
    kept = _generalised(_rounded(xy), frame)
    piece = np.empty((len(kept) + 1, 2))
    count = 0
    for row in range(len(kept) - 1):
        inside, start, end = _within(kept[row], kept[row + 1], frame.low, frame.high)
        if not inside:
            continue
        step = kept[row + 1] - kept[row]
        if start > 0 or count == 0:
            pen = _draw(piece[:count], LINE, pen)
            piece[0] = kept[row] + start * step
            count = 1
        piece[count] = kept[row] + end * step
        count += 1
        if end < 1:
            pen = _draw(piece[:count], LINE, pen)
            count = 0
    return _draw(piece[:count], LINE, pen)


@njit(nogil=True, cache=True)
def _polygons(flat: Flat, first: int, last: int, frame: Frame, pen: Pen) -> Pen:
    """Write the polygons of a feature: those too small to see only where nothing else of it is, as one small square."""
    begin = pen.at[0]
    largest, middle = -1.0, np.zeros(2)
    for part in range(first, last):
        for ring in range(flat.part[part], flat.part[part + 1]):
            xy = flat.xy[flat.ring[ring] : flat.ring[ring + 1]]
            outer = ring == flat.part[part]
            low_x, low_y, high_x, high_y = xy[:, 0].min(), xy[:, 1].min(), xy[:, 0].max(), xy[:, 1].max()
            if low_x > frame.high or low_y > frame.high or high_x < frame.low or high_y < frame.low:
                if outer:
                    break
                continue
            rounded = _rounded(xy)
            area = abs(_area(rounded))
            if area < frame.least:
                if outer and area > largest:
                    largest = area
                    middle[0], middle[1] = np.rint((low_x + high_x) / 2), np.rint((low_y + high_y) / 2)
                if outer:
                    break
                continue
            before = pen.at[0]
            pen = _draw(_turned(_cut(_generalised_ring(rounded, area, frame), frame), outer), POLYGON, pen)
            if outer and pen.at[0] == before:
                break
    if pen.at[0] == begin and largest >= 0 and _holds(frame, middle):
        half = np.ceil(np.sqrt(frame.least) / 2)
        square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
        pen = _draw(square + middle, POLYGON, pen)
    return pen


@njit(nogil=True, cache=True)
def _holds(frame: Frame, place: Floats) -> bool:
    return bool(frame.low <= place.min() and place.max() <= frame.high)


@njit(nogil=True, cache=True)
def _generalised_ring(ring: Floats, area: float, frame: Frame) -> Floats:
    """Leave vertices out of a ring; a strip that would lose much of its area by it stays as it is."""
    if len(ring) <= 5:
        return ring
    kept = _generalised(ring, frame)
    return kept if len(ring) > BLOCK or 2 * abs(_area(kept)) > area else ring


@njit(nogil=True, cache=True)
def _rounded(xy: Floats) -> Floats:
    """Round vertices to the grid, and drop those that repeat the one before."""
    kept = np.empty_like(xy)
    count = 0
    for row in range(len(xy)):
        x, y = np.floor(xy[row, 0] + 0.5), np.floor(xy[row, 1] + 0.5)
        if count == 0 or x != kept[count - 1, 0] or y != kept[count - 1, 1]:
            kept[count, 0], kept[count, 1] = x, y
            count += 1
    return kept[:count]


@njit(nogil=True, cache=True)
def _generalised(xy: Floats, frame: Frame) -> Floats:
    """Leave vertices out, block by block; of a block that lies beyond one edge of the frame only its ends stay.

    Blocks bound the time that a line of very many vertices takes, and are the same in every tile.
    """
    last = len(xy) - 1
    if last < 2 or frame.tolerance <= 0:
        return xy
    stays = np.zeros(len(xy), np.bool_)
    stays[0] = True
    stack = np.empty((min(BLOCK, last) + 1, 2), np.int64)
    for start in range(0, last, BLOCK):
        end = min(start + BLOCK, last)
        stays[end] = True
        if last <= BLOCK or not _beyond(xy[start : end + 1], frame):
            _marked(xy, start, end, frame.tolerance, stays, stack)
    return xy[stays]


@njit(nogil=True, cache=True)
def _beyond(xy: Floats, frame: Frame) -> bool:
    """Tell whether all of some vertices lie beyond one and the same edge of the frame."""
    x, y = xy[:, 0], xy[:, 1]
    return bool(x.max() < frame.low or x.min() > frame.high or y.max() < frame.low or y.min() > frame.high)


@njit(nogil=True, cache=True)
def _marked(xy: Floats, first: int, last: int, tolerance: float, stays: Bools, stack: Ints) -> None:
    """Mark what strays more than `tolerance` from the line between what stays (Douglas and Peucker 1973)."""
    stack[0, 0], stack[0, 1] = first, last
    depth = 1
    while depth:
        depth -= 1
        start, end = stack[depth, 0], stack[depth, 1]
        far, worst = -1, tolerance * tolerance
        x, y = xy[start, 0], xy[start, 1]
        dx, dy = xy[end, 0] - x, xy[end, 1] - y
        along = dx * dx + dy * dy
        for row in range(start + 1, end):
            px, py = xy[row, 0] - x, xy[row, 1] - y
            part = 0.0 if along == 0 else min(max((px * dx + py * dy) / along, 0.0), 1.0)
            off = (px - part * dx) ** 2 + (py - part * dy) ** 2
            if off > worst:
                far, worst = row, off
        if far >= 0:
            stays[far] = True
            if far - start > 1:
                stack[depth, 0], stack[depth, 1] = start, far
                depth += 1
            if end - far > 1:
                stack[depth, 0], stack[depth, 1] = far, end
                depth += 1


@njit(nogil=True, cache=True)
def _within(one: Floats, other: Floats, low: float, high: float) -> tuple[bool, float, float]:
    """Tell from where to where, as parts of it, a straight bit lies in the frame; whether it does at all."""
    start, end = 0.0, 1.0
    for axis in range(2):
        step = other[axis] - one[axis]
        if step == 0:
            if one[axis] < low or one[axis] > high:
                return False, 0.0, 0.0
            continue
        near, far = (low - one[axis]) / step, (high - one[axis]) / step
        start, end = max(start, min(near, far)), min(end, max(near, far))
    return start <= end, start, end


@njit(nogil=True, cache=True)
def _cut(ring: Floats, frame: Frame) -> Floats:
    """Cut a ring at the four edges of the frame, one after the other (Sutherland and Hodgman 1974)."""
    for axis in range(2):
        if ring[:, axis].min() < frame.low:
            ring = _cut_at(ring, axis, frame.low, 1.0)
        if len(ring) and ring[:, axis].max() > frame.high:
            ring = _cut_at(ring, axis, frame.high, -1.0)
        if len(ring) == 0:
            break
    return ring


@njit(nogil=True, cache=True)
def _cut_at(ring: Floats, axis: int, edge: float, side: float) -> Floats:
    kept = np.empty((2 * len(ring) + 1, 2))
    count = 0
    for row in range(len(ring)):
        one, other = ring[row - 1], ring[row]
        before, now = side * (one[axis] - edge), side * (other[axis] - edge)
        if (before < 0) != (now < 0):
            kept[count] = one + before / (before - now) * (other - one)
            kept[count, axis] = edge
            count += 1
        if now >= 0:
            kept[count] = other
            count += 1
    return kept[:count]


@njit(nogil=True, cache=True)
def _area(ring: Floats) -> float:
    """Sum the area in a ring, square units: positive where it turns clockwise on the screen."""
    total = 0.0
    for row in range(len(ring)):
        total += (ring[row - 1, 0] - ring[0, 0]) * (ring[row, 1] - ring[0, 1])
        total -= (ring[row, 0] - ring[0, 0]) * (ring[row - 1, 1] - ring[0, 1])
    return total / 2


@njit(nogil=True, cache=True)
def _turned(ring: Floats, outer: bool) -> Floats:
    """Turn a ring the way MVT 2.1 wants it: an outer one clockwise, a hole the other way; one without area goes."""
    ring = _rounded(ring)
    area = _area(ring)
    if area == 0:
        return ring[:0]
    return ring if (area > 0) == outer else ring[::-1].copy()


@njit(nogil=True, cache=True)
def _draw(xy: Floats, kind: int, pen: Pen) -> Pen:
    """Write a line, or a ring without repeating its first vertex; nothing of one that has shrunk to a point."""
    xy = _rounded(xy)
    count = len(xy)
    if kind == POLYGON and count > 1 and xy[0, 0] == xy[count - 1, 0] and xy[0, 1] == xy[count - 1, 1]:
        count -= 1
    if count < (3 if kind == POLYGON else 2):
        return pen
    pen = _room(pen, 2 * count + 3)
    pen.words[pen.at[0]] = _MOVE
    pen.at[0] += 1
    _step(pen, int(xy[0, 0]), int(xy[0, 1]))
    pen.words[pen.at[0]] = ((count - 1) << 3) | 2
    pen.at[0] += 1
    for row in range(1, count):
        _step(pen, int(xy[row, 0]), int(xy[row, 1]))
    if kind == POLYGON:
        pen.words[pen.at[0]] = _CLOSE
        pen.at[0] += 1
    return pen


@njit(nogil=True, cache=True)
def _step(pen: Pen, x: int, y: int) -> None:
    """Write the way from the cursor to a place, as zigzag words."""
    dx, dy = x - pen.at[1], y - pen.at[2]
    pen.words[pen.at[0]] = (dx << 1) ^ (dx >> 63)
    pen.words[pen.at[0] + 1] = (dy << 1) ^ (dy >> 63)
    pen.at[0] += 2
    pen.at[1], pen.at[2] = x, y


@njit(nogil=True, cache=True)
def _room(pen: Pen, words: int) -> Pen:
    if pen.at[0] + words <= len(pen.words):
        return pen
    return Pen(np.concatenate((pen.words, np.empty(len(pen.words) + words, np.uint32))), pen.at)


@njit(nogil=True, cache=True)
def anchored(flat: Flat) -> Floats:
    """Find a place for each feature's name (n, 3): x, y, and how much room there is to its sides, all in `xy`'s units.

    Of a polygon the middle of the widest stretch inside it at half its height, the widest of all its parts'; of a line
    or point its first vertex, without room; NaN of nothing.
    """
    found = np.full((len(flat.kind), 3), np.nan)
    for feature in range(len(flat.kind)):
        for part in range(flat.feature[feature], flat.feature[feature + 1]):
            first, last = flat.ring[flat.part[part]], flat.ring[flat.part[part + 1]]
            if flat.kind[feature] != POLYGON:
                if np.isnan(found[feature, 0]):
                    found[feature, 0], found[feature, 1], found[feature, 2] = flat.xy[first, 0], flat.xy[first, 1], 0.0
                continue
            outer = flat.xy[first : flat.ring[flat.part[part] + 1]]
            height = (outer[:, 1].min() + outer[:, 1].max()) / 2
            left, right = _widest(flat, part, height, last - first)
            if np.isnan(found[feature, 0]) or right - left > found[feature, 2]:
                found[feature, 0], found[feature, 1], found[feature, 2] = (left + right) / 2, height, right - left
    return found


@njit(nogil=True, cache=True)
def _widest(flat: Flat, part: int, height: float, most: int) -> tuple[float, float]:
    """Find the widest stretch of a level line inside a polygon: from where to where along it."""
    crossed = np.empty(most)
    count = 0
    for ring in range(flat.part[part], flat.part[part + 1]):
        for row in range(flat.ring[ring] + 1, flat.ring[ring + 1]):
            x, y, other_x, other_y = flat.xy[row - 1, 0], flat.xy[row - 1, 1], flat.xy[row, 0], flat.xy[row, 1]
            if (y <= height) != (other_y <= height):
                crossed[count] = x + (height - y) / (other_y - y) * (other_x - x)
                count += 1
    if count < 2:
        first = flat.ring[flat.part[part]]
        return flat.xy[first, 0], flat.xy[first, 0]
    crossed = np.sort(crossed[:count])
    best = 0
    for pair in range(2, count - 1, 2):
        if crossed[pair + 1] - crossed[pair] > crossed[best + 1] - crossed[best]:
            best = pair
    return crossed[best], crossed[best + 1]
