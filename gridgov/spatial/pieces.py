"""Pieces: segments cut where they meet walls, each with the walls that stand round it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.chains import Chains, numbered
from gridgov.spatial.cutting import Bits, Cuts, cut_lines, on_lines
from gridgov.spatial.nearby import Nearby, outlines
from gridgov.spatial.segments import Ordered
from gridgov.spatial.topology import points
from gridgov.spatial.walls import BY_A_WALL, HAIR, ON_THE_WALL, Barrier, Signature

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stretches:
    """Pieces (p,) of what was one before legs from gates met it: `whole` (p,), ascending, `length` (p,) metres."""

    whole: Ints
    length: Floats

    def locate(self, whole: Ints, offset: Floats) -> tuple[Ints, Floats]:
        """Find the piece, and the offset along it, that stands at offsets along the pieces as they were undivided."""
        first = np.searchsorted(self.whole, whole, side="left")
        last = np.searchsorted(self.whole, whole, side="right") - 1
        piece = first.copy()
        # Few pieces are divided, and those into few: one step after another, each along its own whole.
        behind = (piece < last) & (offset >= self.length[piece])
        while behind.any():
            offset = np.where(behind, offset - self.length[piece], offset)
            piece = np.where(behind, piece + 1, piece)
            behind = (piece < last) & (offset >= self.length[piece])
        return piece, np.clip(offset, 0.0, self.length[piece])


@dataclass(frozen=True)
class Walled:
    """Lines, p of them, by the walls that stand round each: `signature` (p,) of `signatures`."""

    chains: Chains
    signature: Ints
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Pieces:
    """Pieces of segments, and the places they join.

    `chains`, p lines, `length` (p,) metres, `tail` and `head` (p,) indexes of places, `signature` (p,) of
    `signatures`; `places` (q, 2); `level_free` (q,) True where a bridge or tunnel passes a wall, which takes no gate;
    `whole` (p,) the same for pieces that were one until a leg from a gate met them; `private` (p,) True where only
    those who live inside the walls round the piece may walk.
    """

    chains: Chains
    length: Floats
    tail: Ints
    head: Ints
    signature: Ints
    signatures: tuple[Signature, ...]
    places: Floats
    level_free: Bools
    whole: Ints
    private: Bools

    def subdivided(self, piece: Ints, offset: Floats) -> tuple["Pieces", Ints]:
        """Put a place on pieces at offsets; what is cut there keeps its signature. Gives the place of each (k,) too."""
        at_tail, at_head = offset <= HAIR, offset >= self.length[piece] - HAIR
        place = np.where(at_tail, self.tail[piece], np.where(at_head, self.head[piece], -1))
        inner = np.flatnonzero(place < 0)
        once, which = numbered(piece[inner], offset[inner])
        place[inner] = len(self.places) + which
        keys = piece[inner][once], offset[inner][once]
        return self.cut(on_lines(self.chains, *keys)), place

    @property
    def walled(self) -> Walled:
        """The pieces as places attach to them."""
        return Walled(self.chains, self.signature, self.signatures)

    @property
    def stretches(self) -> Stretches:
        """What the pieces are of, as they were undivided."""
        return Stretches(self.whole, self.length)

    def cut(self, cuts: Cuts) -> "Pieces":
        """Cut the pieces; each cut makes a place of its own."""
        chains, origin = cut_lines(self.chains, cuts)
        added = len(self.places) + np.arange(len(cuts.line))
        last = np.r_[origin[1:] != origin[:-1], True][-len(origin) :] if len(origin) else np.empty(0, bool)
        first = np.r_[True, last[:-1]] if len(origin) else last
        tail, head = self.tail[origin], self.head[origin]
        # Cuts come in the order of the pieces they open: each ends the piece before it and starts the one after.
        head[~last], tail[~first] = added, added
        return replace(
            self,
            chains=chains,
            length=chains.length,
            tail=tail,
            head=head,
            signature=self.signature[origin],
            places=np.concatenate([self.places, cuts.xy]),
            level_free=np.r_[self.level_free, np.zeros(len(cuts.line), dtype=bool)],
            whole=self.whole[origin],
            private=self.private[origin],
        )


def cut_at_walls(segments: Ordered, barrier: Barrier) -> Pieces:
    """Cut segments wherever they meet a wall, and tell each piece's walls by its middle.

    A piece that runs along a wall counts as outside. Segments that share an end point (to the millimetre) join there;
    a cut inside a segment joins nothing but its own two sides, so segments that merely cross stay apart.
    Segments without length are dropped.
    """
    chains = segments.chains
    ends = np.rint(np.concatenate(chains.ends) * 1000).astype(np.int64)
    once, where = numbered(ends[:, 0], ends[:, 1])
    keys, (tail, head) = ends[once], where.reshape(2, -1)
    real = np.flatnonzero(chains.length > 0.0)
    chains, tail, head, free = chains.at(real), tail[real], head[real], segments.level_free[real]
    own = segments.own[real]
    whole = Pieces(
        chains=chains,
        length=chains.length,
        tail=tail,
        head=head,
        signature=np.arange(len(real)),
        signatures=(),
        places=keys / 1000.0,
        level_free=np.zeros(len(keys), dtype=bool),
        whole=np.arange(len(real)),
        private=own,
    )
    cuts = _meetings(_near_walls(Bits.of(chains), barrier), barrier).merged(whole.length, ON_THE_WALL)
    cut = whole.cut(cuts)
    level_free = np.r_[whole.level_free, free[cuts.line]]
    return _signed(replace(cut, level_free=level_free), barrier)


def _signed(pieces: Pieces, barrier: Barrier) -> Pieces:
    found = barrier.signatures(pieces.chains.places(pieces.length / 2))
    signatures = tuple(sorted({(), *found}))
    rank = {signature: index for index, signature in enumerate(signatures)}
    ranks = np.array([rank[one] for one in found], dtype=np.int64)
    # A private way that no wall stands round has no residents to tell from strangers: everybody walks it.
    walled = np.array([len(one) > 0 for one in signatures], dtype=bool)[ranks]
    return replace(
        pieces,
        signature=ranks,
        signatures=signatures,
        whole=np.arange(len(ranks)),
        private=pieces.private & walled,
    )


def _near_walls(bits: Bits, barrier: Barrier) -> Bits:
    """Choose the bits that may meet a wall: most are far from any."""
    walls = Nearby(outlines(barrier.polygons[barrier.walls]))
    return bits.at(np.flatnonzero(walls.beside(bits.ends, BY_A_WALL)))


def _meetings(bits: Bits, barrier: Barrier) -> Cuts:
    """Find where lines meet walls: crossings, own vertices on a wall, corners of a wall on a line; all within 1 cm."""
    bit, wall = shapely.STRtree(barrier.rings).query(bits.lines, predicate="dwithin", distance=ON_THE_WALL)
    shared = shapely.intersection(bits.lines[bit], barrier.rings[wall])
    crossing, pair = shapely.get_coordinates(shared, return_index=True)
    on_wall = bit[shapely.dwithin(points(bits.xy[bit]), barrier.rings[wall], ON_THE_WALL)]
    corners = shapely.get_coordinates(barrier.rings)
    met, corner = shapely.STRtree(points(corners)).query(bits.lines, predicate="dwithin", distance=ON_THE_WALL)
    return Cuts.joined(
        [
            bits.cuts(bit[pair], crossing),
            bits.cuts(on_wall, bits.xy[on_wall]),
            bits.cuts(met, bits.feet(met, corners[corner])),
        ]
    )
