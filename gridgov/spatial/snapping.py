"""The compiled loops that look for straight bits near places, cell by cell of a square lattice."""

import math

import numpy as np
from numba import njit

from gridgov.spatial.lattice import Bits, Bools, Cells, Floats, Int32s, Int64s

SLOP = 1e-6  # of a cell's side: a bit that runs this close by a cell counts as passing through it


@njit(nogil=True, cache=True)
def _columns(cells: Cells, ends: Floats, row: int) -> tuple[int, int]:
    """Tell the first and the last column in which a bit passes through a row of cells."""
    slop = SLOP * cells.size
    low = cells.south + row * cells.size - slop
    high = cells.south + (row + 1) * cells.size + slop
    x, y, dx, dy = ends[0], ends[1], ends[2] - ends[0], ends[3] - ends[1]
    enter, leave = 0.0, 1.0
    if dy != 0.0:
        one, other = (low - y) / dy, (high - y) / dy
        enter, leave = max(0.0, min(one, other)), min(1.0, max(one, other))
    west, east = x + enter * dx, x + leave * dx
    first = np.floor((min(west, east) - slop - cells.west) / cells.size)
    last = np.floor((max(west, east) + slop - cells.west) / cells.size)
    return int(max(first, 0)), int(min(last, cells.columns - 1))


@njit(nogil=True, cache=True)
def _rows(cells: Cells, ends: Floats) -> tuple[int, int]:
    """Tell the first and the last row of cells that a bit passes through."""
    slop = SLOP * cells.size
    first = np.floor((min(ends[1], ends[3]) - slop - cells.south) / cells.size)
    last = np.floor((max(ends[1], ends[3]) + slop - cells.south) / cells.size)
    return int(max(first, 0)), int(min(last, cells.rows - 1))


@njit(nogil=True, cache=True)
def lay(cells: Cells, ends: Floats) -> tuple[Int64s, Int32s]:
    """Put bits (b, 4) into all the cells they pass through: `start` (cells + 1,), `bit`; ascending in each cell."""
    start = np.zeros(cells.columns * cells.rows + 1, np.int64)
    for bit in range(len(ends)):
        low, high = _rows(cells, ends[bit])
        for row in range(low, high + 1):
            first, last = _columns(cells, ends[bit], row)
            for column in range(first, last + 1):
                start[row * cells.columns + column + 1] += 1
    for cell in range(len(start) - 1):
        start[cell + 1] += start[cell]
    free, held = start[:-1].copy(), np.empty(start[-1], np.int32)
    for bit in range(len(ends)):
        low, high = _rows(cells, ends[bit])
        for row in range(low, high + 1):
            first, last = _columns(cells, ends[bit], row)
            for column in range(first, last + 1):
                cell = row * cells.columns + column
                held[free[cell]] = bit
                free[cell] += 1
    return start, held


@njit(nogil=True, cache=True, inline="always")
def _away(x0: float, y0: float, x1: float, y1: float, x: float, y: float) -> float:
    """Measure from a place to a straight bit, with the very sums that GEOS does."""
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    part = ((x - x0) * dx + (y - y0) * dy) / square if square > 0.0 else 0.0
    if part <= 0.0:
        return math.sqrt((x - x0) * (x - x0) + (y - y0) * (y - y0))
    if part >= 1.0:
        return math.sqrt((x - x1) * (x - x1) + (y - y1) * (y - y1))
    return abs(((y0 - y) * dx - (x0 - x) * dy) / square) * math.sqrt(square)


@njit(nogil=True, cache=True, inline="always")
def _cell(cells: Cells, x: float, y: float) -> tuple[int, int]:
    """Find the column and row of a place; of one beside the lattice the nearest."""
    column = min(max(np.floor((x - cells.west) / cells.size), 0.0), cells.columns - 1.0)
    row = min(max(np.floor((y - cells.south) / cells.size), 0.0), cells.rows - 1.0)
    return int(column), int(row)


@njit(nogil=True, cache=True)
def nearest(  # noqa: C901, PLR0912 - one loop, in which every call would cost
    cells: Cells, bits: Bits, xy: Floats, kind: Int32s, limit: float, grain: float
) -> tuple[Int64s, Floats]:
    """Find for each place (n, 2) the nearest bit of its own kind within `limit`: the bit (n,), -1 none, and how far.

    Cells are looked through in rings round the place until what lies farther out can't be as near. Of bits equally far
    the lowest counts: to the last digit where `grain` is 0, else as counted in whole grains a metre.
    """
    west, south, size, columns, rows, start, held = cells
    ends, _, kinds = bits
    found, least = np.full(len(xy), -1), np.full(len(xy), np.inf)
    spare = 1.0 / grain if grain > 0.0 else 0.0
    for place in range(len(xy)):
        x, y = xy[place, 0], xy[place, 1]
        at_column, at_row = _cell(cells, x, y)
        best, key, choice, ring = limit, np.inf, -1, 0
        while True:
            for row in range(max(at_row - ring, 0), min(at_row + ring, rows - 1) + 1):
                edge = row == at_row - ring or row == at_row + ring
                step = 1 if edge or ring == 0 else 2 * ring
                for column in range(at_column - ring, at_column + ring + 1, step):
                    if column < 0 or column >= columns:
                        continue
                    cell = row * columns + column
                    for entry in range(start[cell], start[cell + 1]):
                        bit = held[entry]
                        if kinds[bit] != kind[place]:
                            continue
                        far = _away(ends[bit, 0], ends[bit, 1], ends[bit, 2], ends[bit, 3], x, y)
                        if far > best + spare or far > limit:
                            continue
                        counted = np.rint(far * grain) if grain > 0.0 else far
                        if counted < key or (counted == key and bit < choice):
                            key, choice = counted, bit
                            best = min(best, far)
                            least[place] = far
            beyond = np.inf
            if at_column - ring > 0:
                beyond = min(beyond, x - west - (at_column - ring) * size)
            if at_column + ring < columns - 1:
                beyond = min(beyond, west + (at_column + ring + 1) * size - x)
            if at_row - ring > 0:
                beyond = min(beyond, y - south - (at_row - ring) * size)
            if at_row + ring < rows - 1:
                beyond = min(beyond, south + (at_row + ring + 1) * size - y)
            if beyond > best + spare or beyond == np.inf:
                break
            ring += 1
        found[place] = choice
    return found, least


@njit(nogil=True, cache=True)
def within(cells: Cells, bits: Bits, xy: Floats, kind: Int32s, reach: float) -> tuple[Int64s, Int64s, Floats]:
    """List what lies within reach of each place (n, 2), of its own kind: the place, the bit, and how far.

    Of each owner the nearest bit is told, of bits equally far the lowest. In the order of places.
    """
    ends, owner, kinds = bits
    seen = np.full(owner[-1] + 1 if len(owner) else 0, -1)
    told_place, told_bit, told_far = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.float64)
    told = 0
    for place in range(len(xy)):
        x, y, began = xy[place, 0], xy[place, 1], told
        first, low = _cell(cells, x - reach, y - reach)
        last, high = _cell(cells, x + reach, y + reach)
        for row in range(low, high + 1):
            for column in range(first, last + 1):
                cell = row * cells.columns + column
                for entry in range(cells.start[cell], cells.start[cell + 1]):
                    bit = cells.bit[entry]
                    if kinds[bit] != kind[place]:
                        continue
                    far = _away(ends[bit, 0], ends[bit, 1], ends[bit, 2], ends[bit, 3], x, y)
                    if far > reach:
                        continue
                    known = seen[owner[bit]]
                    if known >= began:
                        if far < told_far[known] or (far == told_far[known] and bit < told_bit[known]):
                            told_far[known], told_bit[known] = far, bit
                        continue
                    if told == len(told_place):
                        told_place = np.concatenate((told_place, np.empty_like(told_place)))
                        told_bit = np.concatenate((told_bit, np.empty_like(told_bit)))
                        told_far = np.concatenate((told_far, np.empty_like(told_far)))
                    seen[owner[bit]] = told
                    told_place[told], told_bit[told], told_far[told] = place, bit, far
                    told += 1
    return told_place[:told], told_bit[:told], told_far[:told]


@njit(nogil=True, cache=True)
def around(cells: Cells, bits: Bits, others: Floats, other_owner: Int64s, reach: float) -> tuple[Int64s, Int64s]:
    """List whose bits pass through cells within reach of the boxes round other bits (k, 4): both owners, each once."""
    _, owner, _ = bits
    seen = np.full(owner[-1] + 1 if len(owner) else 0, -1)
    told_other, told_owner = np.empty(64, np.int64), np.empty(64, np.int64)
    told = 0
    for other in range(len(others)):
        x0, y0, x1, y1 = others[other]
        first, low = _cell(cells, min(x0, x1) - reach, min(y0, y1) - reach)
        last, high = _cell(cells, max(x0, x1) + reach, max(y0, y1) + reach)
        for row in range(low, high + 1):
            for cell in range(row * cells.columns + first, row * cells.columns + last + 1):
                for entry in range(cells.start[cell], cells.start[cell + 1]):
                    mine = owner[cells.bit[entry]]
                    if seen[mine] == other_owner[other]:
                        continue
                    seen[mine] = other_owner[other]
                    if told == len(told_owner):
                        told_other = np.concatenate((told_other, np.empty_like(told_other)))
                        told_owner = np.concatenate((told_owner, np.empty_like(told_owner)))
                    told_other[told], told_owner[told] = other_owner[other], mine
                    told += 1
    return told_other[:told], told_owner[:told]


@njit(nogil=True, cache=True)
def beside(cells: Cells, bits: Bits, others: Floats, reach: float) -> Bools:
    """Say which other bits (k, 4) come within `reach` of any: all that do, and few more."""
    near = np.zeros(len(others), np.bool_)
    for other in range(len(others)):
        near[other] = _meets(cells, bits.ends, others[other], reach)
    return near


@njit(nogil=True, cache=True)
def _meets(cells: Cells, ends: Floats, other: Floats, reach: float) -> bool:
    first, low = _cell(cells, min(other[0], other[2]) - reach, min(other[1], other[3]) - reach)
    last, high = _cell(cells, max(other[0], other[2]) + reach, max(other[1], other[3]) + reach)
    for row in range(low, high + 1):
        for cell in range(row * cells.columns + first, row * cells.columns + last + 1):
            for entry in range(cells.start[cell], cells.start[cell + 1]):
                bit = ends[cells.bit[entry]]
                if _gap(bit, other) <= reach and not (_aside(bit, other, reach) or _aside(other, bit, reach)):
                    return True
    return False


@njit(nogil=True, cache=True)
def _aside(line: Floats, bit: Floats, reach: float) -> bool:
    """Tell whether a bit stays on one side of a line drawn on without end, more than `reach` away from it."""
    dx, dy = line[2] - line[0], line[3] - line[1]
    one = dx * (bit[1] - line[1]) - dy * (bit[0] - line[0])
    other = dx * (bit[3] - line[1]) - dy * (bit[2] - line[0])
    far = reach * math.hypot(dx, dy)
    return bool(min(one, other) > far or max(one, other) < -far)


@njit(nogil=True, cache=True)
def approaches(
    lines: tuple[Int64s, Floats], rings: tuple[Int64s, Floats], pairs: tuple[Int64s, Int64s], reach: float, spare: float
) -> tuple[Int64s, Int64s, Floats]:
    """Find where some rings and lines, `pairs` of both (k,), come nearest to each other: pair and bit of the line (n,).

    And by four columns (n, 4): what part of the bit lies before the place, x and y of the place on the ring, and the
    metres between. Of a pair all places are told that are as near as the nearest, to `spare` metres. `lines` and
    `rings` are where the bits of each begin, and the ends of all bits.
    """
    (first, ends), (side_first, sides) = lines, rings
    told_pair, told_bit, told_place = np.empty(64, np.int64), np.empty(64, np.int64), np.empty((64, 4), np.float64)
    told = 0
    for pair in range(len(pairs[0])):
        ring, line, began, least = pairs[0][pair], pairs[1][pair], told, reach
        for bit in range(first[line], first[line + 1]):
            ways = 4 if bit + 1 == first[line + 1] else 3
            for side in range(side_first[ring], side_first[ring + 1]):
                if _gap(ends[bit], sides[side]) > min(least + spare, reach):
                    continue
                for way in range(ways):
                    part, x, y, far = _approach(ends[bit], sides[side], way)
                    if far > min(least + spare, reach):
                        continue
                    if told == len(told_pair):
                        told_pair = np.concatenate((told_pair, np.empty_like(told_pair)))
                        told_bit = np.concatenate((told_bit, np.empty_like(told_bit)))
                        told_place = np.concatenate((told_place, np.empty_like(told_place)))
                    told_pair[told], told_bit[told] = pair, bit
                    told_place[told, 0], told_place[told, 1], told_place[told, 2], told_place[told, 3] = part, x, y, far
                    told, least = told + 1, min(least, far)
        several, told = told, began
        for row in range(began, several):
            if told_place[row, 3] <= least + spare:
                told_bit[told], told_place[told] = told_bit[row], told_place[row]
                told += 1
    return told_pair[:told], told_bit[:told], told_place[:told]


@njit(nogil=True, cache=True)
def _gap(one: Floats, other: Floats) -> float:
    """Tell how far the boxes round two straight bits lie from each other at least."""
    aside = max(min(one[0], one[2]) - max(other[0], other[2]), min(other[0], other[2]) - max(one[0], one[2]))
    above = max(min(one[1], one[3]) - max(other[1], other[3]), min(other[1], other[3]) - max(one[1], one[3]))
    return float(max(aside, above))


@njit(nogil=True, cache=True)
def _approach(bit: Floats, side: Floats, way: int) -> tuple[float, float, float, float]:
    """Find one of the places where two straight bits may come nearest; infinitely far where that is told elsewhere.

    Ways are: where they cross, the first corner of `side` beside `bit`, the first end of `bit`, its last end.
    """
    part, along = 0.0, 0.0
    if way == 0:
        dx, dy, ex, ey = bit[2] - bit[0], bit[3] - bit[1], side[2] - side[0], side[3] - side[1]
        turn = dx * ey - dy * ex
        if turn != 0.0:
            part = ((side[0] - bit[0]) * ey - (side[1] - bit[1]) * ex) / turn
            along = ((side[0] - bit[0]) * dy - (side[1] - bit[1]) * dx) / turn
    elif way == 1:
        part = _part(bit, side[0], side[1])
    else:
        part = way - 2.0
        along = max(_part(side, bit[2 * way - 4], bit[2 * way - 3]), 0.0)
    if (way < 2 and not 0.0 < part < 1.0) or (way != 1 and not 0.0 <= along < 1.0):
        return 0.0, 0.0, 0.0, np.inf
    x, y = side[0] + along * (side[2] - side[0]), side[1] + along * (side[3] - side[1])
    return part, x, y, math.hypot(bit[0] + part * (bit[2] - bit[0]) - x, bit[1] + part * (bit[3] - bit[1]) - y)


@njit(nogil=True, cache=True)
def _part(ends: Floats, x: float, y: float) -> float:
    """Tell what part of a straight bit, drawn on without end, lies before its place nearest to x, y."""
    dx, dy = ends[2] - ends[0], ends[3] - ends[1]
    square = dx * dx + dy * dy
    return ((x - ends[0]) * dx + (y - ends[1]) * dy) / square if square > 0.0 else 0.0


@njit(nogil=True, cache=True)
def lay_boxes(cells: Cells, boxes: Floats) -> tuple[Int64s, Int32s]:
    """Put boxes (b, 4) as west, south, east, north into the cells they touch, as `lay` does bits."""
    start = np.zeros(cells.columns * cells.rows + 1, np.int64)
    for box in range(len(boxes)):
        first, low = _cell(cells, boxes[box, 0], boxes[box, 1])
        last, high = _cell(cells, boxes[box, 2], boxes[box, 3])
        for row in range(low, high + 1):
            start[row * cells.columns + first + 1 : row * cells.columns + last + 2] += 1
    for cell in range(len(start) - 1):
        start[cell + 1] += start[cell]
    free, held = start[:-1].copy(), np.empty(start[-1], np.int32)
    for box in range(len(boxes)):
        first, low = _cell(cells, boxes[box, 0], boxes[box, 1])
        last, high = _cell(cells, boxes[box, 2], boxes[box, 3])
        for row in range(low, high + 1):
            for cell in range(row * cells.columns + first, row * cells.columns + last + 1):
                held[free[cell]] = box
                free[cell] += 1
    return start, held


@njit(nogil=True, cache=True)
def inside(cells: Cells, boxes: Floats, first: Int64s, ends: Floats, xy: Floats) -> tuple[Int64s, Int64s]:
    """List the places (n, 2) inside areas, and the areas, both ascending: by how often a ray to the east is crossed.

    `ends` (b, 4) are the bits of all areas' outlines, `first` (areas + 1,) tells where those of each begin.
    """
    told_place, told_area = np.empty(64, np.int64), np.empty(64, np.int64)
    told = 0
    for place in range(len(xy)):
        x, y = xy[place, 0], xy[place, 1]
        column, row = _cell(cells, x, y)
        cell = row * cells.columns + column
        for entry in range(cells.start[cell], cells.start[cell + 1]):
            area = cells.bit[entry]
            if not (boxes[area, 0] <= x <= boxes[area, 2] and boxes[area, 1] <= y <= boxes[area, 3]):
                continue
            odd = False
            for bit in range(first[area], first[area + 1]):
                x0, y0, x1, y1 = ends[bit]
                if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                    odd = not odd
            if odd:
                if told == len(told_place):
                    told_place = np.concatenate((told_place, np.empty_like(told_place)))
                    told_area = np.concatenate((told_area, np.empty_like(told_area)))
                told_place[told], told_area[told] = place, area
                told += 1
    return told_place[:told], told_area[:told]
