"""The compiled loops of isochrones: how far cells lie from straight bits, and the line where that comes to nothing."""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

OFF_CORNER = 1e-3  # of a cell's side: contours keep off its corners, so that they never touch themselves


@njit(nogil=True, cache=True)
def painted(bits: Floats, reach: Floats, west: float, south: float, size: float, columns: int, rows: int) -> Floats:
    """Measure how far lattice points lie outside what is within `reach` (b,) metres of straight `bits` (b, 4).

    Bits are x, y, x, y in metres. Lattice points are `size` apart; negative inside; farther than two steps outside
    they are only known to be outside.
    """
    field = np.full((rows, columns), 2.0 * size)
    for bit in range(len(bits)):
        x, y, along, up = bits[bit, 0], bits[bit, 1], bits[bit, 2] - bits[bit, 0], bits[bit, 3] - bits[bit, 1]
        square, around = along * along + up * up, reach[bit] + 2.0 * size
        first = max(int((min(x, x + along) - around - west) / size), 0)
        last = min(int((max(x, x + along) + around - west) / size) + 2, columns)
        low = max(int((min(y, y + up) - around - south) / size), 0)
        high = min(int((max(y, y + up) + around - south) / size) + 2, rows)
        for row in range(low, high):
            for column in range(first, last):
                aside, above = west + column * size - x, south + row * size - y
                part = min(max((aside * along + above * up) / square, 0.0), 1.0) if square > 0 else 0.0
                away = np.sqrt((aside - part * along) ** 2 + (above - part * up) ** 2) - reach[bit]
                field[row, column] = min(field[row, column], away)
    return field


@njit(nogil=True, cache=True)
def contour(field: Floats) -> tuple[Floats, Int64s]:
    """Trace the lines at which a field on a lattice turns from below 0, inside, to 0 or above; its rim is outside.

    Marching squares (Lorensen and Cline 1987, in the plane), with straight lines between lattice points; where two
    corners opposite each other are inside, the mean of the four decides whether they hang together. Gives vertices
    (v, 2) in columns and rows, and where each ring begins (r + 1,): outer rings anticlockwise, inner ones clockwise.
    """
    rows, columns = field.shape
    half = rows * columns
    onward = np.full(2 * half, -1, np.int64)
    crossings = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            inside = field[row, column] < 0
            low, high = field[row, column + 1] < 0, field[row + 1, column] < 0
            if inside != low or inside != high or inside != (field[row + 1, column + 1] < 0):
                crossings += _march(field, row, column, onward)
    xy, start, told, rings = np.empty((crossings, 2)), np.empty(crossings // 2 + 2, np.int64), 0, 0
    for edge in range(2 * half):
        at = edge
        if onward[at] >= 0:
            start[rings] = told
            rings += 1
        while onward[at] >= 0:
            row, column = at % half // columns, at % half % columns
            one = field[row, column]
            other = field[row, column + 1] if at < half else field[row + 1, column]
            part = min(max(one / (one - other), OFF_CORNER), 1.0 - OFF_CORNER)
            xy[told, 0], xy[told, 1] = (column + part, row) if at < half else (column, row + part)
            told += 1
            onward[at], at = -1, onward[at]
    start[rings] = told
    return xy[:told], start[: rings + 1]


@njit(nogil=True, cache=True)
def _march(field: Floats, row: int, column: int, onward: Int64s) -> int:
    """Lead contours through one square, from the edges they come in by to those they leave by; count them.

    Edges are numbered by their lower left end: those along a row first, then those up a column.
    """
    rows, columns = field.shape
    at = row * columns + column
    corners = (field[row, column], field[row, column + 1], field[row + 1, column + 1], field[row + 1, column])
    edges = (at, rows * columns + at + 1, at + columns, rows * columns + at)
    inside = 0
    for corner in corners:
        inside += corner < 0
    joined = inside == 2 and sum(corners) < 0
    found = 0
    for side in range(4):
        if corners[side] < 0 <= corners[(side + 1) % 4]:
            found += 1
            out = side
            for step in (1, 2, 3) if joined else (3, 2, 1):
                turned = (side + step) % 4
                if corners[turned] >= 0 > corners[(turned + 1) % 4]:
                    out = turned
                    break
            onward[edges[side]] = edges[out]
    return found
