"""CSV and its kin: encodings, delimiters, coordinates, and rows that aren't whole."""

from pathlib import Path

import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.sheets import Sheet
from gridgov.sources.vector import read_file
from tests.sources.files import put

CHINESE = "代码,名称\n007,东门小区\n"


def refused(file: Path, **options: str) -> InputError:
    with pytest.raises(InputError) as raised:
        read_file(file, **options)
    return raised.value


def read(folder: Path, text: str | bytes, name: str = "a.csv", **options: str) -> Sheet:
    return read_file(put(folder, name, text), **options)


@pytest.mark.parametrize(
    ("written", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_found_and_said(tmp_path: Path, written: str, told: str) -> None:
    sheet = read_file(put(tmp_path, "a.csv", CHINESE, written))
    assert sheet.encoding == told
    assert sheet.columns == ("代码", "名称")
    assert sheet.rows == [{"代码": "007", "名称": "东门小区"}]
    assert sheet.geometry is None
    assert sheet.crs is None


@pytest.mark.parametrize("given", ["gbk", "GB2312", "cp936", "gb18030"])
def test_the_encoding_given_is_taken(tmp_path: Path, given: str) -> None:
    assert read_file(put(tmp_path, "a.csv", CHINESE, "gbk"), encoding=given).encoding == "gb18030"


@pytest.mark.parametrize(
    ("written", "given", "by"),
    [("utf-8", None, "found"), ("gbk", None, "found"), ("utf-8-sig", None, "marked"), ("utf-16", None, "marked"),
     ("gbk", "gbk", "told"), ("big5", "big5", "told"), ("utf-16-le", "utf-16-le", "told")],
)  # fmt: skip
def test_how_the_encoding_is_known(tmp_path: Path, written: str, given: str | None, by: str) -> None:
    sheet = read_file(put(tmp_path, "a.csv", "code,name\n1,中山北路\n", written), encoding=given)
    assert (sheet.rows[0]["name"], sheet.encoding_by) == ("中山北路", by)


def test_a_fault_in_utf8_doesnt_make_it_gbk(tmp_path: Path) -> None:
    good = CHINESE.encode() * 4
    error = refused(put(tmp_path, "a.csv", good + b"1,\xb6\xab\xc3\xc5\n"))
    assert (error.code, error.params["encoding"], error.params["line"]) == ("encoding_wrong", "utf-8", 9)


def test_a_header_divided_by_another_mark_than_its_rows(tmp_path: Path) -> None:
    error = refused(put(tmp_path, "a.csv", "代码;名称;人口\n1,东门,3\n2,西门,4\n"))
    assert (error.code, error.params["above"], error.params["below"]) == ("table_delimiters", ";", ",")
    assert len(read(tmp_path, "代码;名称\n1;东,门\n2;西门\n").rows) == 2


def test_wkb_as_hexadecimal_text(tmp_path: Path) -> None:
    place = shapely.set_srid(shapely.Point(111.2, 30.7), 4490)
    told = [shapely.to_wkb(place, hex=True, include_srid=srid) for srid in (True, False)]
    cells = [told[0], told[1].lower(), "0101", "POINT (1 2)"]
    sheet = read(tmp_path, "code,geom\n" + "".join(f"{number},{each}\n" for number, each in enumerate(cells)))
    assert [each and each.x for each in sheet.geometry] == [111.2, 111.2, None, 1]
    assert [(each.row, each.code) for each in sheet.problems] == [(4, "geometry_unreadable")]


def test_a_wrong_encoding_names_the_line(tmp_path: Path) -> None:
    error = refused(put(tmp_path, "a.csv", CHINESE, "gbk"), encoding="utf-8")
    assert error.code == "encoding_wrong"
    assert error.params["line"] == 1


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {}, "file_empty"),
        (b" \r\n\n", {}, "file_empty"),
        (b"\xef\xbb\xbf", {}, "file_empty"),
        ("代码,名称\n", {}, "file_no_rows"),
        ("代码,名称\n,\n\n", {}, "file_no_rows"),
        ("代码,代码\n1,2\n", {}, "columns_twice"),
        ('代码,名称\n1,"东门', {}, "file_truncated"),
        ('代码,名称\n1,"东"门,\n', {}, "table_bad"),
        (b"code,name\n1,\xff\xff\xff\n", {}, "encoding_not_found"),
        (CHINESE, {"encoding": "klingon"}, "encoding_unknown"),
        (b"code\x00,name\n1,2\n", {}, "file_kind_unknown"),
        ("<html><body>404</body></html>", {}, "file_kind_unknown"),
        ("x,y\n500000,3400000\n", {}, "crs_missing"),
        ("x,y\n3400000,500000\n", {"crs": "CM 111E"}, "axes_swapped"),
        ("经度,纬度\n30.7,111.29\n30.8,111.3\n", {}, "axes_look_swapped"),
        ("经度,纬度\n30.7,80.1\n", {}, "axes_look_swapped"),
        ("经度,纬度\n30.7,111.29\n", {"crs": "WGS84"}, "axes_swapped"),
        ("lon,lat\n-33.9,151.2\n", {}, "axes_swapped"),
        ("x,y\n37500000,3400000\n", {"crs": "GK38"}, "crs_mismatch"),
        ("x,y\n37500000,3400000\n", {"crs": "西安80"}, "crs_inexact"),
        ("x,y\n500000,3400000\n", {"crs": "EPSG:4490"}, "crs_mismatch"),
        ("x,y\n1,2\n", {"crs": "EPSG:1"}, "crs_unknown"),
        ("x,y\n1,2\n", {"crs": "the usual one"}, "crs_unknown"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, content: str | bytes, options: dict[str, str], code: str) -> None:
    file = put(tmp_path, "a.csv", content)
    error = refused(file, **options)
    assert error.code == code
    assert error.params["path"] == str(file)


@pytest.mark.parametrize(
    ("crs", "x", "y", "read"),
    [
        ("GK37", 37_527_800, 3_396_600, "EPSG:4525"),
        ("GK37", 527_800, 3_396_600, "EPSG:4546"),
        ("CM 111E", 37_527_800, 3_396_600, "EPSG:4525"),
        ("CM 111E", 19_527_800, 3_396_600, "EPSG:4497"),
        ("CM 111E;swapped", 3_396_600, 527_800, "EPSG:4546;swapped"),
        ("CM 111E;swapped", 3_396_600, 37_527_800, "EPSG:4525;swapped"),
        ("EPSG:4490;swapped", 30.69, 111.29, "EPSG:4490;swapped"),
        ("Web墨卡托", 12_388_746, 3_593_470, "EPSG:3857"),
    ],
)
def test_one_place_in_many_systems(tmp_path: Path, crs: str, x: float, y: float, read: str) -> None:
    sheet = read_file(put(tmp_path, "a.csv", f"code,x,y\n1,{x},{y}\n"), crs=crs)
    assert sheet.crs == read
    assert sheet.geometry[0].distance(shapely.Point(111.29, 30.69)) < 0.01


def test_a_row_the_wrong_way_round_among_right_ones(tmp_path: Path) -> None:
    sheet = read(tmp_path, "code,经度,纬度\n1,111.28,30.68\n2,30.69,111.29\n3,111.3,30.7\n4,30,200\n")
    assert [(each.row, each.code) for each in sheet.problems] == [(3, "geometry_swapped"), (5, "geometry_off_earth")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f'"a,b;c\td|e"{delimiter}名称\n1{delimiter}二\n'
    assert read(tmp_path, text).rows == [{"a,b;c\td|e": "1", "名称": "二"}]


def test_codes_keep_their_zeros_and_lose_what_a_spreadsheet_added(tmp_path: Path) -> None:
    sheet = read(tmp_path, "代码,上级代码,人口\n'0042,420502001.0,12.0\n4.205E+11,x,\n")
    assert sheet.rows[0] == {"代码": "0042", "上级代码": "420502001", "人口": "12.0"}
    assert sheet.rows[1] == {"代码": "4.205E+11", "上级代码": "x", "人口": None}
    assert [(each.row, each.field, each.code) for each in sheet.problems] == [(3, "代码", "code_rounded")]


def test_rows_are_counted_as_a_person_would(tmp_path: Path) -> None:
    sheet = read(tmp_path, "code,name\n1,a\n\n3\n4,d,e\n")
    assert sheet.row_numbers == [2, 4, 5]
    assert sheet.rows == [{"code": "1", "name": "a"}, {"code": "3", "name": None}, {"code": "4", "name": "d"}]
    assert [(each.row, each.code, each.value) for each in sheet.problems] == [
        (4, "row_too_short", None),
        (5, "row_too_long", "e"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_and_breaks_within_cells_are_counted(tmp_path: Path, end: str) -> None:
    text = end.join(["", "# 台账", "", "# 2026", "code,name", '1,"东', '门"', "2,西门", "3"])
    sheet = read(tmp_path, text)
    assert sheet.row_numbers == [6, 8, 9]
    assert [(each.row, each.code) for each in sheet.problems] == [(9, "row_too_short")]


def test_a_table_that_cant_be_read_names_the_line_of_the_file(tmp_path: Path) -> None:
    error = refused(put(tmp_path, "a.csv", '# 台账\n\ncode,name\n1,"a"b\n'))
    assert (error.code, error.params["line"]) == ("table_bad", 4)


def test_columns_without_a_header_are_kept_where_they_hold_anything(tmp_path: Path) -> None:
    assert read(tmp_path, "code,,name,\n1,x,a,\n").columns == ("code", "#2", "name")
    assert read(tmp_path, "code,name,,\n1,a,,\n").columns == ("code", "name")


@pytest.mark.parametrize("headers", ["经度,纬度", "lng,lat", "Longitude,Latitude", "X,Y"])
def test_coordinates_in_two_columns(tmp_path: Path, headers: str) -> None:
    sheet = read(tmp_path, f"code,{headers}\n1,111.29,30.7\n2,,\n")
    assert sheet.crs == "EPSG:4490"
    assert sheet.geometry[0].wkt == "POINT (111.29 30.7)"
    assert sheet.geometry[1] is None
    assert sheet.problems == []


def test_coordinates_in_metres_need_their_system(tmp_path: Path) -> None:
    sheet = read(tmp_path, "code,x,y\n1,500000,3400000\n", crs="EPSG:4546")
    assert sheet.crs == "EPSG:4546"
    assert sheet.geometry[0].x == pytest.approx(111.0)
    assert sheet.geometry[0].y == pytest.approx(30.7, abs=0.1)


def test_bad_coordinates_keep_their_row(tmp_path: Path) -> None:
    sheet = read(tmp_path, "code,lon,lat\n1,１１１．２９,30.7\n2,abc,30.7\n\n3,111.2,\n4,inf,1\n5,200,3\n")
    assert sheet.geometry[0].x == 111.29
    assert sheet.geometry[1:] == [None] * 4
    assert len(sheet.rows) == 5
    assert [(each.row, each.field, each.value, each.code) for each in sheet.problems] == [
        (3, "lon", "abc", "coordinate_bad"),
        (5, "lat", None, "coordinate_bad"),
        (6, "lon", "inf", "coordinate_bad"),
        (7, None, None, "geometry_off_earth"),
    ]


def test_geometry_as_wkt(tmp_path: Path) -> None:
    wkt = "POLYGON Z ((111.2 30.7 5, 111.3 30.7 5, 111.3 30.8 5, 111.2 30.7 5))"
    sheet = read(tmp_path, f'code,wkt\n1,"{wkt}"\n2,POLYGON oops\n3,\n4,POINT EMPTY\n')
    assert sheet.geometry[0].wkt == "POLYGON ((111.2 30.7, 111.3 30.7, 111.3 30.8, 111.2 30.7))"
    assert sheet.geometry[1:] == [None, None, None]
    assert [(each.row, each.field, each.code) for each in sheet.problems] == [(3, "wkt", "geometry_unreadable")]


def test_a_cell_may_be_as_long_as_a_large_polygon(tmp_path: Path) -> None:
    ring = ", ".join(f"111.{number:06} 30.7" for number in range(40_000))
    assert len(read(tmp_path, f'code,wkt\n1,"LINESTRING ({ring})"\n').geometry[0].coords) == 40_000


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.bin"])
def test_text_that_is_no_table_is_not_taken_for_one(tmp_path: Path, name: str) -> None:
    assert refused(put(tmp_path, name, "hello world")).code == "file_kind_unknown"


def test_content_goes_before_the_name(tmp_path: Path) -> None:
    assert read(tmp_path, "code,name\n1,a\n", "a.dat").rows == [{"code": "1", "name": "a"}]
    assert read(tmp_path, '{"type": "Point", "coordinates": [1, 2]}', "a.csv").geometry[0].wkt == "POINT (1 2)"
    assert read(tmp_path, "[code],[name]\n1,a\n", "b.csv").columns == ("[code]", "[name]")
