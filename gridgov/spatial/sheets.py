"""Sheets of paper for a wall map: one A0, or A3 tiles that overlap, to be cut and pasted into one about as large."""

from dataclasses import dataclass
from math import ceil

MM = 72 / 25.4  # points in a millimetre
PAPERS = ("a0", "a3")
_A0, _A3 = (1189.0, 841.0), (420.0, 297.0)
EDGE, OVERLAP = 8.0, 10.0  # millimetres: what a printer leaves white, and what neighbouring tiles share
_TILES = 3  # a side: three by three A3 make an A0, near enough


@dataclass(frozen=True)
class Tile:
    """A tile of the sheet: its name as row and column, where its part begins, in points, and its size."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """The whole sheet, in points, and the pages it is printed on: none where it is one page."""

    width: float
    height: float
    page: tuple[float, float]
    tiles: tuple[Tile, ...]


def sheet(paper: str, *, upright: bool) -> Sheet:
    """Return the sheet of a paper, upright or lying."""
    if paper == "a0":
        width, height = _turned(_A0, upright=upright)
        return Sheet(width * MM, height * MM, (width * MM, height * MM), ())
    page = _turned(_A3, upright=upright)
    inner = page[0] - 2 * EDGE, page[1] - 2 * EDGE
    steps = inner[0] - OVERLAP, inner[1] - OVERLAP
    tiles = tuple(
        Tile(f"{'ABC'[row]}{column + 1}", *(part * MM for part in (column * steps[0], row * steps[1], *inner)))
        for row in range(_TILES)
        for column in range(_TILES)
    )
    whole = [(_TILES * step + OVERLAP) * MM for step in steps]
    return Sheet(whole[0], whole[1], (page[0] * MM, page[1] * MM), tiles)


def scale(metres_a_point: float) -> int:
    """Return how many times smaller than the ground paper is, rounded to three digits: 8430 for 1 : 8430."""
    exact = metres_a_point * 1000 * MM
    digits = max(0, len(str(ceil(exact))) - 3)
    return int(round(exact, -digits))


def _turned(size: tuple[float, float], *, upright: bool) -> tuple[float, float]:
    wide, high = size
    return (high, wide) if upright else (wide, high)
