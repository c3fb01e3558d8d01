"""What leaves as a file: rows under columns, each with its place, and the mark that says what this is and whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

DECIMALS = 10  # of a degree: ten micrometres, far below what imports tell apart
WKT, LON, LAT = "wkt", "lon", "lat"
Cell = str | float | int | bool | date | None


@dataclass(frozen=True)
class Table:
    """Rows in the order of their columns. `geometry` is EPSG:4490 lon/lat, None where the kind has no place at all.

    `own_place` says that the places are the things' own, and not their unit's, so that a table tells them too;
    `needs_place` that a row without one can't be read again; `about` is what else the watermark says.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    geometry: list[BaseGeometry | None] | None = None
    own_place: bool = True
    needs_place: bool = False
    about: Mapping[str, object] = field(default_factory=dict)

    def with_places(self) -> "Table":
        """Return the table with its own places as columns: longitude and latitude of points, else WKT."""
        if self.geometry is None or not self.own_place:
            return self
        shapes = np.array([*self.geometry, None], dtype=object)[:-1]
        names, cells = _pairs(shapes) if _all_points(shapes) else _texts(shapes)
        rows = [(*row, *place) for row, place in zip(self.rows, cells, strict=True)]
        return Table((*self.columns, *names), rows)


@dataclass(frozen=True)
class Mark:
    """The watermark: `facts` by fixed names for programs, `lines` of label and words for people."""

    facts: Mapping[str, object]
    lines: Sequence[tuple[str, str]]
    title: str = "About"
    sheet: str = "Sheet"
    titles: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """Return the mark in one line."""
        told = (f"{label}: {words}" for label, words in self.lines)
        return " · ".join(" ".join(each.split()) for each in told)


def written(cell: Cell) -> str:
    """Return a cell as text that imports read: whole numbers without a point, dates as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _all_points(shapes: npt.NDArray[np.object_]) -> bool:
    kinds = shapely.get_type_id(shapes)
    return bool(np.isin(kinds, (-1, shapely.GeometryType.POINT.value)).all())


def _pairs(shapes: npt.NDArray[np.object_]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    x, y = np.round(shapely.get_x(shapes), DECIMALS), np.round(shapely.get_y(shapes), DECIMALS)
    known = ~shapely.is_missing(shapes)
    return (LON, LAT), [
        (lon, lat) if here else (None, None) for lon, lat, here in zip(x.tolist(), y.tolist(), known, strict=True)
    ]


def _texts(shapes: npt.NDArray[np.object_]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    return (WKT,), [(text,) for text in shapely.to_wkt(shapes, rounding_precision=DECIMALS, trim=True).tolist()]
