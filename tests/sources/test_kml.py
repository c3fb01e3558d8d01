"""KML and KMZ: what placemarks tell of themselves, their folders, and what is wrong with them."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.sheets import Sheet
from gridgov.sources.vector import read_file
from tests.sources.files import put

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
PLACE = "<Point><coordinates>111.2,30.7,55</coordinates></Point>"


def kml(*parts: str, head: str = HEAD) -> str:
    return f"{head}<Document><name>一张图</name>{''.join(parts)}</Document></kml>"


def placemark(name: str, *parts: str) -> str:
    return f"<Placemark><name>{name}</name>{''.join(parts)}</Placemark>"


def folder(name: str, *parts: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(parts)}</Folder>"


def data(**told: str) -> str:
    members = [f'<Data name="{name}"><value>{value}</value></Data>' for name, value in told.items()]
    return f"<ExtendedData>{''.join(members)}</ExtendedData>"


def read(where: Path, text: str, **options: Any) -> Sheet:
    return read_file(put(where, "a.kml", text), **options)


def test_names_descriptions_and_data(tmp_path: Path) -> None:
    told = "<description><![CDATA[ 两栋 ]]></description>"
    sheet = read(tmp_path, kml(placemark("东门", told, data(代码="420502", people="12"), PLACE), placemark("西门")))
    assert sheet.rows == [
        {"代码": "420502", "people": "12", "name": "东门", "description": "两栋"},
        {"代码": None, "people": None, "name": "西门", "description": None},
    ]
    assert sheet.geometry == [shapely.Point(111.2, 30.7), None]
    assert (sheet.crs, sheet.encoding, sheet.encoding_by) == ("EPSG:4490", "utf-8", "marked")


def test_typed_data(tmp_path: Path) -> None:
    schema = '<Schema id="s"><SimpleField type="int" name="people"/><SimpleField type="string" name="code"/></Schema>'
    told = '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="people">%s</SimpleData>'
    told += '<SimpleData name="code">007</SimpleData></SchemaData></ExtendedData>'
    sheet = read(tmp_path, kml(schema, placemark("a", told % "12", PLACE), placemark("b", told % "?", PLACE)))
    assert [row["people"] for row in sheet.rows] == [12, "?"]
    assert sheet.rows[0]["code"] == "007"


def test_every_shape(tmp_path: Path) -> None:
    ring = "<LinearRing><coordinates>{0},30 {1},30 {1},31 {0},31 {0},30</coordinates></LinearRing>"
    outer, inner = ring.format(111, 112), "<coordinates>111.2,30.2 111.3, 30.2\n 111.3 ,30.3 111.2,30.2</coordinates>"
    polygon = f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs>"
    polygon += f"<innerBoundaryIs><LinearRing>{inner}</LinearRing></innerBoundaryIs></Polygon>"
    line = "<LineString><coordinates>111,30,0 112,31,0</coordinates></LineString>"
    track = "<gx:Track><when>2024</when><gx:coord>111 30 0</gx:coord><gx:coord>112 31 0</gx:coord></gx:Track>"
    head = HEAD[:-1] + ' xmlns:gx="http://www.opengis.net/kml/ext/2.2">'
    several = [f"<MultiGeometry>{PLACE}{other}</MultiGeometry>" for other in (PLACE, line)]
    shapes = [polygon, line, track, *several]
    sheet = read(tmp_path, kml(*(placemark("a", each) for each in shapes), head=head))
    assert [each.geom_type for each in sheet.geometry] == [
        "Polygon", "LineString", "LineString", "MultiPoint", "GeometryCollection"
    ]  # fmt: skip
    assert sheet.geometry[0].area == pytest.approx(1 - 0.005)
    assert sheet.problems == []


def test_a_bad_shape_keeps_its_row(tmp_path: Path) -> None:
    bad = [
        "<Point><coordinates>111</coordinates></Point>",
        "<Point><coordinates>east,30</coordinates></Point>",
        "<Polygon/>",
        "<LineString><coordinates>111,30</coordinates></LineString>",
        "<Model/>",
        "<MultiGeometry>" * 5000 + PLACE + "</MultiGeometry>" * 5000,
        "<Point><coordinates>nan,30</coordinates></Point>",
    ]
    sheet = read(tmp_path, kml(placemark("good", PLACE), *(placemark("bad", each) for each in bad)))
    assert [each.code for each in sheet.problems] == ["geometry_unreadable"] * 6 + ["geometry_not_finite"]
    assert [each.row for each in sheet.problems] == [2, 3, 4, 5, 6, 7, 8]


def test_folders_told_of_alike_are_read_together(tmp_path: Path) -> None:
    text = kml(
        folder("东片", placemark("a", data(code="1"), PLACE)), folder("西片", placemark("b", data(code="2"), PLACE))
    )
    assert [(row["name"], row["folder"]) for row in read(tmp_path, text).rows] == [("a", "东片"), ("b", "西片")]
    assert [row["name"] for row in read(tmp_path, text, layer="西片").rows] == ["b"]


def test_folders_told_of_differently_are_layers(tmp_path: Path) -> None:
    inner = folder("内", placemark("c", data(code="3"), PLACE))
    text = kml(
        folder("小区", placemark("a", data(code="1"), PLACE), inner), folder("道路", placemark("b", data(lanes="2")))
    )
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert (refused.value.code, refused.value.params["choices"]) == ("layers_several", ["小区", "内", "道路"])
    assert read(tmp_path, text, layer="内").rows == [{"code": "3", "name": "c"}]
    assert len(read(tmp_path, text, layer="*").rows) == 3
    with pytest.raises(InputError, match="file_layer_unknown"):
        read(tmp_path, text, layer="外")


def test_kml_in_gbk(tmp_path: Path) -> None:
    text = kml(placemark("东门", PLACE), head=HEAD.replace("UTF-8", "GBK"))
    sheet = read_file(put(tmp_path, "a.kml", text, "gbk"))
    assert (sheet.rows[0]["name"], sheet.encoding, sheet.encoding_by) == ("东门", "gb18030", "marked")
    sheet = read_file(put(tmp_path, "a.kml", text.replace("GBK", "UTF-8"), "gbk"))
    assert (sheet.rows[0]["name"], sheet.encoding_by) == ("东门", "found")


def test_kmz(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", kml(placemark("东门", PLACE)))
        archive.writestr("files/icon.png", b"\x89PNG")
    assert read_file(tmp_path / "a.kmz").rows == [{"name": "东门"}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (kml(), "file_no_rows"),
        (kml(placemark("a", PLACE))[:-30], "file_truncated"),
        (kml("<Placemark></Folder>"), "xml_bad"),
        ('<!DOCTYPE kml [<!ENTITY a "aaaa">]>' + "<kml>&a;</kml>", "xml_bad"),
        ("<html><body>登录</body></html>", "file_kind_unknown"),
        ("<gpx></gpx>", "file_no_rows"),
    ],
)
def test_bad_kml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert refused.value.code == code
