"""Cutting lines at places on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SAME = 1e-6


@dataclass(frozen=True)
class Cuts:
    """Places to cut at: `line` (k,) indexes of lines, `offset` (k,) metres along, `xy` (k, 2) where that is."""

    line: Ints
    offset: Floats
    xy: Floats

    @classmethod
    def joined(cls, several: Sequence["Cuts"]) -> "Cuts":
        """All the places of several."""
        return cls(
            np.concatenate([cuts.line for cuts in several]),
            np.concatenate([cuts.offset for cuts in several]),
            np.concatenate([cuts.xy for cuts in several]),
        )

    def merged(self, lengths: Floats, tolerance: float) -> "Cuts":
        """Order the places along their lines; within `tolerance` metres of another, or of an end, none is kept."""
        order = np.lexsort((self.xy[:, 1], self.xy[:, 0], self.offset, self.line))
        line, offset, xy = self.line[order], self.offset[order], self.xy[order]
        kept = (offset > tolerance) & (offset < lengths[line] - tolerance)
        line, offset, xy = line[kept], offset[kept], xy[kept]
        near = np.zeros(len(line), dtype=bool)
        near[1:] = (line[1:] == line[:-1]) & (np.diff(offset) <= tolerance)
        return Cuts(line[~near], offset[~near], xy[~near])


@dataclass(frozen=True)
class Bits:
    """The straight bits of lines, so that a line that meets a place twice is met twice.

    `lines` (b,) two-point LineStrings, `owner` (b,) the line each is of, `start` (b,) metres along it to the first
    point, `xy` (b, 2) that point.
    """

    lines: Geometries
    owner: Ints
    start: Floats
    xy: Floats

    @classmethod
    def of(cls, lines: Geometries) -> "Bits":
        """Take lines apart."""
        xy, owner = shapely.get_coordinates(lines, return_index=True)
        inner = np.flatnonzero(owner[1:] == owner[:-1])
        pairs = np.stack([xy[inner], xy[inner + 1]], axis=1)
        made = np.asarray(shapely.linestrings(pairs), dtype=object) if len(pairs) else np.empty(0, dtype=object)
        return cls(made, owner[inner], _offsets(xy, owner)[inner], xy[inner])

    def cuts(self, bit: Ints, xy: Floats) -> Cuts:
        """Cut lines at places `xy` (k, 2) that lie on their bits `bit` (k,)."""
        return Cuts(self.owner[bit], self.start[bit] + np.hypot(*(xy - self.xy[bit]).T), xy)

    def feet(self, bit: Ints, places: Geometries) -> Floats:
        """Give the place on each bit (k,) that is nearest to a point (k,), shape (k, 2)."""
        along = shapely.line_locate_point(self.lines[bit], places)
        return shapely.get_coordinates(shapely.line_interpolate_point(self.lines[bit], along))


def cut_lines(lines: Geometries, cuts: Cuts) -> tuple[Geometries, Ints]:
    """Cut lines at places.

    Parameters
    ----------
    lines : ndarray of LineString, shape (n,)
    cuts : Cuts
        k places, in order along the lines, none twice, none at an end. A new end takes the cut's own `xy`, bit for bit.

    Returns
    -------
    pieces : ndarray of LineString, shape (n + k,)
        In the order of the lines, and along each.
    origin : ndarray of int, shape (n + k,)
        The line each piece comes from.
    """
    if not len(lines):
        return lines, np.empty(0, np.int64)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    # A cut stands twice: as the end of one piece and the start of the next.
    line = np.r_[owner, cuts.line, cuts.line]
    where = np.r_[_offsets(xy, owner), cuts.offset, cuts.offset]
    places = np.concatenate([xy, cuts.xy, cuts.xy])
    kind = np.r_[np.full(len(owner), -1), np.zeros(len(cuts.line), int), np.ones(len(cuts.line), int)]
    order = np.lexsort((kind, where, line))
    line, where, places, kind = line[order], where[order], places[order], kind[order]
    piece = np.cumsum((kind == 1) | np.r_[True, line[1:] != line[:-1]]) - 1
    kept = _no_doubles(piece, where, kind)
    cut = shapely.linestrings(places[kept], indices=piece[kept])
    origin = line[np.r_[True, piece[1:] != piece[:-1]]]
    return np.asarray(cut, dtype=object), origin


def on_lines(lines: Geometries, line: Ints, offset: Floats) -> Cuts:
    """Make cuts of offsets (k,) along lines."""
    return Cuts(line, offset, shapely.get_coordinates(shapely.line_interpolate_point(lines[line], offset)))


def _offsets(xy: Floats, owner: Ints) -> Floats:
    """Measure along each line to each of its vertices."""
    step = np.zeros(len(xy))
    step[1:] = np.where(owner[1:] == owner[:-1], np.hypot(*np.diff(xy, axis=0).T), 0.0)
    run = np.cumsum(step)
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: len(owner)])
    return run - np.repeat(run[first], np.diff(np.r_[first, len(owner)]))


def _no_doubles(piece: Ints, where: Floats, kind: Ints) -> npt.NDArray[np.bool_]:
    """Drop a vertex that stands where its piece is cut, for the cut's own coordinates stay."""
    kept = np.ones(len(piece), dtype=bool)
    same = (piece[1:] == piece[:-1]) & (np.abs(np.diff(where)) < SAME)
    kept[:-1] &= ~(same & (kind[:-1] == -1) & (kind[1:] >= 0))
    kept[1:] &= ~(same & (kind[1:] == -1) & (kind[:-1] >= 0))
    return kept
