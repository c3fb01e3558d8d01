"""The real files, awkward ones first."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.headers import rename
from gridgov.sources.vector import read_file
from gridgov.spatial.crs import to_planar
from tests.sources.files import put

pytestmark = pytest.mark.realdata


def test_a_gbk_shapefile_without_a_code_page(realdata: Path) -> None:
    (file,) = (realdata / "awkward/gbk_shp_no_cpg_shanghai").glob("*.shp")
    sheet = read_file(file)
    assert (sheet.encoding, len(sheet.rows), sheet.problems) == ("gb18030", 17, [])
    assert "宝山区" in {row["NAME"] for row in sheet.rows}
    assert all(sheet.geometry)


def test_a_shapefile_without_a_crs(realdata: Path) -> None:
    file = realdata / "awkward/shp_no_prj_shenzhen_districts/sz.shp"
    with pytest.raises(InputError) as refused:
        read_file(file)
    told = {name: refused.value.params[name] for name in ("guess", "reason")}
    # Degrees from 113.75 to 114.62 E and 22.40 to 22.86 N; whether true or a web map's, the file alone can't tell.
    assert (refused.value.code, told) == ("crs_missing", {"guess": "EPSG:4490", "reason": "crs_by_degrees"})
    sheet = read_file(file, crs="EPSG:4490")
    assert (sheet.encoding, len(sheet.rows), sheet.rows[0]["qh"]) == ("utf-8", 10, "罗湖")


def test_gcj02_that_calls_itself_wgs84(realdata: Path) -> None:
    file = realdata / "awkward/echarts_yichang_districts_gcj02_invalid.geojson"
    taken, told = read_file(file), read_file(file, crs="GCJ-02")
    assert (len(told.rows), told.crs, told.problems) == (13, "GCJ-02", [])
    assert rename(told.columns, "units", {}) == {"id": "code", "name": "name"}
    shift = taken.geometry[0].bounds[0] - told.geometry[0].bounds[0]
    assert shift == pytest.approx(0.0057, abs=0.0002)
    assert sum(not each.is_valid for each in taken.geometry) == 6


def test_a_bare_geometry(realdata: Path) -> None:
    sheet = read_file(realdata / "awkward/vonng_fence_420502_gcj02.json", crs="gcj02")
    assert [each.geom_type for each in sheet.geometry] == ["Polygon"]
    assert sheet.columns == ()


def test_communities_in_gb18030_and_in_utf8_are_the_same(realdata: Path) -> None:
    gb = read_file(realdata / "awkward/DERIVED_yichang_villages_gb18030.csv")
    utf = read_file(realdata / "admin/china_division_2.7.0_yichang_villages.csv")
    assert (gb.encoding, utf.encoding) == ("gb18030", "utf-8")
    assert gb.rows == utf.rows
    assert len(gb.rows) == 1650
    assert rename(gb.columns, "units", {}) == {"code": "code", "name": "name", "streetCode": "parent"}


def test_districts_in_gauss_krueger_metres(realdata: Path) -> None:
    sheet = read_file(realdata / "awkward/DERIVED_yichang_districts_epsg4546.gpkg")
    assert (sheet.crs, len(sheet.rows)) == ("EPSG:4546", 13)
    assert all(110 < each.bounds[0] < each.bounds[2] < 113 for each in sheet.geometry)


def test_streets_in_parquet_whose_system_has_no_number(realdata: Path) -> None:
    sheet = read_file(realdata / "osm/wuhan_8989_streets_original.parquet")
    assert (sheet.crs, len(sheet.rows), sheet.problems) == ("EPSG:32650", 92_667, [])
    assert sheet.rows[0] == {"u": 300799470, "v": 3875830511, "key": 0, "highway": "trunk"}
    assert sheet.geometry[0].coords[0] == pytest.approx((114.2609, 30.4742378), abs=1e-9)


def test_districts_whose_coordinate_system_was_lost(realdata: Path, tmp_path: Path) -> None:
    """Six-digit eastings name no zone: the answer says how to find it, and any name of the zone will do."""
    told = read_file(realdata / "awkward/DERIVED_yichang_districts_epsg4546.gpkg")
    planar = to_planar(np.array(told.geometry, dtype=object), "EPSG:4546")
    rows = [f'{row["gb"]},"{shape.wkt}"' for row, shape in zip(told.rows, planar, strict=True)]
    file = put(tmp_path, "lost.csv", "\n".join(["code,wkt", *rows]))
    with pytest.raises(InputError) as refused:
        read_file(file)
    assert (refused.value.code, refused.value.params["reason"]) == ("crs_missing", "crs_zone_open")
    for name in ("CM 111E", "GK37", "国家2000 3度带 37带", "EPSG:4525"):
        again = read_file(file, crs=name)
        assert again.crs == "EPSG:4546"
        assert shapely.equals_exact(np.array(again.geometry), np.array(told.geometry), 1e-9).all()


def test_every_street_of_beijing(realdata: Path) -> None:
    sheets = [read_file(file) for file in sorted((realdata / "admin/beijing_subdistricts").glob("*.geojson"))]
    assert len(sheets) == 16
    codes = [row["code"] for sheet in sheets for row in sheet.rows]
    assert len(codes) == 343
    assert all(isinstance(code, str) and len(code) == 12 and code.isdecimal() for code in codes)
    assert not any(sheet.problems for sheet in sheets)
    for sheet in sheets:
        found = rename(sheet.columns, "units", {})
        assert {found["code"], found["Name"]} == {"code", "name"}


def test_population_cells(realdata: Path) -> None:
    sheet = read_file(realdata / "population/helsinki_population_grid_2020.gpkg")
    assert len(sheet.rows) == 92
    assert rename(sheet.columns, "population", {}) == {"id": "code", "population": "people"}
    assert all(isinstance(row["population"], int) for row in sheet.rows)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("population/DERIVED_worldpop_wuhan_pop_65plus.tif", "file_is_raster"),
        ("osm/Helsinki.osm.pbf", "file_is_osm"),
        ("osm/nanjing_gulou_20210612.osm", "file_is_osm"),
        ("crs/gcoord_china-cities.json", "file_kind_unknown"),
    ],
)
def test_what_it_doesnt_read_is_named(realdata: Path, name: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        read_file(realdata / name)


def test_a_table_without_a_header_row_is_refused(realdata: Path) -> None:
    with pytest.raises(InputError, match="columns_twice"):
        read_file(realdata / "admin/vonng_adcode_2016_yichang/420502.csv")
