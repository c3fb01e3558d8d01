"""Walls of compounds and the gates in them: which walls stand round a place, what crosses them, who may pass where."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.nearby import Areas, Nearby, outlines
from gridgov.spatial.topology import points, repair

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Signature = tuple[int, ...]

OPEN, RESIDENTS, CLOSED = 0, 1, 2
ON_THE_WALL = 0.01
HAIR = 1e-6
BY_A_WALL = 0.05


@dataclass(frozen=True)
class Walls:
    """Walled compounds: `polygons` (c,); gates `gate_xy` (g, 2), `gate_wall` (g,) into polygons, `gate_state` (g,)."""

    polygons: Geometries
    gate_xy: Floats
    gate_wall: Ints
    gate_state: npt.NDArray[np.int8]

    @classmethod
    def none(cls) -> "Walls":
        """No compound is walled."""
        return cls(np.empty(0, object), np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.int8))

    def check(self) -> None:
        """Refuse gates without a place, a compound or a state.

        Raises
        ------
        InputError
            ``arrays_differ``, ``coordinates_invalid`` or ``gate_invalid`` with the `row` of the first bad gate.
        """
        if not (len(self.gate_xy) == len(self.gate_wall) == len(self.gate_state)):
            raise InputError("arrays_differ", what="gates")
        if not np.isfinite(np.asarray(self.gate_xy, dtype=np.float64)).all():
            raise InputError("coordinates_invalid", what="gates")
        wall, state = np.asarray(self.gate_wall), np.asarray(self.gate_state)
        bad = (wall < 0) | (wall >= len(self.polygons)) | ~np.isin(state, (OPEN, RESIDENTS, CLOSED))
        if bad.any():
            raise InputError("gate_invalid", row=int(np.flatnonzero(bad)[0]) + 1)


@dataclass(frozen=True)
class Passage:
    """What it takes to pass a place: `state`, and for RESIDENTS the compounds whose permission is needed, every one."""

    state: int
    permissions: frozenset[int] = frozenset()


class Enclosures:
    """Areas that walls stand round: which of them a place is inside, and which a leg would cross the walls of."""

    def __init__(self, walls: Ints, inner: Geometries, outer: Geometries) -> None:
        """Take the compounds `walls` (w,), ascending, and their areas without and with 1 cm along the wall."""
        self.walls = walls
        self.inner = inner
        self.outer = outer

    def signatures(self, xy: npt.ArrayLike) -> list[Signature]:
        """List for each place (n, 2) the compounds whose walls strictly contain it; a place on a wall is outside."""
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        place, wall = self._areas.around(places)
        found: list[Signature] = [()] * len(places)
        for index, at in zip(self.walls[wall].tolist(), place.tolist(), strict=True):
            found[at] = (*found[at], index)
        return found

    def crossed(self, starts: Floats, ends: Floats, signatures: Sequence[Signature]) -> Bools:
        """Say which straight legs (n, 2) to (n, 2), starting inside the given walls, leave one or enter another."""
        legs = np.column_stack([starts, ends])
        near = np.flatnonzero((np.hypot(*(ends - starts).T) > HAIR) & self._outlines.beside(legs, BY_A_WALL))
        crossed = np.zeros(len(legs), dtype=bool)
        drawn = np.asarray(shapely.linestrings(legs[near].reshape(-1, 2, 2)), dtype=object)
        crossed[near] = self._crossed(drawn, [signatures[row] for row in near.tolist()])
        return crossed

    def _crossed(self, legs: Geometries, signatures: Sequence[Signature]) -> Bools:
        leg, wall = self._inner_tree.query(legs, predicate="intersects")
        entered = [self.walls[w] not in signatures[at] for at, w in zip(leg, wall, strict=True)]
        own = [(at, w) for at, signature in enumerate(signatures) for w in signature]
        start, home = np.array(own, dtype=np.int64).reshape(-1, 2).T
        left = ~shapely.covers(self.outer[np.searchsorted(self.walls, home)], legs[start])
        crossed = np.zeros(len(legs), dtype=bool)
        crossed[leg[np.array(entered, dtype=bool)]] = True
        crossed[start[left]] = True
        return crossed

    @cached_property
    def _outlines(self) -> Nearby:
        """What a leg touches that passes a wall: few do, and only those are drawn."""
        return Nearby(outlines(np.concatenate([self.inner, self.outer])))

    @cached_property
    def _areas(self) -> Areas:
        return Areas(self.inner)

    @cached_property
    def _inner_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.inner)


class Barrier(Enclosures):
    """The walls that stand: compounds with at least one recorded gate. Indexes are those of `Walls.polygons`."""

    def __init__(self, walls: Walls, reach: float) -> None:
        walls.check()
        self.reach = reach
        self.gate_xy = np.asarray(walls.gate_xy, dtype=np.float64).reshape(-1, 2)
        self.gate_wall = np.asarray(walls.gate_wall, dtype=np.int64)
        self.gate_state = np.asarray(walls.gate_state, dtype=np.int64)
        self.polygons = repair(walls.polygons)[0]
        standing = self._standing()
        areas = self.polygons[standing]
        self.rings = shapely.boundary(areas)
        # Strictly inside means more than 1 cm from the wall; inside or on it, up to 1 cm beyond.
        inner, outer = (shapely.buffer(areas, by, join_style="mitre") for by in (-ON_THE_WALL, ON_THE_WALL))
        super().__init__(standing, inner, outer)

    def in_states(self, state: npt.NDArray[np.int8]) -> "Barrier":
        """Give the same walls with their gates in other states (g,); ``gate_invalid`` for one that is none."""
        bad = ~np.isin(state, (OPEN, RESIDENTS, CLOSED))
        if bad.any():
            raise InputError("gate_invalid", row=int(np.flatnonzero(bad)[0]) + 1)
        other = copy(self)
        other.gate_state = np.asarray(state, dtype=np.int64)
        return other

    def on_a_wall(self, xy: npt.ArrayLike) -> Bools:
        """Say which places (n, 2) are no farther than 1 cm from a wall."""
        places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        return np.asarray(Nearby(outlines(self.polygons[self.walls])).nearest(places, limit=ON_THE_WALL)[0] >= 0)

    def passages(
        self, places: Floats, sides: Sequence[tuple[Signature, Signature]], gates: Floats
    ) -> list[Passage | None]:
        """Work out what it takes to pass from side to side at places (k, 2), with gates standing at `gates` (g, 2).

        None where the wall of one compound has no gate within reach. Of several gates the most permissive counts.
        """
        states = self._states(places, gates)
        return [_passage(at, set(one) ^ set(other), states) for at, (one, other) in enumerate(sides)]

    def gates_on_walls(self) -> Floats:
        """Give each gate's place on its wall (g, 2): its own, or the nearest one on the wall."""
        rings = self.rings[np.searchsorted(self.walls, self.gate_wall)]
        recorded = points(self.gate_xy)
        away = shapely.distance(recorded, rings) > ON_THE_WALL
        xy = self.gate_xy.copy()
        if away.any():
            nearest = shapely.get_point(shapely.shortest_line(recorded[away], rings[away]), 1)
            xy[away] = shapely.get_coordinates(nearest)
        return xy

    def _standing(self) -> Ints:
        gated = np.unique(self.gate_wall)
        kinds = shapely.get_type_id(self.polygons[gated])
        usable = np.isin(kinds, (3, 6)) & ~shapely.is_empty(self.polygons[gated])
        if not usable.all():
            raise InputError("wall_invalid", row=int(gated[~usable][0]) + 1)
        return gated

    def _states(self, places: Floats, gates: Floats) -> dict[tuple[int, int], int]:
        tree = shapely.STRtree(points(gates))
        place, gate = tree.query(points(places), predicate="dwithin", distance=self.reach + HAIR)
        states: dict[tuple[int, int], int] = {}
        for at, wall, state in zip(
            place.tolist(), self.gate_wall[gate].tolist(), self.gate_state[gate].tolist(), strict=True
        ):
            states[at, wall] = min(state, states.get((at, wall), CLOSED))
        return states


def _passage(place: int, walls: set[int], states: dict[tuple[int, int], int]) -> Passage | None:
    found = {wall: states.get((place, wall)) for wall in walls}
    if None in found.values():
        return None
    if CLOSED in found.values():
        return Passage(CLOSED)
    permissions = frozenset(wall for wall, state in found.items() if state == RESIDENTS)
    return Passage(RESIDENTS if permissions else OPEN, permissions)
