"""GeoPackages, FlatGeobufs and Shapefiles through GDAL, with the checks and the encodings GDAL leaves to its caller."""

import codecs
import sqlite3
import struct
import warnings
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from gridgov.errors import InputError
from gridgov.sources.sheets import Reading, Sheet, columnar, from_wkb, placed
from gridgov.sources.text import known_encoding

_BYTES = "ISO-8859-1"  # every byte is a character of it and back: text is read raw and decoded here
_CODE_PAGES = {"936": "gb18030", "54936": "gb18030", "65001": "utf-8", "950": "big5"}


_HEADER = 100  # bytes: as long in a SQLite file as in a .shp


@dataclass(frozen=True)
class _Text:
    given: str | None
    code_page: str | None


def read_geopackage(file: Path, reading: Reading) -> list[Sheet]:
    """Read a GeoPackage's layers: its only one, or those asked for."""
    path = str(file)
    if file.stat().st_size < _database_size(_start(file)):
        raise InputError("file_truncated", path=path)
    layers = _layers(file)
    if not layers:
        raise InputError("file_kind_unknown", path=path, kind="SQLite")
    return [_read(file, reading, layer=layer) for layer in reading.choose(layers, path)]


def read_flatgeobuf(file: Path, reading: Reading) -> Sheet:
    """Read a FlatGeobuf, which has one layer and is UTF-8."""
    return _read(file, reading)


def read_shapefile(file: Path, reading: Reading) -> Sheet:
    """Read a Shapefile by its .shp; its .shx and .dbf must stand beside it."""
    path = str(file)
    starts = {each.suffix.lower(): _start(each) for each in file.parent.glob("*") if each.stem == file.stem}
    _check_parts(starts, path)
    if file.stat().st_size < _declared_size(starts[".shp"]):
        raise InputError("file_truncated", path=path)
    return _read(file, reading, text=_text(reading.encoding, starts.get(".cpg", b""), path))


def read_layer(file: Path, reading: Reading, layer: str, shown: str | None = None) -> Sheet:
    """Read one layer of what GDAL reads as it is; `shown` is what its user calls it."""
    return _read(file, reading, layer=layer, shown=shown)


def _layers(file: Path) -> list[str]:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as connection:
            rows = connection.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name"
            )
            return [name for (name,) in rows]
    except sqlite3.OperationalError:
        return []
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise InputError("file_truncated", path=str(file)) from error


def _check_parts(starts: dict[str, bytes], path: str) -> None:
    for part in (".shp", ".shx", ".dbf"):
        if part not in starts:
            raise InputError("file_part_missing", path=path, part=part)
        if len(starts[part]) < (32 if part == ".dbf" else _HEADER):
            raise InputError("file_truncated", path=path)


def _start(file: Path) -> bytes:
    if not file.is_file():
        return b""
    with file.open("rb") as stream:
        return stream.read(_HEADER)


def _database_size(header: bytes) -> int:
    if len(header) < _HEADER:
        return _HEADER
    (page,) = struct.unpack(">H", header[16:18])
    (pages,) = struct.unpack(">I", header[28:32])
    return (65536 if page == 1 else int(page)) * int(pages)


def _declared_size(header: bytes) -> int:
    return 2 * int(struct.unpack(">i", header[24:28])[0])


def _text(encoding: str | None, code_page: bytes, path: str) -> _Text:
    return _Text(known_encoding(encoding, path) if encoding else None, _code_page(code_page))


def _code_page(told: bytes) -> str | None:
    page = told.decode("ascii", "ignore").strip().casefold().removeprefix("ansi ").removeprefix("oem ")
    try:
        return known_encoding(_CODE_PAGES.get(page, page), "") if page else None
    except InputError:  # a code page nobody knows says no more than none
        return None


def _read(
    file: Path,
    reading: Reading,
    *,
    text: _Text | None = None,
    layer: str | None = None,
    shown: str | None = None,
) -> Sheet:
    path = shown or str(file)
    meta, wkb, data = _loaded(file, layer, path, raw=text is not None)
    columns, values = [str(each) for each in meta["fields"]], [list(each) for each in data]
    encoding, by = _decode_all(columns, values, path, text) if text else (None, None)
    count = len(wkb) if wkb is not None else len(values[0]) if values else 0
    if count == 0:
        raise InputError("file_no_rows", path=path)
    for at, kind in enumerate(meta["ogr_types"]):
        if str(kind) in {"OFTInteger", "OFTInteger64"}:
            values[at] = _whole_numbers(values[at])
    rows, problems = columnar(values, columns, count)
    geometry, system = None, None
    if wkb is not None:
        read, unread = from_wkb(wkb)
        geometry, system, off = placed(read, path, declared=meta["crs"], given=reading.crs)
        problems += [*unread, *off]
    found = sorted(problems, key=lambda each: each.row)
    return Sheet(
        path,
        tuple(columns),
        rows,
        geometry,
        list(range(1, count + 1)),
        system,
        encoding,
        found,
        encoding_by=by,
        layer=layer,
    )


def _loaded(
    file: Path, layer: str | None, path: str, *, raw: bool
) -> tuple[dict[str, Any], np.ndarray | None, list[np.ndarray]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on values it has fitted in; what matters is checked here
            meta, _, wkb, data = pyogrio.raw.read(str(file), layer=layer, encoding=_BYTES if raw else None)
    except (RuntimeError, ValueError, LookupError, OverflowError) as error:
        raise InputError("file_unreadable", path=path, reason=str(error).replace(str(file), path)) from error
    return meta, wkb, data


def _decode_all(columns: list[str], values: list[list[object]], path: str, text: _Text) -> tuple[str, str]:
    """Turn raw text into text, in place, by the encoding given, else the code page's if it fits, else the one found."""
    raw = [value.encode(_BYTES) for value in _strings(columns, values)]
    tried = [text.given] if text.given else [text.code_page, "utf-8", "gb18030"]
    fitting = (each for each in tried if each and all(_decodes(value, each) for value in raw))
    encoding = next(fitting, None)
    if encoding is None:
        raise _misread(values, text.given, path)
    columns[:] = [_again(each, encoding) for each in columns]
    for column in values:
        column[:] = [_again(each, encoding) if isinstance(each, str) else each for each in column]
    return encoding, "told" if text.given else "marked" if encoding == text.code_page else "found"


def _misread(texts: list[list[object]], given: str | None, path: str) -> InputError:
    if given is None:
        return InputError("encoding_not_found", path=path)
    bad = (
        row
        for column in texts
        for row, value in enumerate(column, 1)
        if isinstance(value, str) and not _decodes(value.encode(_BYTES), given)
    )
    return InputError("encoding_wrong", path=path, encoding=given, line=next(bad, 0))


def _strings(columns: list[str], texts: list[list[object]]) -> Iterable[str]:
    yield from (each for each in columns if not each.isascii())
    yield from (each for column in texts for each in column if isinstance(each, str) and not each.isascii())


def _decodes(value: bytes, encoding: str) -> bool:
    try:
        # Not the last word: a DBF cuts a long text at a byte, so its last character may lack its end.
        codecs.getincrementaldecoder(encoding)().decode(value)
    except UnicodeError:
        return False
    return True


def _again(text: str, encoding: str) -> str:
    return text if text.isascii() else text.encode(_BYTES).decode(encoding, "ignore")


def _whole_numbers(column: list[object]) -> list[object]:
    return [None if each != each else int(each) for each in column]  # type: ignore[call-overload]  # noqa: PLR0124
