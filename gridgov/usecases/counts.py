"""People of the units of a day by what is recorded: counts, households, totals spread by floor area (DOMAIN §1.6)."""

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.spreading import share_out
from gridgov.usecases.places import Places

BASES = ("people", "households", "floor_area", "raster", "buildings")
LEVELS = ("compound", "community", "street")
UNKNOWN = -1

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Counts:
    """People per unit (n,), NaN unknown, with the basis of each, an index into BASES; sums go in the units' order.

    `above` holds per level each unit's ancestor, an index, -1 none. `left` is what a unit's own total leaves after
    what is counted below it, NaN where it has none; `spread` tells which totals were spread over building groups.
    """

    def __init__(self, places: Places, household_size: float) -> None:
        self.places = places
        self.above = {level: places.above(level) for level in LEVELS}
        self.building: Bools = places.levels == "building"
        self.compound: Bools = places.levels == "compound"
        self.placed: Bools = self.building & ~shapely.is_missing(places.shapes)
        self.floor = places.numbers["floor_area"]
        recorded, homes = places.numbers["people"], places.numbers["households"] * household_size
        self.total = np.where(np.isnan(recorded), homes, recorded)
        counted = (self.building | self.compound) & ~np.isnan(self.total)
        self.people = np.where(counted, self.total, np.nan)
        self.basis: Ints = np.where(counted, np.where(np.isnan(recorded), 1, 0), UNKNOWN)
        self.left = np.full(len(self.places), np.nan)
        self.spread = np.zeros(len(self.places), dtype=bool)
        for each in LEVELS:
            self._spread(each)

    @property
    def known(self) -> Bools:
        """Whose people are known."""
        told: Bools = self.basis != UNKNOWN
        return told

    @property
    def stands(self) -> Bools:
        """Which units are demand points: building groups with a place, or compounds that have no better ones."""
        whole = self._whole
        home = self.above["compound"]
        under = (home >= 0) & whole[home]
        return (self.placed & ~under) | (self.compound & whole)

    @property
    def _whole(self) -> Bools:
        """Which compounds stand for their building groups: none is placed, or only the compound is counted."""
        home = self.above["compound"]
        placed = self._count(home, self.placed)
        counted = self._count(home, self.placed & self.known)
        whole: Bools = self.compound & ((placed == 0) | (self.known & (counted == 0)))
        return whole

    def _spread(self, level: str) -> None:
        """Spread what totals of a level leave after what is counted below over building groups with a floor area."""
        owner, home, whole = self.above[level], self.above["compound"], self._whole
        waiting = self.placed & ~self.known & (self.floor > 0) & (owner >= 0)
        if level != "compound":
            waiting &= ~((home >= 0) & whole[home])
        left = self.total - self._sum(owner, self.building & self.known)
        if level != "compound":
            left -= self._sum(owner, whole & self.known)
        own = (self.places.levels == level) & ~np.isnan(self.total)
        self.left = np.where(own, left, self.left)
        takes = own & (left > 0) & (self._count(owner, waiting) > 0)
        self.spread |= takes
        rows = np.flatnonzero(waiting & takes[owner])
        self.people[rows] = share_out(left, owner[rows], self.floor[rows])
        self.basis[rows] = BASES.index("floor_area")

    def _count(self, owner: Ints, which: Bools) -> Ints:
        rows = np.flatnonzero(which & (owner >= 0))
        return np.bincount(owner[rows], minlength=len(self.places))

    def _sum(self, owner: Ints, which: Bools) -> Floats:
        rows = np.flatnonzero(which & (owner >= 0))
        return np.asarray(np.bincount(owner[rows], self.people[rows], len(self.places)), dtype=np.float64)
