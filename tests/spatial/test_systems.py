"""Coordinate systems: the names people write, zones with and without their number, and guesses from bare numbers."""

import pytest
import shapely
from pyproj import CRS

from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.guessing import Bounds, guess, turned_way
from gridgov.spatial.systems import fitting_zone, known_system, zone_crs, zone_of
from tests.spatial.cases import objects

YICHANG = (111.0, 30.3, 111.6, 31.0)
BEIJING = (116.2, 39.8, 116.6, 40.1)
HEIDELBERG = (8.6, 49.35, 8.75, 49.45)

NAMES = {
    "EPSG:4490": ("CGCS2000", "国家2000", "国家2000坐标系", "2000国家大地坐标系", "天地图", "OGC:CRS84", "4490"),
    "EPSG:4326": ("WGS84", "wgs 84", "WGS_1984", "EPSG:4326"),
    "GCJ-02": ("GCJ-02", "gcj02", "高德", "火星", "火星坐标系", "腾讯地图"),
    "BD-09": ("BD-09", "bd09ll", "百度", "百度坐标"),
    "EPSG:3857": ("Web墨卡托", "Ｗｅｂ墨卡托", "3857", "900913", "EPSG:900913", "WGS 84 / Pseudo-Mercator"),
    "EPSG:4525": ("CGCS2000 3度带 37带", "GK37", "3度带第37带", "37带", "CGCS2000 / 3-degree Gauss-Kruger zone 37"),
    "EPSG:4546": ("CM 111E", "中央经线111度", "国家2000 111E", "CGCS2000_3_Degree_GK_CM_111E", "EPSG:4546"),
    "EPSG:4497": ("CGCS2000 6度带 19带", "高斯克吕格 19带", "CGCS2000_GK_Zone_19"),
    "EPSG:4508": ("6度 CM 111E", "urn:ogc:def:crs:EPSG::4508"),
    "EPSG:32649": ("UTM 49N", "WGS 84 / UTM zone 49N"),
}


@pytest.mark.parametrize(("name", "crs"), [(name, crs) for crs, names in NAMES.items() for name in names])
def test_what_people_write(name: str, crs: str) -> None:
    assert known_system(name) == (crs, False)
    for turned in (f"{name};swapped", f"{name} 对调"):
        assert known_system(turned) == (crs, True)


@pytest.mark.parametrize("name", ["nonsense", "", "GK24", "6度37带", "CM 110E", "xyz37带", "UTM 61N", "swapped"])
def test_what_nobody_knows(name: str) -> None:
    with pytest.raises(InputError, match="crs_unknown"):
        known_system(name)


@pytest.mark.parametrize(
    "name",
    ["西安80", "北京54坐标系", "EPSG:2384", "Xian 1980", "EPSG:2433", "EPSG:4555", CRS(4214).to_wkt("WKT1_ESRI")],
)
def test_datums_without_an_exact_way_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="crs_inexact"):
        known_system(name)


def test_a_drawing_of_its_own_is_no_system() -> None:
    with pytest.raises(InputError, match="crs_local"):
        known_system('LOCAL_CS["Undefined Cartesian SRS"]')


@pytest.mark.parametrize("code", range(4491, 4555))
def test_every_zone_is_what_epsg_says(code: int) -> None:
    zone = zone_of(f"EPSG:{code}")
    assert zone is not None
    width, meridian, number = zone
    told = {param.name: param.value for param in CRS(code).coordinate_operation.params}
    assert told["Longitude of natural origin"] == meridian
    assert told["False easting"] == 500_000 + 1_000_000 * (number or 0)
    assert ("3-degree" in CRS(code).name) == (width == 3)
    assert zone_crs(width, meridian, numbered=number is not None) == f"EPSG:{code}"
    assert known_system(CRS(code).name)[0] in {f"EPSG:{code}", zone_crs(3, meridian, numbered=False)}


@pytest.mark.parametrize("meridian", range(75, 136, 3))
@pytest.mark.parametrize("width", [3, 6])
def test_every_zone_is_guessed_by_its_number_and_by_what_stands(width: int, meridian: int) -> None:
    numbered, bare = zone_crs(width, meridian, numbered=True), zone_crs(width, meridian, numbered=False)
    if numbered is None or bare is None:
        assert width == 6
        return
    near = (meridian - 0.3, 34.8, meridian + 0.3, 35.2)
    for crs in (numbered, bare):
        bounds = spanned(near, crs)
        assert same(guess(bounds, near).crs, crs)
        assert same(guess(turned(bounds), near).crs, f"{crs};swapped")
        assert guess(bounds, near).reason == "crs_by_data"
        assert fitting_zone(numbered, bounds[0]) == fitting_zone(bare, bounds[0]) == crs
    alone = guess(spanned(near, numbered))
    if width == 6 and meridian < 87:  # whose numbers begin as Web Mercator's do in the east
        assert (alone.crs, alone.reason, alone.params["others"]) == ("EPSG:3857", "crs_by_mercator_or", numbered)
    else:
        assert (alone.crs, alone.reason, alone.params["zone"]) == (numbered, "crs_by_zone", zone_of(numbered)[2])
        assert guess(turned(spanned(near, numbered))).crs == f"{numbered};swapped"
    open_zone = guess(spanned(near, bare))
    assert (open_zone.crs, open_zone.reason) == (None, "crs_zone_open")


@pytest.mark.parametrize(
    ("bounds", "near", "crs", "reason"),
    [
        (YICHANG, None, "EPSG:4490", "crs_by_degrees"),
        ((30.3, 111.0, 31.0, 111.6), None, "EPSG:4490;swapped", "crs_by_degrees"),
        (HEIDELBERG, None, "EPSG:4490", "crs_by_degrees"),
        ((49.35, 8.6, 49.45, 8.75), HEIDELBERG, "EPSG:4490;swapped", "crs_by_data"),
        ((476_000, 5_466_000, 480_000, 5_470_000), HEIDELBERG, "EPSG:32632", "crs_by_data"),
        ((476_000, 5_466_000, 480_000, 5_470_000), BEIJING, None, "crs_zone_open"),
        ((12_356_000, 3_540_000, 12_420_000, 3_630_000), None, "EPSG:3857", "crs_by_mercator"),
        ((12_356_000, 3_540_000, 12_420_000, 3_630_000), YICHANG, "EPSG:3857", "crs_by_data"),
        ((0, 0, 1000, 2000), YICHANG, None, "crs_by_nothing"),
        ((5e8, 5e8, 6e8, 6e8), None, None, "crs_by_nothing"),
    ],
)
def test_guesses(bounds: Bounds, near: Bounds | None, crs: str | None, reason: str) -> None:
    found = guess(bounds, near)
    assert (found.crs, found.reason) == (crs, reason)


def test_the_working_crs_goes_first_among_equals() -> None:
    bounds = spanned(YICHANG, "EPSG:32649")
    assert guess(bounds, YICHANG).crs == "EPSG:4546"
    assert guess(bounds, YICHANG, "EPSG:32649").crs == "EPSG:32649"


def test_what_is_turned_and_what_is_not() -> None:
    assert turned_way((30.3, 111.0, 31.0, 111.6), "EPSG:4490")
    assert not turned_way(YICHANG, "EPSG:4490")
    assert turned_way((30.3, 80.0, 31.0, 80.4), "EPSG:4490")  # Ngari, whose longitude could be a latitude
    assert not turned_way((15.6, 78.2, 15.7, 78.3), "EPSG:4490", told=True)  # Svalbard, where somebody says so
    assert not turned_way(HEIDELBERG, "EPSG:4490")
    assert turned_way((49.35, 8.6, 49.45, 8.75), "EPSG:4490", near=HEIDELBERG)
    bounds = spanned(YICHANG, "EPSG:4546")
    assert turned_way(turned(bounds), "EPSG:4546", told=True)
    assert not turned_way(bounds, "EPSG:4546")


def spanned(area: Bounds, crs: str) -> Bounds:
    (box,) = to_planar(objects([shapely.box(*area)]), crs)
    west, south, east, north = box.bounds
    return west, south, east, north


def turned(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


def same(found: str | None, crs: str) -> bool:
    """Whether two names are of one projection: a 3-degree and a 6-degree zone round one meridian are."""
    if found is None or found.endswith("swapped") != crs.endswith("swapped"):
        return False
    left, right = (zone_of(each.removesuffix(";swapped")) for each in (found, crs))
    return left is not None and right is not None and left[1:] == right[1:]
