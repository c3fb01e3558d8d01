"""Pieces of path indexed by the walls round them, to find where a place or a polygon site meets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.cutting import Bits
from gridgov.spatial.pieces import Pieces
from gridgov.spatial.topology import points
from gridgov.spatial.walls import HAIR, Barrier, Signature

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

    def __init__(self, pieces: Pieces, barrier: Barrier, leg_limit: float) -> None:
        self.pieces = pieces
        self.barrier = barrier
        self.leg_limit = leg_limit
        self.all = shapely.STRtree(pieces.lines)
        order = np.argsort(pieces.signature, kind="stable")
        ranks, starts = np.unique(pieces.signature[order], return_index=True)
        groups = np.split(order, starts[1:]) if len(order) else []
        self.members = {pieces.signatures[rank]: group for rank, group in zip(ranks, groups, strict=True)}
        self.trees = {one: shapely.STRtree(pieces.lines[group]) for one, group in self.members.items()}

    def nearest(self, xy: Floats, signatures: Sequence[Signature]) -> Nearest:
        """Attach places (n, 2) to the nearest piece of their own signature; ties go to the lower piece."""
        dots = points(xy)
        found = Nearest(np.full(len(dots), -1, np.int64), np.zeros(len(dots)), np.full(len(dots), np.nan))
        for signature, rows in _by_signature(signatures):
            if signature in self.trees:
                best = self._first_choice(dots[rows], signature)
                missed = best.piece == -2
                best.piece[missed], best.offset[missed], best.leg[missed] = self._next_choice(
                    dots[rows[missed]], signature
                )
                found.piece[rows], found.offset[rows], found.leg[rows] = best.piece, best.offset, best.leg
        return found

    def entries(self, polygons: Geometries) -> Entries:
        """Find where pieces cross the boundary of polygon sites (n,), or come within 20 m with no wall between."""
        outlines = shapely.boundary(polygons)
        site, piece = self.all.query(outlines, predicate="dwithin", distance=ENTRY_REACH)
        order = np.lexsort((piece, site))
        site, piece = site[order], piece[order]
        pair, offset = _meetings(self.pieces.lines[piece], outlines[site])
        site, piece = site[pair], piece[pair]
        starts = shapely.line_interpolate_point(self.pieces.lines[piece], offset)
        legs = shapely.shortest_line(starts, outlines[site])
        passes = ~self.barrier.crossed(legs, [self.pieces.signatures[one] for one in self.pieces.signature[piece]])
        return Entries(site[passes], piece[passes], offset[passes], shapely.length(legs[passes]))

    def _first_choice(self, dots: Geometries, signature: Signature) -> Nearest:
        """Take the very nearest piece; -2 marks a place whose leg to it crosses a wall."""
        limit = self.leg_limit + SAME_DISTANCE
        (row, member), leg = self.trees[signature].query_nearest(dots, max_distance=limit, return_distance=True)
        piece = self.members[signature][member]
        order = np.lexsort((piece, row))
        row, piece, leg = row[order], piece[order], leg[order]
        first = np.r_[True, row[1:] != row[:-1]][: len(row)]
        row, piece, leg = row[first], piece[first], leg[first]
        offset, clear = self._tried(dots[row], piece, signature)
        best = Nearest(np.full(len(dots), -1, np.int64), np.zeros(len(dots)), np.full(len(dots), np.nan))
        best.piece[row] = np.where(clear, piece, -2)
        best.offset[row], best.leg[row] = offset, leg
        return best

    def _next_choice(self, dots: Geometries, signature: Signature) -> tuple[Ints, Floats, Floats]:
        row, member = self.trees[signature].query(dots, predicate="dwithin", distance=self.leg_limit + SAME_DISTANCE)
        piece = self.members[signature][member]
        leg = shapely.distance(dots[row], self.pieces.lines[piece])
        order = np.lexsort((piece, leg, row))
        row, piece, leg = row[order], piece[order], leg[order]
        offset, clear = self._tried(dots[row], piece, signature)
        row, piece, leg, offset = row[clear], piece[clear], leg[clear], offset[clear]
        first = np.r_[True, row[1:] != row[:-1]][: len(row)]
        best = np.full(len(dots), -1, np.int64), np.zeros(len(dots)), np.full(len(dots), np.nan)
        for target, source in zip(best, (piece, offset, leg), strict=True):
            target[row[first]] = source[first]
        return best

    def _tried(self, dots: Geometries, piece: Ints, signature: Signature) -> tuple[Floats, Bools]:
        lines = self.pieces.lines[piece]
        offset = shapely.line_locate_point(lines, dots)
        feet = shapely.line_interpolate_point(lines, offset)
        return offset, ~self.barrier.crossed(straight_legs(dots, feet), [signature] * len(dots))


def straight_legs(starts: Geometries, ends: Geometries) -> Geometries:
    """Draw the straight line from each point of `starts` to the one of `ends`."""
    if not len(starts):
        return np.empty(0, dtype=object)
    pairs = np.stack([shapely.get_coordinates(starts), shapely.get_coordinates(ends)], axis=1)
    return np.asarray(shapely.linestrings(pairs), dtype=object)


def _by_signature(signatures: Sequence[Signature]) -> Iterator[tuple[Signature, Ints]]:
    rows: dict[Signature, list[int]] = {}
    for row, signature in enumerate(signatures):
        rows.setdefault(signature, []).append(row)
    for signature, members in rows.items():
        yield signature, np.array(members, dtype=np.int64)


def _meetings(lines: Geometries, outlines: Geometries) -> tuple[Ints, Floats]:
    """Find where lines (k,) cross outlines (k,), else where they are nearest: both ends of a parallel stretch.

    Gives the index of each pair, ascending, with the offsets along its line, ascending.
    """
    bits = Bits.of(lines)
    crossing, bit = shapely.get_coordinates(shapely.intersection(bits.lines, outlines[bits.owner]), return_index=True)
    met = bits.cuts(bit, crossing)
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
    count = first[owner + 1] - first[owner]
    corner = np.repeat(np.arange(len(owner)), count)
    bit = np.arange(len(corner)) - np.repeat(np.cumsum(count) - count, count) + first[owner[corner]]
    feet = bits.cuts(bit, bits.feet(bit, points(corners[corner])))
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
