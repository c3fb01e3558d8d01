"""Cutting lines at places on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.topology import points

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


SAME = 1e-6


@dataclass(frozen=True)
class LineCuts:
    """Places to cut at: `line` (k,) indexes of lines, `xy` (k, 2) where; `offset` (k,) metres along, once merged."""

    line: Ints
    xy: Floats
    offset: Floats | None = None

    @classmethod
    def joined(cls, several: Sequence["LineCuts"]) -> "LineCuts":
        """All the places of several."""
        return cls(np.concatenate([cuts.line for cuts in several]), np.concatenate([cuts.xy for cuts in several]))


def merged_cuts(lines: Geometries, cuts: LineCuts, tolerance: float) -> LineCuts:
    """Order places along their lines; within `tolerance` metres of each other one is kept, and none of an end."""
    offset = shapely.line_locate_point(lines[cuts.line], points(cuts.xy))
    order = np.lexsort((cuts.xy[:, 1], cuts.xy[:, 0], offset, cuts.line))
    line, xy, offset = cuts.line[order], cuts.xy[order], offset[order]
    kept = (offset > tolerance) & (offset < shapely.length(lines[line]) - tolerance)
    line, xy, offset = line[kept], xy[kept], offset[kept]
    near = np.zeros(len(line), dtype=bool)
    near[1:] = (line[1:] == line[:-1]) & (np.diff(offset) <= tolerance)
    return LineCuts(line[~near], xy[~near], offset[~near])


def cut_lines(lines: Geometries, cuts: LineCuts) -> tuple[Geometries, Ints]:
    """Cut lines at merged places.

    Parameters
    ----------
    lines : ndarray of LineString, shape (n,)
    cuts : LineCuts
        As `merged_cuts` gives them; a new end takes the cut's own `xy`, bit for bit.

    Returns
    -------
    pieces : ndarray of LineString, shape (n + k,)
        In the order of the lines, and along each.
    origin : ndarray of int, shape (n + k,)
        The line each piece comes from.
    """
    if cuts.offset is None:
        raise ValueError("cuts are not merged")
    if not len(lines):
        return lines, np.empty(0, np.int64)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    starts = np.r_[True, owner[1:] != owner[:-1]]
    step[starts] = 0.0
    run = np.cumsum(step)
    along = run - np.repeat(run[starts], shapely.get_num_coordinates(lines))
    # A cut stands twice: as the end of one piece and the start of the next. A vertex at the cut's own place gives way.
    line = np.r_[owner, cuts.line, cuts.line]
    where = np.r_[along, cuts.offset, cuts.offset]
    places = np.concatenate([xy, cuts.xy, cuts.xy])
    kind = np.r_[np.full(len(owner), -1), np.zeros(len(cuts.line), int), np.ones(len(cuts.line), int)]
    order = np.lexsort((kind, where, line))
    line, where, places, kind = line[order], where[order], places[order], kind[order]
    piece = np.cumsum((kind == 1) | np.r_[True, line[1:] != line[:-1]]) - 1
    kept = _no_doubles(piece, where, kind)
    cut = shapely.linestrings(places[kept], indices=piece[kept])
    origin = line[np.r_[True, piece[1:] != piece[:-1]]]
    return np.asarray(cut, dtype=object), origin


def _no_doubles(piece: Ints, where: Floats, kind: Ints) -> npt.NDArray[np.bool_]:
    """Drop a vertex that stands where its piece is cut, for the cut's own coordinates stay."""
    kept = np.ones(len(piece), dtype=bool)
    same = (piece[1:] == piece[:-1]) & (np.abs(np.diff(where)) < SAME)
    kept[:-1] &= ~(same & (kind[:-1] == -1) & (kind[1:] >= 0))
    kept[1:] &= ~(same & (kind[1:] == -1) & (kind[:-1] >= 0))
    return kept
