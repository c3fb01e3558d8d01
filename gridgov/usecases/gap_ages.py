"""How many of a gap's people are of an age, as far as it may be told: what is hidden isn't even stored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridgov.domain.ages import TOLD_OF_GAPS
from gridgov.domain.privacy import SMALLEST_AGE_COUNT, age_sums_hidden
from gridgov.domain.units import AGE_BANDS
from gridgov.spatial.coverage import Demand, Rule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_SUMS = tuple(TOLD_OF_GAPS.values())
_ALL = tuple(range(len(AGE_BANDS)))


@dataclass(frozen=True)
class Lacking:
    """Who lacks what: m pairs of a demand point `at` and a type `kind`, in the order of the gap list's n rows.

    `left` (m,) is which part of the point's people lacks it, `people` (m,) how many that are; `firsts` (n,) says where
    each row begins, `place` (d,) by number where each demand point is told.
    """

    at: Ints
    kind: Ints
    left: Floats
    people: Floats
    firsts: Ints
    place: Ints


def age_columns(demand: Demand, units: int, rules: Sequence[Rule], lacking: Lacking) -> dict[str, Floats]:
    """Count the people of each row by the ages that are told of gaps, NaN where unknown, hidden, or not served.

    Behind the first `units` demand points are cells, of whose people no age is told. A row of a type that serves none
    but one of these ages has as many of it as people: that is hidden when it is read, as they are.
    """
    ages = _Ages.of(demand, units, rules)
    counted = np.add.reduceat(ages.counts(lacking.at, lacking.kind) * lacking.left[:, None], lacking.firsts)
    people, kind = np.add.reduceat(lacking.people, lacking.firsts), lacking.kind[lacking.firsts]
    place = lacking.place[lacking.at[lacking.firsts]]
    told = np.where(ages.some[kind], _summed(counted), np.nan)
    beside = ~ages.alone[kind]
    whole = _Whole(ages, demand.people, lacking.place)
    for row in np.flatnonzero(beside & (np.nan_to_num(told) >= SMALLEST_AGE_COUNT).any(axis=1)).tolist():
        told[row, whole.hidden(place[row], kind[row], counted[row], people[row])] = np.nan
    told[beside[:, None] & (told < SMALLEST_AGE_COUNT)] = np.nan
    return dict(zip(TOLD_OF_GAPS, told.T, strict=True))


@dataclass(frozen=True)
class _Ages:
    """People by age band (d, 7), NaN unknown: `known` each by itself, `summed` with two known together in the first.

    `served` (t, 7) says which bands each type serves, `pairs` (t, 7) of which all of a told age is served; `some`
    (t, 3) of which told ages it serves any, `alone` (t,) whether it serves nobody but people of one of them.
    """

    known: Floats
    summed: Floats
    served: Flags
    pairs: Flags
    some: Flags
    alone: Flags

    @classmethod
    def of(cls, demand: Demand, units: int, rules: Sequence[Rule]) -> "_Ages":
        known = np.array(demand.ages, dtype=np.float64)
        known[units:] = np.nan
        summed = known.copy()
        for first, second in _SUMS:
            together = demand.groups.get((first, second))
            if together is not None:
                only = np.flatnonzero(np.isnan(summed[:units, first] + summed[:units, second]))
                summed[only, first], summed[only, second] = together[only], 0.0
        served = np.array([[band in (rule.serves or _ALL) for band in _ALL] for rule in rules], dtype=bool)
        pairs = served.copy()
        for pair in _SUMS:
            pairs[:, pair] = served[:, pair].all(axis=1, keepdims=True)
        some = np.stack([served[:, pair].any(axis=1) for pair in _SUMS], axis=1)
        others = [band for band in _ALL if not any(band in pair for pair in _SUMS)]
        alone = (np.count_nonzero(some, axis=1) == 1) & ~served[:, others].any(axis=1)
        return cls(known, summed, served, pairs, some, alone)

    def counts(self, at: Ints, kind: Ints) -> Floats:
        """Return the people of demand points whom types serve, by band."""
        told = np.where(self.pairs[kind], self.summed[at], self.known[at])
        return np.where(self.served[kind], told, 0.0)


class _Whole:
    """All people of the places, as they are shown beside their gaps: what that hides stays hidden."""

    def __init__(self, ages: _Ages, people: Floats, place: Ints) -> None:
        self.ages, self.people, self.place = ages, np.nan_to_num(people), place
        self.order = np.argsort(place, kind="stable")
        self.bounds = np.searchsorted(place[self.order], np.arange(place.max(initial=-1) + 2))
        self.looked: dict[tuple[int, bytes], tuple[Floats, float, list[bool]]] = {}

    def hidden(self, place: int, kind: int, lacking: Floats, people: float) -> list[bool]:
        """Say which sums are hidden: beside the rest of the row, of those it leaves, and of the place's people."""
        bands, total, no = self._look(place, kind)
        if total - people < 1e-6:
            return no
        reached = _summed(bands - lacking)
        own = age_sums_hidden(np.nan_to_num(lacking).tolist(), _SUMS, people)
        few = (reached.round(6) > 0) & (reached < SMALLEST_AGE_COUNT)
        return [any(each) for each in zip(no, own, few.tolist(), strict=True)]

    def _look(self, place: int, kind: int) -> tuple[Floats, float, list[bool]]:
        """Add up the people of a place that a type serves."""
        key = place, self.ages.served[kind].tobytes()
        if key not in self.looked:
            rows = self.order[self.bounds[place] : self.bounds[place + 1]]
            bands = self.ages.counts(rows, np.full(len(rows), kind)).sum(axis=0)
            known = np.nan_to_num(bands)
            total = float(self.people[rows].sum() if self.ages.served[kind].all() else known.sum())
            self.looked[key] = bands, total, age_sums_hidden(known.tolist(), _SUMS, total)
        return self.looked[key]


def _summed(bands: Floats) -> Floats:
    return np.stack([bands[..., list(pair)].sum(axis=-1) for pair in _SUMS], axis=-1)
