"""Deciding who reaches which service, how far it is, and if not, why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.attachment import Attachments, attach_places, attach_sites
from gridgov.spatial.network import RESIDENTS, Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.shortest import compiled
from gridgov.spatial.straight import Lines, millimetres
from gridgov.spatial.verdicts import (
    CAPACITY,
    DATA,
    GATE,
    NO_CAUSE,
    NO_FACILITY,
    NO_PATH,
    Demand,
    Rule,
    Supply,
    Verdicts,
    weights,
)
from gridgov.spatial.walking import Points, Walks

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

DETOUR = 1.3
REFERENCE = 1000.0 / 15.0  # metres a minute: the speed the radii are told for
STRETCHES = (80.0 / REFERENCE, 50.0 / REFERENCE)  # of a brisk walker, and of an elderly one
ALL = 1.0 - 1e-9


def evaluate(demand: Demand, supply: Supply, rules: Sequence[Rule], network: WalkNetwork | None) -> Verdicts:
    """Decide for every demand point and facility type whether it is reached, how far it is, and if not, why.

    Parameters
    ----------
    demand : Demand
        d places.
    supply : Supply
        s service points.
    rules : sequence of Rule
        t facility types.
    network : WalkNetwork or None
        None gives an estimate: straight lines × 1.3.

    Returns
    -------
    Verdicts
        Independent of the order of demand, and of supply but for ties.

    Raises
    ------
    InputError
        ``arrays_differ``, ``coordinates_invalid``, ``people_negative``, ``people_infinite``, ``type_unknown``,
        ``points_too_many``, ``capacity_negative``, ``radius_invalid``, ``site_geometry_invalid``.
    """
    demand.check()
    supply.check(len(rules))
    _check_radii(rules)
    stage = _Stage.of(demand, supply, rules, network)
    every = range(len(rules))
    straight, straight_point = stage.straight
    walked, walked_point = stage.on_foot.nearest(every)
    by_line = np.array([rule.measure == "straight" for rule in rules], dtype=bool)
    metres = np.where(by_line, straight, walked)
    share, cause, firm = _decided(stage, metres)
    return Verdicts(
        metres=np.where(np.isfinite(metres), metres, np.nan),
        point=np.where(by_line, straight_point, walked_point).astype(np.int32),
        straight=np.where(np.isfinite(straight), straight, np.nan),
        straight_point=straight_point.astype(np.int32),
        covered=share == 1.0,
        share=share,
        cause=cause,
        firm=firm,
        demand_doubtful=stage.places.doubtful,
        supply_doubtful=stage.sites.doubtful[stage.site],
        decided=np.array([rule.decided for rule in rules], dtype=bool),
        points=np.bincount(stage.type[stage.open], minlength=len(rules)),
        estimate=network is None,
    )


def warm_up() -> None:
    """Compile the loops of the search, or load them where they are kept, by deciding for one home in one compound."""
    path, wall = shapely.LineString([(0.0, 0.0), (600.0, 0.0)]), shapely.box(-100.0, -100.0, 100.0, 100.0)
    none, one = np.full(1, -1), np.zeros(1, dtype=np.int64)
    walls = Walls(np.array([wall]), np.array([[100.0, 0.0]]), one, np.array([RESIDENTS], dtype=np.int8))
    network = build_network(Segments(np.array([path]), np.zeros(1, dtype=bool)), walls)
    home = Demand(np.zeros((1, 2)), np.ones(1), np.full((1, 7), np.nan), one, none, none)
    true, nothing = np.ones(1, dtype=bool), np.full(1, None)
    site = Supply(one, np.array([shapely.Point(300.0, 0.0)]), nothing, true, true, none, none, np.ones(1))
    evaluate(home, site, [Rule("any", 1000.0, capacity=True)], network)


@dataclass(frozen=True)
class _Stage:
    """What every type's verdict is taken from: demand and supply on the network, and who may serve."""

    demand: Demand
    supply: Supply
    rules: Sequence[Rule]
    network: WalkNetwork | None
    xy: Floats
    type: Ints
    open: Bools
    usable: Bools
    places: Attachments
    sites: Attachments
    site: Ints
    weight: Floats

    @classmethod
    def of(cls, demand: Demand, supply: Supply, rules: Sequence[Rule], network: WalkNetwork | None) -> "_Stage":
        xy = np.asarray(demand.xy, dtype=np.float64).reshape(-1, 2)
        kind = np.asarray(supply.type_index, dtype=np.int64)
        is_open = np.asarray(supply.open, dtype=bool)
        strict = np.array([rule.needs_verified for rule in rules], dtype=bool)[kind]
        first, site = _same_sites(supply)
        if network is None:
            places, sites = Attachments.certain(len(xy)), Attachments.certain(len(first))
        else:
            places = attach_places(network, xy)
            sites = attach_sites(network, supply.geometry[first], supply.entrances[first])
        return cls(
            demand=demand,
            supply=supply,
            rules=rules,
            network=network,
            xy=xy,
            type=kind,
            open=is_open,
            usable=is_open & (np.asarray(supply.verified, dtype=bool) | ~strict),
            places=places,
            sites=sites,
            site=site,
            weight=weights(demand, rules),
        )

    @cached_property
    def by_line(self) -> Lines:
        """Straight lines to whatever may serve."""
        return self.lines_to(self.usable)

    @cached_property
    def straight(self) -> tuple[Floats, Ints]:
        """The nearest that may serve of every type, in a straight line: metres (d, t) and point (d, t)."""
        return self.by_line.nearest(range(len(self.rules)))

    @cached_property
    def on_foot(self) -> Walks | Lines:
        """Ways to whatever may serve, or an estimate of them."""
        return self.ways_to(self.usable)

    def lines_to(self, usable: Bools, detour: float = 1.0) -> Lines:
        """Straight lines to some points."""
        rows = np.flatnonzero(usable)
        return Lines(self.xy, self.supply.geometry[rows], rows, self.type[rows], detour=detour)

    def ways_to(self, usable: Bools) -> Walks | Lines:
        """Ways to some points, or an estimate of them where there is no network."""
        if self.network is None:
            return self.lines_to(usable, DETOUR)
        rows = np.flatnonzero(usable & ~self.sites.doubtful[self.site])
        permissions = self.network.permissions(self.demand.xy, self.demand.home)
        points = Points(rows, self.type[rows], self.site[rows])
        return Walks(self.network, self.places, permissions, self.sites, points)


def _check_radii(rules: Sequence[Rule]) -> None:
    for rule in rules:
        if rule.radius is not None and not (np.isfinite(rule.radius) and rule.radius >= 0):
            raise InputError("radius_invalid", type=rule.type)


def _same_sites(supply: Supply) -> tuple[Ints, Ints]:
    """Find the points that share a site: the first of each, and for every point which it is."""
    keys = zip(shapely.to_wkb(supply.geometry), shapely.to_wkb(supply.entrances), strict=True)
    ranks: dict[tuple[bytes, bytes | None], int] = {}
    site = np.array([ranks.setdefault(key, len(ranks)) for key in keys], dtype=np.int64)
    return np.unique(site, return_index=True)[1], site


def _decided(stage: _Stage, metres: Floats) -> tuple[Floats, Bytes, Bools]:
    """Decide for every type: the share of people covered, the cause for the others, and whether that is firm."""
    opened = stage.on_foot.least_with_gates_open(np.array([_walking_radius(rule) for rule in stage.rules]))
    verified = stage.usable & np.asarray(stage.supply.verified, dtype=bool)
    proven = _nearest_proven(stage, metres, verified)
    share, firm = np.zeros(metres.shape), np.zeros(metres.shape, dtype=bool)
    cause = np.full(metres.shape, NO_CAUSE, dtype=np.int8)
    for index, rule in enumerate(stage.rules):
        if rule.jurisdiction is not None:
            present, cause[:, index] = _present(stage, index, rule.jurisdiction, stage.usable)
            share[:, index], by_band = present, [_present(stage, index, rule.jurisdiction, verified)[0]]
        elif rule.radius is not None:
            near = _Near.of(stage, index, metres[:, index])
            share[:, index] = near.share(1.0)
            reached = millimetres(opened[index]) <= millimetres(rule.radius)
            causes = np.where(near.within(1.0), CAPACITY, _causes(stage, index, rule, reached))
            cause[:, index] = np.where(share[:, index] == 1.0, NO_CAUSE, causes)
            by_band = [near.share(stretch) == 1.0 for stretch in STRETCHES if rule.measure == "walk"]
            by_band.append(near.among(verified, proven[:, index]).share(1.0) == 1.0)
        else:
            continue
        firm[:, index] = (share[:, index] < 1.0) & ~np.logical_or.reduce(by_band)
    return share, cause, firm


def _nearest_proven(stage: _Stage, metres: Floats, verified: Bools) -> Floats:
    """Measure to the nearest verified point; where all that may serve are verified, that is known already."""
    found = metres.copy()
    for lines, measure in ((False, "walk"), (True, "straight")):
        types = np.unique(stage.type[stage.usable & ~verified])
        asked = [int(index) for index in types if stage.rules[index].measure == measure]
        if asked:
            rows = np.flatnonzero(verified)
            ways = (
                Lines(stage.xy, stage.supply.geometry[rows], rows, stage.type[rows])
                if lines
                else stage.ways_to(verified)
            )
            found[:, asked] = ways.nearest(asked)[0]
    return found


@dataclass(frozen=True)
class _Near:
    """The people within reach of a type's points: all of them, or as many as there is room for.

    `away` (d,) millimetres to the nearest; `need` (d,) people; `room` (s,); `pairs` of place, point and millimetres
    in the order in which they are served, None where there is room for all.
    """

    radius: float
    away: Floats
    need: Floats
    room: Floats
    pairs: tuple[Ints, Ints, Ints] | None

    @classmethod
    def of(cls, stage: _Stage, index: int, metres: Floats) -> "_Near":
        """Take a type, and the metres (d,) to its nearest point."""
        rule, pairs = stage.rules[index], None
        if rule.capacity:
            ways = stage.by_line if rule.measure == "straight" else stage.on_foot
            pairs = ways.pairs(index, (rule.radius or 0.0) * max(1.0, *STRETCHES))
        need = np.nan_to_num(stage.weight[:, index], nan=0.0)
        return cls(rule.radius or 0.0, millimetres(metres), need, stage.supply.room, pairs)

    def among(self, only: Bools, metres: Floats) -> "_Near":
        """Leave out all points but some (s,), with the metres (d,) to the nearest of those."""
        pairs = None
        if self.pairs is not None:
            place, row, away = self.pairs
            pairs = place[only[row]], row[only[row]], away[only[row]]
        return replace(self, away=millimetres(metres), pairs=pairs)

    def within(self, stretch: float) -> Bools:
        """Say which places (d,) lie within the radius, stretched, of some point."""
        return np.asarray(self.away <= millimetres(self.radius * stretch), dtype=bool)

    def share(self, stretch: float) -> Floats:
        """Tell the share of each place's people (d,) covered within the radius, stretched.

        Where points have room for so many only, the nearest pairs of place and point go first, by millimetre, point
        and place. A place of nobody, or nobody knows whom, takes no room.
        """
        share = self.within(stretch).astype(np.float64)
        if self.pairs is not None:
            place, row, away = self.pairs
            near = away <= millimetres(self.radius * stretch)
            got = compiled().fill(place[near], row[near], self.need, self.room)
            some = self.need > 0
            share[some] = got[some] / self.need[some]
            share[share > ALL] = 1.0
        return share


def _walking_radius(rule: Rule) -> float:
    return rule.radius if rule.radius is not None and rule.jurisdiction is None and rule.measure == "walk" else -1.0


def _present(
    stage: _Stage, index: int, jurisdiction: Literal["street", "community"], usable: Bools
) -> tuple[Bools, Bytes]:
    """Decide by presence in one's own area; how one gets there doesn't matter, so no attachment is in doubt."""
    own = np.asarray(getattr(stage.demand, jurisdiction))
    areas = np.asarray(getattr(stage.supply, jurisdiction))
    mine = stage.type == index
    known = own != -1
    covered = known & np.isin(own, areas[mine & usable])
    doubted = ~known | np.isin(own, areas[mine & stage.open])
    return covered, np.where(covered, NO_CAUSE, np.where(doubted, DATA, NO_FACILITY)).astype(np.int8)


def _causes(stage: _Stage, index: int, rule: Rule, opened: Bools) -> Bytes:
    """Name the cause everywhere, as if nobody were covered: the first that holds."""
    on_foot = rule.measure == "walk"
    certain = stage.usable & (~stage.sites.doubtful[stage.site] | (not on_foot))
    some = _some_near(stage, index, stage.open)
    good = _some_near(stage, index, certain)
    doubted = (some & ~good) | (stage.places.doubtful & on_foot)
    return np.select([doubted, ~some, opened], [DATA, NO_FACILITY, GATE], NO_PATH).astype(np.int8)


def _some_near(stage: _Stage, index: int, which: Bools) -> Bools:
    """Say which places (d,) have one of some points (s,) of a type within the radius in a straight line."""
    mine = stage.type == index
    if (which[mine] == stage.usable[mine]).all():
        away = stage.straight[0][:, index]
    else:
        away = stage.lines_to(which & mine).nearest([index])[0][:, 0]
    return np.asarray(millimetres(away) <= millimetres(stage.rules[index].radius or 0.0), dtype=bool)
