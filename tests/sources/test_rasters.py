"""GeoTIFF population rasters: every cell with people, the sum kept, and clear words for what is none."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.transform import Affine
from rasterio.warp import transform
from rasterio.windows import Window

from gridgov.errors import InputError
from gridgov.sources import rasters
from gridgov.sources.rasters import is_raster, read_raster

PEOPLE = np.array([[1.5, 0.0, 3.0], [-1.0, 4.0, 5.5]], dtype=np.float32)
HERE = Affine(0.001, 0, 111.0, 0, -0.001, 30.01)


def write(path: Path, *bands: npt.NDArray[Any], **told: Any) -> Path:
    """Write a raster; -1 isn't known unless told otherwise."""
    shape = {"height": bands[0].shape[0], "width": bands[0].shape[1], "count": len(bands), "dtype": bands[0].dtype}
    profile = {"driver": "GTiff", "crs": "EPSG:4326", "transform": HERE, "nodata": -1.0} | shape | told
    with rasterio.open(path, "w", **profile) as raster:
        for number, band in enumerate(bands, 1):
            raster.write(band, number, window=Window(0, 0, band.shape[1], band.shape[0]))
    return path


def refused(path: Path, **told: Any) -> InputError:
    with pytest.raises(InputError) as error:
        read_raster(path, **told)
    return error.value


def test_cells_with_people_lie_where_they_should(tmp_path: Path) -> None:
    read = read_raster(write(tmp_path / "r.tif", PEOPLE))
    assert read.crs == "EPSG:4326"
    assert read.cells.people.tolist() == [1.5, 3.0, 4.0, 5.5]
    assert read.cells.total == 14
    west, south, east, north = shapely.bounds(read.cells.shapes[2])
    assert (west, south, east, north) == pytest.approx((111.001, 30.008, 111.002, 30.009), abs=1e-9)


@pytest.mark.parametrize(
    "told",
    [
        {"tiled": True, "blockxsize": 16, "blockysize": 16},
        {"compress": "deflate", "predictor": 3},
        {"compress": "lzw", "tiled": True, "blockxsize": 32, "blockysize": 16},
        {"BIGTIFF": "YES"},
        {"nodata": float("nan")},
    ],
)
def test_however_it_is_packed(tmp_path: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "WINDOW", 300)  # many windows, as a huge raster has
    people = np.random.default_rng(3).uniform(0, 9, (60, 70)).astype(np.float32)
    people[people < 4] = told.get("nodata", -1.0)
    path = write(tmp_path / "r.tif", people, **told)
    assert is_raster(path)
    read = read_raster(path)
    assert sorted(read.cells.people.tolist()) == sorted(people[people > 0].tolist())
    assert len(np.unique(shapely.to_wkb(read.cells.shapes))) == (people > 0).sum()


@pytest.mark.parametrize("crs", ["EPSG:4546", "EPSG:32649", "EPSG:3857"])
def test_any_coordinates(tmp_path: Path, crs: str) -> None:
    x, y = transform("EPSG:4326", crs, [111.0], [30.01])
    path = write(tmp_path / "r.tif", PEOPLE, crs=crs, transform=Affine(100, 0, x[0], 0, -100, y[0]))
    west, south, east, north = shapely.total_bounds(read_raster(path).cells.shapes)
    assert (west, north) == pytest.approx((111.0, 30.01), abs=1e-5)
    assert 0.002 < east - west < 0.004
    assert 0.001 < north - south < 0.003


def test_coordinates_given_go_first(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tif", PEOPLE, crs=None)
    assert refused(path).code == "crs_missing"
    shifted = read_raster(path, crs="GCJ-02")
    assert shifted.crs == "GCJ-02"
    west, *_ = shapely.total_bounds(shifted.cells.shapes)
    assert 110.99 < west < 110.999


def test_a_raster_with_the_south_above_is_read_too(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tif", PEOPLE, transform=Affine(0.001, 0, 111.0, 0, 0.001, 30.0))
    cells = read_raster(path).cells
    assert shapely.bounds(cells.shapes[0]) == pytest.approx((111.0, 30.0, 111.001, 30.001))


def test_one_band_of_several(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tif", PEOPLE, PEOPLE * 2, nodata=-1)
    with rasterio.open(path, "r+") as raster:
        raster.colorinterp = [ColorInterp.gray, ColorInterp.undefined]
    assert refused(path).code == "raster_bands_several"
    assert refused(path, band=3).code == "raster_band_missing"
    assert read_raster(path, band=1).cells.total == 14


def test_values_are_scaled_as_the_file_says(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tif", np.array([[10, 20]], dtype=np.int16), nodata=0)
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets = (0.1,), (1.0,)
    assert read_raster(path).cells.people == pytest.approx([2.0, 3.0])


@pytest.mark.parametrize("name", ["chn_pd_2020", "population_density", "people_per_km2", "人口密度"])
def test_a_density_is_told_apart(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / f"{name}.tif", PEOPLE)
    assert refused(path).code == "raster_density"
    assert read_raster(path, per="cell").cells.total == 14
    # a cell of 0.001 degrees is 96.49 m by 110.85 m here
    assert read_raster(path, per="km2").cells.total == pytest.approx(14 * 0.010695, rel=1e-3)
    assert read_raster(path, per="ha").cells.total == pytest.approx(14 * 1.0695, rel=1e-3)
    assert refused(path, per="acre").code == "raster_per_unknown"


def test_a_density_is_told_by_its_unit_or_by_being_impossible(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", PEOPLE)
    with rasterio.open(path, "r+") as raster:
        raster.units = ("people/km2",)
    assert refused(path).code == "raster_density"
    thronged = refused(write(tmp_path / "b.tif", np.maximum(PEOPLE, 0) * 1000))
    assert (thronged.code, thronged.params["density"] > 150_000) == ("raster_dense", True)


@pytest.mark.parametrize("name", ["pop_65plus", "chn_f_60_2020", "elderly_2020", "60岁以上人口"])
def test_a_part_of_the_people_is_never_taken_for_all(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / f"{name}.tif", PEOPLE)
    assert refused(path).code == "raster_ages"
    assert refused(path, ages="65+").code == "ages_not_bands"
    assert read_raster(path, ages="60+").cells.total == 14


@pytest.mark.parametrize(
    ("people", "told", "code"),
    [
        (PEOPLE * 0 - 1, {}, "raster_empty"),
        (PEOPLE * 0, {}, "raster_empty"),
        (PEOPLE, {"nodata": None}, "raster_negative"),
        (PEOPLE + np.float32(np.nan), {}, "raster_not_finite"),
        (PEOPLE + np.float32(np.inf), {}, "raster_not_finite"),
        (PEOPLE, {"transform": Affine(0.001, 0.0002, 111, 0.0002, -0.001, 30)}, "raster_rotated"),
        (PEOPLE, {"transform": Affine(100, 0, 500_000, 0, -100, 3_300_000)}, "crs_mismatch"),
        (PEOPLE.astype(np.complex64), {"nodata": None}, "raster_colours"),
        (np.ones((3, 2, 2), dtype=np.uint8), {"photometric": "RGB", "nodata": None}, "raster_bands_several"),
    ],
)
def test_what_cannot_be_people(tmp_path: Path, people: npt.NDArray[Any], told: dict[str, Any], code: str) -> None:
    bands = list(people) if people.ndim == 3 else [people]
    path = write(tmp_path / "r.tif", *bands, **told)
    assert refused(path).code == code


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_picture_without_a_place(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "r.tif", PEOPLE, transform=None)).code == "raster_unplaced"


def test_colours_are_no_people(tmp_path: Path) -> None:
    path = write(tmp_path / "r.tif", *[np.ones((2, 2), np.uint8)] * 3, photometric="RGB", nodata=None)
    assert refused(path, band=2).code == "raster_colours"


def test_what_lowest_number_means_needs_no_saying(tmp_path: Path) -> None:
    people = np.where(PEOPLE < 0, np.finfo(np.float32).min, PEOPLE)
    assert read_raster(write(tmp_path / "r.tif", people, nodata=None)).cells.total == 14


def test_size_is_bounded_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none, sparse = np.zeros((1, 1), np.float32), {"SPARSE_OK": True}
    path = write(tmp_path / "huge.tif", none, height=40_000, width=60_000, tiled=True, **sparse)
    assert path.stat().st_size < 1_000_000
    assert refused(path).code == "raster_too_large"
    path = write(tmp_path / "r.tif", PEOPLE)
    monkeypatch.setattr(rasters, "MOST_CELLS", 3)
    assert refused(path).code == "raster_too_many"
    monkeypatch.setattr(rasters, "MOST_BLOCK", 23)
    assert refused(path).code == "raster_too_large"


@pytest.mark.parametrize("keep", [6, 200, 3000, 0.5, 0.99])
def test_a_truncated_raster(tmp_path: Path, keep: float) -> None:
    people = np.random.default_rng(1).uniform(0, 9, (200, 300)).astype(np.float32)
    path = write(tmp_path / "r.tif", people, compress="deflate")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep if keep > 1 else keep * len(whole))])
    assert refused(path).code in {"file_truncated", "file_unreadable"}


def test_no_raster_at_all(tmp_path: Path) -> None:
    path = tmp_path / "r.tif"
    assert refused(path).code == "file_missing"
    for content in (b"", b"code,people\n1,2\n", b"II*\x00" + bytes(40), b"MM\x00*\xff\xff\xff\xff"):
        path.write_bytes(content)
        assert refused(path).code in {"file_unreadable", "file_truncated"}
    assert not is_raster(tmp_path / "nothing")
    assert not is_raster(tmp_path)


@pytest.mark.realdata
def test_a_real_raster_of_wuhan(realdata: Path) -> None:
    path = realdata / "population/DERIVED_worldpop_wuhan_pop_65plus.tif"
    assert refused(path).code == "raster_ages"
    assert refused(path, ages="65+").code == "ages_not_bands"
    read = read_raster(path, ages="60+")
    assert len(read.cells) == 494_676
    assert read.cells.total == pytest.approx(1_287_681, abs=0.5)
