"""Isochrones: the area within so many metres on foot of a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.errors import InputError
from gridgov.spatial.attachment import AT_A_GATE, Attachments, attach_places
from gridgov.spatial.chains import spans
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.permitted import permitted
from gridgov.spatial.searching import FAR, More
from gridgov.spatial.shortest import Search, key_beyond, lengths, to_metres
from gridgov.spatial.walls import Signature

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BESIDE = 50.0  # metres beside a path that are claimed
CELL = 10.0
PACES = {"reference": 1000.0 / 15.0, "brisk": 80.0, "elder": 50.0}  # metres a minute


@dataclass(frozen=True)
class _Bits:
    """Straight bits `ends` (b, 4) as x, y, x, y with what is claimed around each, `reach` (b,) metres."""

    ends: Floats
    reach: Floats


def isochrone(
    network: WalkNetwork, place: npt.ArrayLike, metres: float, *, home: int = -1, beside: float = BESIDE
) -> BaseGeometry | None:
    """Draw the area whose people come to a place by so many metres on foot, as those who live at the place walk.

    Parameters
    ----------
    network : WalkNetwork
    place : array_like of float, shape (2,)
        Metres, working CRS.
    metres : float
        Above 0: minutes times one of `PACES`.
    home : int
        The walled compound whose residents walk, an index into `Walls.polygons`; -1 none. Gates of compounds round the
        place are theirs to pass as well.
    beside : float
        How far from a path is claimed; the last so many metres of every way are left for that.

    Returns
    -------
    Polygon, MultiPolygon or None
        Working CRS; None where the place can't be attached to the network. What is near a path on the other side of a
        wall isn't in it; the inside of a compound without paths is, as far as one comes from its gates. Accurate to
        some metres: distances are taken on a lattice of 10 m, and contoured.

    Raises
    ------
    InputError
        ``coordinates_invalid``, ``isochrone_metres``.
    """
    if not (np.isfinite(metres) and metres > 0):
        raise InputError("isochrone_metres", value=metres)
    xy = np.asarray(place, dtype=np.float64).reshape(1, 2)
    attached = attach_places(network, xy)
    if attached.doubtful[0]:
        return None
    permission = network.permissions(xy, [home])
    away = _searched(network, attached, permission, metres)
    parts = [
        _within(network, signature, _area(bits))
        for signature, bits in _reached(network, attached, xy, away, metres, beside)
    ]
    return shapely.union_all(parts)


def _searched(network: WalkNetwork, place: Attachments, permission: Sequence[frozenset[int]], metres: float) -> Floats:
    """Measure the way to each node, infinite beyond, over public ways and those residents of the place may pass."""
    search = Search(network.public)
    if permission[0]:
        own = permitted(network, place, permission)  # passages through walls: none has a length
        search.more.slot[own.node] = np.arange(len(own.node), dtype=np.int32)
        search.more = More(search.more.slot, own.arc_start, own.arc_head, own.arc_weight)
    search.anew(place.ways.nodes.ravel(), lengths(place.ways.cost).ravel(), key_beyond(metres))
    reached = np.flatnonzero(search.work.key < FAR)
    away = np.full(network.nodes, np.inf)
    away[reached] = to_metres(search.work.key[reached])
    return away


def _reached(
    network: WalkNetwork, place: Attachments, xy: Floats, away: Floats, metres: float, beside: float
) -> list[tuple[Signature, _Bits]]:
    """List what is reached by the walls round it: bits of paths, the place, and gates of compounds without paths."""
    reach, around = max(metres - beside, 0.0), min(beside, metres)
    walled = network.index.pieces
    piece, ends = clipped(network, *_stretches(network, place, away, reach))
    rank = walled.signature[piece]
    parts = [(walled.signatures[one], ends[rank == one]) for one in np.unique(rank)]
    found = [(signature, _Bits(own, np.full(len(own), around))) for signature, own in parts]
    (here,) = network.index.barrier.signatures(xy)
    straight = metres if (place.ways.piece == AT_A_GATE).all() else around
    found.append((here, _Bits(np.tile(xy, 2), np.array([straight]))))
    for signature, (nodes, gates) in network.gate_sides.items():
        left = metres - away[nodes]
        near = left > 0
        found.append((signature, _Bits(np.tile(gates[near], 2), left[near])))
    return [(signature, bits) for signature, bits in found if len(bits.reach)]


def _stretches(network: WalkNetwork, place: Attachments, away: Floats, reach: float) -> tuple[Ints, Floats, Floats]:
    """List the stretches of undivided pieces within reach: from pieces' ends, and from the place both ways."""
    inner = away < reach
    met = np.flatnonzero(inner[network.piece_nodes].any(axis=1))
    left = reach - away[network.piece_nodes[met]]
    row, side = np.nonzero(left > 0)
    near = met[row]
    length = network.stretches.length[near]
    some = np.minimum(left[row, side], length)
    begin, end = np.where(side == 0, 0.0, length - some), np.where(side == 0, some, length)
    ways = place.ways.at((place.ways.piece >= 0) & (place.ways.leg < reach))
    rest = reach - ways.leg
    own = np.maximum(ways.offset - rest, 0.0), np.minimum(ways.offset + rest, network.stretches.length[ways.piece])
    piece, begin, end = np.r_[near, ways.piece], np.r_[begin, own[0]], np.r_[end, own[1]]
    ahead = before(network, piece)
    return network.stretches.whole[piece], begin + ahead, end + ahead


def before(network: WalkNetwork, piece: Ints) -> Floats:
    """Measure from where undivided pieces begin to where those pieces (k,) of them begin: few are divided."""
    whole, length = network.stretches.whole, network.stretches.length
    first = np.searchsorted(whole, whole[piece])
    before = np.zeros(len(piece))
    for row in np.flatnonzero(first < piece).tolist():
        before[row] = length[first[row] : piece[row]].sum()
    return before


def clipped(network: WalkNetwork, piece: Ints, begin: Floats, end: Floats) -> tuple[Ints, Floats]:
    """Cut stretches of pieces into straight bits: the piece of each, and its ends (b, 4)."""
    chains = network.index.pieces.chains
    stretch, vertex = spans(chains.first[piece], chains.first[piece + 1] - 1)
    start, stop = chains.along[vertex], chains.along[vertex + 1]
    low, high = np.maximum(start, begin[stretch]), np.minimum(stop, end[stretch])
    kept = (low < high) & (stop > start)
    start, stop, low, high = (each[kept] for each in (start, stop, low, high))
    one, other = chains.xy[vertex[kept]], chains.xy[vertex[kept] + 1]
    parts = [one + (other - one) * ((at - start) / (stop - start))[:, None] for at in (low, high)]
    return piece[stretch][kept], np.concatenate(parts, axis=1)


def _area(bits: _Bits) -> BaseGeometry:
    """Draw the area within `reach` of straight bits."""
    margin = float(bits.reach.max()) + 2 * CELL
    west, south = np.floor((bits.ends.reshape(-1, 2).min(axis=0) - margin) / CELL) * CELL
    east, north = bits.ends.reshape(-1, 2).max(axis=0) + margin
    columns, rows = int((east - west) / CELL) + 2, int((north - south) / CELL) + 2
    field = compiled().painted(bits.ends, bits.reach, west, south, CELL, columns, rows)
    xy, start = compiled().contour(field)
    return _polygons(xy * CELL + (west, south), start)


def _polygons(xy: Floats, start: Ints) -> BaseGeometry:
    """Put rings together: each inner one into the smallest outer one round it."""
    ring = np.repeat(np.arange(len(start) - 1), np.diff(start))
    rings = np.asarray(shapely.linearrings(xy, indices=ring), dtype=object)
    outer = shapely.is_ccw(rings)
    shells, holes = rings[outer], rings[~outer]
    areas = np.asarray(shapely.polygons(shells), dtype=object)
    hole, shell = shapely.STRtree(areas).query(shapely.get_point(holes, 0), predicate="within")
    order = np.lexsort((shapely.area(areas[shell]), hole))
    first = order[np.r_[True, np.diff(hole[order]) > 0][: len(order)]]
    inner: list[list[Any]] = [[] for _ in shells]
    for one, other in zip(hole[first].tolist(), shell[first].tolist(), strict=True):
        inner[other].append(holes[one])
    made = [shapely.Polygon(one, cut) if cut else area for one, area, cut in zip(shells, areas, inner, strict=True)]
    return made[0] if len(made) == 1 else shapely.multipolygons(made)


def _within(network: WalkNetwork, signature: Signature, area: BaseGeometry) -> BaseGeometry:
    """Keep what lies on the same side of every wall: inside those of the signature, outside of all others."""
    barrier = network.index.barrier
    own = np.searchsorted(barrier.walls, np.array(signature, dtype=np.int64))
    for wall in own.tolist():
        area = shapely.intersection(area, barrier.outer[wall])
    others = np.setdiff1d(shapely.STRtree(barrier.inner).query(area, predicate="intersects"), own)
    return shapely.difference(area, shapely.union_all(barrier.inner[others])) if len(others) else area


def compiled() -> ModuleType:
    """Return the compiled loops, imported when they are needed."""
    from gridgov.spatial import contouring  # noqa: PLC0415

    return contouring
