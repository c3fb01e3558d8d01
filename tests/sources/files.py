"""Small files made by hand for the tests of the readers."""

import json
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

YICHANG = (111.29, 30.70)
SQUARE = [[[111.2, 30.7], [111.3, 30.7], [111.3, 30.8], [111.2, 30.8], [111.2, 30.7]]]


def put(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(lon: float = YICHANG[0], lat: float = YICHANG[1]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def collection(*features: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more, ensure_ascii=False)


def frame(crs: str | None = "EPSG:4490", **columns: list[Any]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    places = [shapely.Point(YICHANG[0] + number / 1000, YICHANG[1]) for number in range(count)]
    return gpd.GeoDataFrame(columns, geometry=places, crs=crs)


def save(data: gpd.GeoDataFrame, file: Path, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.to_file(file, engine="pyogrio", **options)
    return file
