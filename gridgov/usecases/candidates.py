"""Where a site might be: places read from a file, else the middles of the unit grid's cells."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import KDTree
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.sources.headers import rename
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets
from gridgov.spatial.crs import to_geographic
from gridgov.spatial.grids import unit_cells
from gridgov.spatial.topology import points
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import LandVersion
from gridgov.usecases import deployment

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
_KINDS = frozenset({"Point", "Polygon", "MultiPolygon"})


@dataclass(frozen=True)
class Candidates:
    """Candidates for a site: how each is called, and its place in EPSG:4490."""

    names: list[str]
    places: Geometries


def read_candidates(path: Path | str, reading: Reading) -> Candidates:
    """Read candidates from a file of points or areas, of any form that is imported; called by code, name or row.

    Raises
    ------
    InputError
        As `read_sheets`; ``candidate_unusable`` with the row that has no point and no valid area.
    """
    names: list[str] = []
    places: list[object] = []
    for sheet in read_sheets(path, reading):
        names += _names(sheet)
        shapes = sheet.geometry or [None] * len(sheet.rows)
        for number, shape in zip(sheet.row_numbers, shapes, strict=True):
            if shape is None or shape.geom_type not in _KINDS or not shape.is_valid:
                raise InputError("candidate_unusable", path=str(path), row=number)
            places.append(shape)
    return Candidates(names, np.array(places, dtype=object))


def cells_near(session: Session, at: At, xy: Floats, radius: float) -> Candidates:
    """Offer the middles of the unit grid's cells that lie within a radius of some places (n, 2), metres, and on land.

    What is farther in a straight line reaches none of them on foot.
    """
    if not len(xy):
        return Candidates([], np.empty(0, dtype=object))
    low, high = xy.min(axis=0) - radius, xy.max(axis=0) + radius
    cells = unit_cells((*low.tolist(), *high.tolist()), deployment.number(session, "unit_grid_size"))
    middles = cells.centres
    near = KDTree(xy).query(middles, distance_upper_bound=np.nextafter(radius, np.inf))[0] <= radius
    places = to_geographic(points(middles[near]), deployment.crs(session))
    dry = ~in_water(session, at, places)
    return Candidates(cells.codes[near][dry].tolist(), places[dry])


def in_water(session: Session, at: At, places: Geometries) -> npt.NDArray[np.bool_]:
    """Tell which of some places (n,), EPSG:4490, lie in water, shape (n,)."""
    wanted = current(LandVersion, at, Scope.everything()).where(LandVersion.kind == "water")
    water = np.array([land.geometry for land in session.scalars(wanted)], dtype=object)
    inside = np.zeros(len(places), dtype=bool)
    inside[shapely.STRtree(places).query(water, predicate="contains")[1]] = True
    return inside


def _names(sheet: Sheet) -> list[str]:
    """Call each row by its code, else its name, else its number."""
    column = {field: column for column, field in rename(sheet.columns, "sites", {}).items()}
    told = [column[field] for field in ("code", "name") if field in column]
    firsts = [next((row[each] for each in told if row.get(each)), None) for row in sheet.rows]
    return [str(first or number) for first, number in zip(firsts, sheet.row_numbers, strict=True)]
