"""Walkable segments: one order for one content, bytes for storage, and the noding of raw lines at grade."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.chains import Chains
from gridgov.spatial.cutting import Bits, Cuts, cut_lines
from gridgov.spatial.topology import points

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

MAGIC = b"GGSEG1"
MAGIC_PRIVATE = b"GGSEG2"  # the same, and behind it a byte a segment: which are private
COUNTS = struct.Struct("<QQ")
SAME_PLACE = 0.01
LINESTRING = 1


@dataclass(frozen=True)
class Ordered:
    """Segments (n,) as plain arrays: their `chains`, which are `level_free`, and which are private, `own`."""

    chains: Chains
    level_free: Bools
    own: Bools

    def content(self) -> bytes:
        """Give lengths, coordinates, levels, and what is private if anything is, as plain bytes, in this order."""
        counts = np.diff(self.chains.first).astype("<i8").tobytes()
        private = self.own.astype("u1").tobytes() if self.own.any() else b""
        return counts + self.chains.xy.astype("<f8").tobytes() + self.level_free.astype("u1").tobytes() + private


@dataclass(frozen=True)
class Segments:
    """Walkable segments in the working CRS: `lines` (n,) LineStrings; `level_free` (n,) True for a bridge or tunnel.

    `private` (n,) True where only those who live there may walk; None where nothing is private.
    """

    lines: Geometries
    level_free: Bools
    private: Bools | None = None

    @property
    def own(self) -> Bools:
        """Which segments are private, shape (n,)."""
        return np.zeros(len(self.lines), dtype=bool) if self.private is None else np.asarray(self.private, dtype=bool)

    def canonical(self) -> "Segments":
        """Give the same segments in an order and direction that depend on their geometry only.

        Raises
        ------
        InputError
            ``network_geometry_invalid`` with the `row` of the first line that is none, is empty, or holds NaN.
        """
        told = self.in_order()
        return Segments(told.chains.lines(), told.level_free, told.own if told.own.any() else None)

    def in_order(self) -> "Ordered":
        """Give the same as plain arrays, in the order and direction of `canonical`, and refuse alike."""
        _check_lines(self.lines, self.level_free)
        chains = Chains.of(self.lines)
        chains = Chains(chains.xy + 0.0, chains.first)  # so that -0.0 is 0.0
        chains = chains.turned(_backward(chains))
        free, own = np.asarray(self.level_free, dtype=bool), self.own
        order = _order(chains, free, own)
        return Ordered(chains.at(order), free[order], own[order])

    def to_bytes(self) -> bytes:
        """Pack the segments for storage: coordinates as they are (float64), compressed; no pickle."""
        header = COUNTS.pack(len(self.lines), int(shapely.get_num_coordinates(self.lines).sum()))
        return (MAGIC_PRIVATE if self.own.any() else MAGIC) + header + zlib.compress(self.content(), 6)

    def content(self) -> bytes:
        """Give lengths, coordinates, levels, and what is private if anything is, as plain bytes, in this order."""
        return Ordered(Chains.of(self.lines), np.asarray(self.level_free, dtype=bool), self.own).content()

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Segments":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        InputError
            ``network_bytes_invalid`` for bytes that are no such pack, or a truncated one.
        """
        try:
            return cls._unpacked(packed)
        except (ValueError, struct.error, zlib.error) as error:
            raise InputError("network_bytes_invalid") from error

    @classmethod
    def _unpacked(cls, packed: bytes) -> "Segments":
        magic = packed[: len(MAGIC)]
        if magic not in {MAGIC, MAGIC_PRIVATE}:
            raise ValueError("magic")
        lines, points = COUNTS.unpack_from(packed, len(MAGIC))
        body = zlib.decompress(packed[len(MAGIC) + COUNTS.size :])
        flags = 2 if magic == MAGIC_PRIVATE else 1
        if len(body) != (8 + flags) * lines + 16 * points:
            raise ValueError("length")
        counts = np.frombuffer(body, "<i8", lines)
        xy = np.frombuffer(body, "<f8", 2 * points, 8 * lines).reshape(-1, 2)
        free, *own = np.frombuffer(body, "u1", flags * lines, 8 * lines + 16 * points).astype(bool).reshape(flags, -1)
        owner = np.repeat(np.arange(lines), counts)
        made = np.asarray(shapely.linestrings(xy, indices=owner), dtype=object) if lines else _none()
        return cls(made, free, *own)


@dataclass(frozen=True)
class Noded:
    """Segments after noding; `origin` (n,) is the index of the line each came from, so that attributes follow."""

    segments: Segments
    origin: Ints


def node_at_grade(lines: npt.ArrayLike, level_free: npt.ArrayLike) -> Noded:
    """Split raw lines where they meet at grade, so that they share end points.

    Parameters
    ----------
    lines : array_like of LineString, shape (n,)
        Working CRS, metres.
    level_free : array_like of bool, shape (n,)
        True for a bridge or a tunnel: what passes over or under it doesn't join it. It is cut only at an own vertex
        on which another line ends (a stair); a line at grade is cut wherever a bridge or tunnel ends on it.

    Returns
    -------
    Noded
        In the order of `lines`, and along each line. An end within 1 cm of a line counts as lying on it, and the line
        is cut at that very point. Where two lines share a stretch, both are cut at its ends.

    Raises
    ------
    InputError
        ``network_geometry_invalid`` with the `row` of the first line that is none, is empty, or holds NaN.
    """
    given = np.asarray(lines, dtype=object)
    free = np.asarray(level_free, dtype=bool)
    _check_lines(given, free)
    given = np.asarray(shapely.force_2d(given), dtype=object)
    if not len(given):
        return Noded(Segments(given, free), np.empty(0, np.int64))
    chains = Chains.of(given)
    bits = Bits.of(chains)
    met = Cuts.joined([_crossings(bits, free), _ends_on_lines(chains, bits, free)])
    pieces, origin = cut_lines(chains, met.merged(chains.length, SAME_PLACE))
    return Noded(Segments(pieces.lines(), free[origin]), origin)


def _check_lines(lines: Geometries, level_free: Bools) -> None:
    if len(lines) != len(level_free):
        raise InputError("arrays_differ", what="network")
    good = (shapely.get_type_id(lines) == LINESTRING) & ~shapely.is_empty(lines)
    counts = shapely.get_num_coordinates(lines)
    finite = np.isfinite(shapely.get_coordinates(lines)).all(axis=1)
    broken = np.unique(np.repeat(np.arange(len(lines)), counts)[~finite])
    good[broken] = False
    if not good.all():
        raise InputError("network_geometry_invalid", row=int(np.flatnonzero(~good)[0]) + 1)


def _backward(chains: Chains) -> Bools:
    """Tell which lines (n,) run backward: whose vertices, read from the end, come before themselves."""
    one, other = chains.ends
    back = (other[:, 0] < one[:, 0]) | ((other[:, 0] == one[:, 0]) & (other[:, 1] < one[:, 1]))
    for row in np.flatnonzero((one == other).all(axis=1)).tolist():
        ring = chains.xy[chains.first[row] : chains.first[row + 1]].tolist()
        back[row] = ring[::-1] < ring
    return np.asarray(back, dtype=bool)


def _order(chains: Chains, free: Bools, own: Bools) -> Ints:
    """Order lines by their ends, then by all of their vertices, then by what else is told of them."""
    one, other = chains.ends
    keys = (one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    order = np.lexsort(keys[::-1])
    same = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])

    def told(row: int) -> tuple[object, ...]:
        return chains.xy[chains.first[row] : chains.first[row + 1]].tolist(), bool(free[row]), bool(own[row])

    bounds = np.flatnonzero(np.diff(np.r_[False, same, False].astype(np.int8)))
    for first, last in bounds.reshape(-1, 2).tolist():
        order[first : last + 1] = sorted(order[first : last + 1].tolist(), key=told)
    return order


def _none() -> Geometries:
    return np.empty(0, dtype=object)


def _crossings(bits: Bits, free: Bools) -> Cuts:
    """Meet every two straight bits at grade, of one line or of two."""
    grade = np.flatnonzero(~free[bits.owner])
    left, right = shapely.STRtree(bits.lines[grade]).query(bits.lines[grade], predicate="intersects")
    first, second = grade[left[left < right]], grade[right[left < right]]
    # Successive bits of a line meet at their common vertex, which is no crossing.
    apart = (second - first > 1) | (bits.owner[first] != bits.owner[second])
    first, second = first[apart], second[apart]
    xy, pair = shapely.get_coordinates(shapely.intersection(bits.lines[first], bits.lines[second]), return_index=True)
    return Cuts.joined([bits.cuts(first[pair], xy), bits.cuts(second[pair], xy)])


def _ends_on_lines(chains: Chains, bits: Bits, free: Bools) -> Cuts:
    ends = points(np.concatenate(chains.ends))
    grade = np.flatnonzero(~free[bits.owner])
    end, bit = shapely.STRtree(bits.lines[grade]).query(ends, predicate="dwithin", distance=SAME_PLACE)
    at_grade = _at_ends(bits, grade[bit], ends[end])
    bridges = np.flatnonzero(free[bits.owner])
    end, vertex = shapely.STRtree(points(bits.xy[bridges])).query(ends, predicate="dwithin", distance=SAME_PLACE)
    return Cuts.joined([at_grade, _at_ends(bits, bridges[vertex], ends[end])])


def _at_ends(bits: Bits, bit: Ints, ends: Geometries) -> Cuts:
    """Cut bits at the ends that touch them, taking the end's own coordinates so that the two join."""
    xy = shapely.get_coordinates(ends)
    foot = bits.cuts(bit, bits.feet(bit, xy))
    return Cuts(foot.line, foot.offset, xy)
