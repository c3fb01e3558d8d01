"""Pieces of path indexed by the walls round them, to find where a place or a polygon site meets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gridgov.spatial import lattice, nearby
from gridgov.spatial.cutting import Bits
from gridgov.spatial.nearby import Nearby
from gridgov.spatial.pieces import Walled
from gridgov.spatial.walls import HAIR, Enclosures, Signature

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

ENTRY_REACH = 20.0
SAME_DISTANCE = 1e-6


@dataclass(frozen=True)
class Nearest:
    """The piece each place attaches to: `piece` (n,), -1 where none; `offset` (n,) and `leg` (n,) in metres."""

    piece: Ints
    offset: Floats
    leg: Floats


@dataclass(frozen=True)
class Entries:
    """Ways onto pieces, k of them: `owner` (k,) ascending, `piece` (k,), `offset` (k,) and `leg` (k,) in metres."""

    owner: Ints
    piece: Ints
    offset: Floats
    leg: Floats


class PieceIndex:
    """Pieces by the walls round them, to find the nearest one that a straight leg reaches without crossing a wall."""

    def __init__(self, pieces: Walled, barrier: Enclosures, leg_limit: float) -> None:
        self.pieces = pieces
        self.barrier = barrier
        self.leg_limit = leg_limit

    @cached_property
    def with_paths(self) -> frozenset[Signature]:
        """The walls that have paths inside them: of compounds without paths places reach the gates straight."""
        return frozenset(self.pieces.signatures[rank] for rank in np.unique(self.pieces.signature).tolist())

    @cached_property
    def _bits(self) -> Bits:
        return Bits.of(self.pieces.chains)

    @cached_property
    def _nearby(self) -> Nearby:
        kind = self.pieces.signature[self._bits.owner].astype(np.int32)
        return Nearby(lattice.Bits(self._bits.ends, self._bits.owner, kind))

    def nearest(self, xy: Floats, signatures: Sequence[Signature]) -> Nearest:
        """Attach places (n, 2) to the nearest piece of their own signature; ties go to the lower piece.

        A place whose leg to the nearest piece would cross a wall takes the next that it reaches.
        """
        rank = {signature: rank for rank, signature in enumerate(self.pieces.signatures)}
        kind = np.array([rank.get(one, -1) for one in signatures], dtype=np.int32)
        limit = self.leg_limit + SAME_DISTANCE
        bit, leg = self._nearby.nearest(xy, kind, limit=limit)
        found = Nearest(np.full(len(kind), -1, np.int64), np.zeros(len(kind)), np.full(len(kind), np.nan))
        row = np.flatnonzero(bit >= 0)
        missed = row[self._missed(found, row, bit[row], leg[row], xy, signatures)]
        at, bit, leg = self._nearby.within(xy[missed], limit, kind[missed])
        order = np.lexsort((bit, leg, at))
        self._missed(found, missed[at][order][::-1], bit[order][::-1], leg[order][::-1], xy, signatures)
        return found

    def entries(self, polygons: Geometries) -> Entries:
        """Find where pieces cross the boundary of polygon sites (n,), or come within 20 m with no wall between."""
        site, bit, part, doors, leg = self._nearby.approaches(nearby.outlines(polygons), ENTRY_REACH, SAME_DISTANCE)
        bits, piece = self._bits.at(bit), self._bits.owner[bit]
        step = bits.ends[:, 2:] - bits.ends[:, :2]
        offset = bits.start + part * np.hypot(*step.T)
        met = bits.xy + part[:, None] * step
        round_it = [self.pieces.signatures[one] for one in self.pieces.signature[piece].tolist()]
        passes = ~self.barrier.crossed(met, doors, round_it)
        order = np.flatnonzero(passes)
        order = order[np.lexsort((offset[order], piece[order], site[order]))]
        site, piece, offset, leg = site[order], piece[order], offset[order], leg[order]
        once = np.ones(len(site), dtype=bool)
        once[1:] = (np.diff(site) > 0) | (np.diff(piece) > 0) | (np.diff(offset) > HAIR)
        return Entries(site[once], piece[once], offset[once], leg[once])

    def _missed(
        self, found: Nearest, row: Ints, bit: Ints, leg: Floats, xy: Floats, signatures: Sequence[Signature]
    ) -> Bools:
        """Note bits (k,) for places by `row`, the last that can be reached; tell which can't: walls stand between."""
        feet, along = self._nearby.feet(bit, xy[row])
        missed = self.barrier.crossed(xy[row], feet, [signatures[one] for one in row.tolist()])
        at, bit = row[~missed], bit[~missed]
        found.piece[at], found.leg[at] = self._bits.owner[bit], leg[~missed]
        found.offset[at] = self._bits.start[bit] + along[~missed]
        return missed
