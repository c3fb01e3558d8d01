"""Who should take which post: the most posts filled, then the least cost (DOMAIN §2.8)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from gridgov.errors import InputError

FORBIDDEN = -1

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Allocation:
    """An answer: `cadre[i]` takes post i, -1 where nobody does; `cost` is the sum over the filled posts."""

    cadre: Integers
    cost: int

    @property
    def filled(self) -> int:
        """How many posts are filled."""
        return int(np.count_nonzero(self.cadre >= 0))


def allocate(cost: Integers, room: Integers) -> Allocation:
    """Give as many posts as can be a cadre each, and of all ways to do so choose one of least cost.

    Each cadre stands in a square assignment as often as he has room, which scipy solves exactly by shortest augmenting
    paths (Crouse, IEEE Trans. Aerosp. Electron. Syst. 52(4), 2016); costs are whole, so nothing is lost in its floats.
    A cadre begins with a place more than posts would choose him if all had room: as the problem is a linear program,
    places that stay empty change nothing, and only who fills all he was given is given more.

    Parameters
    ----------
    cost
        ``int64[posts, cadres]``: what it costs that a cadre takes a post, whole and >= 0; FORBIDDEN where he may not.
    room
        ``int64[cadres]``: how many of these posts each may take, >= 0.

    Raises
    ------
    InputError
        ``allocation_shapes`` where the two don't fit together, or a number is below what it may be.
    """
    if cost.ndim != 2 or room.shape != cost.shape[1:] or (room < 0).any() or (cost < FORBIDDEN).any():
        raise InputError("allocation_shapes", costs=str(cost.shape), rooms=str(room.shape))
    cadre = np.full(len(cost), -1, dtype=np.int64)
    given = np.minimum(room, 1 + _wanted(cost))
    while cost.size and given.any():
        cadre = _assigned(cost, given)
        full = (np.bincount(cadre[cadre >= 0], minlength=len(room)) == given) & (given < np.minimum(room, len(cost)))
        if not full.any():
            break
        given[full] = np.minimum(room[full], 2 * given[full])
    taken = np.flatnonzero(cadre >= 0)
    return Allocation(cadre, int(cost[taken, cadre[taken]].sum()))


def _wanted(cost: Integers) -> Integers:
    """Count for each cadre the posts that he is cheapest for."""
    dear = np.where(cost == FORBIDDEN, np.iinfo(np.int64).max, cost)
    return np.bincount(dear.argmin(axis=1), minlength=cost.shape[1]) if cost.size else np.zeros(cost.shape[1], int)


def _assigned(cost: Integers, places: Integers) -> Integers:
    """Solve with a column for each place a cadre has, a pair that may not be dearer than all others together."""
    whose = np.repeat(np.arange(len(places)), places)
    square = cost[:, whose].astype(np.float64)
    square[square == FORBIDDEN] = 1.0 + float(cost.max()) * min(len(cost), len(whose))
    post, column = linear_sum_assignment(square)
    found = np.full(len(cost), -1, dtype=np.int64)
    found[post] = np.where(cost[post, whose[column]] == FORBIDDEN, -1, whose[column])
    return found
