"""Ways of one facility type kept from every node and place, so that a point more or less changes only what it must."""

from copy import copy
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import Attachments, Ways
from gridgov.spatial.chains import spans
from gridgov.spatial.searching import FAR, Asked, Groups, Journal, Seeds
from gridgov.spatial.shortest import Graph, Search, compiled, labels_of, lengths

Ints = npt.NDArray[np.int64]


class Swap(Protocol):
    """A change that is there or not: each turn takes it back, or makes it again."""

    def turn(self) -> None:
        """Exchange what is for what was."""


@dataclass
class Values:
    """Entries of an array: `was` stood at `index`, each told once."""

    array: npt.NDArray[Any]
    index: Ints
    was: npt.NDArray[Any]

    def turn(self) -> None:
        """Exchange what stands there for what stood there."""
        self.was, self.array[self.index] = self.array[self.index], self.was


@dataclass
class Attribute:
    """An attribute that was another object."""

    of: Any
    name: str
    was: Any

    def turn(self) -> None:
        """Exchange the object for the one before."""
        now = getattr(self.of, self.name)
        setattr(self.of, self.name, self.was)
        self.was = now


@dataclass(frozen=True)
class Doors:
    """Ways onto the sites of points, k of them, with each one's label: a number that ties go by, the lower first."""

    ways: Ways
    label: Ints

    @classmethod
    def of(cls, sites: Attachments, site: Ints, label: Ints) -> "Doors":
        """List the ways onto the sites (p,) of points under their labels (p,)."""
        owner = sites.ways.owner
        point, way = spans(np.searchsorted(owner, site, side="left"), np.searchsorted(owner, site, side="right"))
        return cls(sites.ways.at(way), label[point])

    @property
    def nodes(self) -> npt.NDArray[np.int32]:
        """Their nodes, two of each."""
        return self.ways.nodes.ravel().astype(np.int32)

    def seeds(self, node: npt.NDArray[np.int32] | None = None, key: Ints | None = None) -> Seeds:
        """Begin at their nodes, and at others (m,) that `key` (m,) leads to."""
        own = (lengths(self.ways.cost).reshape(-1, 2) + self.label[:, None]).ravel()
        nodes = self.nodes if node is None else np.concatenate([self.nodes, node])
        keys = own if key is None else np.concatenate([own, key])
        order = np.argsort(keys, kind="stable")
        return Seeds(nodes[order], keys[order])


class Terrain:
    """A graph with places that ask on it, which all fields on it share; one thread at a time.

    `groups` tells what residents may pass besides, `places` where places hang, for the ways along one piece; without
    them neither counts.
    """

    def __init__(self, graph: Graph, asked: Asked, groups: Groups | None = None, places: Ways | None = None) -> None:
        self.search = Search(graph, 0 if groups is None else int(groups.arc_weight.max(initial=0)))
        self.asked = asked
        self.groups = groups
        self._places = places
        on_path = np.flatnonzero(places.piece >= 0) if places is not None else np.empty(0, np.int64)
        piece = places.piece[on_path] if places is not None else on_path
        order = np.argsort(piece, kind="stable")
        self._hanging, self._piece = on_path[order], piece[order]

    def along_pieces(self, doors: Doors) -> tuple[Ints, Ints]:
        """List the places that hang on one piece with a door, and the keys that lead to it along the piece."""
        if self._places is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        first = np.searchsorted(self._piece, doors.ways.piece, side="left")
        last = np.searchsorted(self._piece, doors.ways.piece, side="right")
        door, at = spans(first, np.where(doors.ways.piece < 0, first, last))
        place, ways = self._hanging[at], doors.ways
        metres = np.abs(self._places.offset[place] - ways.offset[door]) + self._places.leg[place] + ways.leg[door]
        return self._places.owner[place], lengths(metres) + doors.label[door]

    def places_at(self, node: Ints) -> Ints:
        """List the places that nodes lie at the end of a way of."""
        _, end = spans(self.asked.end_start[node], self.asked.end_start[node + 1])
        return self.asked.owner[self.asked.end[end] // 2]

    def groups_at(self, node: Ints, place: Ints) -> Ints:
        """List the groups that have passages at nodes, and those that places are of."""
        if self.groups is None:
            return np.empty(0, np.int64)
        _, at = spans(self.groups.at_start[node], self.groups.at_start[node + 1])
        of_place = self.groups.of_place[place]
        return np.unique(np.concatenate([self.groups.at[at], of_place[of_place >= 0]]))

    def rows_of(self, group: Ints) -> Ints:
        """List the places of groups."""
        if self.groups is None:
            return np.empty(0, np.int64)
        return self.groups.row[spans(self.groups.row_start[group], self.groups.row_start[group + 1])[1]]

    def gather(self, rows: Ints, groups: Ints, key: Ints, found: Ints) -> None:
        """Lower the keys `found` (d,) of some places, and of some groups', by what a field leads to."""
        work, loops = self.search.work._replace(key=key), compiled()
        loops.gather(rows, self.asked, work, found)
        if self.groups is not None:
            for group in groups.tolist():
                only = _only(self.groups, group)
                loops.gather_for_groups(self.search.graph.arcs, self.search.more, only, self.asked, work, found)

    def spread(self, seeds: Seeds, key: Ints, beyond: int) -> Journal:
        """Lower a field by what seeds reach."""
        work = self.search.work._replace(key=key)
        told: Journal = compiled().spread(self.search.graph.arcs, self.search.more, seeds, work, beyond, True)
        return told


class Field:
    """The least key of every node, `key` (n,), and every place, `place` (d,), to points of one type."""

    def __init__(self, terrain: Terrain, doors: Doors, beyond: int = int(FAR)) -> None:
        """Search for the ways to all doors; those of `beyond` or more are left out."""
        self._terrain = terrain
        self._beyond = beyond
        self.key = np.full(terrain.search.graph.nodes, FAR)
        self.place = np.full(len(terrain.asked.first) - 1, FAR)
        self.pairs = terrain.along_pieces(doors)
        terrain.spread(doors.seeds(), self.key, beyond)
        groups = 0 if terrain.groups is None else len(terrain.groups.row_start) - 1
        self._gathered(np.arange(len(self.place)), np.arange(groups))

    def copied(self) -> "Field":
        """Return another field, as this one is now."""
        other = copy(self)
        other.key, other.place = self.key.copy(), self.place.copy()
        return other

    def insert(self, doors: Doors) -> list[Swap]:
        """Let a point serve; tell what that changed."""
        beside = self._terrain.along_pieces(doors)
        told = self._terrain.spread(doors.seeds(), self.key, self._beyond)
        pairs = np.concatenate([self.pairs[0], beside[0]]), np.concatenate([self.pairs[1], beside[1]])
        return self._settled([told], pairs, beside[0])

    def remove(self, doors: Doors, rest: Doors) -> list[Swap]:
        """Let a point serve no more, but all the others; tell what that changed."""
        label = int(doors.label[0])
        arcs = self._terrain.search.graph.arcs
        taken, rim = _loops().take_back(arcs, doors.nodes, label, self.key)
        told = self._terrain.spread(rest.seeds(rim.node, rim.key), self.key, self._beyond)
        gone = labels_of(self.pairs[1]) == label
        return self._settled([taken, told], (self.pairs[0][~gone], self.pairs[1][~gone]), self.pairs[0][gone])

    def _settled(self, told: list[Journal], pairs: tuple[Ints, Ints], beside: Ints) -> list[Swap]:
        """Carry what has changed at nodes, and along the pieces of places `beside`, over to the places."""
        node, first = np.unique(np.concatenate([one.node for one in told]), return_index=True)
        was = np.concatenate([one.key for one in told])[first]
        node = node.astype(np.int64)
        rows = np.unique(np.concatenate([self._terrain.places_at(node), beside]))
        groups = self._terrain.groups_at(node, rows)
        rows = np.union1d(rows, self._terrain.rows_of(groups))
        swaps: list[Swap] = [Values(self.key, node, was), Attribute(self, "pairs", self.pairs)]
        swaps.append(Values(self.place, rows, self.place[rows]))
        self.pairs = pairs
        self._gathered(rows, groups)
        return swaps

    def _gathered(self, rows: Ints, groups: Ints) -> None:
        """Look again which ways lead from some places."""
        self.place[rows] = FAR
        asked = np.zeros(len(self.place), dtype=bool)
        asked[rows] = True
        mine = asked[self.pairs[0]]
        np.minimum.at(self.place, self.pairs[0][mine], self.pairs[1][mine])
        self._terrain.gather(rows, groups, self.key, self.place)


def _only(groups: Groups, group: int) -> Groups:
    """Take one of the groups by itself."""
    rows = slice(groups.row_start[group], groups.row_start[group + 1])
    first, last = int(groups.node_start[group]), int(groups.node_start[group + 1])
    return groups._replace(
        row_start=np.array([0, rows.stop - rows.start]),
        row=groups.row[rows],
        node_start=np.array([0, last - first]),
        node=groups.node[first:last],
        arc_start=groups.arc_start[first : last + 1],
    )


def _loops() -> ModuleType:
    """Return the compiled loops, imported when they are needed."""
    from gridgov.spatial import whatif_kernels  # noqa: PLC0415

    return whatif_kernels
