"""What is in reach of a place: the area reached on foot, who lives in it, and which service points stand in it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, isochrones, run_places
from gridgov.usecases.isochrones import Reach, Walk

MINUTES = (5, 10, 15)


@dataclass(frozen=True)
class Ring:
    """What is reached in so many minutes: `people` is None where they are fewer than ten, `points` counts by type."""

    minutes: int
    reach: Reach
    people: float | None
    points: Counter[str]


def rings(
    session: Session, at: At, run: Run, scope: Scope, start: UnitVersion | tuple[float, float], pace: str
) -> list[Ring]:
    """Draw what is reached from a unit or a longitude and latitude in 5, 10 and 15 minutes, and count what is in it.

    Of people those are counted whom the asker may see, and of service points the open ones.
    """
    seen, lived = run_places.rows_seen(session, run, scope), run_places.lived(session, run)
    services = [
        (point.type, site.geometry)
        for point, site in browsing.services_on_map(session, at, Scope.everything())
        if point.status == "open" and site.geometry is not None
    ]
    places = np.array([place for _, place in services], dtype=object)
    found = []
    for minutes in MINUTES:
        reach = _reach(session, at, start, Walk(minutes, pace))
        if reach.area is None:
            found.append(Ring(minutes, reach, None, Counter()))
            continue
        shapely.prepare(reach.area)
        stand = np.flatnonzero(shapely.intersects(reach.area, places))
        people = lived.people(lived.within(seen, reach.area))
        found.append(Ring(minutes, reach, people, Counter(services[at][0] for at in stand.tolist())))
    return found


def _reach(session: Session, at: At, start: UnitVersion | tuple[float, float], walk: Walk) -> Reach:
    if isinstance(start, UnitVersion):
        return isochrones.of_unit(session, at, start, walk)
    return isochrones.of_place(session, at, start, walk)
