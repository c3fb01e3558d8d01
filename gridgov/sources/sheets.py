"""What every reader returns: the rows of a file as they stand, with their geometry in EPSG:4490 and what was wrong."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.headers import holds_text
from gridgov.sources.limits import LIMITS, Limits
from gridgov.spatial.crs import to_geographic

GEOGRAPHIC = "EPSG:4490"
ALL = "*"
_NAMED = 20
Geometries = npt.NDArray[np.object_]
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_TRAILING = re.compile(r"^(\d+)\.0+$")
_PLAIN = frozenset({int, bool, type(None)})
_SHIFTED = {"gcj02": "GCJ-02", "bd09": "BD-09"}
_SAME = {"crs84": GEOGRAPHIC, "wgs84": "EPSG:4326", "cgcs2000": GEOGRAPHIC}


@dataclass(frozen=True)
class Sheet:
    """One file's rows, column → value; geometry (EPSG:4490 lon/lat) and row numbers (1 = first) stand beside them.

    `crs` is the one the coordinates were read in, `encoding` the one the text was; each None where it has none.
    `encoding_by` says how that is known (`told`, `marked`, `found`), `layer` which of several was read.
    `problems` are rows kept but not whole: a geometry that couldn't be read is None and said here. `remarks` are about
    the file as a whole, which is read all the same.
    """

    path: str
    columns: tuple[str, ...]
    rows: list[dict[str, object]]
    geometry: list[BaseGeometry | None] | None
    row_numbers: list[int]
    crs: str | None = None
    encoding: str | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    encoding_by: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class Reading:
    """How to read a file: what its caller knows of it, which of its layers (`*` for all), and how much at most."""

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    limits: Limits = LIMITS

    def choose(self, layers: Sequence[str], path: str) -> list[str]:
        """Return the layers to read: the one asked for, else the only one; with several it must be said which."""
        if self.layer == ALL:
            return list(layers)
        if self.layer is not None and self.layer not in layers:
            raise InputError("file_layer_unknown", path=path, layer=self.layer, layers=", ".join(layers))
        if self.layer is None and len(layers) > 1:
            raise several(layers, path)
        return [self.layer or layers[0]]


def several(layers: Sequence[str], path: str) -> InputError:
    """Return the error that says that one of a file's layers must be chosen; `choices` are their names one by one."""
    told = ", ".join(layers[:_NAMED]) + (", …" if len(layers) > _NAMED else "")
    return InputError("layers_several", path=path, layers=told, choices=list(layers))


def known_crs(crs: str, path: str) -> str:
    """Return a coordinate system's name in one form; InputError where no such system is known."""
    bare = re.sub(r"[\s\-_]", "", crs).casefold()
    if bare in _SHIFTED:
        return _SHIFTED[bare]
    ogc = re.fullmatch(r"urn:(?:x-)?ogc:def:crs:(\w+):[^:]*:(\w+)", crs.strip(), re.IGNORECASE)
    name = f"{ogc[1]}:{ogc[2]}" if ogc else crs.strip()
    name = _SAME.get(re.sub(r"^(ogc:)?(1\.3:)?|[\s\-_]", "", name.casefold()), name)
    try:
        found = pyproj.CRS.from_user_input(int(name) if name.isdecimal() else name)
    except (CRSError, ValueError) as error:
        raise InputError("crs_unknown", path=path, crs=crs[:80]) from error
    if not (found.is_geographic or found.is_projected or found.is_compound):
        raise InputError("crs_missing", path=path)
    code = found.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else str(found.to_wkt())


def cleaned(rows: Iterable[Sequence[object]], columns: Sequence[str]) -> tuple[list[dict[str, object]], list[Problem]]:
    """Return rows as dictionaries of plain values, codes as text, with the codes a spreadsheet has rounded away."""
    readers: list[Callable[[object], object]] = [_as_text if holds_text(column) else plain for column in columns]
    clean = [{column: read(value) for column, read, value in zip(columns, readers, row, strict=True)} for row in rows]
    return clean, _rounded(clean, columns)


def columnar(
    values: Sequence[Sequence[object]], columns: Sequence[str], count: int
) -> tuple[list[dict[str, object]], list[Problem]]:
    """Do as `cleaned` for `count` rows that stand column by column, one sequence of values each."""
    clean = [
        _column(told, _as_text if holds_text(column) else plain) for column, told in zip(columns, values, strict=True)
    ]
    told_rows = zip(*clean, strict=True) if clean else iter([()] * count)
    rows = [dict(zip(columns, row, strict=True)) for row in told_rows]
    return rows, _rounded(rows, columns)


def plain(value: object) -> object:
    """Return a value as str, int, float, bool or None; None too for blank text and NaN."""
    kind = type(value)
    if kind is str:
        return value.strip() or None  # type: ignore[attr-defined]
    if kind is float:
        return None if math.isnan(value) else value  # type: ignore[arg-type]
    if value is None or kind in _PLAIN:
        return value
    if isinstance(value, np.generic):
        return plain(_day(value) if isinstance(value, np.datetime64) else value.item())
    return str(value).strip() or None


def placed(
    geometry: Sequence[BaseGeometry | None] | Geometries, path: str, *, declared: str | None, given: str | None
) -> tuple[list[BaseGeometry | None], str | None, list[Problem]]:
    """Return geometry in EPSG:4490 without Z, the system it was read in, and a problem for each that has no place.

    `given` goes before what the file declares. With neither, crs_missing; where nothing fits, crs_mismatch.
    """
    flat = np.array(geometry, dtype=object)
    flat[shapely.is_empty(flat)] = None
    present = np.flatnonzero(~shapely.is_missing(flat))
    crs = known_crs(given, path) if given else known_crs(declared, path) if declared else None
    if len(present) == 0:
        return [None] * len(flat), crs, []
    if crs is None:
        raise InputError("crs_missing", path=path)
    bad = _where(flat, ~np.isfinite(shapely.get_coordinates(flat)))
    problems = [Problem(int(each) + 1, None, None, "geometry_not_finite") for each in bad]
    flat[bad] = None
    flat = _geographic(shapely.force_2d(flat), crs)
    lost = np.setdiff1d(np.setdiff1d(present, bad), np.flatnonzero(~shapely.is_missing(flat)))
    outside = np.union1d(lost, _where(flat, np.abs(shapely.get_coordinates(flat)) > (180, 90)))
    if len(outside) and len(outside) + len(bad) == len(present):
        raise InputError("crs_mismatch", path=path, crs=crs if len(crs) < 40 else pyproj.CRS(crs).name)
    problems += [Problem(int(each) + 1, None, None, "geometry_off_earth", {"crs": crs}) for each in outside]
    flat[outside] = None
    return list(flat), crs, problems


def from_wkb(wkb: npt.ArrayLike) -> tuple[Geometries, list[Problem]]:
    """Return geometries, and a problem for each that is told but can't be read."""
    told = np.asarray(wkb, dtype=object)
    found = shapely.from_wkb(told, on_invalid="ignore")
    unread = np.flatnonzero(shapely.is_missing(found) & (told != None))  # noqa: E711
    return found, [Problem(int(each) + 1, None, None, "geometry_unreadable") for each in unread]


def _rounded(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> list[Problem]:
    codes = [column for column in columns if holds_text(column)]
    return [
        Problem(number, column, row[column], "code_rounded")
        for number, row in enumerate(rows, 1)
        for column in codes
        if _ROUNDED.fullmatch(str(row[column]))
    ]


def _where(geometry: Geometries, wrong: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return which geometries have a wrong coordinate; `wrong` (n, 2) says it of each x and y in turn."""
    counts = shapely.get_num_coordinates(geometry)
    return np.unique(np.repeat(np.arange(len(geometry)), counts)[wrong.any(axis=1)])


def _geographic(geometry: Geometries, crs: str) -> Geometries:
    try:
        with np.errstate(all="ignore"):  # what has no image is found by its coordinates
            return to_geographic(geometry, crs)
    except InputError as error:
        if error.code != "crs_out_of_range":
            raise
        if len(geometry) == 1:
            return np.array([None], dtype=object)
    return np.concatenate([_geographic(each, crs) for each in np.array_split(geometry, 2)])


def _column(values: Sequence[object], read: Callable[[object], object]) -> Sequence[object]:
    """Read a column's values; one of whole numbers that are no codes is as it should be."""
    return values if read is plain and set(map(type, values)) <= _PLAIN else list(map(read, values))


def _as_text(value: object) -> object:
    value = plain(value)
    if isinstance(value, str) and value.isdecimal():
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, str):
        return _TRAILING.sub(r"\1", value.lstrip("'"))  # what a spreadsheet leaves of a code it took for a number
    return value if value is None or isinstance(value, bool) else str(value)


def _day(value: np.datetime64) -> str | None:
    if np.isnat(value):
        return None
    text = str(value.astype("datetime64[s]"))
    return text.removesuffix("T00:00:00")
