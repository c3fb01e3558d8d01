"""Where to build next: the candidates that bring a service within reach of most people who lack it."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.intake import Progress, quiet
from gridgov.domain.privacy import age_groups_hidden, age_row, small_hidden
from gridgov.domain.standards import Row, RulePack
from gridgov.errors import InputError
from gridgov.spatial.coverage import Demand, Rule, Supply, evaluate, weighed_by_age, weights
from gridgov.spatial.crs import to_planar
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.reach import Matrix, matrix
from gridgov.storage.current import At, Scope
from gridgov.usecases import boards, deployment
from gridgov.usecases.candidates import Candidates, cells_near, in_water
from gridgov.usecases.inputs import Read
from gridgov.usecases.plan_results import rows_in
from gridgov.usecases.siting_choice import Chosen, Held, choose_sites, held
from gridgov.usecases.siting_places import newly_covered

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
_WHOLE = Scope.everything()


@dataclass(frozen=True)
class Asked:
    """What is asked for: so many `sites` for a `type`, out of some `candidates`, by the rules of a `pack`.

    Without candidates the cells of the unit grid are, without a pack the one in force. All sites may cost the `budget`
    together, and keep `apart` so many metres. The candidates `locked` are among the sites, those `excluded` aren't.
    """

    type: str
    sites: int
    candidates: Candidates | None = None
    pack: str | None = None
    budget: float | None = None
    apart: float | None = None
    locked: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Stage:
    """One type's rule, its demand and the points that stand, and whom they reach: `share` of the `weight` (d,).

    `rows` are the places in the asker's area.
    """

    demand: Demand
    supply: Supply
    rule: Rule
    network: WalkNetwork | None
    weight: Floats
    share: Floats
    rows: Ints | slice

    @property
    def need(self) -> Floats:
        """People of the asker's area who lack the type, by place (d,); uncounted ones are none."""
        need = np.zeros(len(self.weight))
        need[self.rows] = (np.nan_to_num(self.weight) * (1.0 - self.share))[self.rows]
        return need


def propose(
    session: Session, at: At, asked: Asked, progress: Progress = quiet, scope: Scope = _WHOLE
) -> dict[str, Any]:
    """Choose sites for new service points of a type, and tell whom they bring within reach; nothing is written.

    Points of the type that are open stand as they are. `people`, `bound` and `verified` count who lacks the type and
    gets it from the chosen sites: as chosen, at most, and by a run with these sites. Whom that run reaches more, as
    points that were full get room, is `freed`. Only people within the scope are counted. `places` are where those who
    are newly covered live, each with the number of the site that brings it.

    Raises
    ------
    InputError
        ``siting_type``, ``siting_by_area``, ``siting_no_radius``, ``siting_sites``, ``siting_no_candidates``,
        ``siting_locked_excluded``, ``siting_candidate_unknown``, ``no_demand``; what `siting_choice.held` raises.
    """
    began = time.perf_counter()
    rules = deployment.pack(session, asked.pack)
    _require_answerable(rules, asked)
    progress("reading", 0, 1)
    found, network = boards.ground(session, at, rules)
    stage = _stage(found, network, asked.type, rows_in(session, at, found, scope))
    need = stage.need
    lacking = np.flatnonzero(need > 0)
    offered = asked.candidates or cells_near(session, at, stage.demand.xy[lacking], stage.rule.radius or 0.0)
    offered = offered.without(offered.rows(asked.excluded))
    shapes = to_planar(offered.places, found.crs)
    terms = held(offered, shapes, asked.sites, locked=asked.locked, budget=asked.budget, apart=asked.apart)
    progress("matching", 0, 1)
    reached = matrix(_of(stage.demand, lacking), shapes, stage.rule, stage.network)
    if asked.candidates is not None:
        reached = _out_of(reached, in_water(session, at, offered.places))
    chosen = choose_sites(reached, need[lacking], terms, lambda done, rounds: progress("bounding", done, rounds))
    served = newly_covered(found, need, lacking, reached, chosen.sites)
    doubtful = reached.doubtful if asked.candidates is not None else reached.doubtful & terms.locked
    told = {
        "type": asked.type,
        "pack": rules.id,
        "pack_version": rules.version,
        "graded": _row(rules, asked.type).verified,
        "as_of": at.day.isoformat(),
        "basis": found.points.basis,
        "estimate": stage.network is None,
        "candidates": len(shapes),
        "doubtful": [offered.names[row] for row in np.flatnonzero(doubtful).tolist()],
        "lacking": float(need.sum()),
        "sites": _sites(offered, chosen, terms),
        "people": chosen.people,
        "bound": chosen.bound,
        "relative_gap": (chosen.bound - chosen.people) / chosen.bound if chosen.bound else 0.0,
        "cost": None if offered.costs is None else _plain(offered.costs[chosen.sites].sum()),
        **_gained(stage, shapes[chosen.sites], served.rows),
        "places": served.places,
    }
    by_age = weighed_by_age(stage.rule, stage.weight, stage.demand.people)
    return (_withheld(told) if by_age else told) | {"seconds": round(time.perf_counter() - began, 3)}


def _require_answerable(rules: RulePack, asked: Asked) -> None:
    """Refuse a number of sites that is none, a list without candidates, and types that aren't decided by reach."""
    if asked.sites < 1:
        raise InputError("siting_sites", value=asked.sites)
    if asked.candidates is not None and not asked.candidates.names:
        raise InputError("siting_no_candidates")
    both = set(asked.locked) & set(asked.excluded)
    if both:
        raise InputError("siting_locked_excluded", name=min(both))
    row = _row(rules, asked.type)
    if row.basis == "jurisdiction":
        raise InputError("siting_by_area", type=asked.type)
    if row.radius is None:
        raise InputError("siting_no_radius", type=asked.type)


def _row(rules: RulePack, kind: str) -> Row:
    row = rules.row(kind)
    if row is None:
        known = ", ".join(each.type for each in rules.rows)
        raise InputError("siting_type", type=kind, pack=rules.id, known=known)
    return row


def _stage(found: Read, network: WalkNetwork | None, kind: str, seen: Ints | slice) -> _Stage:
    """Decide for one type as things stand."""
    index = next(number for number, rule in enumerate(found.basis.rules) if rule.type == kind)
    rule, whole = found.basis.rules[index], found.supply
    rows = np.flatnonzero(whole.type_index == index)
    supply = Supply(
        type_index=np.zeros(len(rows), np.int64),
        geometry=whole.geometry[rows],
        entrances=whole.entrances[rows],
        verified=whole.verified[rows],
        open=whole.open[rows],
        street=whole.street[rows],
        community=whole.community[rows],
        capacity=whole.room[rows],
    )
    verdicts = evaluate(found.demand, supply, [rule], network)
    weight = weights(found.demand, [rule])[:, 0]
    return _Stage(found.demand, supply, rule, network, weight, verdicts.share[:, 0], seen)


def _of(demand: Demand, rows: Ints) -> Demand:
    """Return some of the demand."""
    columns = ("xy", "people", "ages", "home", "street", "community")
    groups = {bands: counted[rows] for bands, counted in demand.groups.items()}
    return replace(demand, groups=groups, **{name: getattr(demand, name)[rows] for name in columns})


def _out_of(reached: Matrix, wet: npt.NDArray[np.bool_]) -> Matrix:
    """Hold candidates in the water for doubtful, as a plan does: nobody is known to reach them."""
    dry = ~wet[reached.site]
    pairs = reached.place[dry], reached.site[dry], reached.millimetres[dry]
    return Matrix(*pairs, doubtful=reached.doubtful | wet)


def _gained(stage: _Stage, shapes: Geometries, reached: Ints) -> dict[str, float]:
    """Count who is covered besides when points stand at some places, by deciding anew for everybody.

    `verified` are those at the places `reached` from there, `freed` all others.
    """
    count, supply = len(shapes), stage.supply
    unknown = np.full(count, -1)
    more = Supply(
        type_index=np.r_[supply.type_index, np.zeros(count, np.int64)],
        geometry=np.r_[supply.geometry, shapes],
        entrances=np.r_[supply.entrances, np.full(count, None)],
        verified=np.r_[supply.verified, np.ones(count, dtype=bool)],
        open=np.r_[supply.open, np.ones(count, dtype=bool)],
        street=np.r_[supply.street, unknown],
        community=np.r_[supply.community, unknown],
        capacity=np.r_[supply.room, np.full(count, np.inf)],
    )
    share = evaluate(stage.demand, more, [stage.rule], stage.network).share[:, 0]
    gained = np.zeros(len(share))
    gained[stage.rows] = (np.nan_to_num(stage.weight) * (share - stage.share))[stage.rows]
    near = np.isin(np.arange(len(gained)), reached)
    return {"verified": float(gained[near].sum()), "freed": float(gained[~near].sum())}


def _sites(offered: Candidates, chosen: Chosen, terms: Held) -> list[dict[str, Any]]:
    """Tell each chosen site by name, with a point of it in EPSG:4490, whom it adds, and how many that makes so far."""
    xy = shapely.get_coordinates(shapely.point_on_surface(offered.places[chosen.sites])).round(7).tolist()
    so_far = np.cumsum(chosen.gains).round(3).tolist()
    costs = np.full(len(offered.names), np.nan) if offered.costs is None else offered.costs
    return [
        {
            "site": offered.names[row],
            "x": x,
            "y": y,
            "gain": round(gain, 3),
            "together": together,
            "locked": bool(terms.locked[row]),
            "cost": _plain(costs[row]),
        }
        for row, (x, y), gain, together in zip(chosen.sites.tolist(), xy, chosen.gains.tolist(), so_far, strict=True)
    ]


def _plain(cost: float) -> float | None:
    return None if np.isnan(cost) else round(float(cost), 3)


def _withheld(told: dict[str, Any]) -> dict[str, Any]:
    """Hide counts of an age under ten, and what they could be had from by subtracting."""
    told["lacking"], people = age_row(told["lacking"], told["people"], hidden=False)
    told["freed"] = small_hidden(told["freed"])
    hidden = age_groups_hidden([site["gain"] for site in told["sites"]], people)
    if people is None:
        told |= dict.fromkeys(("people", "bound", "relative_gap", "verified", "freed"))
        hidden = [True] * len(hidden)
    sums_up = ~np.logical_or.accumulate(np.array(hidden, dtype=bool))
    told["sites"] = [
        site | ({"gain": None} if no else {}) | ({} if sums else {"together": None})
        for site, no, sums in zip(told["sites"], hidden, sums_up.tolist(), strict=True)
    ]
    told["places"] = [place | {"people": None} for place in told["places"]]
    return told
