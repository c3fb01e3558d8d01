"""GeoTIFF population rasters: read by windows, every cell with people as its outline in EPSG:4490."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from gridgov.domain.ages import read_ages
from gridgov.errors import InputError
from gridgov.sources.sheets import asked, known_crs
from gridgov.spatial.crs import to_geographic
from gridgov.spatial.population import PopulationCells, square_metres

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PER = {"cell": None, "ha": 1e4, "km2": 1e6}  # what a value counts people per, in m²
MOST_PIXELS = 400_000_000
MOST_CELLS = 2_000_000
MOST_BLOCK = 256 * 1024 * 1024  # bytes of a raster's own blocks, which are read whole
WINDOW = 4_000_000
MOST_DENSE = 150_000.0  # people per km² where most live: nowhere are whole districts denser
_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_LOWEST = float(np.finfo(np.float32).min)  # how many programs mark what isn't known, without saying so
_COLOURS = {ColorInterp.palette, ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha}
_DENSITY = re.compile(
    r"densit\w*|密度|(?:per|/)[\s_]*(?:sq|km|ha|hect|平方公里|公顷)\w*|km\^?-2|(?<![a-z])pd(?![a-z])", re.IGNORECASE
)
_AGES = re.compile(
    r"\d+\s*_?(?:plus|\+|岁\w*)|(?<![a-z])(?:ages?|aged|elderly|seniors?|children|female|male)(?![a-z])|老年|老人|儿童"
    r"|(?<![a-z0-9])[fm]_\d+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Raster:
    """One band of a raster: the cells with people, and the coordinates they were read in."""

    path: str
    crs: str
    cells: PopulationCells


def is_raster(path: Path | str) -> bool:
    """Tell by its first bytes whether a file is a TIFF."""
    file = Path(path)
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) in _MARKS


def read_raster(
    path: Path | str,
    *,
    crs: str | None = None,
    band: int | None = None,
    per: str | None = None,
    ages: str | None = None,
) -> Raster:
    """Read the cells of a population raster that hold people; whatever its CRS, tiling, compression or type.

    `crs` goes before what the file declares. `band` chooses among several. `per` says what a value counts people per:
    ``cell``, ``ha`` or ``km2``; without it they count per cell, and what looks like a density is refused. `ages` says
    of which ages; without it a raster that looks like a part of the people is refused, as it can't be all of them.

    Raises
    ------
    InputError
        file_missing, file_unreadable, file_truncated, ages_not_bands, raster_ages, raster_band_missing,
        raster_bands_several, raster_colours, raster_density, raster_dense, raster_empty, raster_negative,
        raster_not_finite, raster_per_unknown, raster_rotated, raster_too_large, raster_too_many, raster_unplaced,
        crs_missing, crs_unknown, crs_mismatch.
    """
    if per is not None and per not in PER:
        raise InputError("raster_per_unknown", value=per, known=", ".join(PER))
    if ages is not None:
        read_ages(ages)
    file = Path(path)
    if not file.exists():
        raise InputError("file_missing", path=str(file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below, as an error
        with _opened(file) as raster:
            number = _band(raster, str(file), band)
            _refuse_misread(raster, str(file), number, dense=per is None, partial=ages is None)
            return _read(raster, str(file), crs, number, per)


def _opened(file: Path) -> Any:
    try:
        return rasterio.open(file, driver="GTiff")  # nothing that could name other files
    except RasterioError as error:
        size, head = file.stat().st_size, file.read_bytes()[:8] if file.is_file() else b""
        begins = int.from_bytes(head[4:8], "little" if head.startswith(b"II") else "big")
        if head[:4] in _MARKS[:2] and begins >= size:  # where the directory of the file should stand
            raise InputError("file_truncated", path=str(file)) from error
        raise InputError("file_unreadable", path=str(file), reason=_bare(str(error), file)) from error


def _read(raster: Any, path: str, crs: str | None, band: int, per: str | None) -> Raster:
    _refuse_large(raster, path)
    system = _system(raster, path, crs)
    rows, columns, people = _counted(raster, path, band)
    corners = _corners(raster.transform, rows, columns)
    shapes = _outlines(corners, path, system)
    area = square_metres(shapely.get_coordinates(shapes).reshape(-1, 5, 2)[:, :4])
    unit = PER[per or "cell"]
    if unit is not None:
        people = people * area / unit
    elif per is None:
        _refuse_dense(people, area, path)
    return Raster(path, system, PopulationCells(shapes, people))


def _band(raster: Any, path: str, band: int | None) -> int:
    if band is None and raster.count > 1:
        raise InputError("raster_bands_several", path=path, count=raster.count)
    number = 1 if band is None else band
    if not 1 <= number <= raster.count:
        raise InputError("raster_band_missing", path=path, band=number, count=raster.count)
    if raster.colorinterp[number - 1] in _COLOURS or "complex" in raster.dtypes[number - 1]:
        raise InputError("raster_colours", path=path, band=number)
    return number


def _refuse_large(raster: Any, path: str) -> None:
    height, width = raster.block_shapes[0]
    planes = raster.count if raster.interleaving and raster.interleaving.name == "pixel" else 1
    block = height * width * planes * np.dtype(raster.dtypes[0]).itemsize
    if raster.width * raster.height > MOST_PIXELS or block > MOST_BLOCK:
        raise InputError("raster_too_large", path=path, width=raster.width, height=raster.height, most=MOST_PIXELS)


def _system(raster: Any, path: str, crs: str | None) -> str:
    placing = raster.transform
    if placing.is_identity:
        raise InputError("raster_unplaced", path=path)
    if placing.b or placing.d:
        raise InputError("raster_rotated", path=path)
    if crs is None and raster.crs is None:
        raise InputError("crs_missing", path=path, **asked(tuple(raster.bounds)))
    return known_crs(crs or raster.crs.to_wkt(), path)


def _refuse_misread(raster: Any, path: str, band: int, *, dense: bool, partial: bool) -> None:
    """Refuse what its own words call a density, or people of some ages, and nobody told otherwise."""
    told = [raster.descriptions[band - 1], raster.units[band - 1], *raster.tags().values(), *raster.tags(band).values()]
    for text in (*told, Path(path).stem):
        density, ages = _DENSITY.search(text or ""), _AGES.search(text or "")
        if dense and density:
            raise InputError("raster_density", path=path, reason=density[0])
        if partial and ages:
            raise InputError("raster_ages", path=path, reason=ages[0])


def _refuse_dense(people: Floats, area: Floats, path: str) -> None:
    usual = float(np.average(people / np.maximum(area, 1e-6) * 1e6, weights=people))
    if usual > MOST_DENSE:
        raise InputError("raster_dense", path=path, density=round(usual))


def _counted(raster: Any, path: str, band: int) -> tuple[Ints, Ints, Floats]:
    """Return row, column and people of every cell that has some, a window at a time."""
    found: list[tuple[Ints, Ints, Floats]] = []
    count = 0
    for window in _windows(raster):
        people = _values(raster, path, band, window)
        row, column = np.nonzero(people)
        found.append((row + window.row_off, column + window.col_off, people[row, column]))
        count += len(row)
        if count > MOST_CELLS:
            raise InputError("raster_too_many", path=path, most=MOST_CELLS)
    if count == 0:
        raise InputError("raster_empty", path=path)
    rows, columns, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, values


def _windows(raster: Any) -> Iterator[Window]:
    """Yield windows of whole blocks that hold a few million cells each."""
    height, width = raster.block_shapes[0]
    across = min(raster.width, max(width, WINDOW // height // width * width))
    down = max(height, WINDOW // across // height * height)
    for top in range(0, raster.height, down):
        for left in range(0, raster.width, across):
            yield Window(left, top, min(across, raster.width - left), min(down, raster.height - top))


def _values(raster: Any, path: str, band: int, window: Window) -> Floats:
    """Read a window, 0 where nothing is known; refuse what can't be numbers of people."""
    try:
        read = raster.read(band, window=window, masked=True)
    except RasterioError as error:
        raise InputError("file_truncated", path=path) from error
    hidden = np.ma.getmaskarray(read) | (read.data == _LOWEST)
    values = read.data * raster.scales[band - 1] + raster.offsets[band - 1]
    people = np.where(hidden, 0.0, values.astype(np.float64))
    for code, wrong in (("raster_not_finite", ~np.isfinite(people)), ("raster_negative", people < 0)):
        if wrong.any():
            row, column = (int(each) for each in np.argwhere(wrong)[0])
            where = {"row": row + window.row_off + 1, "column": column + window.col_off + 1}
            raise InputError(code, path=path, value=float(people[row, column]), **where)
    return people


def _corners(placing: Any, rows: Ints, columns: Ints) -> Floats:
    """Return the four corners of cells, shape (n, 4, 2), in the raster's own coordinates."""
    x = placing.c + placing.a * np.stack([columns, columns + 1, columns + 1, columns], axis=1)
    y = placing.f + placing.e * np.stack([rows, rows, rows + 1, rows + 1], axis=1)
    return np.stack([x, y], axis=2)


def _outlines(corners: Floats, path: str, crs: str) -> npt.NDArray[np.object_]:
    flat = np.asarray(shapely.polygons(corners), dtype=object)
    spanned = tuple(shapely.total_bounds(flat).tolist())
    try:
        placed = to_geographic(flat, crs)
    except InputError as error:
        raise InputError("crs_mismatch", path=path, crs=crs, **asked(spanned)) from error
    west, south, east, north = shapely.total_bounds(placed)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError("crs_mismatch", path=path, crs=crs, **asked(spanned))
    return placed


def _bare(text: str, file: Path) -> str:
    return text.replace(str(file), file.name)
