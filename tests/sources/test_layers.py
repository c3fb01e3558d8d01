"""GeoPackages and Shapefiles, whole and broken."""

import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.vector import read_file
from tests.sources.files import YICHANG, frame, put, save


def code_of(file: Path, **options: Any) -> str:
    with pytest.raises(InputError) as refused:
        read_file(file, **options)
    assert refused.value.params["path"] == str(file)
    return refused.value.code


@pytest.fixture
def shapefile(tmp_path: Path) -> Path:
    return save(frame(code=[1, 2], name=["东门小区", "西门"]), tmp_path / "小区.shp", encoding="GBK")


def test_a_geopackage_in_metres(tmp_path: Path) -> None:
    data = frame(code=["007", None], people=[3, 4]).to_crs("EPSG:4546")
    sheet = read_file(save(data, tmp_path / "a.gpkg"))
    assert sheet.crs == "EPSG:4546"
    assert sheet.rows == [{"code": "007", "people": 3}, {"code": None, "people": 4}]
    assert sheet.geometry[0].x == pytest.approx(YICHANG[0], abs=1e-9)
    assert sheet.row_numbers == [1, 2]


def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path) -> None:
    data = frame(code=[1, 2], people=[3, None])
    data["people"] = data["people"].astype("Int64")
    sheet = read_file(save(data, tmp_path / "a.gpkg"))
    assert sheet.rows == [{"code": "1", "people": 3}, {"code": "2", "people": None}]


def test_heights_and_measures_are_dropped(tmp_path: Path) -> None:
    data = gpd.GeoDataFrame({"code": ["1"]}, geometry=[shapely.Point(1, 2, 3)], crs="EPSG:4490")
    sheet = read_file(save(data, tmp_path / "a.gpkg"))
    assert not sheet.geometry[0].has_z


def test_dates_are_iso_text(tmp_path: Path) -> None:
    data = frame(code=["1", "2"], on=["2024-05-01", None])
    data["on"] = data["on"].astype("datetime64[s]")
    assert [row["on"] for row in read_file(save(data, tmp_path / "a.gpkg")).rows] == ["2024-05-01", None]


def test_a_table_without_geometry_is_rows_only(tmp_path: Path) -> None:
    data = frame(code=["1"]).drop(columns="geometry")
    file = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(pd.DataFrame(data), file)
    sheet = read_file(file)
    assert (sheet.geometry, sheet.crs, sheet.rows) == (None, None, [{"code": "1"}])


def test_several_layers_must_be_told_apart(tmp_path: Path) -> None:
    file = save(frame(code=["1"]), tmp_path / "a.gpkg", layer="streets")
    save(frame(code=["2"]), file, layer="communities")
    with pytest.raises(InputError) as refused:
        read_file(file)
    assert (refused.value.code, refused.value.params["layers"]) == ("layers_several", "communities, streets")
    assert read_file(file, layer="communities").rows == [{"code": "2"}]
    assert code_of(file, layer="moons") == "file_layer_unknown"


def test_bad_geopackages(tmp_path: Path) -> None:
    good = save(frame(code=["1"]), tmp_path / "a.gpkg")
    assert code_of(put(tmp_path, "cut.gpkg", good.read_bytes()[:-5000])) == "file_truncated"
    assert code_of(put(tmp_path, "head.gpkg", good.read_bytes()[:50])) == "file_truncated"
    assert code_of(save(frame(code=["1"])[:0], tmp_path / "none.gpkg")) == "file_no_rows"
    assert code_of(save(frame(None, code=["1"]), tmp_path / "nowhere.gpkg")) == "crs_missing"
    scrambled = bytearray(good.read_bytes())
    scrambled[100:4096] = b"\xff" * 3996
    assert code_of(put(tmp_path, "bad.gpkg", bytes(scrambled))) == "file_truncated"
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    assert code_of(other) == "file_kind_unknown"


def test_a_flatgeobuf(tmp_path: Path) -> None:
    data = frame("EPSG:4546", 代码=["007", "008"], people=[3, 4])
    data.geometry = [shapely.Point(500000, 3400000), shapely.Point(500100, 3400000).buffer(9)]
    good = save(data, tmp_path / "a.fgb", SPATIAL_INDEX="NO")
    sheet = read_file(good)
    assert (sheet.crs, sheet.columns) == ("EPSG:4546", ("代码", "people"))
    assert sheet.rows == [{"代码": "007", "people": 3}, {"代码": "008", "people": 4}]
    assert [each.geom_type for each in sheet.geometry] == ["Point", "Polygon"]
    assert code_of(put(tmp_path, "cut.fgb", good.read_bytes()[:-40])) == "file_unreadable"


def test_a_name_with_a_question_mark(tmp_path: Path) -> None:
    good = save(frame(code=["1"]), tmp_path / "a.gpkg")
    assert len(read_file(put(tmp_path, "what? 50%#.gpkg", good.read_bytes())).rows) == 1


@pytest.mark.parametrize("page", [None, b"GBK", b"936", b"ANSI 936", b"UTF-8", b"nonsense"])
def test_a_gbk_shapefile_with_and_without_its_code_page(shapefile: Path, page: bytes | None) -> None:
    shapefile.with_suffix(".cpg").unlink(missing_ok=True)
    if page is not None:
        shapefile.with_suffix(".cpg").write_bytes(page)
    sheet = read_file(shapefile)
    assert sheet.encoding == "gb18030"
    assert sheet.rows == [{"code": "1", "name": "东门小区"}, {"code": "2", "name": "西门"}]
    assert sheet.crs == "EPSG:4490"


def test_chinese_field_names(tmp_path: Path) -> None:
    sheet = read_file(save(frame(代码=["1"], 名称=["东门"]), tmp_path / "a.shp", encoding="GBK"))
    assert sheet.rows == [{"代码": "1", "名称": "东门"}]


def test_utf8_cut_short_by_the_dbf_is_still_utf8(tmp_path: Path) -> None:
    file = save(frame(name=["宜昌市", "东门"]), tmp_path / "a.shp", encoding="UTF-8")
    file.with_suffix(".cpg").unlink()
    table = file.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("市".encode(), "市".encode()[:2] + b" "))
    sheet = read_file(file)
    assert (sheet.encoding, sheet.rows) == ("utf-8", [{"name": "宜昌"}, {"name": "东门"}])


def test_the_encoding_given_must_fit(shapefile: Path) -> None:
    assert read_file(shapefile, encoding="gbk").rows[0]["name"] == "东门小区"
    assert code_of(shapefile, encoding="utf-8") == "encoding_wrong"
    assert code_of(shapefile, encoding="klingon") == "encoding_unknown"


@pytest.mark.parametrize("part", [".shp", ".dbf", ".shx", ".prj"])
def test_any_part_stands_for_the_shapefile(shapefile: Path, part: str) -> None:
    assert len(read_file(shapefile.with_suffix(part)).rows) == 2


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_missing_part_is_named(shapefile: Path, part: str) -> None:
    shapefile.with_suffix(part).unlink()
    with pytest.raises(InputError) as refused:
        read_file(shapefile)
    assert (refused.value.code, refused.value.params["part"]) == ("file_part_missing", part)


def test_a_shapefile_without_prj_needs_a_crs(shapefile: Path) -> None:
    shapefile.with_suffix(".prj").unlink()
    assert code_of(shapefile) == "crs_missing"
    assert read_file(shapefile, crs="EPSG:4490").crs == "EPSG:4490"


def test_truncated_shapefiles(shapefile: Path) -> None:
    whole = shapefile.read_bytes()
    shapefile.write_bytes(whole[:-10])
    assert code_of(shapefile) == "file_truncated"
    shapefile.write_bytes(whole[:50])
    assert code_of(shapefile) == "file_truncated"


def zipped(shapefile: Path, name: str = "a.zip", without: str = "") -> Path:
    file = shapefile.parent / name
    with zipfile.ZipFile(file, "w") as archive:
        for part in shapefile.parent.glob(f"{shapefile.stem}.*"):
            if part.suffix not in {".zip", without}:
                archive.write(part, f"资料/{part.name}")
    return file


def test_a_zipped_shapefile(shapefile: Path) -> None:
    sheet = read_file(zipped(shapefile))
    assert sheet.rows[0] == {"code": "1", "name": "东门小区"}
    assert sheet.path.endswith("a.zip")


def test_bad_zips(shapefile: Path, tmp_path: Path) -> None:
    good = zipped(shapefile)
    assert code_of(put(tmp_path, "cut.zip", good.read_bytes()[:-300])) == "file_truncated"
    assert code_of(zipped(shapefile, "part.zip", without=".dbf")) == "file_part_missing"
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
    assert code_of(tmp_path / "book.xlsx") == "file_kind_unknown"
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.shp", "x")
        archive.writestr("b.shp", "x")
    assert code_of(tmp_path / "two.zip") == "layers_several"
    with zipfile.ZipFile(tmp_path / "fake.zip", "w") as archive:
        for part in ("shp", "shx", "dbf"):
            archive.writestr(f"a.{part}", b"\x00\x00\x27\x0a" + b"\x00" * 200)
    assert code_of(tmp_path / "fake.zip") == "file_unreadable"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (b"Rar!\x1a", "RAR"),
        (b"PK\x05\x06" + b"\x00" * 18, "ZIP"),
    ],
)
def test_other_kinds_are_named(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(InputError) as refused:
        read_file(put(tmp_path, "a.csv", content))
    assert (refused.value.code, refused.value.params["kind"]) == ("file_kind_unknown", kind)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nowhere.csv") == "file_missing"
    assert code_of(tmp_path) == "file_kind_unknown"
    assert code_of(put(tmp_path, "none.gpkg", b"")) == "file_empty"
