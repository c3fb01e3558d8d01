"""Ways on foot from places to sites: over what anyone may walk, and over what residents may pass besides."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments, Ways
from gridgov.spatial.chains import spans
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.permitted import permitted
from gridgov.spatial.searching import FAR, LANES, Asked, Groups, Seeds
from gridgov.spatial.shortest import Search, compiled, key_beyond, lengths, millimetres_of, to_metres
from gridgov.spatial.sweeping import Sweep, loops
from gridgov.spatial.threads import abreast

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
T = TypeVar("T")

AT_ONCE = 256  # points whose pairs one thread lists before it takes others


@dataclass(frozen=True)
class Points:
    """Service points that may serve: `row` (k,) supply indexes, `type` (k,), `site` (k,) into the attached sites."""

    row: Ints
    type: Ints
    site: Ints


class Walks:
    """All ways on foot between demand places and service points.

    Eight types are searched at once, by sweeps. What residents may pass besides is laid over the public ways compound
    by compound: only what their passages bring nearer is searched again, and then undone.
    """

    def __init__(
        self,
        network: WalkNetwork,
        places: Attachments,
        permissions: Sequence[frozenset[int]],
        sites: Attachments,
        points: Points,
    ) -> None:
        """Take the d demand places with whose residents-only gates their people may pass, and the points that serve."""
        self._network = network
        self._places = places
        self._asked = _asked(network.nodes, places)
        self._rows = np.flatnonzero(~places.doubtful)
        self._groups = permitted(network, places, permissions)
        self._serve(sites, points)

    def _serve(self, sites: Attachments, points: Points) -> None:
        self._doors = _Doors(sites.ways.nodes.reshape(-1, 2), lengths(sites.ways.cost))
        self._shared = _OnOnePiece.of(self._places.ways, sites.ways)
        by_type = np.argsort(points.type, kind="stable")
        point, self._way = joined(points.site[by_type], sites.ways.owner)
        self._label = points.row[by_type[point]]
        self._type = points.type[by_type[point]]

    def serving(self, sites: Attachments, points: Points) -> "Walks":
        """Return the ways of the same places to other points."""
        others = copy(self)
        others._serve(sites, points)
        return others

    @property
    def asked(self) -> Asked:
        """The places that ask."""
        return self._asked

    @property
    def groups(self) -> Groups:
        """Those of them that share passages of their own."""
        return self._groups

    def nearest(self, types: Sequence[int]) -> tuple[Floats, Ints]:
        """Find the nearest service point of some types.

        Returns
        -------
        metres : ndarray of float, shape (d, t)
            To a thousandth; infinite where there is no way, or none under 274 km.
        point : ndarray of int, shape (d, t)
            The supply index; of points equally far, to the micrometre, the lowest; -1 where there is no way.
        """
        shape = len(self._asked.first) - 1, len(types)
        metres, point = np.empty(shape), np.empty(shape, np.int64)

        def eight(sweep: Sweep, first: int) -> None:
            chosen = types[first : first + LANES]
            keys = self._swept(sweep, chosen)
            for index, key in zip(chosen, keys, strict=True):
                self._shared.improve(*self._ways_of(index), key)
            self._by_own_passages(sweep, keys)
            loops().tell(keys, first, metres, point)

        abreast(lambda: Sweep(self._network.public), eight, range(0, len(types), LANES))
        return metres, point

    def least_with_gates_open(self, limits: Floats) -> Floats:
        """Measure the way to the nearest point of every type if every recorded gate were open to all, walls standing.

        Parameters
        ----------
        limits : ndarray of float, shape (types,)
            Metres beyond which it doesn't matter; negative for types that aren't asked.

        Returns
        -------
        ndarray of float, shape (types, d)
            Metres; infinite beyond a type's limit, and for types that aren't asked. Two places on one piece are left
            to `nearest`: what is near along one piece is near with any gates.
        """
        least = np.full((len(limits), len(self._asked.first) - 1), np.inf)
        asked = np.flatnonzero(limits >= 0)
        asked = asked[np.argsort(limits[asked], kind="stable")]
        beyond = np.array([key_beyond(limit) for limit in limits[asked].tolist()], dtype=np.int64)

        def eight(sweep: Sweep, first: int) -> None:
            chosen, too_far = asked[first : first + LANES], beyond[first : first + LANES]
            keys = self._swept(sweep, chosen.tolist(), int(too_far[-1]))
            least[chosen] = to_metres(np.where(keys < too_far[:, None], keys, FAR))

        abreast(lambda: Sweep(self._network.every_gate_open), eight, range(0, len(asked), LANES))
        return least

    def pairs(self, index: int, limit: float) -> tuple[Ints, Ints, Ints]:
        """List every place within `limit` metres of every point of a type.

        Returns
        -------
        place, row, millimetres : ndarray of int, shape (k,)
            One row a pair; in the order of millimetres, then supply index, then place.
        """
        found = self._within(index, limit, lambda *pairs: pairs)
        row, place, key = (np.concatenate(parts) for parts in zip(*found, strict=True))
        millimetres = millimetres_of(key)
        order = np.lexsort((place, row, millimetres))
        return place[order], row[order], millimetres[order]

    def counts(self, index: int, limit: float) -> Ints:
        """Count the points of a type within `limit` metres of every place, shape (d,)."""
        places = len(self._asked.first) - 1

        def counted(_row: Ints, place: Ints, _key: Ints) -> Ints:
            return np.bincount(place, minlength=places)

        return np.asarray(np.sum(self._within(index, limit, counted), axis=0), dtype=np.int64)

    def sums(self, index: int, limit: float, weight: Floats) -> tuple[Ints, Floats]:
        """Add up the whole numbers `weight` (d,) of the places within `limit` metres of every point of a type.

        Gives the supply indexes of points that any place is so near to, ascending, and their sums, shape (k,) both.
        """

        def summed(row: Ints, place: Ints, _key: Ints) -> tuple[Ints, Floats]:
            rows, number = np.unique(row, return_inverse=True)
            return rows, np.asarray(np.bincount(number, weight[place]), dtype=np.float64)

        rows, sums = (np.concatenate(parts) for parts in zip(*self._within(index, limit, summed), strict=True))
        return rows, sums

    def _within(self, index: int, limit: float, carry: Callable[[Ints, Ints, Ints], T]) -> list[T]:
        """Carry on with every place within `limit` metres of every point of a type, some points at a time.

        `carry` takes the supply index, place and key of each pair; it is called in threads.
        """
        way, label = self._ways_of(index)
        rows, number = np.unique(label, return_inverse=True)
        cost = self._doors.cost[way]
        order = np.lexsort((cost.ravel(), np.repeat(number, 2)))
        node = self._doors.nodes[way].ravel()[order].astype(np.int32)
        seeds = Seeds(node, cost.ravel()[order])
        first = np.searchsorted(np.repeat(number, 2)[order], np.arange(len(rows) + 1)).astype(np.int64)
        beyond = key_beyond(limit)
        beside = self._shared.pairs(way, number, beyond)

        def some(search: Search, begin: int) -> T:
            graph = (search.graph.arcs, search.more, self._groups, self._asked)
            own = first[begin : begin + AT_ONCE + 1]
            limits = np.full(len(own) - 1, beyond, np.int64)
            point, *found = compiled().pairs_within(*graph, own, seeds, limits, search.work)
            near = (beside[0] >= begin) & (beside[0] < begin + AT_ONCE)
            both = zip((point + begin, *found), beside, strict=True)
            point, place, key = (np.concatenate([one, other[near]]) for one, other in both)
            if near.any():
                order = np.lexsort((key, place, point))
                order = order[_firsts(point[order], place[order])]
                point, place, key = point[order], place[order], key[order]
            return carry(rows[point], place, key)

        return abreast(lambda: Search(self._network.public, self._longest), some, range(0, max(len(rows), 1), AT_ONCE))

    @property
    def _longest(self) -> int:
        return int(self._groups.arc_weight.max(initial=0))

    def _ways_of(self, index: int) -> tuple[Ints, Ints]:
        """List the ways onto the sites of a type's points, and the supply index of each."""
        first, end = np.searchsorted(self._type, [index, index + 1])
        return self._way[first:end], self._label[first:end]

    def _swept(self, sweep: Sweep, types: Sequence[int], beyond: int = int(FAR)) -> Ints:
        """Find the least keys of the d places to up to eight types, shape (types, d); those under `beyond` count."""
        ways = [self._ways_of(index) for index in types]
        way, label = (np.concatenate(parts) for parts in zip(*ways, strict=True))
        lane = np.repeat(np.arange(len(types)), [2 * len(own) for own, _ in ways])
        sweep.anew(self._doors.nodes[way].ravel(), lane, (self._doors.cost[way] + label[:, None]).ravel(), beyond)
        return sweep.gathered(self._rows, self._asked, len(types))

    def _by_own_passages(self, sweep: Sweep, keys: Ints) -> None:
        """Lower keys (types, d) by ways that only the people of some places may walk."""
        if not len(self._groups.row):
            return
        search = Search(sweep.graph, self._longest)
        graph = search.graph.arcs, search.more, self._groups, self._asked
        for lane, key in enumerate(keys):
            sweep.by_node(lane, search.work.key)
            compiled().gather_for_groups(*graph, search.work, key)


@dataclass(frozen=True)
class _Doors:
    """The ways onto sites: `nodes` (k, 2), `cost` (k, 2), lengths."""

    nodes: Ints
    cost: Ints


@dataclass(frozen=True)
class _OnOnePiece:
    """Where a place and a site hang on one piece: the site's `way`, ascending, the `place`, the `length` between."""

    way: Ints
    place: Ints
    length: Ints

    @classmethod
    def of(cls, places: Ways, sites: Ways) -> "_OnOnePiece":
        on_path, site_on_path = np.flatnonzero(places.piece >= 0), np.flatnonzero(sites.piece >= 0)
        one, other = joined(places.piece[on_path], sites.piece[site_on_path])
        one, other = on_path[one], site_on_path[other]
        metres = np.abs(places.offset[one] - sites.offset[other]) + places.leg[one] + sites.leg[other]
        order = np.argsort(other, kind="stable")
        return cls(other[order], places.owner[one][order], lengths(metres)[order])

    def improve(self, way: Ints, label: Ints, found: Ints) -> None:
        """Lower places' keys `found` (d,) by what lies on their own piece, for sites' ways (k,) under labels (k,)."""
        row, pair = joined(way, self.way)
        np.minimum.at(found, self.place[pair], self.length[pair] + label[row])

    def pairs(self, way: Ints, number: Ints, beyond: int) -> tuple[Ints, Ints, Ints]:
        """List the number, place and key of what lies on one piece by ways less than `beyond`."""
        row, pair = joined(way, self.way)
        near = self.length[pair] < beyond
        return number[row][near], self.place[pair][near], self.length[pair][near]


def joined(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """List the index pairs with equal keys."""
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, side="left")
    row, at = spans(first, np.searchsorted(right[order], left, side="right"))
    return row, order[at]


def _firsts(*keys: Ints) -> npt.NDArray[np.bool_]:
    """Mark the first of each run of equal keys."""
    new = np.zeros(len(keys[0]), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return new


def _asked(nodes: int, places: Attachments) -> Asked:
    ways = places.ways
    ends = ways.nodes.reshape(-1, 2)
    by_node = np.argsort(ends.ravel(), kind="stable")
    return Asked(
        owner=ways.owner.astype(np.int64),
        first=np.searchsorted(ways.owner, np.arange(len(places) + 1)).astype(np.int64),
        nodes=ends.astype(np.int32),
        cost=lengths(ways.cost).reshape(-1, 2),
        end_start=np.searchsorted(ends.ravel()[by_node], np.arange(nodes + 1)).astype(np.int64),
        end=by_node.astype(np.int64),
    )
