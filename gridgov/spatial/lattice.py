"""A lattice of square cells, and the straight bits laid into it: plain arrays for the compiled loops."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


class Bits(NamedTuple):
    """Straight bits: `ends` (b, 4) as x, y, x, y; whose each is, `owner` (b,) ascending; of which `kind` (b,)."""

    ends: Floats
    owner: Int64s
    kind: Int32s


class Cells(NamedTuple):
    """Square cells from `west` and `south`, `size` metres wide, row by row; CSR of the bits that pass through each."""

    west: float
    south: float
    size: float
    columns: int
    rows: int
    start: Int64s
    bit: Int32s


def feet(ends: Floats, xy: Floats) -> tuple[Floats, Floats]:
    """Give the places (n, 2) on straight bits (n, 4) nearest to places (n, 2), and how far along each bit, metres."""
    step = ends[:, 2:] - ends[:, :2]
    square = (step**2).sum(axis=1)
    part = ((xy - ends[:, :2]) * step).sum(axis=1) / np.where(square > 0.0, square, 1.0)
    part = np.clip(part, 0.0, 1.0)
    return ends[:, :2] + part[:, None] * step, part * np.sqrt(square)
