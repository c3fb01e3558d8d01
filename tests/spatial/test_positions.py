"""Positions as people write them: any order, marks and system; what isn't one is none, what can't be is refused."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.datums import FROM_WGS84
from gridgov.spatial.positions import Position, read_position

NEAR = (111.1, 30.5, 111.5, 30.9)
WORKING = "EPSG:4546"
LON, LAT = 111.2890278, 30.6916667


def read(text: str) -> Position:
    found = read_position(text, NEAR, WORKING)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    "text",
    [
        "111.2890278,30.6916667",
        "30.6916667, 111.2890278",
        "１１１．２８９０２７８，３０．６９１６６６７",
        "(111.2890278 30.6916667)",
        "111°17′20.5″E 30°41′30″N",
        "30°41'30\"N111°17'20.5\"E",
        "北纬30度41分30秒，东经111度17分20.5秒",
        "纬度30.6916667 经度111.2890278",
        "lat: 30.6916667, lon: 111.2890278",
        "N30.6916667 E111.2890278",
        "111°17.341668' 30°41.500002'",
        "111.2890278 30.6916667 WGS84",
        "国家2000 111.2890278,30.6916667",
    ],
)
def test_degrees(text: str) -> None:
    found = read(text)
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=2e-7)
    assert found.turned == (text.lower().startswith(("30", "n", "lat", "北", "纬")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GCJ-02", "{0},{1} GCJ-02"),
        ("GCJ-02", "高德 {0} {1}"),
        ("GCJ-02", "{1}, {0}（腾讯地图）"),
        ("BD-09", "百度: {0},{1}"),
    ],
)
def test_the_datums_of_web_maps_by_their_names(name: str, text: str) -> None:
    shifted = [float(one) for one in FROM_WGS84[name](LON, LAT)]
    found = read(text.format(*shifted))
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-7)
    assert (found.crs, found.told) == (name, True)


@pytest.mark.parametrize(
    ("crs", "text", "told"),
    [
        ("EPSG:4546", "{x} {y}", False),
        ("EPSG:4546", "{y}, {x}", False),
        ("EPSG:4546", "{y} {x} CM 111E", True),
        ("EPSG:4525", "{x},{y}", False),
        ("EPSG:4525", "{y},{x} CGCS2000 3度带 37带", True),
        ("EPSG:3857", "{x},{y}", False),
    ],
)
def test_metres(crs: str, text: str, told: bool) -> None:
    (point,) = to_planar(np.array([shapely.Point(LON, LAT)], dtype=object), crs)
    found = read(text.format(x=round(point.x, 3), y=round(point.y, 3)))
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-7)
    assert (found.crs, found.told) == (crs, told)


@pytest.mark.parametrize(
    "text", ["桂花苑", "中山路12-1号", "西陵一路 8 9", "1栋", "111.3,30.7 nowhere", "420503001", ""]
)
def test_what_is_no_position(text: str) -> None:
    assert read_position(text, NEAR, WORKING) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("200,30", "position_invalid"),
        ("111,95", "position_invalid"),
        ("30.1N 31.2N", "position_invalid"),
        ("500000 3398000", "position_zone_open"),
        ("111.3,30.7 北京54", "crs_inexact"),
    ],
)
def test_what_cannot_be(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_position(text)
    assert refused.value.code == code


@given(st.floats(NEAR[0], NEAR[2]), st.floats(NEAR[1], NEAR[3]))
def test_either_order_is_one_place(lon: float, lat: float) -> None:
    one, other = read(f"{lon:.7f},{lat:.7f}"), read(f"{lat:.7f}，{lon:.7f}")
    assert (one.lon, one.lat) == (other.lon, other.lat)


@given(st.floats(-179, 179), st.floats(-89, 89))
def test_with_its_sides_named_a_place_anywhere_is_read(lon: float, lat: float) -> None:
    sides = "E" if lon >= 0 else "W", "N" if lat >= 0 else "S"
    found = read(f"{abs(lat):.6f}{sides[1]} {abs(lon):.6f}{sides[0]}")
    assert (found.lon, found.lat) == pytest.approx((lon, lat), abs=1e-6)
