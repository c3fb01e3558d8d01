"""Where the people of a run live: which of its demand points lie in an area. Kept in a process: no run ever changes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.domain.privacy import SMALLEST_AGE_COUNT
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import Scope
from gridgov.storage.models import Run
from gridgov.usecases import deployment, reading_runs, run_map
from gridgov.usecases.keeping import Kept
from gridgov.usecases.runrecord import RunArrays, unpack_arrays

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lived:
    """A run's demand points (d,): their verdicts, and `xy` (d, 2) where they lie, planar, NaN where nobody knows."""

    arrays: RunArrays
    xy: Floats
    crs: str

    def within(self, rows: Ints, area: BaseGeometry) -> Ints:
        """Return those of some rows that lie in an area, EPSG:4490; a point on its border does."""
        (planar,) = to_planar(np.array([area], dtype=object), self.crs)
        return self.in_planar(rows, planar)

    def in_planar(self, rows: Ints, area: BaseGeometry) -> Ints:
        """Do as `within` for an area in the working CRS."""
        west, south, east, north = area.bounds
        x, y = self.xy[rows].T
        near = rows[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
        shapely.prepare(area)
        inside: Ints = near[shapely.intersects_xy(area, self.xy[near])]
        return inside

    def people(self, rows: Ints) -> float | None:
        """Count the people of some rows, None where they are a few: an area can be drawn round anybody."""
        count = round(float(np.nansum(self.arrays.people[rows])), 3)
        return None if 0 < count < SMALLEST_AGE_COUNT else count


_lived: Kept[Lived] = Kept(2)
_seen: Kept[Ints] = Kept(24)


def lived(session: Session, run: Run) -> Lived:
    """Return where the people of a run live."""
    crs = deployment.crs(session)

    def made() -> Lived:
        arrays = unpack_arrays(run)
        return Lived(arrays, run_map.planar(session, run, arrays, crs), crs)

    return _lived.of((run_map.key(run), crs), made)


def rows_seen(session: Session, run: Run, scope: Scope) -> Ints:
    """Return the rows of the demand points that have a place and lie in a scope."""

    def made() -> Ints:
        told = lived(session, run)
        placed = np.flatnonzero(~np.isnan(told.xy[:, 0]))
        if scope.areas is None:
            return placed
        return np.intersect1d(placed, reading_runs.rows_in(session, run, told.arrays, scope))

    return _seen.of((run_map.key(run), scope), made)
