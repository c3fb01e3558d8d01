"""The compiled loops of siting: gains kept up to date, swaps, and the Lagrangian bound. People are whole millionths."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from gridgov.spatial.candidates import Instance
from gridgov.spatial.searching import Floats, Int32s, Int64s

Int8s = npt.NDArray[np.int8]

PATIENCE = 20  # rounds without a better bound after which steps are halved; measured best from 10 to 30
DEFLECTION = 0.7  # of the last direction that is kept


class Account(NamedTuple):
    """What candidates are worth beside those that stand.

    `gain` (n,) is what each would add, `met` (g,) how many sites cover each group, `near` (n,) how many sites are too
    near to each; of those locked only the last is to be told, for they cover nobody that is still to be gained.
    """

    gain: Int64s
    met: Int32s
    near: Int32s


class Prices(NamedTuple):
    """What groups cost in the relaxation (g,), between 0 and their weight: `now`, at `best`, and the steps' `slope`."""

    now: Floats
    best: Floats
    slope: Floats


class Progress(NamedTuple):
    """How far the bound is: the `least` so far, the factor of a `step`, and the rounds that didn't help, `idle`."""

    least: float
    step: float
    idle: int


@njit(nogil=True, cache=True)
def best_found(of: Instance, by_cost: bool, trials: int) -> Int8s:
    """Choose candidates by `add` and `swap`; then try some times without a quarter of them whether others gain more.

    Which quarter is drawn by chance, but always the same. Returns which are chosen (n,).
    """
    every = np.ones(len(of.total), np.int8)
    chosen, account = np.zeros(len(of.total), np.int8), opened(of)
    people = _improved(of, chosen, account, every, by_cost)
    drawn = 1
    for _ in range(trials):
        tried, beside = chosen.copy(), Account(account.gain.copy(), account.met.copy(), account.near.copy())
        sites, found = np.flatnonzero(chosen), people
        out = np.empty((len(sites) + 3) // 4, np.int64)
        for turn in range(len(out)):
            drawn = drawn * 48271 % 2147483647  # Park and Miller (1988)
            at = turn + drawn % (len(sites) - turn)
            out[turn], sites[at] = sites[at], sites[turn]
            _put(of, out[turn], -1, beside)
            found -= beside.gain[out[turn]]
        tried[out], every[out] = 0, 0
        found += _improved(of, tried, beside, every, by_cost)
        every[out] = 1
        if found > people:
            chosen, account, people = tried, beside, found
    return chosen


@njit(nogil=True, cache=True)
def _improved(of: Instance, chosen: Int8s, account: Account, among: Int8s, by_cost: bool) -> int:
    """Choose, swap, and choose again where that makes room; return the people gained."""
    gained: int = 0
    while True:
        added = int(add(of, chosen, account, among, by_cost)[1].sum())
        gained += added
        if added == 0:
            return gained
        gained += swap(of, chosen, account)


@njit(nogil=True, cache=True)
def opened(of: Instance) -> Account:
    """Open the account before anything is chosen."""
    account = Account(of.total.copy(), np.zeros(len(of.weight), np.int32), np.zeros(len(of.total), np.int32))
    for site in np.flatnonzero(of.locked):
        _put(of, int(site), 1, account)
    return account


@njit(nogil=True, cache=True)
def add(of: Instance, chosen: Int8s, account: Account, among: Int8s, by_cost: bool) -> tuple[Int32s, Int64s]:
    """Choose the candidate that adds most, or most for its cost, again and again; of equal ones the lowest.

    Only those `among` (n,) are chosen; `chosen` (n,) is changed. Returns which, in order, and what each added.
    """
    left, spent = max(of.sites - int(np.count_nonzero(chosen)), 0), _spent(of, chosen)
    order, added, told = np.empty(left, np.int32), np.empty(left, np.int64), 0
    while told < left:
        best, value = -1, 0.0
        for site in range(len(chosen)):
            gain = account.gain[site]
            if gain > 0 and among[site] and not account.near[site] and spent + of.cost[site] <= of.budget:
                worth = gain / of.cost[site] if by_cost else float(gain)
                if worth > value:
                    best, value = site, worth
        if best < 0:
            break
        order[told], added[told], chosen[best] = best, account.gain[best], 1
        told, spent = told + 1, spent + of.cost[best]
        _put(of, best, 1, account)
    return order[:told], added[:told]


@njit(nogil=True, cache=True)
def swap(of: Instance, chosen: Int8s, account: Account) -> int:
    """Put a candidate in another's place for as long as that gains people; return how many it gained.

    `chosen` (n,) and the account are changed.
    """
    spent, idle, site, gained = _spent(of, chosen), 0, 0, 0
    sole, sites, lost = _losses(of, chosen, account.met)
    kept = np.zeros(len(sites), np.int64)
    while idle < len(chosen):
        idle += 1
        place, net = -1, 0
        if not chosen[site] and not of.locked[site] and of.total[site] > lost.min():
            place, net = _worst_beside(of, site, sites, spent, account, sole, lost, kept)
        if place >= 0:
            out = sites[place]
            chosen[out], chosen[site] = 0, 1
            spent += of.cost[site] - of.cost[out]
            _put(of, out, -1, account)
            _put(of, site, 1, account)
            sole, sites, lost = _losses(of, chosen, account.met)
            idle, gained = 0, gained + net
        site = (site + 1) % len(chosen)
    return gained


@njit(nogil=True, cache=True)
def bounded(of: Instance, prices: Prices, progress: Progress, target: float, rounds: int) -> Progress:
    """Lower an upper bound on the people that can be gained by some rounds of subgradient steps.

    Steps as Polyak's (1969), deflected as by Camerini, Fratta and Maffioli (1975). `prices` are changed; `target` is
    what a choice is known to gain.
    """
    least, step, idle = progress
    worth, use, excess = np.zeros(len(of.total)), np.zeros(len(of.total)), np.zeros(len(of.weight))
    for _ in range(rounds):
        bound = _relaxed(of, prices.now, worth, use, excess)
        idle += 1
        if bound < least:
            least, idle = bound, 0
            prices.best[:] = prices.now
        elif idle >= PATIENCE:
            step, idle = step / 2, 0
            prices.now[:] = prices.best
            prices.slope[:] = 0.0
            continue
        steep = 0.0
        for group in range(len(excess)):
            prices.slope[group] = DEFLECTION * prices.slope[group] + excess[group]
            steep += prices.slope[group] ** 2
        if steep > 0:
            far = step * (bound - target) / steep
            for group in range(len(excess)):
                moved = prices.now[group] - far * prices.slope[group]
                prices.now[group] = min(max(moved, 0.0), float(of.weight[group]))
    return Progress(least, step, idle)


@njit(nogil=True, cache=True)
def _relaxed(of: Instance, price: Floats, worth: Floats, use: Floats, excess: Floats) -> float:
    """Solve the relaxation at some prices: return its value, a bound.

    A group can be had for its price, as often as sites cover it, or be left; it is worth its weight once. `worth` and
    `use` (n,) are written: what candidates are worth, and which are taken; so is `excess` (g,), how many more times a
    group is covered than counted, where its price can still be moved that way.
    """
    for site in range(len(worth)):
        total = 0.0
        for row in range(of.start[site], of.start[site + 1]):
            total += price[of.group[row]]
        worth[site] = total
    bound = _best_worth(of, worth, use)
    for group in range(len(price)):
        bound += of.weight[group] - price[group]
        excess[group] = -1.0 if price[group] < of.weight[group] else 0.0
    for site in np.flatnonzero(use):  # type: ignore[assignment]
        for row in range(of.start[site], of.start[site + 1]):
            excess[of.group[row]] += use[site]
    for group in range(len(price)):
        if price[group] <= 0.0 and excess[group] > 0.0:
            excess[group] = 0.0
    return bound


@njit(nogil=True, cache=True)
def _best_worth(of: Instance, worth: Floats, use: Floats) -> float:
    """Find what the best candidates are worth together, as if they had nothing in common: `use` (n,) tells which.

    So many as may be chosen, or for a budget, the last of them in part: whichever is worth less.
    """
    use[:] = 0.0
    top = np.argsort(-worth)[: of.sites]
    most = 0.0
    for site in top:
        most += worth[site]
    afforded, left = 0.0, of.budget
    if np.isfinite(left):
        by_cost = np.argsort(-worth / of.cost)
        for site in by_cost:
            part = min(1.0, left / of.cost[site])
            afforded, left, use[site] = afforded + part * worth[site], left - part * of.cost[site], part
            if left <= 0:
                break
        if afforded <= most:
            return afforded
        use[:] = 0.0
    use[top] = 1.0
    return most


@njit(nogil=True, cache=True)
def _put(of: Instance, site: int, step: int, account: Account) -> None:
    """Write into the account that a candidate comes, step 1, or goes, step -1."""
    gain, met, near = account
    for row in range(of.start[site], of.start[site + 1]):
        group = of.group[row]
        met[group] += step
        if met[group] == (1 if step > 0 else 0):
            for at in range(of.by_start[group], of.by_start[group + 1]):
                gain[of.by[at]] -= step * of.weight[group]
    for row in range(of.near_start[site], of.near_start[site + 1]):
        near[of.near[row]] += step


@njit(nogil=True, cache=True)
def _losses(of: Instance, chosen: Int8s, met: Int32s) -> tuple[Int32s, Int32s, Int64s]:
    """Find which chosen site alone covers a group (g,), -1 none; the sites (k,), and what the going of each would lose.

    The accounts by which Resende and Werneck (2007) make the interchange of Teitz and Bart (1968) fast.
    """
    sites = np.flatnonzero(chosen).astype(np.int32)
    sole, lost = np.full(len(met), -1, np.int32), np.zeros(len(sites), np.int64)
    for place, site in enumerate(sites):
        for row in range(of.start[site], of.start[site + 1]):
            group = of.group[row]
            if met[group] == 1:
                sole[group] = place
                lost[place] += of.weight[group]
    return sole, sites, lost


@njit(nogil=True, cache=True)
def _worst_beside(
    of: Instance,
    site: int,
    sites: Int32s,
    spent: float,
    account: Account,
    sole: Int32s,
    lost: Int64s,
    kept: Int64s,
) -> tuple[int, int]:
    """Find in place of which of the chosen `sites` (k,) a candidate gains most, and how many; -1 where nobody in any.

    `kept` (k,), zeros before and after, is what of each site's loss the candidate covers itself.
    """
    for row in range(of.start[site], of.start[site + 1]):
        place = sole[of.group[row]]
        if place >= 0:
            kept[place] += of.weight[of.group[row]]
    best, most = -1, 0
    for place, out in enumerate(sites):
        net = account.gain[site] + kept[place] - lost[place]
        kept[place] = 0
        fits = spent - of.cost[out] + of.cost[site] <= of.budget
        if net > most and fits and account.near[site] == _excludes(of, out, site):
            best, most = place, net
    return best, most


@njit(nogil=True, cache=True)
def _excludes(of: Instance, site: int, other: int) -> int:
    """Tell whether a site keeps another off, 1 or 0."""
    for row in range(of.near_start[site], of.near_start[site + 1]):
        if of.near[row] == other:
            return 1
    return 0


@njit(nogil=True, cache=True)
def _spent(of: Instance, chosen: Int8s) -> float:
    return float((of.cost * chosen).sum())
