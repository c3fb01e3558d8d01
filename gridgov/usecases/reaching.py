"""What is in reach of a place: the area reached on foot, who lives in it, and which service points stand in it.

A plan's edits can be laid over the city; what they change is told beside what is.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run
from gridgov.usecases import isochrones, plan_ground, run_places
from gridgov.usecases.isochrones import Ground, Reach, Start, Walk
from gridgov.usecases.plan_ground import Laid, Service
from gridgov.usecases.run_places import Lived

MINUTES = (5, 10, 15)
Ints = npt.NDArray[np.int64]
_NOBODY = np.empty(0, dtype=np.int64)
_SLIVER = 1e-9  # square degrees, some ten square metres: what two drawings of one border leave between them


@dataclass(frozen=True)
class Asked:
    """From where, a unit or a longitude and latitude, and at whose pace."""

    start: Start
    pace: str


@dataclass(frozen=True)
class Ring:
    """What is reached in so many minutes: `people` is None where they are fewer than ten, `points` counts by type."""

    minutes: int
    reach: Reach
    people: float | None
    points: Counter[str]


@dataclass(frozen=True)
class Change:
    """A ring as it is and with a plan; `more` people are reached then, None where those who come or go are few.

    `gained` and `lost` are the areas (EPSG:4490) that only one of the two holds.
    """

    before: Ring
    after: Ring
    more: float | None
    gained: BaseGeometry
    lost: BaseGeometry


def rings(session: Session, at: At, run: Run, scope: Scope, asked: Asked) -> list[Ring]:
    """Draw what is reached from a place in 5, 10 and 15 minutes, and count what is in it.

    Of people those are counted whom the asker may see, and of service points the open ones.
    """
    now = _Reader.of(session, at, run, scope)
    return [now.ring(asked, minutes)[0] for minutes in MINUTES]


def changes(session: Session, at: At, run: Run, scope: Scope, asked: Asked, planned: Laid) -> list[Change]:
    """Do as `rings` does, as it is and as it would be with a plan.

    Where those who come or go are fewer than ten, people are told as it is only: the difference would count them out.
    """
    now = _Reader.of(session, at, run, scope)
    then = replace(now, ground=planned.ground, services=_Services.of(planned.services))
    found = []
    for minutes in MINUTES:
        (before, had), (after, has) = now.ring(asked, minutes), then.ring(asked, minutes)
        more = now.difference(had, has)
        if more is None:
            after = replace(after, people=None)
        gained, lost = _beyond(after, before), _beyond(before, after)
        found.append(Change(before, after, more, gained, lost))
    return found


@dataclass(frozen=True)
class _Services:
    types: list[str]
    places: npt.NDArray[np.object_]

    @classmethod
    def of(cls, services: Iterable[Service]) -> "_Services":
        opened = [service for service in services if service.is_open]
        return cls([each.type for each in opened], np.array([each.place for each in opened], dtype=object))

    def within(self, area: BaseGeometry) -> Counter[str]:
        return Counter(self.types[at] for at in np.flatnonzero(shapely.intersects(area, self.places)).tolist())


@dataclass(frozen=True)
class _Reader:
    """Reads rings off the city as it is, or as a plan would have it."""

    session: Session
    ground: Ground
    services: _Services
    lived: Lived
    seen: Ints

    @classmethod
    def of(cls, session: Session, at: At, run: Run, scope: Scope) -> "_Reader":
        services = _Services.of(plan_ground.services(session, at).values())
        seen, lived = run_places.rows_seen(session, run, scope), run_places.lived(session, run)
        return cls(session, isochrones.ground_of(session, at), services, lived, seen)

    def ring(self, asked: Asked, minutes: int) -> tuple[Ring, Ints]:
        """Return a ring with the rows of the demand points in it."""
        reach = isochrones.reach_from(self.session, self.ground, asked.start, Walk(minutes, asked.pace))
        if reach.area is None:
            return Ring(minutes, reach, None, Counter()), _NOBODY
        shapely.prepare(reach.area)
        rows = self.lived.within(self.seen, reach.area)
        return Ring(minutes, reach, self.lived.people(rows), self.services.within(reach.area)), rows

    def difference(self, had: Ints, has: Ints) -> float | None:
        """Count how many more people some rows hold than others."""
        parts = [np.setdiff1d(has, had), np.setdiff1d(had, has)]
        come, gone = (self.lived.people(rows) for rows in parts)
        return None if come is None or gone is None else round(come - gone, 3)


def _beyond(one: Ring, other: Ring) -> BaseGeometry:
    """Return what of one ring's area the other doesn't hold, without the slivers between two drawings of a border."""
    if one.reach.area is None or other.reach.area is None:
        return one.reach.area or shapely.Polygon()
    parts = shapely.get_parts(shapely.difference(one.reach.area, other.reach.area))
    return shapely.union_all(parts[shapely.area(parts) > _SLIVER])
