"""Cutting lines at places on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.chains import Chains, starts
from gridgov.spatial.lattice import feet

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

    `ends` (b, 4) as x, y, x, y; `owner` (b,) the line each is of; `start` (b,) metres along it to the first end.
    """

    ends: Floats
    owner: Ints
    start: Floats

    @classmethod
    def of(cls, chains: Chains) -> "Bits":
        """Take lines apart."""
        chains = Chains(
            chains.xy, chains.first
        )  # so that what is worked out here isn't kept with them: 70 MB of a city
        inner = np.flatnonzero(chains.owner[1:] == chains.owner[:-1])
        ends = np.concatenate([chains.xy[inner], chains.xy[inner + 1]], axis=1)
        return cls(ends, chains.owner[inner], chains.along[inner])

    @cached_property
    def lines(self) -> Geometries:
        """The bits as two-point LineStrings, shape (b,)."""
        made = shapely.linestrings(self.ends.reshape(-1, 2, 2)) if len(self.ends) else ()
        return np.asarray(made, dtype=object)

    @property
    def xy(self) -> Floats:
        """The first end of each bit, shape (b, 2)."""
        return self.ends[:, :2]

    def at(self, rows: Ints) -> "Bits":
        """Choose some of the bits (k,)."""
        return Bits(self.ends[rows], self.owner[rows], self.start[rows])

    def cuts(self, bit: Ints, xy: Floats) -> Cuts:
        """Cut lines at places `xy` (k, 2) that lie on their bits `bit` (k,)."""
        return Cuts(self.owner[bit], self.start[bit] + np.hypot(*(xy - self.xy[bit]).T), xy)

    def feet(self, bit: Ints, xy: Floats) -> Floats:
        """Give the place on each bit (k,) that is nearest to a place (k, 2), shape (k, 2)."""
        return feet(self.ends[bit], xy)[0]


def cut_lines(chains: Chains, cuts: Cuts) -> tuple[Chains, Ints]:
    """Cut lines at places.

    Parameters
    ----------
    chains : Chains
        n lines.
    cuts : Cuts
        k places, in order along the lines, none twice, none at an end. A new end takes the cut's own `xy`, bit for bit.

    Returns
    -------
    pieces : Chains
        n + k lines, in the order of the lines, and along each.
    origin : ndarray of int, shape (n + k,)
        The line each piece comes from.
    """
    if not len(cuts.line):
        return chains, np.arange(len(chains))
    # A cut stands twice: as the end of one piece and the start of the next.
    line = np.r_[chains.owner, cuts.line, cuts.line]
    where = np.r_[chains.along, cuts.offset, cuts.offset]
    places = np.concatenate([chains.xy, cuts.xy, cuts.xy])
    kind = np.r_[np.full(len(chains.xy), -1), np.zeros(len(cuts.line), int), np.ones(len(cuts.line), int)]
    order = np.lexsort((kind, where, line))
    line, where, places, kind = line[order], where[order], places[order], kind[order]
    piece = np.cumsum((kind == 1) | np.r_[True, line[1:] != line[:-1]]) - 1
    origin = line[np.r_[True, piece[1:] != piece[:-1]]]
    kept = _no_doubles(piece, where, kind)
    return Chains(places[kept], starts(np.bincount(piece[kept]))), origin


def on_lines(chains: Chains, line: Ints, offset: Floats) -> Cuts:
    """Make cuts of offsets (k,) along lines."""
    return Cuts(line, offset, chains.at(line).places(offset))


def _no_doubles(piece: Ints, where: Floats, kind: Ints) -> npt.NDArray[np.bool_]:
    """Drop a vertex that stands where its piece is cut, for the cut's own coordinates stay."""
    kept = np.ones(len(piece), dtype=bool)
    same = (piece[1:] == piece[:-1]) & (np.abs(np.diff(where)) < SAME)
    kept[:-1] &= ~(same & (kind[:-1] == -1) & (kind[1:] >= 0))
    kept[1:] &= ~(same & (kind[1:] == -1) & (kind[:-1] >= 0))
    return kept
