"""Places as text: what a person types is read, what is written reads back, and the rest is refused by name."""

import pytest
from shapely import from_wkt
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from gridgov.errors import InputError
from gridgov.web.drawing import AREA, LINE, POINT, read_shape, write_shape

ANY_PLACE = frozenset({POINT, AREA})
SQUARE = Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
HOLED = Polygon([(0, 0), (0, 4), (4, 4), (4, 0)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])


@pytest.mark.parametrize(
    ("text", "wanted", "shape"),
    [
        ("111.29, 30.7", ANY_PLACE, Point(111.29, 30.7)),
        (" 111.29，30.7 ", ANY_PLACE, Point(111.29, 30.7)),
        ("0, 0\n0, 1\r\n1, 1\n1, 0\n", ANY_PLACE, SQUARE),
        ("0 0; 0 1; 1 1; 1 0", ANY_PLACE, SQUARE),
        ("0, 0\n2, 1", frozenset({LINE}), LineString([(0, 0), (2, 1)])),
        ("POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))", ANY_PLACE, SQUARE),
        ("POINT Z (1 2 3)", ANY_PLACE, Point(1, 2)),
        ('{"type": "Point", "coordinates": [1, 2]}', ANY_PLACE, Point(1, 2)),
        ("MULTIPOINT (1 2)", ANY_PLACE, Point(1, 2)),
    ],
)
def test_what_people_type_is_read(text: str, wanted: frozenset[str], shape: object) -> None:
    assert read_shape(text, wanted).equals(shape)


@pytest.mark.parametrize(
    ("text", "wanted", "code"),
    [
        ("", ANY_PLACE, "shape_unreadable"),
        ("somewhere near the bridge", ANY_PLACE, "shape_unreadable"),
        ("0, 0\n1, 1", ANY_PLACE, "shape_unreadable"),
        ("POLYGON ((0 0, 1 1", ANY_PLACE, "shape_unreadable"),
        ("POLYGON EMPTY", ANY_PLACE, "shape_unreadable"),
        ('{"type": "Nothing"}', ANY_PLACE, "shape_unreadable"),
        ("GEOMETRYCOLLECTION (" * 9 + "POINT (1 1)" + ")" * 9, ANY_PLACE, "shape_unreadable"),
        ('{"type":"GeometryC\\u006fllection","geometries":[' * 9 + "]}" * 9, ANY_PLACE, "shape_unreadable"),
        ("111, 300", ANY_PLACE, "position_invalid"),
        ("POINT (NaN 1)", ANY_PLACE, "position_invalid"),
        ("30.7, 111.29", ANY_PLACE, "position_invalid"),
        ("1, 2", frozenset({AREA}), "polygon_needed"),
        ("1, 2", frozenset({LINE}), "line_needed"),
        ("0, 0\n0, 1\n1, 1", frozenset({POINT}), "point_needed"),
        ("LINESTRING (0 0, 1 1)", ANY_PLACE, "place_needed"),
    ],
)
def test_what_is_no_place_is_refused(text: str, wanted: frozenset[str], code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_shape(text, wanted)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (None, ""),
        (Point(111.5, -30), "111.5, -30"),
        (SQUARE, "0, 0\n0, 1\n1, 1\n1, 0"),
        (Point(1 / 3, -1e-12), "0.333333333, 0"),
    ],
)
def test_places_are_written_as_people_type_them(shape: object, text: str) -> None:
    assert write_shape(shape) == text


@pytest.mark.parametrize("shape", [SQUARE, HOLED, MultiPolygon([SQUARE, from_wkt("POLYGON ((5 5, 5 6, 6 6, 5 5))")])])
def test_what_is_written_reads_back(shape: Polygon) -> None:
    assert read_shape(write_shape(shape), ANY_PLACE).equals(shape)
