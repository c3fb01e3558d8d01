"""Gates of compounds without paths of their own, where straight legs from inside end and the ways outside begin."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridgov.spatial.piece_index import PieceIndex
from gridgov.spatial.pieces import Pieces
from gridgov.spatial.walls import Barrier, Signature

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DIRECTIONS = 64
STEP_ASIDE = 0.25


@dataclass(frozen=True)
class Side:
    """One side of a gate: the row of its `gateway`, the walls round it, and whether the gate's own is among them."""

    gateway: int
    signature: Signature
    inside: bool


@dataclass(frozen=True)
class Gateways:
    """Gates that touch a compound without paths: `xy` (k, 2) on the wall, and the sides of each."""

    xy: Floats
    sides: tuple[Side, ...]

    def by_signature(self) -> dict[Signature, list[int]]:
        """Rows of `sides` by the walls round them."""
        rows: dict[Signature, list[int]] = {}
        for row, side in enumerate(self.sides):
            rows.setdefault(side.signature, []).append(row)
        return rows


@dataclass(frozen=True)
class SideLegs:
    """Straight legs from sides of gates: `side` (k,) to the place `place` (k,) of a path, `metres` (k,) long."""

    side: Ints
    place: Ints
    metres: Floats


@dataclass(frozen=True)
class SideLinks:
    """Straight legs between sides of gates in a compound without paths: `one` and `other` (k,), `metres` (k,) long."""

    one: Ints
    other: Ints
    metres: Floats


def find_gateways(barrier: Barrier, with_paths: frozenset[Signature]) -> Gateways:
    """Find the gates that have a compound without paths on a side, and look round each for its sides."""
    places = barrier.gates_on_walls()
    turns = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    circle = STEP_ASIDE * np.column_stack([np.cos(turns), np.sin(turns)])
    probes = (places[:, None, :] + circle[None, :, :]).reshape(-1, 2)
    seen, clear = barrier.signatures(probes), ~barrier.on_a_wall(probes)
    kept: list[int] = []
    sides: list[Side] = []
    for gate in range(len(places)):
        turn = slice(gate * DIRECTIONS, (gate + 1) * DIRECTIONS)
        round_it = sorted({one for one, sure in zip(seen[turn], clear[turn], strict=True) if sure})
        if any(one and one not in with_paths for one in round_it):
            wall = int(barrier.gate_wall[gate])
            sides += [Side(len(kept), one, wall in one) for one in round_it]
            kept.append(gate)
    return Gateways(places[kept], tuple(sides))


def legs_to_paths(gateways: Gateways, index: PieceIndex, undivided: Pieces) -> tuple[Pieces, SideLegs]:
    """Attach the sides that have paths round them, like any place; the pieces are cut where a leg meets them."""
    rows = np.array(
        [row for row, side in enumerate(gateways.sides) if side.signature in index.with_paths], dtype=np.int64
    )
    xy = gateways.xy[[gateways.sides[row].gateway for row in rows]]
    nearest = index.nearest(xy, [gateways.sides[row].signature for row in rows])
    met = nearest.piece >= 0
    pieces, place = undivided.subdivided(nearest.piece[met], nearest.offset[met])
    return pieces, SideLegs(rows[met], place, nearest.leg[met])


def links_across(gateways: Gateways, index: PieceIndex) -> SideLinks:
    """Join gates of inner compounds to the gates of the compound without paths that they open into."""
    pairs: list[tuple[int, int]] = []
    for signature, rows in gateways.by_signature().items():
        if signature and signature not in index.with_paths:
            outer = [row for row in rows if gateways.sides[row].inside]
            pairs += [(row, end) for row in rows if not gateways.sides[row].inside for end in outer]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    starts, ends = (gateways.xy[[gateways.sides[row].gateway for row in rows]] for rows in (one, other))
    metres = np.hypot(*(ends - starts).T)
    clear = within_limit(metres, index.leg_limit)
    signatures = [gateways.sides[row].signature for row in one]
    clear &= ~index.barrier.crossed(starts, ends, signatures)
    return SideLinks(one[clear], other[clear], metres[clear])


def legs_from_places(xy: Floats, signature: Signature, gate_xy: Floats, index: PieceIndex) -> tuple[Ints, Ints, Floats]:
    """Draw legs from places (n, 2) in a compound without paths to the gates of it they reach: place, gate, metres."""
    place, gate = (part.ravel() for part in np.indices((len(xy), len(gate_xy))))
    starts, ends = xy[place], gate_xy[gate]
    metres = np.hypot(*(ends - starts).T)
    clear = within_limit(metres, index.leg_limit)
    crossed = index.barrier.crossed(starts[clear], ends[clear], [signature] * int(clear.sum()))
    clear[clear] = ~crossed
    return place[clear], gate[clear], metres[clear]


def within_limit(metres: Floats, limit: float) -> npt.NDArray[np.bool_]:
    """Compare in whole millimetres, as every verdict does."""
    return np.asarray(np.rint(metres * 1000) <= np.rint(limit * 1000), dtype=bool)
