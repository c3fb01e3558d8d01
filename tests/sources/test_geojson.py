"""GeoJSON, also as it shouldn't be."""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.limits import LIMITS
from gridgov.sources.sheets import Sheet
from gridgov.sources.vector import read_file
from tests.sources.files import SQUARE, collection, feature, point, put


def read(folder: Path, text: str, **options: Any) -> Sheet:
    return read_file(put(folder, "a.geojson", text), **options)


def test_properties_and_geometry(tmp_path: Path) -> None:
    text = collection(
        feature({"type": "Polygon", "coordinates": SQUARE}, code=110108001000, name=" 东升 ", people=12, cp=[1, 2]),
        feature(None, code=420502001.0, ok=True),
    )
    sheet = read(tmp_path, text)
    assert sheet.columns == ("code", "name", "people", "cp", "ok")
    assert sheet.rows[0] == {"code": "110108001000", "name": "东升", "people": 12, "cp": "[1, 2]", "ok": None}
    assert sheet.rows[1] == {"code": "420502001", "name": None, "people": None, "cp": None, "ok": True}
    assert sheet.geometry[0].area == pytest.approx(0.01)
    assert sheet.geometry[1] is None
    assert (sheet.crs, sheet.encoding, sheet.row_numbers, sheet.problems) == ("EPSG:4490", "utf-8", [1, 2], [])


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(point()),
        json.dumps({"type": "GeometryCollection", "geometries": [point()]}),
        json.dumps(feature(point())),
        collection(feature(point())),
        "\ufeff\n" + collection(feature(point())),
    ],
)
def test_collections_features_and_bare_geometries(tmp_path: Path, text: str) -> None:
    assert len(read(tmp_path, text).geometry) == 1


@pytest.mark.parametrize("between", ["\n", "\r\n", "\x1e", "\n\x1e", ""])
def test_one_after_the_other(tmp_path: Path, between: str) -> None:
    told = [json.dumps(feature(point(), name="a")), json.dumps(point()), collection(feature(None, name="b"), feature())]
    sheet = read(tmp_path, between + between.join(told) + between)
    assert [row["name"] for row in sheet.rows] == ["a", None, "b", None]
    assert [each is None for each in sheet.geometry] == [False, False, True, True]


def test_more_features_than_are_settled_at_once(tmp_path: Path) -> None:
    features = [feature(point(), code=str(number)) for number in range(12_000)]
    features[-1]["properties"]["late"] = True
    features[7000]["geometry"] = {"type": "Point"}
    sheet = read(tmp_path, collection(*features))
    assert [row["code"] for row in sheet.rows] == [str(number) for number in range(12_000)]
    assert [sheet.rows[-2]["late"], sheet.rows[-1]["late"]] == [None, True]
    assert [(each.row, each.value) for each in sheet.problems] == [(7001, '{"type": "Point"}')]


def test_kinds_of_shapes_may_be_mixed(tmp_path: Path) -> None:
    shapes = [shapely.Point(1, 2), shapely.LineString([(1, 2), (3, 4)]), shapely.box(1, 2, 3, 4), shapely.Point()]
    shapes += [shapely.GeometryCollection(shapes[:2]), shapely.MultiPolygon([shapes[2]])]
    sheet = read(tmp_path, collection(*(feature(json.loads(shapely.to_geojson(each))) for each in shapes)))
    assert [each for each in sheet.geometry if each is not None] == [each for each in shapes if not each.is_empty]


def test_a_ring_left_open_is_closed_and_heights_are_dropped(tmp_path: Path) -> None:
    ring = [[*place, 5.0] for place in SQUARE[0]]
    text = collection(*(feature({"type": "Polygon", "coordinates": [each]}) for each in (ring[:-1], ring)))
    sheet = read(tmp_path, text)
    assert sheet.geometry[0].equals(sheet.geometry[1])
    assert not sheet.geometry[1].has_z


def test_a_polygon_of_a_million_vertices(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 1_000_000)
    polygon = shapely.Polygon(np.column_stack([111 + np.cos(turn), 30 + np.sin(turn)]))
    text = f'{{"type": "Feature", "properties": {{}}, "geometry": {shapely.to_geojson(polygon)}}}'
    start = time.process_time()
    sheet = read(tmp_path, text)
    assert time.process_time() - start < 15
    assert shapely.get_num_coordinates(sheet.geometry[0]) == 1_000_000


def test_columns_without_end_are_refused(tmp_path: Path) -> None:
    text = collection(*(feature(None, **{f"c{number}": 1}) for number in range(300)))
    with pytest.raises(InputError, match="file_cells_many"):
        read(tmp_path, text, limits=dataclasses.replace(LIMITS, cells=50_000))
    with pytest.raises(InputError, match="file_rows_many"):
        read(tmp_path, text, limits=dataclasses.replace(LIMITS, rows=299))


def test_a_features_id_is_a_column_where_no_property_is(tmp_path: Path) -> None:
    text = collection(feature(point(), name="a") | {"id": 420502}, feature(point(), id="x") | {"id": 7})
    assert [row["id"] for row in read(tmp_path, text).rows] == ["420502", "x"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4490"),
        ("CRS84", "EPSG:4490"),
        ("OGC:CRS84", "EPSG:4490"),
        ("EPSG:4326", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4546", "EPSG:4546"),
        ("EPSG:4546", "EPSG:4546"),
    ],
)
def test_a_crs_member_is_honoured(tmp_path: Path, name: str, told: str) -> None:
    place = point(500000, 3400000) if told == "EPSG:4546" else point(111.0, 30.7)
    text = collection(feature(place), crs={"type": "name", "properties": {"name": name}})
    sheet = read(tmp_path, text)
    assert sheet.crs == told
    assert sheet.geometry[0].x == pytest.approx(111.0)


def test_the_crs_given_goes_before_the_files(tmp_path: Path) -> None:
    sheet = read(tmp_path, collection(feature(point(116.41024449916938, 39.91640428150164))), crs="gcj02")
    assert sheet.crs == "GCJ-02"
    assert sheet.geometry[0].x == pytest.approx(116.404, abs=1e-8)
    assert sheet.geometry[0].y == pytest.approx(39.915, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (collection(), "file_no_rows"),
        (collection(feature(point()))[:-20], "file_truncated"),
        ('{"type": "FeatureCollection", "features": [{"na', "file_truncated"),
        ('{"type": "FeatureCollection" "features": []}', "json_bad"),
        ('{"type": "Topology", "objects": {}}', "file_no_rows"),
        ('{"type": "FeatureCollection"}', "file_kind_unknown"),
        ('{"type": ["Point"]}', "file_kind_unknown"),
        ("[1, 2, 3]", "file_kind_unknown"),
        ('{"a":' * 100_000, "json_bad"),
        ('{"type": "Point", "coordinates": [%s, 1]}' % ("9" * 5000), "json_bad"),
        (collection(feature(point()), crs=None), "crs_missing"),
        (collection(feature(point()), crs={"type": "link", "properties": {"href": "x"}}), "crs_unknown"),
        (collection(feature(point()), crs={"type": "name", "properties": {"name": "EPSG:999999"}}), "crs_unknown"),
        (collection(feature(point(500000, 3400000))), "crs_mismatch"),
    ],
)
def test_bad_geojson_is_refused(tmp_path: Path, text: str, code: str) -> None:
    file = put(tmp_path, "a.geojson", text)
    with pytest.raises(InputError) as refused:
        read_file(file)
    assert refused.value.code == code
    assert refused.value.params["path"] == str(file)


BAD_GEOMETRIES: list[tuple[Any, str]] = [
    ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": "abc"}, "geometry_unreadable"),
    ({"type": "Point"}, "geometry_unreadable"),
    ({"type": "Circle", "coordinates": [1, 2]}, "geometry_unreadable"),
    ({"type": "Point", "coordinates": [{}, 2]}, "geometry_unreadable"),
    ("POINT (1 2)", "geometry_unreadable"),
    ({"type": "Point", "coordinates": [float("inf"), 2]}, "geometry_not_finite"),
    ({"type": "LineString", "coordinates": [[float("nan"), 2], [1, 2]]}, "geometry_not_finite"),
    ({"type": "Point", "coordinates": [111, 91]}, "geometry_off_earth"),
]


@pytest.mark.parametrize(("geometry", "code"), BAD_GEOMETRIES)
def test_a_bad_geometry_keeps_its_row(tmp_path: Path, geometry: object, code: str) -> None:
    sheet = read(tmp_path, collection(feature(point(), code="1"), feature(geometry, code="2")))
    assert [row["code"] for row in sheet.rows] == ["1", "2"]
    assert sheet.geometry[0] is not None
    assert sheet.geometry[1] is None
    assert [(each.row, each.code) for each in sheet.problems] == [(2, code)]


def test_a_feature_that_is_none_keeps_its_row(tmp_path: Path) -> None:
    sheet = read(tmp_path, '{"type": "FeatureCollection", "features": [null, 5, {"type": "Feature"}]}')
    assert sheet.geometry == [None, None, None]
    assert [(each.row, each.value) for each in sheet.problems] == [(2, "5")]


def test_geojson_in_gb18030(tmp_path: Path) -> None:
    file = put(tmp_path, "a.geojson", collection(feature(point(), name="东门")), "gb18030")
    sheet = read_file(file)
    assert (sheet.encoding, sheet.rows[0]["name"]) == ("gb18030", "东门")
