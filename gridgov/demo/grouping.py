"""Grouping neighbouring blocks: which are neighbours, groups of about the same weight, what lies far apart."""

import heapq

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridgov.demo.geometry import Floats, centres
from gridgov.demo.roads import Streets

Ints = NDArray[np.int64]
_ROUNDS = 12


class Borders:
    """Which faces are neighbours, and how dear it is to grow from one into the other."""

    def __init__(self, polygons: tuple[Polygon, ...], streets: Streets) -> None:
        self.centre = centres(polygons)
        tree = shapely.STRtree(list(polygons))
        self.near: list[dict[int, float]] = [{} for _ in polygons]
        self.length: list[dict[int, float]] = [{} for _ in polygons]
        midpoints = shapely.line_interpolate_point([edge.geometry for edge in streets.edges], 0.5, normalized=True)
        found, owner = tree.query(shapely.buffer(midpoints, 0.05), predicate="intersects")
        sides: dict[int, list[int]] = {}
        for edge, face in sorted(zip(found.tolist(), owner.tolist(), strict=True)):
            sides.setdefault(edge, []).append(face)
        for edge, faces in sides.items():
            if len(faces) == 2:
                self._join(faces[0], faces[1], streets.edges[edge].kind, streets.edges[edge].geometry.length)

    def _join(self, one: int, other: int, kind: str, length: float) -> None:
        apart = float(np.hypot(*(self.centre[one] - self.centre[other])))
        cost = apart * {"primary": 3.0, "secondary": 1.4}.get(kind, 1.0)
        for a, b in ((one, other), (other, one)):
            self.near[a][b] = min(cost, self.near[a].get(b, cost))
            self.length[a][b] = self.length[a].get(b, 0.0) + length


def group(borders: Borders, weight: Floats, members: Ints, count: int) -> Ints:
    """Return a label 0…count-1 for each member: connected groups of about the same weight."""
    seeds = spread(borders.centre[members], count)
    label = np.zeros(len(members), dtype=np.int64)
    load = np.ones(count)
    for _ in range(_ROUNDS):
        label = _grow(borders, members, members[seeds], load)
        mass = np.bincount(label, weight[members], minlength=count)
        load = load * (mass / mass.mean()) ** 0.3
        for index in range(count):
            mine = np.flatnonzero(label == index)
            middle = np.average(borders.centre[members[mine]], axis=0, weights=weight[members[mine]])
            seeds[index] = mine[np.argmin(np.hypot(*(borders.centre[members[mine]] - middle).T))]
    return label


def spread(centre: Floats, count: int) -> Ints:
    """Return `count` members, each as far as can be from those before."""
    chosen = [int(np.argmin(centre @ np.array([1.0, -0.6])))]
    apart = np.hypot(*(centre - centre[chosen[0]]).T)
    while len(chosen) < count:
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.hypot(*(centre - centre[chosen[-1]]).T))
    return np.asarray(chosen)


def join_the_rest(label: Ints, within: Ints, borders: Borders) -> None:
    """Give each face without a label that of the neighbours within the same area that it borders longest."""
    waiting = [int(face) for face in np.flatnonzero(label < 0)]
    while waiting:
        left = len(waiting)
        for face in list(waiting):
            length: dict[int, float] = {}
            for other, metres in borders.length[face].items():
                if label[other] >= 0 and within[other] == within[face]:
                    length[int(label[other])] = length.get(int(label[other]), 0.0) + metres
            if length:
                label[face] = max(sorted(length), key=lambda key: length[key])
                waiting.remove(face)
        if len(waiting) == left:
            raise RuntimeError(f"{left} faces border nothing")


def _grow(borders: Borders, members: Ints, seeds: Ints, load: Floats) -> Ints:
    allowed = {int(face): position for position, face in enumerate(members)}
    label = np.full(len(members), -1)
    queue = [(0.0, int(seed), index) for index, seed in enumerate(seeds)]
    heapq.heapify(queue)
    while queue:
        cost, face, index = heapq.heappop(queue)
        if label[allowed[face]] >= 0:
            continue
        label[allowed[face]] = index
        for other, step in sorted(borders.near[face].items()):
            if other in allowed and label[allowed[other]] < 0:
                heapq.heappush(queue, (cost + step * float(load[index]), other, index))
    lost = np.flatnonzero(label < 0)
    for position in lost:
        apart = np.hypot(*(borders.centre[seeds] - borders.centre[members[position]]).T)
        label[position] = int(np.argmin(apart))
    return label
