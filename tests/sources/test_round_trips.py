"""What geopandas writes is read as it was, whatever the format."""

import gzip
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridgov.sources.vector import read_file
from tests.sources.files import YICHANG, save

WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path], object]] = {
    "a.gpkg": save,
    "a.fgb": lambda data, file: save(data, file, SPATIAL_INDEX="NO"),
    "a.shp": lambda data, file: save(data, file, encoding="UTF-8"),
    "gbk.shp": lambda data, file: save(data, file, encoding="GBK"),
    "a.shz": lambda data, file: save(data, file, driver="ESRI Shapefile", encoding="UTF-8"),
    "a.geojson": save,
    "a.geojsonl": lambda data, file: save(data, file, driver="GeoJSONSeq"),
    "a.kml": lambda data, file: save(data, file, driver="LIBKML"),
    "a.kmz": lambda data, file: save(data, file, driver="LIBKML"),
    "a.parquet": lambda data, file: data.to_parquet(file),
    "a.csv": lambda data, file: data.to_wkt().to_csv(file, index=False),
    "a.csv.gz": lambda data, file: file.write_bytes(gzip.compress(data.to_wkt().to_csv(index=False).encode("gb18030"))),
    "a.json.gz": lambda data, file: file.write_bytes(gzip.compress(data.to_json().encode())),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    west, south = YICHANG
    hole = shapely.Polygon(
        shapely.box(west, south, west + 0.01, south + 0.01).exterior.coords,
        [shapely.box(west + 0.002, south + 0.002, west + 0.004, south + 0.004).exterior.coords],
    )
    two = shapely.MultiPolygon([hole, shapely.box(west + 0.02, south, west + 0.03, south + 0.01)])
    told = {
        "code": ["007", "0420502"],
        "title": ["东门小区", "西门，“甲”栋"],
        "people": [12, 0],
        "area": [1.25, -3.5e-7],
    }
    data = gpd.GeoDataFrame(told, geometry=[hole, two], crs="EPSG:4326")
    WRITERS[name](data, tmp_path / name)
    sheet = read_file(tmp_path / name)
    assert sheet.problems == []
    kept = [{column: row[column] for column in told} for row in sheet.rows]
    if "csv" in name or "km" in name:  # which hold no numbers, or no whole ones
        kept = [row | {"people": int(str(row["people"])), "area": float(str(row["area"]))} for row in kept]
    assert kept == data[[*told]].to_dict("records")
    assert max(map(shapely.hausdorff_distance, sheet.geometry, data.geometry)) < 1e-9
    assert [each.area for each in sheet.geometry] == pytest.approx([each.area for each in data.geometry])
