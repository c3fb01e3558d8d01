"""Where a site might be: places read from a file, else the middles of the unit grid's cells."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import KDTree
from sqlalchemy.orm import Session

from gridgov.domain.quantities import quantity
from gridgov.errors import InputError
from gridgov.sources.headers import rename
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets
from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.grids import unit_cells
from gridgov.spatial.topology import points
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import LandVersion
from gridgov.usecases import deployment

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
_KINDS = frozenset({"Point", "Polygon", "MultiPolygon"})
_COST = quantity("元", "yuan", "rmb", "cny")


@dataclass(frozen=True)
class Candidates:
    """Candidates for a site: how each is called, and its place in EPSG:4490.

    `costs` (n,) is what each costs, in whatever unit the budget is told in, NaN unknown; None where no cost is known.
    """

    names: list[str]
    places: Geometries
    costs: Floats | None = None

    def rows(self, named: Iterable[str]) -> Ints:
        """Return the rows of some candidates, each once; InputError ``siting_candidate_unknown`` with the `name`."""
        number = {name: row for row, name in enumerate(self.names)}
        wanted = dict.fromkeys(named)
        for name in wanted:
            if name not in number:
                raise InputError("siting_candidate_unknown", name=name)
        return np.array([number[name] for name in wanted], dtype=np.int64)

    def without(self, rows: Ints) -> "Candidates":
        """Return all candidates but some."""
        kept = np.setdiff1d(np.arange(len(self.names)), rows)
        costs = None if self.costs is None else self.costs[kept]
        return replace(self, names=[self.names[row] for row in kept.tolist()], places=self.places[kept], costs=costs)


def read_candidates(path: Path | str, reading: Reading) -> Candidates:
    """Read candidates from a file of points or areas, of any form that is imported.

    Each is called by its code, name or row, whichever it has first; a name met before gets its row behind it.

    Raises
    ------
    InputError
        As `read_sheets`; ``candidate_unusable`` with the `row` that has no point and no valid area;
        ``candidate_cost_bad`` with the `row`, `field` and `value` of a cost that is no number above 0.
    """
    names: list[str] = []
    places: list[object] = []
    costs: list[float] = []
    for sheet in read_sheets(path, reading):
        names += _names(sheet, names)
        costs += _costs(sheet, path)
        shapes = sheet.geometry or [None] * len(sheet.rows)
        for number, shape in zip(sheet.row_numbers, shapes, strict=True):
            if shape is None or shape.geom_type not in _KINDS or not shape.is_valid:
                raise InputError("candidate_unusable", path=str(path), row=number)
            places.append(shape)
    told = np.array(costs, dtype=np.float64)
    return Candidates(names, np.array(places, dtype=object), None if np.isnan(told).all() else told)


def cells_near(session: Session, at: At, xy: Floats, radius: float) -> Candidates:
    """Offer the middles of the unit grid's cells that lie within a radius of some places (n, 2), metres, and on land.

    What is farther in a straight line reaches none of them on foot.
    """
    if not len(xy):
        return Candidates([], np.empty(0, dtype=object))
    low, high = xy.min(axis=0) - radius, xy.max(axis=0) + radius
    cells = unit_cells((*low.tolist(), *high.tolist()), _cell_size(session))
    middles = cells.centres
    near = KDTree(xy).query(middles, distance_upper_bound=np.nextafter(radius, np.inf))[0] <= radius
    places = to_geographic(points(middles[near]), deployment.crs(session))
    dry = ~in_water(session, at, places)
    return Candidates(cells.codes[near][dry].tolist(), places[dry])


def name_at(session: Session, offered: Candidates | None, place: tuple[float, float]) -> str:
    """Return which candidate is meant by a place, EPSG:4490: the nearest, or the unit grid's cell that it lies in."""
    spot = np.array([shapely.Point(place)], dtype=object)
    crs = deployment.crs(session)
    (point,) = to_planar(spot, crs)
    if offered is None:
        return str(unit_cells((point.x, point.y, point.x, point.y), _cell_size(session)).codes[0])
    return offered.names[int(np.argmin(shapely.distance(to_planar(offered.places, crs), point)))]


def in_water(session: Session, at: At, places: Geometries) -> npt.NDArray[np.bool_]:
    """Tell which of some places (n,), EPSG:4490, lie in water, shape (n,)."""
    wanted = current(LandVersion, at, Scope.everything()).where(LandVersion.kind == "water")
    water = np.array([land.geometry for land in session.scalars(wanted)], dtype=object)
    inside = np.zeros(len(places), dtype=bool)
    inside[shapely.STRtree(places).query(water, predicate="contains")[1]] = True
    return inside


def _cell_size(session: Session) -> float:
    return deployment.number(session, "unit_grid_size")


def _names(sheet: Sheet, taken: Iterable[str]) -> list[str]:
    """Call each row by its code, else its name, else its number."""
    column = {field: column for column, field in rename(sheet.columns, "candidates", {}).items()}
    told = [column[field] for field in ("code", "name") if field in column]
    firsts = [next((row[each] for each in told if row.get(each)), None) for row in sheet.rows]
    names, met = [], set(taken)
    for first, number in zip(firsts, sheet.row_numbers, strict=True):
        name = " ".join(str(first or number).split())
        names.append(f"{name} #{number}" if name in met else name)
        met.add(names[-1])
    return names


def _costs(sheet: Sheet, path: Path | str) -> list[float]:
    """Read what each row costs, NaN where that isn't told."""
    column = next((name for name, field in rename(sheet.columns, "candidates", {}).items() if field == "cost"), None)
    if column is None:
        return [np.nan] * len(sheet.rows)
    cells = [(number, row.get(column)) for number, row in zip(sheet.row_numbers, sheet.rows, strict=True)]
    return [np.nan if cell is None else _cost(cell, column, number, path) for number, cell in cells]


def _cost(cell: object, column: str, row: int, path: Path | str) -> float:
    try:
        told = _COST(unicodedata.normalize("NFKC", str(cell)))
    except ValueError:
        told = 0.0
    if told <= 0:
        raise InputError("candidate_cost_bad", path=str(path), row=row, field=column, value=str(cell))
    return told
