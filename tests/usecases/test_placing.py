"""What lies where a web map's datum puts it, or turned round, is told before anything is written."""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.affinity import translate
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.spatial.crs import to_geographic
from gridgov.spatial.datums import FROM_WGS84
from gridgov.usecases import importing
from gridgov.usecases.importing import Brought, Part, import_files
from gridgov.usecases.placing import doubts
from gridgov.usecases.staging import ImportOptions, Intake, Row
from gridgov.wording import sentence
from tests import cases
from tests.usecases.test_shifted_layers import town

KINDS = {"community": "units", "compound": "units", "building": "units"}
CODES = {"layer_shifted", "again_shifted", "metres_shifted", "home_shifted"}
DRY = {"valid_from": cases.DAY, "dry_run": True}


def found(report: importing.ImportReport) -> list[Problem]:
    return [problem for _, problem in report.warnings if problem.code in CODES]


def in_degrees(files: cases.Files, kind: str, shape: Any = None) -> Path:
    """Write a kind's rows in degrees, moved by a function of longitudes and latitudes."""
    for row in files.rows[kind]:
        place = to_geographic([shapely.from_wkt(row["wkt"])], cases.CRS)[0]
        row["wkt"] = (
            place if shape is None else shapely.transform(place, lambda xy: np.column_stack(shape(*xy.T)))
        ).wkt
    return files.write(kind)


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("layer", ["grids", "gates", "sites", "network"])
def test_a_shifted_layer_is_told_at_its_dry_run(session: Session, tmp_path: Path, layer: str, crs: str) -> None:
    files = town(tmp_path)
    files.load(session, [kind for kind in cases.ORDER if kind != layer])
    path = in_degrees(files, layer, FROM_WGS84[crs])
    (problem,) = found(import_files(session, layer, [path], ImportOptions(crs="WGS84", **DRY)))
    assert (problem.code, problem.params["layer"], problem.params["crs"]) == ("layer_shifted", layer, crs)
    assert problem.params["metres"] == pytest.approx({"GCJ-02": 600, "BD-09": 1250}[crs], rel=0.15)
    assert problem.params["direction"] == {"GCJ-02": "se", "BD-09": "e"}[crs]
    assert problem.params["before"] <= 60
    assert problem.params["after"] >= 90
    told = import_files(session, layer, [path], ImportOptions(crs=crs, **DRY))
    assert found(told) == []


def test_units_of_one_file_are_held_against_each_other(session: Session, tmp_path: Path) -> None:
    report = town(tmp_path, "compound", "GCJ-02").bring(session, "units", dry_run=True)
    told = {problem.params["layer"]: problem for problem in found(report)}
    assert {name: each.code for name, each in told.items()} == {"compound": "metres_shifted"}
    assert found(town(tmp_path).bring(session, "units", dry_run=True)) == []


def test_the_same_units_brought_again_elsewhere(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path)
    files.load(session)
    shifted = in_degrees(town(tmp_path), "units", FROM_WGS84["GCJ-02"])
    told = {
        each.params["layer"]: each for each in found(import_files(session, "units", [shifted], ImportOptions(**DRY)))
    }
    assert {each.code for each in told.values()} == {"again_shifted"}
    assert {"community", "compound", "building"} <= set(told)
    assert told["building"].params["after"] == 100
    assert "--crs" in sentence(InputError(told["building"].code, **told["building"].params), "en")


def test_true_data_read_as_shifted_ones(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path)
    files.load(session)
    path = in_degrees(files, "gates")
    (problem,) = found(import_files(session, "gates", [path], ImportOptions(crs="GCJ-02", **DRY)))
    assert (problem.params["read"], problem.params["crs"], problem.params["direction"]) == ("GCJ-02", "WGS84", "nw")


def test_what_stands_may_be_the_shifted_one(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path, "network", "GCJ-02")
    files.load(session, ["units", "network"])
    (problem,) = found(files.bring(session, "sites", dry_run=True))
    assert (problem.code, problem.params["layer"], problem.params["home"]) == ("home_shifted", "network", "sites")


def test_a_right_or_sloppy_town_raises_no_doubt(session: Session, tmp_path: Path) -> None:
    files, random = town(tmp_path), np.random.default_rng(1)
    assert [found(report) for report in files.load(session).values()] == [[]] * 5
    for kind in ("gates", "sites"):
        for row in files.rows[kind]:
            row["wkt"] = translate(shapely.from_wkt(row["wkt"]), *random.uniform(-60, 60, 2)).wkt
        assert found(files.bring(session, kind, dry_run=True)) == []


def test_turned_axes_are_refused_where_the_data_stand(session: Session, tmp_path: Path) -> None:
    """Where the city lies in Europe nothing but what stands tells that its coordinates are turned."""
    path = tmp_path / "a.csv"
    path.write_text("code,name,lon,lat\nA,A,8.68,49.41\nB,B,8.70,49.42\n", encoding="utf-8")
    import_files(session, "units", [path], ImportOptions(level="compound", valid_from=cases.DAY))
    path.write_text("code,name,lon,lat\nC,C,49.41,8.68\nD,D,49.42,8.70\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_files(session, "units", [path], ImportOptions(level="compound", **DRY))
    assert (refused.value.code, refused.value.params["guess"]) == ("axes_swapped", "EPSG:4490;swapped")
    told = ImportOptions(level="compound", crs="EPSG:4490;swapped", **DRY)
    assert import_files(session, "units", [path], told).new == 2


@pytest.mark.parametrize("turned", [False, True])
def test_coordinates_without_a_system_are_guessed_by_what_stands(
    session: Session, tmp_path: Path, turned: bool
) -> None:
    files = town(tmp_path)
    files.load(session, ["units"])
    for row in files.rows["sites"]:
        place = shapely.from_wkt(row.pop("wkt"))
        row["x"], row["y"] = (place.y, place.x) if turned else (place.x, place.y)
    path = files.write("sites")
    with pytest.raises(InputError) as refused:
        import_files(session, "sites", [path], ImportOptions(**DRY))
    guess = refused.value.params["guess"]
    assert (refused.value.code, guess) == ("crs_missing", "EPSG:4546;swapped" if turned else "EPSG:4546")
    for locale in ("en", "zh_Hans"):
        assert f'--crs "{guess}"' in sentence(refused.value, locale)
    assert import_files(session, "sites", [path], ImportOptions(crs=guess, **DRY)).new > 0


def test_a_sample_is_enough(session: Session, tmp_path: Path) -> None:
    """300,000 rows are looked at within a second, with room for a busy machine."""
    town(tmp_path).load(session, ["units"])
    random = np.random.default_rng(2)
    west, north = cases.degrees(0, 0)
    places = shapely.points(west + random.uniform(0, 0.04, 300_000), north + random.uniform(0, 0.025, 300_000))
    rows = [
        Row("b.parquet", number, {"level": "building", "code": f"B{number}", "parent": "420503001001"}, place)
        for number, place in enumerate(places, 1)
    ]
    brought = Brought("units", (), (Part("units", Intake(rows=rows)),), "")
    begun = perf_counter()
    assert doubts(session, brought, cases.DAY) == []
    assert perf_counter() - begun < 3


@pytest.mark.realdata
def test_districts_drawn_on_a_web_map(session: Session, realdata: Path) -> None:
    """Public outlines of Yichang in GCJ-02, thirteen and coarse, against the true ones of the same names."""
    true = ImportOptions(level="street", mapping={"gb": "code"}, valid_from=cases.DAY)
    import_files(session, "units", [realdata / "awkward/DERIVED_yichang_districts_epsg4546.gpkg"], true)
    drawn = realdata / "awkward/echarts_yichang_districts_gcj02_invalid.geojson"
    report = import_files(session, "units", [drawn], ImportOptions(level="street", mapping={"id": "code"}, **DRY))
    (problem,) = found(report)
    assert (problem.code, problem.params["crs"], problem.params["direction"]) == ("again_shifted", "GCJ-02", "se")
    assert problem.params["metres"] == pytest.approx(600, abs=60)
    told = ImportOptions(level="street", mapping={"id": "code"}, crs="GCJ-02", **DRY)
    assert found(import_files(session, "units", [drawn], told)) == []
