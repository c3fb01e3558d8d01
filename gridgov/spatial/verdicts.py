"""What coverage is asked about and what it answers: rules, demand, supply and verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.errors import InputError
from gridgov.spatial.searching import LABELS

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

CAUSES = ("data", "no_facility", "capacity", "gate", "no_path")
DATA, NO_FACILITY, CAPACITY, GATE, NO_PATH = range(5)
NO_CAUSE = -1
AGES = 7
TIERS = ("block", "5", "10", "15")


@dataclass(frozen=True)
class Rule:
    """What one facility type owes: `radius` in metres, `serves` the age bands by index (none = all people).

    `capacity` tells that its points have room for so many people and no more.
    """

    type: str
    radius: float | None
    measure: Literal["walk", "straight"] = "walk"
    jurisdiction: Literal["street", "community"] | None = None
    serves: tuple[int, ...] = ()
    needs_verified: bool = False
    capacity: bool = False
    tier: str = "15"
    required: bool = True
    scenario: str = ""

    @property
    def decided(self) -> bool:
        """Whether the rule says yes or no at all: without radius and jurisdiction a type is only listed."""
        return self.jurisdiction is not None or self.radius is not None


@dataclass(frozen=True)
class Demand:
    """Where people live, d places: `xy` (d, 2) metres in the working CRS; `people` (d,) and `ages` (d, 7), NaN unknown.

    `groups` counts, by the bands they are of, ages known only together (d,).
    `home` (d,) is the walled compound lived in, an index into `Walls.polygons`; `street` and `community` (d,) are keys
    of any kind of the caller's; -1 is none or unknown.
    """

    xy: Floats
    people: Floats
    ages: Floats
    home: Ints
    street: Ints
    community: Ints
    groups: Mapping[tuple[int, ...], Floats] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what no verdict can be computed from."""
        count = len(self.xy)
        if any(len(part) != count for part in (self.people, self.ages, self.home, self.street, self.community)):
            raise InputError("arrays_differ", what="demand")
        if not np.isfinite(np.asarray(self.xy, dtype=np.float64)).all():
            raise InputError("coordinates_invalid", what="demand")
        if (np.asarray(self.people) < 0).any() or (np.asarray(self.ages) < 0).any():
            raise InputError("people_negative")
        if np.isinf(np.asarray(self.people)).any() or np.isinf(np.asarray(self.ages)).any():
            raise InputError("people_infinite")


@dataclass(frozen=True)
class Supply:
    """Service points, s of them, ordered by code, for ties go to the lower index.

    `type_index` (s,) into the rules; `geometry` (s,) Point or Polygon of the site, `entrances` (s,) MultiPoint or
    None, in the working CRS; `verified`, `open` (s,); `street`, `community` (s,) keys as in `Demand`; `capacity` (s,)
    people each has room for, NaN unknown and then without limit; None where it is unknown of all.
    """

    type_index: Ints
    geometry: Geometries
    entrances: Geometries
    verified: Bools
    open: Bools
    street: Ints
    community: Ints
    capacity: Floats | None = None

    @property
    def room(self) -> Floats:
        """How many people each point has room for, shape (s,)."""
        unknown = np.full(len(self.type_index), np.nan)
        told = unknown if self.capacity is None else np.asarray(self.capacity, dtype=np.float64)
        return np.where(np.isnan(told), np.inf, told)

    def check(self, types: int) -> None:
        """Refuse what no verdict can be computed from."""
        count = len(self.type_index)
        others = (self.geometry, self.entrances, self.verified, self.open, self.street, self.community, self.room)
        if any(len(part) != count for part in others):
            raise InputError("arrays_differ", what="supply")
        good = np.isin(shapely.get_type_id(self.geometry), (0, 3, 6)) & ~shapely.is_empty(self.geometry)
        for shapes in (self.geometry, self.entrances):
            xy, owner = shapely.get_coordinates(shapes, return_index=True)
            good[owner[~np.isfinite(xy).all(axis=1)]] = False
        if not good.all():
            raise InputError("site_geometry_invalid", row=int(np.flatnonzero(~good)[0]) + 1)
        index = np.asarray(self.type_index, dtype=np.int64)
        if ((index < 0) | (index >= types)).any():
            raise InputError("type_unknown", row=int(np.flatnonzero((index < 0) | (index >= types))[0]) + 1)
        if count > LABELS:
            raise InputError("points_too_many", count=count, most=LABELS)
        if (self.room < 0).any():
            raise InputError("capacity_negative", row=int(np.flatnonzero(self.room < 0)[0]) + 1)


@dataclass(frozen=True)
class Verdicts:
    """The verdict on every demand point d and type t.

    `metres` (d, t) to a thousandth, NaN where unreachable or doubtful; `point` (d, t) the supply index, -1 none;
    `straight` and `straight_point` (d, t) the same in a straight line; `covered` (d, t) all its people; `share` (d, t)
    the share of them covered, between 0 and 1 only where points of a type are full; `cause` (d, t) index into `CAUSES`,
    -1 where covered or undecided; `firm` (d, t) not covered for any walker's profile nor without unverified points;
    `demand_doubtful` (d,), `supply_doubtful` (s,); `decided` (t,); `points` (t,) open points; `estimate` True where
    there is no network and metres are straight lines × 1.3.
    `paced` are the shares (2, d) for a brisk and an elderly walker, by the index of each type walked to whose points
    have room for so many only; of others they follow from the metres. What-if doesn't tell them.
    """

    metres: Floats
    point: npt.NDArray[np.int32]
    straight: Floats
    straight_point: npt.NDArray[np.int32]
    covered: Bools
    share: Floats
    cause: Bytes
    firm: Bools
    demand_doubtful: Bools
    supply_doubtful: Bools
    decided: Bools
    points: Ints
    estimate: bool
    paced: Mapping[int, Floats] = field(default_factory=dict, compare=False)


def weighed_by_age(rule: Rule, weight: Floats, people: Floats) -> bool:
    """Tell whether a type counts people of some ages: where ages aren't known, all people stand for them.

    `weight` (d,) are the people it serves, `people` (d,) all of them.
    """
    return 0 < len(rule.serves) < AGES and bool((weight != people)[~np.isnan(weight)].any())


def weights(demand: Demand, rules: Sequence[Rule]) -> Floats:
    """Count the people each type serves.

    Parameters
    ----------
    demand : Demand
        d places.
    rules : sequence of Rule
        t facility types.

    Returns
    -------
    ndarray of float, shape (d, t)
        People in the age bands the type serves, where all of those are known; else all people; NaN where unknown.
    """
    people = np.asarray(demand.people, dtype=np.float64)
    ages = np.asarray(demand.ages, dtype=np.float64)
    counted = np.empty((len(people), len(rules)))
    for index, rule in enumerate(rules):
        served = ages[:, list(rule.serves)].sum(axis=1) if rule.serves else people
        if rule.serves in demand.groups:
            served = np.where(np.isnan(served), demand.groups[rule.serves], served)
        counted[:, index] = np.where(np.isnan(served), people, served)
    return counted
