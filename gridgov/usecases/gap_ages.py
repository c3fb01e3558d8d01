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
    asked = beside & (np.nan_to_num(told) >= SMALLEST_AGE_COUNT).any(axis=1)
    for served in np.unique(ages.served, axis=0):
        rows = np.flatnonzero(asked & (ages.served[kind] == served).all(axis=1))
        if len(rows):
            whole = _Whole.of(ages, np.nan_to_num(demand.people), lacking.place, int(kind[rows[0]]))
            told[rows] = np.where(whole.hidden(place[rows], counted[rows], people[rows]), np.nan, told[rows])
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


@dataclass(frozen=True)
class _Whole:
    """All people of the places (p, 7) whom a type serves, as shown beside their gaps: what that hides stays hidden.

    `total` (p,) are they all, `no` (p, 3) says which told ages are hidden.
    """

    bands: Floats
    total: Floats
    no: Flags

    @classmethod
    def of(cls, ages: _Ages, people: Floats, place: Ints, kind: int) -> "_Whole":
        """Add up the people of each place whom a type serves; `place` (d,) is -1 for those who are told nowhere."""
        rows = np.flatnonzero(place >= 0)
        counts = ages.counts(rows, np.full(len(rows), kind))
        count = int(place.max(initial=-1)) + 1
        bands: Floats = np.stack([np.bincount(place[rows], band, count) for band in counts.T], axis=1).astype(float)
        known: Floats = np.nan_to_num(bands)
        everybody: Floats = np.bincount(place[rows], people[rows], count).astype(float)
        total = everybody if ages.served[kind].all() else np.asarray(known.sum(axis=1), dtype=np.float64)
        return cls(bands, total, _hidden(known, total))

    def hidden(self, place: Ints, lacking: Floats, people: Floats) -> Flags:
        """Say which sums are hidden: beside the rest of the row, of those it leaves, and of the place's people."""
        some = (self.total[place] - people >= 1e-6)[:, None]
        few = _small(_summed(self.bands[place] - lacking))
        return np.asarray(self.no[place] | (some & (few | _hidden(np.nan_to_num(lacking), people))), dtype=bool)


def _hidden(bands: Floats, total: Floats) -> Flags:
    """Say of each row which sums have to be hidden; where nothing is small, nothing is."""
    hidden = np.zeros((len(bands), len(_SUMS)), dtype=bool)
    for row in np.flatnonzero(_small(bands).any(axis=1) | _small(total - bands.sum(axis=1))).tolist():
        hidden[row] = age_sums_hidden(bands[row].tolist(), _SUMS, float(total[row]))
    return hidden


def _small(count: Floats) -> Flags:
    return np.asarray((count.round(6) > 0) & (count.round(6) < SMALLEST_AGE_COUNT), dtype=bool)


def _summed(bands: Floats) -> Floats:
    return np.stack([bands[..., list(pair)].sum(axis=-1) for pair in _SUMS], axis=-1)
