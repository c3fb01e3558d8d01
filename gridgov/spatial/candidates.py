"""Candidates for sites and the people they would cover: places that the same candidates cover count as one."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from gridgov.errors import InputError
from gridgov.spatial.searching import Floats, Int32s, Int64s

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

MILLIONTHS = 1e6  # people are added up in whole millionths: so ties are ties, whatever the order of places


class Instance(NamedTuple):
    """What is chosen from: n candidates and g groups of places that are covered together.

    `start` (n + 1,), `group` (m,): the groups each candidate covers (CSR); `by_start` (g + 1,), `by` (m,): the
    candidates that cover each group; `weight` (g,) their people in millionths, `total` (n,) those of a candidate.
    `near_start` (n + 1,), `near`: the candidates that each excludes; `locked` (n,) 1 for those that stand already;
    `cost` (n,), `budget` all may cost together, `sites` how many may be chosen.
    """

    start: Int64s
    group: Int32s
    by_start: Int64s
    by: Int32s
    weight: Int64s
    total: Int64s
    near_start: Int64s
    near: Int32s
    locked: npt.NDArray[np.int8]
    cost: Floats
    budget: float
    sites: int


@dataclass(frozen=True)
class Terms:
    """What a choice of candidates is held to: `sites` how many at most, besides those that are `locked` (n,).

    Where some are locked `sites` may be 0. What the locked ones cost isn't taken off the budget.
    `cost` (n,) above 0 and `budget` go together; so do `xy` (n, 2) metres and `apart`, the metres that two sites must
    keep from each other at least.
    """

    sites: int
    locked: Bools | None = None
    cost: Floats | None = None
    budget: float | None = None
    xy: Floats | None = None
    apart: float | None = None


def instance(candidates: int, candidate: Ints, place: Ints, people: Floats, terms: Terms) -> Instance:
    """Put pairs of candidate and covered place into what the loops work on; each pair once.

    Raises
    ------
    InputError
        ``siting_sites`` for no sites to choose and none locked, ``cost_invalid``, ``people_negative``,
        ``arrays_differ``.
    """
    _check(candidates, candidate, place, people, terms)
    locked = np.zeros(candidates, dtype=bool) if terms.locked is None else np.asarray(terms.locked, dtype=bool)
    weight = np.rint(np.nan_to_num(people) * MILLIONTHS).astype(np.int64)
    weight[place[locked[candidate]]] = 0
    kept = weight[place] > 0
    by_start, by, weight = _merged(candidates, candidate[kept], place[kept], weight)
    start, group = _turned(by_start, by, candidates)
    near_start, near = _too_near(candidates, terms)
    return Instance(
        start=start,
        group=group,
        by_start=by_start,
        by=by,
        weight=weight,
        total=np.diff(np.concatenate([np.zeros(1, np.int64), np.cumsum(weight[group])])[start]),
        near_start=near_start,
        near=near,
        locked=locked.astype(np.int8),
        cost=np.zeros(candidates) if terms.cost is None else np.asarray(terms.cost, dtype=np.float64),
        budget=np.inf if terms.budget is None else float(terms.budget),
        sites=min(int(terms.sites), candidates),
    )


def _check(candidates: int, candidate: Ints, place: Ints, people: Floats, terms: Terms) -> None:
    if terms.sites < (0 if np.any(terms.locked) else 1):
        raise InputError("siting_sites", value=terms.sites)
    told = (terms.locked, terms.cost, terms.xy)
    if len(candidate) != len(place) or any(len(part) != candidates for part in told if part is not None):
        raise InputError("arrays_differ", what="candidates")
    if (np.asarray(people) < 0).any():
        raise InputError("people_negative")
    costs = np.ones(1) if terms.cost is None else np.asarray(terms.cost)
    if not (np.isfinite(costs) & (costs > 0)).all():
        raise InputError("cost_invalid")


def _merged(candidates: int, candidate: Ints, place: Ints, weight: Ints) -> tuple[Int64s, Int32s, Int64s]:
    """Merge the places that the very same candidates cover: candidates by group (CSR), and the weight of each group.

    Groups are ordered by their candidates, so that the order of places doesn't matter.
    """
    pairs = csr_array((np.ones(len(place), np.int8), (place, candidate)), shape=(len(weight), candidates))
    pairs.sum_duplicates()
    raw, ends = pairs.indices.astype(np.int32).tobytes(), (pairs.indptr.astype(np.int64) * 4).tolist()
    sums: dict[bytes, int] = {}
    for row in np.flatnonzero(np.diff(pairs.indptr)).tolist():
        covering = raw[ends[row] : ends[row + 1]]
        sums[covering] = sums.get(covering, 0) + int(weight[row])
    groups = sorted(sums)
    by_start = np.cumsum([0, *(len(covering) // 4 for covering in groups)], dtype=np.int64)
    by = np.frombuffer(b"".join(groups), dtype=np.int32)
    return by_start, by, np.array([sums[covering] for covering in groups], dtype=np.int64)


def _turned(start: Int64s, column: Int32s, columns: int) -> tuple[Int64s, Int32s]:
    """Turn rows of columns (CSR) into columns of rows."""
    matrix = csr_array((np.ones(len(column), np.int8), column, start), shape=(len(start) - 1, columns)).tocsc()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)


def _too_near(candidates: int, terms: Terms) -> tuple[Int64s, Int32s]:
    """List for each candidate those that lie nearer to it than sites may."""
    if terms.xy is None or not terms.apart or terms.apart <= 0:
        return np.zeros(candidates + 1, np.int64), np.empty(0, np.int32)
    xy = np.asarray(terms.xy, dtype=np.float64)
    one, other = KDTree(xy).query_pairs(terms.apart, output_type="ndarray").T
    close = np.rint(np.hypot(*(xy[one] - xy[other]).T) * 1000) < np.rint(terms.apart * 1000)
    one, other = np.r_[one[close], other[close]], np.r_[other[close], one[close]]
    order = np.lexsort((other, one))
    return np.searchsorted(one[order], np.arange(candidates + 1)).astype(np.int64), other[order].astype(np.int32)
