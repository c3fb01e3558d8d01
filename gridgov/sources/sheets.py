"""What every reader returns: the rows of a file as they stand, with their geometry in EPSG:4490 and what was wrong."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.headers import holds_text
from gridgov.sources.limits import LIMITS, Limits
from gridgov.spatial.antimeridian import across
from gridgov.spatial.crs import to_geographic
from gridgov.spatial.guessing import Bounds, guess, other_zone, turned_way
from gridgov.spatial.systems import SWAPPED, fitting_zone, known_system

GEOGRAPHIC = "EPSG:4490"
ALL = "*"
_NAMED = 20
Geometries = npt.NDArray[np.object_]
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_TRAILING = re.compile(r"^(\d+)\.0+$")
_PLAIN = frozenset({int, bool, type(None)})
_AS_STORED = frozenset({GEOGRAPHIC, "EPSG:4326"})  # taken as one datum: nothing is shifted between them
_DEGREES = _AS_STORED | {"GCJ-02", "BD-09"}


@dataclass(frozen=True)
class Sheet:
    """One file's rows, column → value; geometry (EPSG:4490 lon/lat) and row numbers stand beside them.

    A row's number is the one people see: in a workbook its row, in a text its line, else that of the feature from 1.

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
    """Return a coordinate system's name in one form; InputError where no such system is known, or none to rely on."""
    try:
        system, swapped = known_system(crs)
    except InputError as error:
        raise InputError(error.code, path=path, **error.params) from error
    return system + SWAPPED * swapped


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

    `given` goes before what the file declares. With neither, crs_missing with a guess; where nothing fits,
    crs_mismatch; where all fits with its two coordinates the other way round only, axes_swapped or axes_look_swapped.
    """
    flat = np.array(geometry, dtype=object)
    flat[shapely.is_empty(flat)] = None
    present = np.flatnonzero(~shapely.is_missing(flat))
    crs = _told(given, declared, path)
    if len(present) == 0:
        return [None] * len(flat), crs, []
    bad = _where(flat, ~np.isfinite(shapely.get_coordinates(flat)))
    problems = [Problem(int(each) + 1, None, None, "geometry_not_finite") for each in bad]
    flat[bad] = None
    flat = shapely.force_2d(flat) if shapely.has_z(flat).any() else flat
    bounds = _bulk(flat)
    if crs is not None and bounds is None:
        return list(flat), crs, problems
    if crs is None or bounds is None:
        raise InputError("crs_missing", path=path, **asked(bounds))
    if turned_way(bounds, crs, told=bool(given)):
        raise InputError(
            "axes_look_swapped" if crs in _DEGREES else "axes_swapped", path=path, crs=_short(crs), guess=crs + SWAPPED
        )
    if other_zone(bounds, crs):
        raise _misread(path, crs, bounds)
    stood = flat
    crs, flat = _read(stood, crs, bounds)
    lost = np.flatnonzero(~shapely.is_missing(stood) & shapely.is_missing(flat))
    outside = np.union1d(lost, _where(flat, np.abs(shapely.get_coordinates(flat)) > (180, 90)))
    if len(outside) and len(outside) + len(bad) == len(present):
        raise _misread(path, crs, bounds)
    problems += [Problem(int(each) + 1, None, None, _why_off(stood[each], bounds), {"crs": crs}) for each in outside]
    flat[outside] = None
    jumping = across(flat)
    problems += [Problem(int(each) + 1, None, None, "geometry_across_180") for each in jumping]
    flat[jumping] = None
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


def asked(bounds: Bounds | None, near: Bounds | None = None, working: str | None = None) -> dict[str, object]:
    """Return what an error says about coordinates without a system: the guess, its reason, and what they span."""
    if bounds is None:  # not one finite coordinate
        return {"guess": None, "reason": "crs_by_nothing", "bounds": None}
    found = guess(bounds, near, working)
    return {**found.params, "guess": found.crs, "reason": found.reason, "bounds": bounds}


def _read(flat: Geometries, crs: str, bounds: Bounds) -> tuple[str, Geometries]:
    """Return the system by its right name, for a zone the one with or without a number, and the geometry in degrees."""
    way = SWAPPED if crs.endswith(SWAPPED) else ""
    if way:
        flat = shapely.transform(flat, lambda xy: xy[:, ::-1])
    system = fitting_zone(crs.removesuffix(SWAPPED), bounds[1] if way else bounds[0])
    return system + way, _geographic(flat, system)


def _misread(path: str, crs: str, bounds: Bounds) -> InputError:
    told = asked(bounds)
    if str(told["guess"]).endswith(SWAPPED) and told["reason"] == "crs_by_degrees" and crs in _DEGREES:
        return InputError("axes_swapped", path=path, crs=crs, guess=crs + SWAPPED)
    return InputError("crs_mismatch", path=path, crs=_short(crs), **told)


def _why_off(shape: BaseGeometry, bulk: Bounds) -> str:
    """Tell a row whose coordinates, turned round, lie among the others from one that lies nowhere."""
    turned = shapely.transform(shape, lambda xy: xy[:, ::-1])
    return "geometry_swapped" if turned.intersects(shapely.box(*bulk)) else "geometry_off_earth"


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else pyproj.CRS(crs).name


def _bulk(geometry: Geometries) -> Bounds | None:
    """Return what all but the odd coordinates span: a stray row says nothing about a layer."""
    xy = shapely.get_coordinates(geometry)
    if not len(xy):
        return None
    west, south, east, north = np.quantile(xy, (0.02, 0.98), axis=0, method="nearest").ravel().tolist()
    return west, south, east, north


def _told(given: str | None, declared: str | None, path: str) -> str | None:
    if given:
        return known_crs(given, path)
    try:
        return known_crs(declared, path) if declared else None
    except InputError as error:
        if error.code == "crs_local":  # a drawing's own coordinates: as good as none
            return None
        raise


def _where(geometry: Geometries, wrong: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return which geometries have a wrong coordinate; `wrong` (n, 2) says it of each x and y in turn."""
    counts = shapely.get_num_coordinates(geometry)
    return np.unique(np.repeat(np.arange(len(geometry)), counts)[wrong.any(axis=1)])


def _geographic(geometry: Geometries, crs: str) -> Geometries:
    if crs in _AS_STORED:
        return geometry.copy()
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
