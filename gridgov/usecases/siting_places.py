"""Where the people live whom new sites would bring within reach."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.crs import to_geographic
from gridgov.spatial.reach import Matrix
from gridgov.spatial.topology import points
from gridgov.usecases.inputs import Read

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Served:
    """The demand points newly covered, `rows` (k,), and the `places` they are told by."""

    rows: Ints
    places: list[dict[str, Any]]


def newly_covered(found: Read, need: Floats, lacking: Ints, reached: Matrix, sites: Ints) -> Served:
    """Tell compounds, or what else people are counted in, with the number of the first site that reaches them, from 1.

    A compound that several sites share is told once for each. It stands in the middle of those people of it.

    Parameters
    ----------
    found : Read
        What was read of a day.
    need : ndarray, shape (d,)
        People who lack the type, by demand point.
    lacking : ndarray, shape (l,)
        The demand points of which `reached` tells.
    reached : Matrix
        Which of them reach which candidate.
    sites : ndarray, shape (k,)
        The chosen candidates, in order.
    """
    order = np.full(len(reached.doubtful), len(sites))
    order[sites] = np.arange(len(sites))
    first = np.full(len(lacking), len(sites))
    np.minimum.at(first, reached.place, order[reached.site])
    served = np.flatnonzero(first < len(sites))
    rows, first = lacking[served], first[served]
    compound = found.points.places.above("compound", found.points.owners)[rows]
    within = np.where(compound >= 0, compound, -1 - rows)
    keys, group = np.unique(np.column_stack([first, within]), axis=0, return_inverse=True)
    group = group.reshape(-1)
    people = np.bincount(group, need[rows], minlength=len(keys))
    sums = (np.bincount(group, need[rows] * xy, minlength=len(keys)) for xy in found.demand.xy[rows].T)
    middles = np.column_stack([sum_ / people for sum_ in sums])
    xy = shapely.get_coordinates(to_geographic(points(middles), found.crs)).round(6) if len(keys) else middles
    told = zip(keys.tolist(), xy.tolist(), people.tolist(), strict=True)
    return Served(
        rows,
        [
            {**_named(found, place), "site": site + 1, "x": x, "y": y, "people": round(count, 3)}
            for (site, place), (x, y), count in told
        ],
    )


def _named(found: Read, place: int) -> dict[str, str | None]:
    """Name a compound by its row, or what else a demand point is by -1 - its own."""
    points = found.points
    units = len(points) - len(points.cells.codes)
    if place < 0 and -1 - place >= units:
        return {"code": points.cells.codes[-1 - place - units], "name": None}
    row = place if place >= 0 else int(points.owners[-1 - place])
    return {"code": points.places.codes[row], "name": points.places.names[row]}
