"""Attachment of places to the network: offset along a piece plus the straight leg to it, never to the nearest node."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.gateways import legs_from_places, within_limit
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.walls import Signature

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

AT_A_GATE = -1


@dataclass(frozen=True)
class Ways:
    """Ways of places onto the network, k in all.

    Place `owner` (k,) reaches the nodes `nodes` (k, 2) at `cost` (k, 2) metres, leg and stretch of piece together.
    `piece` (k,), `offset` (k,) and `leg` (k,) say where; piece -1 is a gate, reached straight.
    """

    owner: Ints
    nodes: Ints
    cost: Floats
    piece: Ints
    offset: Floats
    leg: Floats

    def __len__(self) -> int:
        return len(self.owner)

    def at(self, rows: npt.NDArray[np.integer] | Bools) -> "Ways":
        """Choose some of the ways."""
        return Ways(
            self.owner[rows], self.nodes[rows], self.cost[rows], self.piece[rows], self.offset[rows], self.leg[rows]
        )

    def and_also(self, other: "Ways") -> "Ways":
        """Put two lots of ways together, sorted by owner."""
        both = Ways(
            owner=np.concatenate([self.owner, other.owner]),
            nodes=np.concatenate([self.nodes, other.nodes]),
            cost=np.concatenate([self.cost, other.cost]),
            piece=np.concatenate([self.piece, other.piece]),
            offset=np.concatenate([self.offset, other.offset]),
            leg=np.concatenate([self.leg, other.leg]),
        )
        return both.at(np.argsort(both.owner, kind="stable"))


@dataclass(frozen=True)
class Attachments:
    """How n places hang on the network: their `ways`, sorted by owner; `doubtful` (n,) marks the places without any."""

    ways: Ways
    doubtful: Bools

    @classmethod
    def certain(cls, places: int) -> "Attachments":
        """No ways and no doubt: what is taken where there is no network."""
        none, nothing = np.empty(0, np.int64), np.empty(0)
        pair = np.empty((0, 2))
        return cls(Ways(none, pair.astype(np.int64), pair, none, nothing, nothing), np.zeros(places, dtype=bool))

    def __len__(self) -> int:
        return len(self.doubtful)


def attach_places(network: WalkNetwork, xy: npt.ArrayLike) -> Attachments:
    """Attach places to the network.

    Parameters
    ----------
    network : WalkNetwork
    xy : array_like of float, shape (n, 2)
        Metres, working CRS.

    Returns
    -------
    Attachments
        One way each: to the nearest point of the nearest piece inside the same walls, by a straight leg that crosses
        no wall. Where there is no path inside those walls at all: one way to each gate, straight. Ways longer than
        the leg limit and ways onto islands are left out; a place with none is doubtful.

    Raises
    ------
    InputError
        ``coordinates_invalid`` for NaN or infinite coordinates.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise InputError("coordinates_invalid", what="places")
    return _settled(network, _from_points(network, points, np.arange(len(points))), len(points))


def attach_sites(network: WalkNetwork, geometry: npt.ArrayLike, entrances: npt.ArrayLike) -> Attachments:
    """Attach sites to the network at their entrances.

    Parameters
    ----------
    network : WalkNetwork
    geometry : array_like of Point, Polygon or MultiPolygon, shape (n,)
        Working CRS.
    entrances : array_like of Point, MultiPoint or None, shape (n,)
        Recorded entrances override the geometry.

    Returns
    -------
    Attachments
        A way from every entrance, as `attach_places` finds it. A polygon without recorded entrances is entered wherever
        a piece crosses its boundary, and where a piece that doesn't comes nearest to it within 20 m.

    Raises
    ------
    InputError
        ``site_geometry_invalid`` with the `row` of the first site that has no usable geometry.
    """
    outline, doors = np.asarray(geometry, dtype=object), np.asarray(entrances, dtype=object)
    places = np.where(shapely.is_missing(doors) | shapely.is_empty(doors), outline, doors)
    kinds = shapely.get_type_id(places)
    good = np.isin(kinds, (0, 3, 4, 6)) & ~shapely.is_empty(places) & shapely.is_valid(places)
    if not good.all():
        raise InputError("site_geometry_invalid", row=int(np.flatnonzero(~good)[0]) + 1)
    dots, areas = np.flatnonzero(np.isin(kinds, (0, 4))), np.flatnonzero(np.isin(kinds, (3, 6)))
    xy, owner = shapely.get_coordinates(places[dots], return_index=True)
    ways = _from_points(network, xy, dots[owner])
    if len(areas):
        entries = network.index.entries(places[areas])
        ways = ways.and_also(_onto_pieces(network, areas[entries.owner], entries.piece, entries.offset, entries.leg))
    return _settled(network, ways, len(places))


def _settled(network: WalkNetwork, ways: Ways, places: int) -> Attachments:
    kept = ways.at(~network.islands[ways.nodes[:, 0]])
    doubtful = np.ones(places, dtype=bool)
    doubtful[kept.owner] = False
    return Attachments(kept, doubtful)


def _from_points(network: WalkNetwork, xy: Floats, owner: Ints) -> Ways:
    signatures = network.index.barrier.signatures(xy)
    nearest = network.index.nearest(xy, signatures)
    near = (nearest.piece >= 0) & within_limit(nearest.leg, network.index.leg_limit)
    ways = _onto_pieces(network, owner[near], nearest.piece[near], nearest.offset[near], nearest.leg[near])
    rows: dict[Signature, list[int]] = {}
    for row, signature in enumerate(signatures):
        if signature in network.gate_sides:
            rows.setdefault(signature, []).append(row)
    for signature, members in rows.items():
        ways = ways.and_also(_onto_gates(network, xy[members], owner[members], signature))
    return ways.at(np.argsort(ways.owner, kind="stable"))


def _onto_pieces(network: WalkNetwork, owner: Ints, piece: Ints, offset: Floats, leg: Floats) -> Ways:
    piece, offset = network.stretches.locate(piece, offset)
    rest = network.stretches.length[piece] - offset
    cost = np.column_stack([leg + offset, leg + rest])
    return Ways(owner, network.piece_nodes[piece], cost, piece, offset, leg)


def _onto_gates(network: WalkNetwork, xy: Floats, owner: Ints, signature: Signature) -> Ways:
    nodes, gate_xy = network.gate_sides[signature]
    place, gate, metres = legs_from_places(xy, signature, gate_xy, network.index)
    twice = np.column_stack([nodes[gate], nodes[gate]]), np.column_stack([metres, metres])
    return Ways(owner[place], *twice, np.full(len(place), AT_A_GATE), np.zeros(len(place)), metres)
