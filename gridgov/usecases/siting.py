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
from gridgov.domain.standards import RulePack
from gridgov.errors import InputError
from gridgov.spatial.candidates import Terms, instance
from gridgov.spatial.coverage import Demand, Rule, Supply, evaluate, weighed_by_age, weights
from gridgov.spatial.crs import to_planar
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.reach import matrix
from gridgov.spatial.siting import Choice, choose, upper_bound
from gridgov.storage.current import At
from gridgov.usecases import deployment
from gridgov.usecases.candidates import Candidates, cells_near
from gridgov.usecases.inputs import Inputs, read_inputs

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """What is asked for: so many `sites` for a `type`, out of some `candidates`, by the rules of a `pack`.

    Without candidates the cells of the unit grid are, without a pack the one in force.
    """

    type: str
    sites: int
    candidates: Candidates | None = None
    pack: str | None = None


@dataclass(frozen=True)
class _Stage:
    """One type's rule, its demand and the points that stand, and whom they reach: `share` of the `weight` (d,)."""

    demand: Demand
    supply: Supply
    rule: Rule
    network: WalkNetwork | None
    weight: Floats
    share: Floats

    @property
    def need(self) -> Floats:
        """People who lack the type, by place (d,); uncounted ones are none."""
        return np.nan_to_num(self.weight) * (1.0 - self.share)


def propose(session: Session, at: At, asked: Asked, progress: Progress = quiet) -> dict[str, Any]:
    """Choose sites for new service points of a type, and tell whom they bring within reach; nothing is written.

    Points of the type that are open stand as they are. `people`, `bound` and `verified` count who lacks the type and
    gets it from the chosen sites: as chosen, at most, and by a run with these sites. Whom that run reaches more, as
    points that were full get room, is `freed`.

    Raises
    ------
    InputError
        ``siting_type``, ``siting_by_area``, ``siting_no_radius``, ``siting_sites``, ``siting_no_candidates``,
        ``no_demand``.
    """
    began = time.perf_counter()
    rules = deployment.pack(session, asked.pack)
    _require_answerable(rules, asked)
    progress("reading", 0, 1)
    inputs = read_inputs(session, at, rules)
    if not len(inputs.demand.xy):
        raise InputError("no_demand", day=at.day.isoformat())
    stage = _stage(inputs, asked.type)
    need = stage.need
    lacking = np.flatnonzero(need > 0)
    offered = asked.candidates or cells_near(session, at, stage.demand.xy[lacking], stage.rule.radius or 0.0)
    shapes = to_planar(offered.places, deployment.crs(session))
    progress("matching", 0, 1)
    found = matrix(_of(stage.demand, lacking), shapes, stage.rule, stage.network)
    of = instance(len(shapes), found.site, found.place, need[lacking], Terms(asked.sites))
    choice = choose(of)
    bound = upper_bound(of, choice, lambda done, rounds: progress("bounding", done, rounds))
    told = {
        "type": asked.type,
        "pack": rules.id,
        "as_of": at.day.isoformat(),
        "basis": inputs.points.basis,
        "estimate": stage.network is None,
        "candidates": len(shapes),
        "doubtful": _named(offered, np.flatnonzero(found.doubtful)) if asked.candidates else [],
        "lacking": float(need.sum()),
        "sites": _sites(offered, choice),
        "people": choice.people,
        "bound": bound,
        "relative_gap": (bound - choice.people) / bound if bound else 0.0,
        **_gained(stage, shapes[choice.sites], lacking[found.place[np.isin(found.site, choice.sites)]]),
    }
    by_age = weighed_by_age(stage.rule, stage.weight, stage.demand.people)
    return (_withheld(told) if by_age else told) | {"seconds": round(time.perf_counter() - began, 3)}


def _require_answerable(rules: RulePack, asked: Asked) -> None:
    """Refuse a number of sites that is none, a list without candidates, and types that aren't decided by reach."""
    if asked.sites < 1:
        raise InputError("siting_sites", value=asked.sites)
    if asked.candidates is not None and not asked.candidates.names:
        raise InputError("siting_no_candidates")
    row = rules.row(asked.type)
    if row is None:
        known = ", ".join(each.type for each in rules.rows)
        raise InputError("siting_type", type=asked.type, pack=rules.id, known=known)
    if row.basis == "jurisdiction":
        raise InputError("siting_by_area", type=asked.type)
    if row.radius is None:
        raise InputError("siting_no_radius", type=asked.type)


def _stage(inputs: Inputs, kind: str) -> _Stage:
    """Decide for one type as things stand."""
    index = next(number for number, rule in enumerate(inputs.rules) if rule.type == kind)
    rule, whole = inputs.rules[index], inputs.supply
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
    verdicts = evaluate(inputs.demand, supply, [rule], inputs.network)
    weight = weights(inputs.demand, [rule])[:, 0]
    return _Stage(inputs.demand, supply, rule, inputs.network, weight, verdicts.share[:, 0])


def _of(demand: Demand, rows: Ints) -> Demand:
    """Return some of the demand."""
    columns = ("xy", "people", "ages", "home", "street", "community")
    groups = {bands: counted[rows] for bands, counted in demand.groups.items()}
    return replace(demand, groups=groups, **{name: getattr(demand, name)[rows] for name in columns})


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
    gained = np.nan_to_num(stage.weight) * (share - stage.share)
    near = np.isin(np.arange(len(gained)), reached)
    return {"verified": float(gained[near].sum()), "freed": float(gained[~near].sum())}


def _named(offered: Candidates, rows: Ints) -> list[str]:
    return [offered.names[row] for row in rows.tolist()]


def _sites(offered: Candidates, choice: Choice) -> list[dict[str, Any]]:
    """Tell each chosen site by name, with a point of it in EPSG:4490 and whom it adds."""
    xy = shapely.get_coordinates(shapely.point_on_surface(offered.places[choice.sites])).tolist()
    rows = zip(_named(offered, choice.sites), xy, choice.gains.tolist(), strict=True)
    return [{"site": name, "x": round(x, 7), "y": round(y, 7), "gain": round(gain, 3)} for name, (x, y), gain in rows]


def _withheld(told: dict[str, Any]) -> dict[str, Any]:
    """Hide counts of an age under ten, and what they could be had from by subtracting."""
    told["lacking"], people = age_row(told["lacking"], told["people"], hidden=False)
    told["freed"] = small_hidden(told["freed"])
    hidden = age_groups_hidden([site["gain"] for site in told["sites"]], people)
    if people is None:
        told |= dict.fromkeys(("people", "bound", "relative_gap", "verified", "freed"))
        hidden = [True] * len(hidden)
    told["sites"] = [site | {"gain": None} if no else site for site, no in zip(told["sites"], hidden, strict=True)]
    return told
