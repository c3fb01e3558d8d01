"""A lattice of square cells, and the straight bits laid into it: plain arrays for the compiled loops."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
