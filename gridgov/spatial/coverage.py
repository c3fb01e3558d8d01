"""Coverage: who reaches which service, how far it is, why not, and what share of the people that makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.attachment import Attachments, attach_places, attach_sites
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.straight import millimetres, nearest_straight, within_straight
from gridgov.spatial.topology import points
from gridgov.spatial.verdicts import (
    CAUSES,
    DATA,
    GATE,
    NO_CAUSE,
    NO_FACILITY,
    NO_PATH,
    TIERS,
    Demand,
    Rule,
    Supply,
    Verdicts,
)
from gridgov.spatial.walking import Points, least_with_gates_open, nearest_on_foot

__all__ = ["CAUSES", "Demand", "Judged", "Rule", "Supply", "Verdicts", "evaluate", "shares", "summary", "weights"]

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

DETOUR = 1.3


class Decided(Protocol):
    """Whatever knows who is covered: fresh verdicts, or those of a run read back."""

    @property
    def covered(self) -> Bools:
        """Covered or not, shape (d, t)."""


class Judged(Decided, Protocol):
    """Whatever can be summed up: who is covered, why not, and how many points are open."""

    @property
    def cause(self) -> Bytes:
        """Index into `CAUSES`, -1 where covered or undecided, shape (d, t)."""

    @property
    def points(self) -> Ints:
        """Open points, shape (t,)."""


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
        ``arrays_differ``, ``coordinates_invalid``, ``people_negative``, ``type_unknown``, ``site_geometry_invalid``.
    """
    demand.check()
    supply.check(len(rules))
    _check_radii(rules)
    stage = _Stage.of(demand, supply, rules, network)
    straight, straight_point = _nearest_straight(stage)
    walked, walked_point, gates_open = _nearest_on_foot(stage)
    by_line = np.array([rule.measure == "straight" for rule in rules], dtype=bool)
    metres = np.where(by_line, straight, walked)
    point = np.where(by_line, straight_point, walked_point)
    covered = np.zeros(metres.shape, dtype=bool)
    cause = np.full(metres.shape, NO_CAUSE, dtype=np.int8)
    for index, rule in enumerate(rules):
        if rule.jurisdiction is not None:
            covered[:, index], cause[:, index] = _present(stage, index, rule.jurisdiction)
        elif rule.radius is not None:
            covered[:, index] = millimetres(metres[:, index]) <= millimetres(rule.radius)
            opened = millimetres(gates_open[index]) <= millimetres(rule.radius)
            cause[:, index] = np.where(covered[:, index], NO_CAUSE, _causes(stage, index, rule, opened))
    return Verdicts(
        metres=np.where(np.isfinite(metres), metres, np.nan),
        point=point.astype(np.int32),
        straight=np.where(np.isfinite(straight), straight, np.nan),
        straight_point=straight_point.astype(np.int32),
        covered=covered,
        cause=cause,
        demand_doubtful=stage.places.doubtful,
        supply_doubtful=stage.sites.doubtful[stage.site],
        decided=np.array([rule.decided for rule in rules], dtype=bool),
        points=np.bincount(stage.type[stage.open], minlength=len(rules)),
        estimate=network is None,
    )


def weights(demand: Demand, rules: Sequence[Rule]) -> Floats:
    """Count the people each type serves.

    Parameters
    ----------
    demand : Demand
        d places.
    rules : sequence of Rule
        t facility types.

    Returns
    -------
    ndarray of float, shape (d, t)
        People in the age bands the type serves, where all of those are known; else all people; NaN where unknown.
    """
    people = np.asarray(demand.people, dtype=np.float64)
    ages = np.asarray(demand.ages, dtype=np.float64)
    counted = np.empty((len(people), len(rules)))
    for index, rule in enumerate(rules):
        served = ages[:, list(rule.serves)].sum(axis=1) if rule.serves else people
        if rule.serves in demand.groups:
            served = np.where(np.isnan(served), demand.groups[rule.serves], served)
        counted[:, index] = np.where(np.isnan(served), people, served)
    return counted


def shares(verdicts: Decided, weight: Floats, group: npt.ArrayLike, groups: int) -> tuple[Floats, Floats, Ints]:
    """Add up people and covered people by group.

    Parameters
    ----------
    verdicts : Decided
        d demand points, t types.
    weight : ndarray of float, shape (d, t)
        As `weights` gives it.
    group : array_like of int, shape (d,)
        The group of each demand point, -1 none.
    groups : int
        How many groups there are.

    Returns
    -------
    people, covered : ndarray of float, shape (groups, t)
        Known people, and those of them who are covered. The share is their ratio, null where people is 0.
    unknown : ndarray of int, shape (groups,)
        Demand points whose people are unknown for some type.
    """
    owner = np.asarray(group, dtype=np.int64)
    member = owner >= 0
    known = np.nan_to_num(weight[member], nan=0.0)
    people, covered = np.zeros((groups, weight.shape[1])), np.zeros((groups, weight.shape[1]))
    np.add.at(people, owner[member], known)
    np.add.at(covered, owner[member], known * verdicts.covered[member])
    unknown = np.bincount(owner[member], weights=np.isnan(weight[member]).any(axis=1), minlength=groups)
    return people, covered, unknown.astype(np.int64)


def summary(verdicts: Judged, weight: Floats, people: Floats, rules: Sequence[Rule]) -> dict[str, Any]:
    """Sum a run up.

    Parameters
    ----------
    verdicts : Judged
        d demand points, t types.
    weight : ndarray of float, shape (d, t)
        As `weights` gives it.
    people : ndarray of float, shape (d,)
        NaN unknown.
    rules : sequence of Rule
        t facility types.

    Returns
    -------
    dict
        ``people``, ``unknown`` (demand points outside every share), ``tiers`` (``tier``, ``complete_share``, ``met``,
        ``of``, ``limiting``), ``types`` in the order of the rules (``type``, ``scenario``, ``tier``, ``required``,
        ``points``, ``people``, ``people_covered``, ``share``), ``scenarios`` (``scenario``, ``share``) and ``causes``:
        for each the people left uncovered, added up over the decided types. None where a weight is 0.
    """
    known = ~np.isnan(people)
    (total,), (reached,), _ = shares(verdicts, weight, np.zeros(len(people), np.int64), 1)
    types: list[dict[str, object]] = [
        {
            "type": rule.type,
            "scenario": rule.scenario,
            "tier": rule.tier,
            "required": rule.required,
            "points": int(verdicts.points[index]),
            "people": float(total[index]),
            "people_covered": float(reached[index]),
            "share": _ratio(reached[index], total[index]) if rule.decided else None,
        }
        for index, rule in enumerate(rules)
    ]
    missing = np.nan_to_num(weight, nan=0.0)
    return {
        "people": float(people[known].sum()),
        "unknown": int((~known).sum()),
        "tiers": [_tier(tier, verdicts, total - reached, people, rules) for tier in _tiers(rules)],
        "types": types,
        "scenarios": _scenarios(types, rules),
        "causes": {name: float(missing[verdicts.cause == index].sum()) for index, name in enumerate(CAUSES)},
    }


@dataclass(frozen=True)
class _Stage:
    """What every type's verdict is taken from: demand and supply on the network, and who may serve."""

    demand: Demand
    supply: Supply
    rules: Sequence[Rule]
    network: WalkNetwork | None
    xy: Geometries
    type: Ints
    open: Bools
    usable: Bools
    places: Attachments
    sites: Attachments
    site: Ints

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
            xy=points(xy),
            type=kind,
            open=is_open,
            usable=is_open & (np.asarray(supply.verified, dtype=bool) | ~strict),
            places=places,
            sites=sites,
            site=site,
        )


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


def _nearest_straight(stage: _Stage, detour: float = 1.0) -> tuple[Floats, Ints]:
    shape = len(stage.xy), len(stage.rules)
    metres, point = np.full(shape, np.inf), np.full(shape, -1, np.int64)
    for index in range(len(stage.rules)):
        rows = np.flatnonzero(stage.usable & (stage.type == index))
        if len(rows):
            metres[:, index], nearest = nearest_straight(stage.xy, stage.supply.geometry[rows], detour=detour)
            point[:, index] = rows[nearest]
    return metres, point


def _nearest_on_foot(stage: _Stage) -> tuple[Floats, Ints, Floats]:
    """Give metres and points on foot, and metres (t, d) if every gate were open."""
    if stage.network is None:
        return *_nearest_straight(stage, DETOUR), np.full((len(stage.rules), len(stage.xy)), np.inf)
    rows = np.flatnonzero(stage.usable & ~stage.sites.doubtful[stage.site])
    points = Points(rows, stage.type[rows], stage.site[rows])
    permissions = stage.network.permissions(stage.demand.xy, stage.demand.home)
    found = nearest_on_foot(stage.network, stage.places, permissions, stage.sites, points, len(stage.rules))
    limits = np.array([_walking_radius(rule) for rule in stage.rules], dtype=np.float64)
    return *found, least_with_gates_open(stage.network, stage.places, stage.sites, points, limits)


def _walking_radius(rule: Rule) -> float:
    return rule.radius if rule.radius is not None and rule.jurisdiction is None and rule.measure == "walk" else -1.0


def _present(stage: _Stage, index: int, jurisdiction: Literal["street", "community"]) -> tuple[Bools, Bytes]:
    """Decide by presence in one's own area; how one gets there doesn't matter, so no attachment is in doubt."""
    own = np.asarray(getattr(stage.demand, jurisdiction))
    areas = np.asarray(getattr(stage.supply, jurisdiction))
    mine = stage.type == index
    known = own != -1
    covered = known & np.isin(own, areas[mine & stage.usable])
    doubted = ~known | np.isin(own, areas[mine & stage.open])
    return covered, np.where(covered, NO_CAUSE, np.where(doubted, DATA, NO_FACILITY)).astype(np.int8)


def _causes(stage: _Stage, index: int, rule: Rule, opened: Bools) -> Bytes:
    """Name the cause everywhere, as if nobody were covered: the first that holds."""
    on_foot = rule.measure == "walk"
    rows = np.flatnonzero(stage.open & (stage.type == index))
    certain = stage.usable[rows] & (~stage.sites.doubtful[stage.site[rows]] | (not on_foot))
    near, point = within_straight(stage.xy, stage.supply.geometry[rows], rule.radius or 0.0)
    count = len(stage.xy)
    some = np.bincount(near, minlength=count) > 0
    good = np.bincount(near, weights=certain[point], minlength=count) > 0
    doubted = (some & ~good) | (stage.places.doubtful & on_foot)
    return np.select([doubted, ~some, opened], [DATA, NO_FACILITY, GATE], NO_PATH).astype(np.int8)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def _tiers(rules: Sequence[Rule]) -> list[str]:
    present = {rule.tier for rule in rules}
    return [tier for tier in TIERS if tier in present] + sorted(present.difference(TIERS))


def _tier(tier: str, verdicts: Decided, uncovered: Floats, people: Floats, rules: Sequence[Rule]) -> dict[str, object]:
    own = [index for index, rule in enumerate(rules) if rule.tier == tier and rule.required and rule.decided]
    known = np.nan_to_num(people, nan=0.0)
    met = verdicts.covered[:, own].sum(axis=1)
    total = float(known.sum()) if own else 0.0
    worst = min(own, key=lambda index: (-uncovered[index], rules[index].type), default=None)
    return {
        "tier": tier,
        "complete_share": _ratio(float(known[met == len(own)].sum()), total),
        "met": _ratio(float((known * met).sum()), total),
        "of": len(own),
        "limiting": rules[worst].type if worst is not None and uncovered[worst] > 0 else None,
    }


def _scenarios(types: list[dict[str, object]], rules: Sequence[Rule]) -> list[dict[str, object]]:
    found: dict[str, list[float]] = {}
    for row, rule in zip(types, rules, strict=True):
        measured = found.setdefault(rule.scenario, [])
        if rule.required and isinstance(row["share"], float):
            measured.append(row["share"])
    return [{"scenario": name, "share": _ratio(sum(some), len(some))} for name, some in found.items()]
