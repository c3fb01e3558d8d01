"""Choosing sites within what they are held to: a budget, a distance, candidates that must be among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.candidates import Terms, instance
from gridgov.spatial.reach import Matrix
from gridgov.spatial.siting import choose, upper_bound
from gridgov.usecases.candidates import Candidates

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """What the choice is held to: the `terms` of the sites that are free to choose, beside those `locked` (n,)."""

    terms: Terms
    locked: Bools


@dataclass(frozen=True)
class Chosen:
    """The sites (k,), locked ones first, with whom each adds, and how many people any choice gains at most."""

    sites: Ints
    gains: Floats
    bound: float

    @property
    def people(self) -> float:
        """People gained by all sites together."""
        return float(self.gains.sum())


def held(
    offered: Candidates,
    shapes: Geometries,
    sites: int,
    *,
    locked: Sequence[str],
    budget: float | None,
    apart: float | None,
) -> Held:
    """Check what sites are held to; `shapes` are the candidates in metres.

    Raises
    ------
    InputError
        ``siting_candidate_unknown``, ``siting_locked_many``, ``siting_locked_near``, ``siting_apart``,
        ``siting_budget``, ``siting_budget_locked``, ``siting_no_costs``, ``siting_cost_missing``.
    """
    rows = offered.rows(locked)
    if len(rows) > sites:
        raise InputError("siting_locked_many", locked=len(rows), sites=sites)
    if apart is not None and not 0 <= apart < np.inf:
        raise InputError("siting_apart", value=apart)
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    if apart:
        _require_apart(offered, rows, xy, apart)
    mask = np.zeros(len(shapes), dtype=bool)
    mask[rows] = True
    left = None if budget is None else budget - _locked_cost(offered, rows, budget)
    terms = Terms(
        sites=sites - len(rows),
        locked=mask,
        cost=None if left is None else offered.costs,
        budget=left,
        xy=xy if apart else None,
        apart=apart,
    )
    return Held(terms, mask)


def choose_sites(reached: Matrix, people: Floats, held: Held, told: Callable[[int, int], None]) -> Chosen:
    """Choose sites that most people reach who reach none now, and tell how many any choice could bring at most."""
    count = len(held.locked)
    of = instance(count, reached.site, reached.place, people, held.terms)
    choice = choose(of)
    bound = upper_bound(of, choice, told)
    rows = np.flatnonzero(held.locked)
    first, gains = _in_order(rows, reached, people)
    return Chosen(np.r_[first, choice.sites], np.r_[gains, choice.gains], float(gains.sum()) + bound)


def _in_order(rows: Ints, reached: Matrix, people: Floats) -> tuple[Ints, Floats]:
    """Order the locked candidates by what each adds to those before it; those that add nobody come last."""
    if not len(rows):
        return rows, np.empty(0)
    among = np.isin(reached.site, rows)
    number = np.searchsorted(rows, reached.site[among])
    choice = choose(instance(len(rows), number, reached.place[among], people, Terms(len(rows))))
    idle = np.setdiff1d(np.arange(len(rows)), choice.sites)
    return rows[np.r_[choice.sites, idle]], np.r_[choice.gains, np.zeros(len(idle))]


def _locked_cost(offered: Candidates, rows: Ints, budget: float) -> float:
    if not 0 < budget < np.inf:
        raise InputError("siting_budget", value=budget)
    if offered.costs is None:
        raise InputError("siting_no_costs")
    unknown = np.flatnonzero(np.isnan(offered.costs))
    if len(unknown):
        raise InputError("siting_cost_missing", name=offered.names[unknown[0]])
    spent = float(offered.costs[rows].sum())
    if spent > budget:
        raise InputError("siting_budget_locked", cost=spent, budget=budget)
    return spent


def _require_apart(offered: Candidates, rows: Ints, xy: Floats, apart: float) -> None:
    for position, one in enumerate(rows.tolist()):
        for other in rows[position + 1 :].tolist():
            metres = round(float(np.hypot(*(xy[one] - xy[other]))), 3)
            if metres < apart:
                names = offered.names[one], offered.names[other]
                raise InputError("siting_locked_near", one=names[0], other=names[1], metres=metres, apart=apart)
