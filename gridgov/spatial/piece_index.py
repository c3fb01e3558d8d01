"""Pieces of path indexed by the walls round them, to find where a place or a polygon site meets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial import lattice, nearby
from gridgov.spatial.chains import Chains, spans
from gridgov.spatial.cutting import Bits
from gridgov.spatial.nearby import Nearby
from gridgov.spatial.pieces import Walled
from gridgov.spatial.topology import points
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
        outlines = shapely.boundary(polygons)
        site, piece = self._nearby.around(nearby.outlines(polygons), ENTRY_REACH)
        drawn, row = np.unique(piece, return_inverse=True)
        lines = self.pieces.chains.lines(drawn)[row]
        near = shapely.dwithin(lines, outlines[site], ENTRY_REACH)
        site, piece, lines = site[near], piece[near], lines[near]
        pair, offset = _meetings(lines, outlines[site])
        site, piece = site[pair], piece[pair]
        starts = shapely.line_interpolate_point(lines[pair], offset)
        legs = shapely.shortest_line(starts, outlines[site])
        passes = ~self.barrier.crossed(legs, [self.pieces.signatures[one] for one in self.pieces.signature[piece]])
        return Entries(site[passes], piece[passes], offset[passes], shapely.length(legs[passes]))

    def _missed(
        self, found: Nearest, row: Ints, bit: Ints, leg: Floats, xy: Floats, signatures: Sequence[Signature]
    ) -> Bools:
        """Note bits (k,) for places by `row`, the last that can be reached; tell which can't: walls stand between."""
        feet, along = self._nearby.feet(bit, xy[row])
        legs = straight_legs(points(xy[row]), points(feet))
        missed = self.barrier.crossed(legs, [signatures[one] for one in row.tolist()])
        at, bit = row[~missed], bit[~missed]
        found.piece[at], found.leg[at] = self._bits.owner[bit], leg[~missed]
        found.offset[at] = self._bits.start[bit] + along[~missed]
        return missed


def straight_legs(starts: Geometries, ends: Geometries) -> Geometries:
    """Draw the straight line from each point of `starts` to the one of `ends`."""
    if not len(starts):
        return np.empty(0, dtype=object)
    pairs = np.stack([shapely.get_coordinates(starts), shapely.get_coordinates(ends)], axis=1)
    return np.asarray(shapely.linestrings(pairs), dtype=object)


def _meetings(lines: Geometries, outlines: Geometries) -> tuple[Ints, Floats]:
    """Find where lines (k,) cross outlines (k,), else where they are nearest: both ends of a parallel stretch.

    Gives the index of each pair, ascending, with the offsets along its line, ascending.
    """
    bits = Bits.of(Chains.of(lines))
    meet = np.flatnonzero(shapely.intersects(lines, outlines)[bits.owner])
    meet = meet[shapely.intersects(bits.lines[meet], outlines[bits.owner[meet]])]
    shared = shapely.intersection(bits.lines[meet], outlines[bits.owner[meet]])
    crossing, bit = shapely.get_coordinates(shared, return_index=True)
    met = bits.cuts(meet[bit], crossing)
    apart = np.setdiff1d(np.arange(len(lines)), met.line)
    pair, offset = _nearest_offsets(lines, outlines, bits, apart)
    both = np.unique(np.column_stack([np.r_[met.line, pair], np.r_[met.offset, offset]]), axis=0)
    return both[:, 0].astype(np.int64), both[:, 1]


def _nearest_offsets(lines: Geometries, outlines: Geometries, bits: Bits, apart: Ints) -> tuple[Ints, Floats]:
    """Find where lines that meet their outlines nowhere come nearest to them: at a vertex of the one or the other."""
    least = np.full(len(lines), -np.inf)
    least[apart] = shapely.distance(lines[apart], outlines[apart])
    corners, owner = shapely.get_coordinates(outlines[apart], return_index=True)
    near = shapely.distance(points(corners), lines[apart[owner]]) <= least[apart[owner]] + 2 * SAME_DISTANCE
    corners, owner = corners[near], apart[owner[near]]
    first = np.searchsorted(bits.owner, np.arange(len(lines) + 1))
    corner, bit = spans(first[owner], first[owner + 1])
    feet = bits.cuts(bit, bits.feet(bit, corners[corner]))
    own = np.isin(bits.owner, apart)
    pair = np.r_[feet.line, bits.owner[own], apart]
    offset = np.r_[feet.offset, bits.start[own], shapely.length(lines[apart])]
    away = shapely.distance(shapely.line_interpolate_point(lines[pair], offset), outlines[pair])
    closest = np.full(len(lines), np.inf)
    np.minimum.at(closest, pair, away)
    kept = away <= closest[pair] + SAME_DISTANCE
    order = np.lexsort((offset[kept], pair[kept]))
    pair, offset = pair[kept][order], offset[kept][order]
    once = np.r_[True, (np.diff(pair) > 0) | (np.diff(offset) > HAIR)][: len(pair)]
    return pair[once], offset[once]
