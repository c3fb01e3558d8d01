"""Where to build next: the candidates that cover most people, and how far that is from the best there can be."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from gridgov.spatial.candidates import MILLIONTHS, Instance, Terms

__all__ = ["Choice", "Terms", "choose", "upper_bound"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Told = Callable[[int, int], None]

TRIALS, STEPS = 40, 5_000_000  # as many as take two or three hundredths of a second
ROUNDS, SMALL_STEP = 800, 1e-3
AT_ONCE = 20  # rounds between two words on how far it is
CLOSE = 1e-6


@dataclass(frozen=True)
class Choice:
    """The candidates chosen, `sites` (k,), what adds most first; `gains` (k,) people each adds; `people` together."""

    sites: Ints
    gains: Floats
    people: float


def _quiet(_done: int, _of: int) -> None:
    """Tell nobody."""


def choose(of: Instance) -> Choice:
    """Choose the candidates that cover most people.

    The maximal covering location problem (Church and ReVelle 1974): the greedy choice, improved by swapping one
    candidate for another (Teitz and Bart 1968) until no swap gains anybody.

    Parameters
    ----------
    of : Instance
        As `instance` makes it.

    Returns
    -------
    Choice
        The same for the same candidates, whatever the order of places; of equal candidates the lowest is chosen. Fewer
        than were asked for where no more gain anybody.
    """
    loops = compiled()
    trials = min(TRIALS, STEPS // max(len(of.group), 1))
    orders = {False, bool(np.isfinite(of.budget))}
    found = [_told(of, loops.best_found(of, by_cost, trials)) for by_cost in sorted(orders)]
    return max(found, key=lambda choice: choice.people)


def upper_bound(of: Instance, choice: Choice, told: Told = _quiet) -> float:
    """Find how many people any choice can gain at most.

    The Lagrangian relaxation of Galvão and ReVelle (1996), by subgradient steps: it comes down to what linear
    programming gives. The metres that sites must keep from each other are left out of it, which can only raise the
    bound.

    Parameters
    ----------
    of : Instance
        As `instance` makes it.
    choice : Choice
        What `choose` chose: the steps begin there, and the bound is no lower.
    told : callable
        Told of the rounds done and of how many; may raise to end the work.

    Returns
    -------
    float
        People.
    """
    loops = compiled()
    target = choice.people * MILLIONTHS
    prices, progress = loops.Prices(*_first_prices(of, choice)), loops.Progress(np.inf, 1.0, 0)
    for done in range(0, ROUNDS, AT_ONCE):
        told(done, ROUNDS)
        progress = loops.bounded(of, prices, progress, target, AT_ONCE)
        if progress.least - target <= CLOSE * target or progress.step < SMALL_STEP:
            break
    return max(float(progress.least) / MILLIONTHS, choice.people)


def compiled() -> ModuleType:
    """Return the compiled loops, imported when they are needed."""
    from gridgov.spatial import siting_kernels  # noqa: PLC0415

    return siting_kernels


def _told(of: Instance, chosen: npt.NDArray[np.int8]) -> Choice:
    """Order what is chosen by what each adds to those before it."""
    loops = compiled()
    sites, gains = loops.add(of, np.zeros(len(of.total), np.int8), loops.opened(of), chosen, False)
    return Choice(sites.astype(np.int64), gains / MILLIONTHS, sum(gains.tolist()) / MILLIONTHS)


def _first_prices(of: Instance, choice: Choice) -> tuple[Floats, Floats, Floats]:
    """Begin with prices that nearly hold a choice: all for a group it leaves out, part for one covered once."""
    rows = [of.group[of.start[site] : of.start[site + 1]] for site in choice.sites.tolist()]
    met = np.bincount(np.concatenate([*rows, np.empty(0, np.int32)]), minlength=len(of.weight))
    price = of.weight * np.select([met == 0, met == 1], [1.0, 0.3], 0.0)
    return price, price.copy(), np.zeros(len(price))
