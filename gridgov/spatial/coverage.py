"""Coverage: who reaches which service, how far it is, why not, and what share of the people that makes."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gridgov.spatial.deciding import evaluate
from gridgov.spatial.verdicts import CAUSES, TIERS, Demand, Rule, Supply, Verdicts, weighed_by_age, weights

__all__ = [
    "CAUSES",
    "Demand",
    "Judged",
    "Rule",
    "Supply",
    "Verdicts",
    "evaluate",
    "shares",
    "summary",
    "weighed_by_age",
    "weights",
]

Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Decided(Protocol):
    """Whatever knows how many are covered: fresh verdicts, or those of a run read back."""

    @property
    def share(self) -> Floats:
        """The share of the people covered, 0 to 1, shape (d, t)."""


class Judged(Decided, Protocol):
    """Whatever can be summed up: who is covered, why not, and how many points are open."""

    @property
    def cause(self) -> Bytes:
        """Index into `CAUSES`, -1 where covered or undecided, shape (d, t)."""

    @property
    def points(self) -> Ints:
        """Open points, shape (t,)."""


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
    np.add.at(covered, owner[member], known * verdicts.share[member])
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
    missing = np.nan_to_num(weight, nan=0.0) * (1.0 - verdicts.share)
    return {
        "people": float(people[known].sum()),
        "unknown": int((~known).sum()),
        "tiers": [_tier(tier, verdicts, total - reached, people, rules) for tier in _tiers(rules)],
        "types": types,
        "scenarios": _scenarios(types, rules),
        "causes": {name: float(missing[verdicts.cause == index].sum()) for index, name in enumerate(CAUSES)},
    }


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def _tiers(rules: Sequence[Rule]) -> list[str]:
    present = {rule.tier for rule in rules}
    return [tier for tier in TIERS if tier in present] + sorted(present.difference(TIERS))


def _tier(tier: str, verdicts: Decided, uncovered: Floats, people: Floats, rules: Sequence[Rule]) -> dict[str, object]:
    own = [index for index, rule in enumerate(rules) if rule.tier == tier and rule.required and rule.decided]
    known = np.nan_to_num(people, nan=0.0)
    met, every = verdicts.share[:, own].sum(axis=1), verdicts.share[:, own].min(axis=1, initial=1.0)
    total = float(known.sum()) if own else 0.0
    worst = min(own, key=lambda index: (-uncovered[index], rules[index].type), default=None)
    return {
        "tier": tier,
        "complete_share": _ratio(float((known * every).sum()), total),
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
