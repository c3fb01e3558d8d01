"""GeoParquet, and plain Parquet whose columns hold a place as WKB, WKT or a pair of coordinates."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from shapely.errors import ShapelyError

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.headers import geometry_columns
from gridgov.sources.limits import Limits
from gridgov.sources.sheets import GEOGRAPHIC, Geometries, Reading, Sheet, columnar, from_wkb, placed
from gridgov.sources.tables import sheet_of

_FRAME_INDEX = re.compile(r"__index_level_\d+__")  # row numbers that pandas kept
_BINARY_NAMES = frozenset({"wkb", "geom_wkb", "geometry_wkb", "wkb_geometry", "shape"})
# what the libraries raise on a broken file, one that isn't what it says, or a system nobody knows
_BROKEN = (pa.ArrowException, ShapelyError, OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class _Place:
    """The column of the geometry, how and in which system it is written, and what else is only about the place."""

    column: str
    crs: str | None
    encoding: str = "WKB"
    beside: frozenset[str] = frozenset()


def read_parquet(file: Path, reading: Reading) -> Sheet:
    """Read a Parquet file: by its `geo` metadata, else by a column of WKB, else as any table."""
    path = str(file)
    try:
        with pq.ParquetFile(file) as stored:
            _refuse_too_large(stored.metadata, path, reading.limits)
            place = _place(stored.schema_arrow)
            geometry, unread = _geometry(stored, file, place) if place else (None, [])
            names = _names(stored.schema_arrow, place, path)
            values = [_values(stored.read(columns=[name]).column(0)) for name in names]
            count = stored.metadata.num_rows
            if {count, *map(len, values), count if geometry is None else len(geometry)} != {count}:
                raise ValueError("columns of different length")
    except _BROKEN as error:
        raise InputError("file_unreadable", path=path, reason=str(error).split("\n", 1)[0]) from error
    if count == 0:
        raise InputError("file_no_rows", path=path)
    if place is None or geometry is None:
        return sheet_of([names, *zip(*values, strict=True)], range(count + 1), path, reading)
    rows, problems = columnar(values, names, count)
    where, system, off = placed(geometry, path, declared=place.crs, given=reading.crs)
    found = sorted([*problems, *unread, *off], key=lambda each: each.row)
    return Sheet(path, tuple(names), rows, where, list(range(1, count + 1)), system, problems=found)


def _refuse_too_large(metadata: pq.FileMetaData, path: str, limits: Limits) -> None:
    limits.refuse_many(metadata.num_rows, metadata.num_columns, path)
    size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if size > limits.unpacked:
        raise InputError("file_too_large", path=path, size=size >> 20, limit=limits.unpacked >> 20)


def _place(schema: pa.Schema) -> _Place | None:
    told = (schema.metadata or {}).get(b"geo")
    if told is not None:
        return _declared(json.loads(told))
    for each in schema:
        extension = (each.metadata or {}).get(b"ARROW:extension:name", b"").decode()
        if extension == "geoarrow.wkb":
            more = json.loads(each.metadata.get(b"ARROW:extension:metadata") or b"{}")
            return _Place(each.name, _system(more))
    binary = [each.name for each in schema if _is_binary(each.type)]
    named = [each for each in binary if each.casefold() in _BINARY_NAMES or "wkt" in geometry_columns([each])]
    return _Place(named[0], GEOGRAPHIC) if named else None


def _declared(geo: dict[str, Any]) -> _Place:
    """Read GeoParquet's own metadata; columns of boxes and other geometries say nothing about the row."""
    column = geo["primary_column"]
    more = geo["columns"][column]
    box = more.get("covering", {}).get("bbox", {}).get("xmin", [None])[0]
    return _Place(column, _system(more), more.get("encoding", "WKB"), frozenset({*geo["columns"], box} - {None}))


def _system(told: dict[str, Any]) -> str | None:
    """Return the declared system: PROJJSON, or WKT in old files; none told is CRS84, null is unknown."""
    crs = told.get("crs", "OGC:CRS84")
    return crs if crs is None or isinstance(crs, str) else json.dumps(crs)


def _names(schema: pa.Schema, place: _Place | None, path: str) -> list[str]:
    names = [each.name for each in schema if _holds_values(each, place)]
    twice = next((name for name, times in Counter(schema.names).items() if times > 1), None)
    if twice is not None:
        raise InputError("columns_twice", path=path, column=twice)
    return names


def _holds_values(field: pa.Field, place: _Place | None) -> bool:
    if place is not None and (field.name == place.column or field.name in place.beside):
        return False
    return not _is_binary(field.type) and not _FRAME_INDEX.fullmatch(field.name)


def _is_binary(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


def _geometry(stored: pq.ParquetFile, file: Path, place: _Place) -> tuple[Geometries, list[Problem]]:
    if place.encoding.upper() != "WKB":
        return np.array(gpd.read_parquet(file, columns=[place.column]).geometry, dtype=object), []
    return from_wkb(stored.read(columns=[place.column]).column(0).to_numpy())


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values as Python has them, times in their own zone and what is nested as JSON."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        local = pc.local_timestamp(column) if kind.tz else column
        return list(local.to_numpy().astype("datetime64[s]"))
    values = list(column.to_pylist())
    return list(map(_json, values)) if pa.types.is_nested(kind) and not pa.types.is_dictionary(kind) else values


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
