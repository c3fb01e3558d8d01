"""The figures of a run for what the map shows: of the demand points within some bounds."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic
from gridgov.storage.current import Scope
from gridgov.storage.models import Run
from gridgov.usecases import reading_runs, run_map, run_places
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.keeping import Kept
from gridgov.usecases.run_places import Lived
from gridgov.usecases.runrecord import REFERENCE

Bounds = tuple[float, float, float, float]
_degrees: Kept[npt.NDArray[np.float64]] = Kept(2)


def figures_within(
    session: Session, run: Run, scope: Scope, bounds: Bounds, profile: str = REFERENCE
) -> dict[str, Any]:
    """Return what `figures` does, of the asker's demand points within bounds, degrees.

    Bounds are drawn by anybody: the difference of two tells of a few people. So types that count people of an age
    tell their share only, in whole percents.
    """
    lived = run_places.lived(session, run)
    x, y = _degrees.of((run_map.key(run), lived.crs), lambda: _placed(lived)).T
    west, south, east, north = bounds
    rows = run_places.rows_seen(session, run, scope)
    inside = (x[rows] >= west) & (x[rows] <= east) & (y[rows] >= south) & (y[rows] <= north)
    told = reading_runs.figures_of(run, lived.arrays.at(profile), rows[inside])
    aged = AgeCounts(run).groups
    told["types"] = [_coarse(row) if row["type"] in aged else row for row in told["types"]]
    told["scenarios"] = [row | {"share": _percent(row["share"])} for row in told["scenarios"]]
    return told


def _placed(lived: Lived) -> npt.NDArray[np.float64]:
    """Return where the demand points lie (d, 2), degrees, NaN where nobody knows."""
    found = np.full(lived.xy.shape, np.nan)
    known = np.flatnonzero(~np.isnan(lived.xy[:, 0]))
    points = np.asarray(shapely.points(lived.xy[known]), dtype=object)
    found[known] = shapely.get_coordinates(to_geographic(points, lived.crs))
    return found


def _coarse(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"people": None, "people_covered": None, "share": _percent(row["share"])}


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share, 2)
