"""Rows → a file: Excel, CSV, GeoJSON or GeoPackage, by its ending, whole or not at all."""

import csv
import errno
import io
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from xlsxwriter.exceptions import XlsxWriterException

from gridgov.errors import InputError
from gridgov.sources.outgoing import DECIMALS, Cell, Mark, Table, written
from gridgov.sources.sheets import GEOGRAPHIC
from gridgov.sources.workbook import write_workbook

FORMS = ("xlsx", "csv", "geojson", "gpkg")
PLACED = frozenset({"geojson", "gpkg"})
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def form_of(path: Path | str) -> str:
    """Return the form a file's ending names."""
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in FORMS:
        known = ", ".join(f".{each}" for each in FORMS)
        raise InputError("export_form_unknown", path=str(path), value=Path(path).suffix, known=known)
    return form


def refuse_existing(path: Path | str) -> None:
    """Refuse to write over what is there."""
    if Path(path).exists():
        raise InputError("export_exists", path=str(path))


def write_file(path: Path, table: Table, mark: Mark, *, keep: Callable[[], None] | None = None) -> None:
    """Write a table with its watermark; what stands under the name is replaced only by the finished file.

    `keep` is called between: the export is recorded before anybody can have it.
    """
    with taking_its_place(path) as own:
        _WRITERS[form_of(path)](own, table, mark)
        if keep is not None:
            keep()


@contextmanager
def taking_its_place(path: Path) -> Iterator[Path]:
    """Yield the name of a file beside one, that takes its place when the block ends well; nothing is left otherwise."""
    if not path.parent.is_dir():
        raise InputError("export_unwritable", path=str(path), reason=os.strerror(errno.ENOENT))
    own = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield own
        own.replace(path)
    except (OSError, DataSourceError, DataLayerError, XlsxWriterException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("export_unwritable", path=str(path), reason=reason) from error
    finally:
        own.unlink(missing_ok=True)


def _write_csv(path: Path, table: Table, mark: Mark) -> None:
    told = table.with_places()
    text = io.StringIO(newline="")
    text.write(f"# {mark.line()}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(told.columns)
    writer.writerows([_held_back(cell) for cell in row] for row in told.rows)
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")  # the mark lets Excel read it as what it is


def _held_back(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; reading takes the ' off again."""
    text = written(cell)
    return f"'{text}" if isinstance(cell, str) and _FORMULA.match(text) else text


def _write_geojson(path: Path, table: Table, mark: Mark) -> None:
    shapes = shapely.transform(_places(table), lambda xy: np.round(xy, DECIMALS))
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(table.columns, row, strict=True)),
            "geometry": None if shape is None else orjson.Fragment(shape),
        }
        for row, shape in zip(table.rows, shapely.to_geojson(shapes).tolist(), strict=True)
    ]
    document = {"type": "FeatureCollection", "gridgov": dict(mark.facts), "features": features}
    path.write_bytes(orjson.dumps(document) + b"\n")


def _write_geopackage(path: Path, table: Table, mark: Mark) -> None:
    facts = {name: str(told) for name, told in mark.facts.items()}
    shapes = _places(table)
    path.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's remarks on mixed shapes, which are meant
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb(shapes),
            [_column([row[at] for row in table.rows]) for at in range(len(table.columns))],
            np.array(table.columns, dtype=object),
            layer=str(facts["what"]),
            driver="GPKG",
            geometry_type=_shape_type(shapes),
            crs=GEOGRAPHIC,
            layer_metadata=facts,
        )


def _places(table: Table) -> npt.NDArray[np.object_]:
    places = table.geometry or [None] * len(table.rows)
    return np.array([*places, None], dtype=object)[:-1]


def _shape_type(shapes: npt.NDArray[np.object_]) -> str:
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    return str(kinds.pop()) if len(kinds) == 1 else "Unknown"


def _column(cells: Sequence[Cell]) -> npt.NDArray[np.generic]:
    """Return a column as the narrowest type that holds all its cells; NaN and NaT are none."""
    told = [cell for cell in cells if cell is not None]
    if told and all(isinstance(cell, date) for cell in told):
        return np.array([np.datetime64("NaT") if cell is None else cell for cell in cells], dtype="datetime64[D]")
    if told and all(isinstance(cell, bool) for cell in told) and len(told) == len(cells):
        return np.array(cells, dtype=bool)
    if told and all(isinstance(cell, float | int) and not isinstance(cell, bool) for cell in told):
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    return np.array([None if cell is None else written(cell) for cell in cells] + [None], dtype=object)[:-1]


_WRITERS: dict[str, Callable[[Path, Table, Mark], None]] = {
    "xlsx": write_workbook,
    "csv": _write_csv,
    "geojson": _write_geojson,
    "gpkg": _write_geopackage,
}
