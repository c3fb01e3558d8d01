"""Ways on foot from places to sites: over what anyone may walk, and over what residents may pass besides."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments, Ways
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.permitted import permitted
from gridgov.spatial.searching import FAR, NOBODY, Asked, Seeds
from gridgov.spatial.shortest import Graph, Search, compiled, micrometres, to_metres

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True)
class Points:
    """Service points that may serve: `row` (k,) supply indexes, `type` (k,), `site` (k,) into the attached sites."""

    row: Ints
    type: Ints
    site: Ints


class Walks:
    """All ways on foot between demand places and service points.

    What residents may pass besides is laid over the public ways compound by compound: only what their passages bring
    nearer is searched again, and then undone.
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
        self._points = points
        self._doors = _Doors(sites.ways.owner, sites.ways.nodes.reshape(-1, 2), micrometres(sites.ways.cost))
        self._asked = _asked(network.nodes, places)
        self._rows = np.flatnonzero(~places.doubtful)
        self._groups = permitted(network, places, permissions)
        self._shared = _OnOnePiece.of(places.ways, sites.ways)

    def nearest(self, types: Sequence[int]) -> tuple[Floats, Ints]:
        """Find the nearest service point of some types.

        Returns
        -------
        metres : ndarray of float, shape (d, t)
            To a thousandth; infinite where there is no way, however far one looks.
        point : ndarray of int, shape (d, t)
            The supply index; of points equally far, to the micrometre, the lowest; -1 where there is no way.
        """
        found = _each(self._network.public, self._longest, self._nearest, types)
        shape = len(types), len(self._asked.first) - 1
        far = np.array([one.far for one in found], dtype=np.int64).reshape(shape).T
        point = np.array([one.point for one in found], dtype=np.int64).reshape(shape).T
        return to_metres(far), np.where(far >= FAR, -1, point)

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

        def one_type(search: Search, index: int) -> Floats:
            way, _ = self._ways_of(index)
            start, cost = self._doors.nodes[way].ravel(), self._doors.cost[way].ravel()
            search.anew(start, cost, np.zeros(len(cost), np.int64), int(micrometres(limits[index] + 1.0)))
            return to_metres(self._gathered(search).far)

        rows = np.flatnonzero(limits >= 0).tolist()
        for row, metres in zip(rows, _each(self._network.every_gate_open, 0, one_type, rows), strict=True):
            least[row] = metres
        return least

    def pairs(self, index: int, limit: float) -> tuple[Ints, Ints, Ints]:
        """List every place within `limit` metres of every point of a type.

        Returns
        -------
        place, row, millimetres : ndarray of int, shape (k,)
            One row a pair; in the order of millimetres, then supply index, then place.
        """
        way, label = self._ways_of(index)
        rows, number = np.unique(label, return_inverse=True)
        cost = self._doors.cost[way]
        order = np.lexsort((cost.ravel(), np.repeat(number, 2)))
        node = self._doors.nodes[way].ravel()[order].astype(np.int32)
        seeds = Seeds(node, cost.ravel()[order], np.zeros(len(node), np.int32))
        first = np.searchsorted(np.repeat(number, 2)[order], np.arange(len(rows) + 1)).astype(np.int64)
        most = int(micrometres(limit)) + 499  # what rounds to the limit's own millimetre is within
        search = Search(self._network.public, self._longest)
        limits = np.full(len(rows), most, np.int64)
        graph = (search.graph.arcs, search.more, self._groups, self._asked)
        found = compiled().pairs_within(*graph, first, seeds, limits, search.work)
        beside = self._shared.pairs(way, number, most)
        point, place, far = (np.concatenate(both) for both in zip(found, beside, strict=True))
        order = np.lexsort((far, place, point))
        order = order[_firsts(point[order], place[order])]
        millimetres = (far[order] + 500) // 1000
        point, place = rows[point[order]], place[order]
        order = np.lexsort((place, point, millimetres))
        return place[order], point[order], millimetres[order]

    @property
    def _longest(self) -> int:
        return int(self._groups.arc_weight.max(initial=0))

    def _ways_of(self, index: int) -> tuple[Ints, Ints]:
        """List the ways onto the sites of a type's points, and the supply index of each."""
        chosen = np.flatnonzero(self._points.type == index)
        way, at = joined(self._doors.owner, self._points.site[chosen])
        return way, self._points.row[chosen[at]]

    def _nearest(self, search: Search, index: int) -> "_Found":
        way, label = self._ways_of(index)
        search.anew(self._doors.nodes[way].ravel(), self._doors.cost[way].ravel(), np.repeat(label, 2))
        found = self._gathered(search)
        self._shared.improve(way, label, found)
        graph = (search.graph.arcs, search.more, self._groups, self._asked, search.work)
        compiled().gather_for_groups(*graph, found.far, found.point)
        return found

    def _gathered(self, search: Search) -> "_Found":
        """Carry what a search found over to the places."""
        places = len(self._asked.first) - 1
        found = _Found(np.full(places, FAR), np.full(places, NOBODY))
        compiled().gather(self._rows, self._asked, search.work, found.far, found.point)
        return found


@dataclass(frozen=True)
class _Found:
    """The nearest point of one type found for each place: `far` (d,) micrometres, `point` (d,) its supply index."""

    far: Ints
    point: Int32s


@dataclass(frozen=True)
class _Doors:
    """The ways onto sites: `owner` (k,), `nodes` (k, 2), `cost` (k, 2) micrometres."""

    owner: Ints
    nodes: Ints
    cost: Ints


@dataclass(frozen=True)
class _OnOnePiece:
    """Where a place and a site hang on the same piece: the site's `way`, ascending, the `place`, and `far` along it."""

    way: Ints
    place: Ints
    far: Ints

    @classmethod
    def of(cls, places: Ways, sites: Ways) -> "_OnOnePiece":
        on_path, site_on_path = np.flatnonzero(places.piece >= 0), np.flatnonzero(sites.piece >= 0)
        one, other = joined(places.piece[on_path], sites.piece[site_on_path])
        one, other = on_path[one], site_on_path[other]
        metres = np.abs(places.offset[one] - sites.offset[other]) + places.leg[one] + sites.leg[other]
        order = np.argsort(other, kind="stable")
        return cls(other[order], places.owner[one][order], micrometres(metres)[order])

    def improve(self, way: Ints, label: Ints, found: _Found) -> None:
        """Lower what was found for places by what lies on their own piece, for sites' ways (k,) under labels (k,)."""
        row, pair = joined(way, self.way)
        place, far, named = self.place[pair], self.far[pair], label[row]
        order = np.lexsort((named, far, place))
        order = order[_firsts(place[order])]
        place, far, named = place[order], far[order], named[order]
        known, by = found.far[place], found.point[place]
        nearer = (far < known) | ((far == known) & (named < by))
        found.far[place[nearer]], found.point[place[nearer]] = far[nearer], named[nearer]

    def pairs(self, way: Ints, number: Ints, limit: int) -> tuple[Ints, Ints, Ints]:
        """List the number, place and micrometres of what lies on one piece within a limit."""
        row, pair = joined(way, self.way)
        near = self.far[pair] <= limit
        return number[row][near], self.place[pair][near], self.far[pair][near]


def joined(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """List the index pairs with equal keys."""
    order = np.argsort(right, kind="stable")
    start = np.searchsorted(right[order], left, side="left")
    counts = np.searchsorted(right[order], left, side="right") - start
    first = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, order[np.repeat(start, counts) + within]


def _firsts(*keys: Ints) -> npt.NDArray[np.bool_]:
    """Mark the first of each run of equal keys."""
    new = np.zeros(len(keys[0]), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return new


def _each(graph: Graph, longest: int, work: Callable[[Search, int], T], rows: Iterable[int]) -> list[T]:
    """Do some work for each of some rows, in threads, each of which searches in a space of its own."""
    threads = compiled().THREADS
    spaces: SimpleQueue[Search] = SimpleQueue()
    for _ in range(threads):
        spaces.put(Search(graph, longest))

    def done(row: int) -> T:
        search = spaces.get()
        try:
            return work(search, row)
        finally:
            spaces.put(search)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(done, rows))


def _asked(nodes: int, places: Attachments) -> Asked:
    ways = places.ways
    ends = ways.nodes.reshape(-1, 2)
    by_node = np.argsort(ends.ravel(), kind="stable")
    return Asked(
        owner=ways.owner.astype(np.int64),
        first=np.searchsorted(ways.owner, np.arange(len(places) + 1)).astype(np.int64),
        nodes=ends.astype(np.int32),
        cost=micrometres(ways.cost).reshape(-1, 2),
        end_start=np.searchsorted(ends.ravel()[by_node], np.arange(nodes + 1)).astype(np.int64),
        end=by_node.astype(np.int64),
    )
