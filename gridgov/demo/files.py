"""Writing rows as the files that imports read."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from gridgov.demo.register import Row
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import to_degrees


def write_geojson(path: Path, rows: list[Row], geometries: list[Any], size: Size) -> None:
    """Write rows with geometries of the plane as GeoJSON; it says EPSG:4490, as the stored coordinates are."""
    placed = to_degrees(np.asarray(geometries, dtype=object), size)
    features = [
        {"type": "Feature", "properties": row, "geometry": orjson.Fragment(shapely.to_geojson(geometry))}
        for row, geometry in zip(rows, placed, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": features}) + b"\n")


def write_csv(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, its keys sorted."""
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
