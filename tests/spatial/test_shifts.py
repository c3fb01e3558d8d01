"""Layers displaced as a whole: known shifts are found with their datum, way and length; right layers are let be."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.spatial.crs import to_planar
from gridgov.spatial.datums import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02
from gridgov.spatial.shifts import Shift, find_shift

CRS = "EPSG:4546"
LON, LAT = 111.29, 30.70
Geometries = np.ndarray


def stored(lon: np.ndarray, lat: np.ndarray, crs: str) -> Geometries:
    """Return points as somebody stores them who takes another datum's numbers for WGS84."""
    if crs != "WGS84":
        lon, lat = wgs84_to_gcj02(lon, lat)
    if crs == "BD-09":
        lon, lat = gcj02_to_bd09(lon, lat)
    return shapely.points(lon, lat)


def scattered(count: int, seed: int, spread: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Return random places of a town."""
    random = np.random.default_rng(seed)
    return LON + random.uniform(-spread, spread, count), LAT + random.uniform(-spread, spread, count)


def sought(things: Geometries, homes: Geometries, tolerance: float = 10.0, least: float = 0.8) -> Shift | None:
    return find_shift(things, lambda moved: shapely.distance(moved, homes), crs=CRS, tolerance=tolerance, least=least)


def homes_of(lon: np.ndarray, lat: np.ndarray, metres: float = 40.0) -> Geometries:
    return shapely.buffer(to_planar(shapely.points(lon, lat), CRS), metres)


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09"])
def test_a_shifted_layer_is_told_with_its_way(crs: str) -> None:
    lon, lat = scattered(30, 1)
    found = sought(stored(lon, lat, crs), homes_of(lon, lat))
    assert found is not None
    assert (found.crs, found.homes, found.before, found.after, found.compared) == (crs, False, 0.0, 1.0, 30)
    way = shapely.get_coordinates(to_planar(stored(lon, lat, crs), CRS)) - shapely.get_coordinates(
        to_planar(shapely.points(lon, lat), CRS)
    )
    assert found.metres == pytest.approx(np.hypot(*np.median(way, axis=0)), abs=0.1)
    # worked by hand from the published formulas at this place: GCJ-02 lies to the south-east, BD-09 to the east
    assert found.direction == {"GCJ-02": "se", "BD-09": "e"}[crs]


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09"])
def test_it_may_be_what_they_are_compared_with_that_is_shifted(crs: str) -> None:
    lon, lat = scattered(30, 2)
    homes = shapely.buffer(to_planar(stored(lon, lat, crs), CRS), 40.0)
    found = sought(shapely.points(lon, lat), homes)
    assert found is not None
    assert (found.crs, found.homes, found.after) == (crs, True, 1.0)
    assert found.direction == {"GCJ-02": "se", "BD-09": "e"}[crs]


@given(st.integers(10, 60), st.integers(0, 10_000), st.sampled_from(["WGS84", "GCJ-02", "BD-09"]))
def test_random_places_are_told_right(count: int, seed: int, crs: str) -> None:
    lon, lat = scattered(count, seed)
    found = sought(stored(lon, lat, crs), homes_of(lon, lat))
    assert (None if found is None else (found.crs, found.homes)) == (None if crs == "WGS84" else (crs, False))


@given(st.integers(0, 10_000), st.floats(100, 1500), st.floats(0, 360))
def test_another_displacement_is_not_taken_for_a_datum(seed: int, metres: float, turn: float) -> None:
    """A drawing moved by its maker is wrong too, but no datum's doing, unless it lies where a datum would put it."""
    lon, lat = scattered(20, seed)
    east, north = metres * np.sin(np.radians(turn)), metres * np.cos(np.radians(turn))
    moved = lon + east / 95_700, lat + north / 110_900
    found = sought(shapely.points(*moved), homes_of(lon, lat))
    if found is not None:
        back = (
            gcj02_to_wgs84(*moved) if found.crs == "GCJ-02" else gcj02_to_wgs84(*bd09_to_gcj02(*moved))
        ) if not found.homes else (
            wgs84_to_gcj02(*moved) if found.crs == "GCJ-02" else gcj02_to_bd09(*wgs84_to_gcj02(*moved))
        )  # fmt: skip
        left = shapely.distance(to_planar(shapely.points(*back), CRS), to_planar(shapely.points(lon, lat), CRS))
        assert np.median(left) < 60


def test_too_few_are_no_evidence() -> None:
    lon, lat = scattered(9, 3)
    assert sought(stored(lon, lat, "GCJ-02"), homes_of(lon, lat)) is None
    lon, lat = scattered(10, 3)
    assert sought(stored(lon, lat, "GCJ-02"), homes_of(lon, lat)) is not None


def test_what_cannot_be_measured_is_left_out() -> None:
    lon, lat = scattered(12, 4)
    homes = homes_of(lon, lat)
    homes[:3] = None
    assert sought(stored(lon, lat, "GCJ-02"), homes) is None


def test_a_few_wrong_ones_make_no_wrong_layer() -> None:
    lon, lat = scattered(40, 5)
    things = shapely.points(lon, lat)
    things[:8] = stored(lon[:8], lat[:8], "GCJ-02")
    assert sought(things, homes_of(lon, lat)) is None


def test_places_that_fit_nowhere_are_no_evidence() -> None:
    lon, lat = scattered(40, 6)
    others = scattered(40, 7)
    assert sought(shapely.points(lon, lat), homes_of(*others)) is None
    assert sought(stored(lon, lat, "GCJ-02"), homes_of(*others)) is None


def test_outside_china_nothing_is_shifted() -> None:
    lon, lat = np.linspace(24.9, 25.0, 20), np.linspace(60.1, 60.2, 20)
    homes = shapely.buffer(to_planar(shapely.points(lon, lat), "EPSG:32635"), 40.0)
    away = shapely.points(lon + 0.01, lat)
    found = find_shift(
        away, lambda moved: shapely.distance(moved, homes), crs="EPSG:32635", tolerance=10.0, least=0.8
    )  # fmt: skip
    assert found is None
