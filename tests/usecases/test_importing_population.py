"""Population comes from counts of units, from rasters and from cells of a grid; every entrance gives the same cells."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import RasterData, RasterVersion
from gridgov.usecases import checking, deployment, exporting, history, importing
from gridgov.usecases.importing import ImportReport, import_files, undo
from gridgov.usecases.importing_population import read_cells, standing_rasters
from gridgov.usecases.staging import ImportOptions, PopulationOptions
from tests import cases

AT = At(cases.DAY)
SQUARES = shapely.box(*(np.array([111.0, 30.0, 111.001, 30.001]) + np.arange(3)[:, None] * [0.001, 0, 0.001, 0]).T)


def raster(path: Path, people: Any, *, west: float = 111.0, north: float = 30.0) -> Path:
    values = np.asarray(people, dtype=np.float32)
    told = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=Affine(0.001, 0, west, 0, -0.001, north), nodata=-1.0, **told) as made:
        made.write(values, 1)
    return path


def cells(path: Path, *rows: tuple[BaseGeometry | None, dict[str, Any]]) -> Path:
    features = [
        {"type": "Feature", "properties": told, "geometry": None if shape is None else shapely.geometry.mapping(shape)}
        for shape, told in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def bring(session: Session, *paths: Path, detail: bool = False, source: str | None = None, **told: Any) -> ImportReport:
    counting = PopulationOptions(**told)
    options = ImportOptions(valid_from=cases.DAY, population=counting, detail=detail, source=source)
    return import_files(session, "population", list(paths), options)


def refused(session: Session, *paths: Path, **told: Any) -> str:
    with pytest.raises(InputError) as error:
        bring(session, *paths, **told)
    return error.value.code


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.read, report.new, report.changed, report.unchanged, report.rejected


def test_a_raster_is_kept_and_kept_once(session: Session, tmp_path: Path) -> None:
    path = raster(tmp_path / "people.tif", [[1.5, 0, 3], [-1, 4, 5.5]])
    assert counts(bring(session, path, year=2020)) == (4, 4, 0, 0, 0)
    (kept,) = standing_rasters(session, AT)
    assert (kept.code, kept.cells, kept.people, kept.year, kept.band) == ("people", 4, 14, 2020, None)
    back = read_cells(session, kept)
    assert back.total == 14
    assert shapely.total_bounds(back.shapes) == pytest.approx((111.0, 29.998, 111.003, 30.0))
    assert counts(bring(session, path, year=2020)) == (4, 0, 0, 4, 0)
    assert counts(bring(session, path, year=2021)) == (4, 0, 4, 0, 0)
    assert session.scalar(select(func.count()).select_from(RasterData)) == 1
    assert deployment.crs(session) == "EPSG:4546"


def test_a_new_raster_takes_the_place_of_the_one_it_names(session: Session, tmp_path: Path) -> None:
    bring(session, raster(tmp_path / "p2019.tif", [[1, 2]]))
    later = raster(tmp_path / "p2020.tif", [[3, 4]])
    assert refused(session, later) == "raster_overlaps"
    assert counts(bring(session, later, source="p2019")) == (2, 0, 2, 0, 0)
    assert [kept.people for kept in standing_rasters(session, AT)] == [7]
    beside = raster(tmp_path / "beside.tif", [[5]], west=111.002)
    assert counts(bring(session, beside)) == (1, 1, 0, 0, 0)


def test_an_import_is_undone_and_the_working_coordinates_with_it(session: Session, tmp_path: Path) -> None:
    first = bring(session, raster(tmp_path / "people.tif", [[1, 2]]))
    second = bring(session, raster(tmp_path / "people.tif", [[1, 9]]))
    undo(session, second.batch or 0)
    assert [kept.people for kept in standing_rasters(session, AT)] == [3]
    undo(session, first.batch or 0)
    assert standing_rasters(session, AT) == []
    with pytest.raises(InputError, match="no_places_yet"):
        deployment.crs(session)


@pytest.mark.parametrize("column", ["people", "人口", "population"])
@pytest.mark.parametrize("kind", ["areas", "points"])
def test_cells_without_a_code_are_places(session: Session, tmp_path: Path, column: str, kind: str) -> None:
    shapes = SQUARES if kind == "areas" else shapely.centroid(SQUARES)
    rows = [(shape, {column: people, "year": 2019 + people}) for shape, people in zip(shapes, (5, 0, 7), strict=True)]
    report = bring(session, cells(tmp_path / "grid.geojson", *rows))
    assert counts(report) == (3, 3, 0, 0, 0)
    (kept,) = standing_rasters(session, AT)
    assert (kept.code, kept.cells, kept.people, kept.year) == ("grid", 2, 12, 2024)
    assert report.notes[0] | {"cells": 2, "people": 12.0, "ages": None} == report.notes[0]


def test_a_running_number_is_no_code(session: Session, tmp_path: Path) -> None:
    path = cells(tmp_path / "g.geojson", *((shape, {"id": i, "people": 3}) for i, shape in enumerate(SQUARES)))
    assert counts(bring(session, path)) == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("name", ["id", "code"])
def test_codes_are_those_of_units(session: Session, tmp_path: Path, name: str) -> None:
    cases.district(tmp_path).load(session)
    shapes = [cases.placed(shapely.Point(110, 105)), cases.placed(shapely.Point(210, 105))]
    rows = [(shape, {name: code, "people": 7}) for shape, code in zip(shapes, ("B1", "B2"), strict=True)]
    path = cells(tmp_path / "g.geojson", *rows)
    told = ImportOptions(valid_from=cases.DAY, crs=cases.CRS)
    assert counts(import_files(session, "population", [path], told)) == (2, 0, 2, 0, 0)
    assert standing_rasters(session, AT) == []
    as_cells = ImportOptions(valid_from=cases.DAY, crs=cases.CRS, level="cell")
    assert counts(import_files(session, "population", [path], as_cells)) == (2, 2, 0, 0, 0)
    assert [kept.people for kept in standing_rasters(session, AT)] == [14]


def test_a_table_without_places_needs_codes(session: Session, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("people\n3\n", encoding="utf-8")
    assert refused(session, tmp_path / "t.csv") == "column_missing"


@pytest.mark.parametrize(
    ("shape", "people", "code"),
    [
        (None, 3, "place_needed"),
        (shapely.LineString([(111, 30), (112, 31)]), 3, "place_needed"),
        (shapely.Point(111.5, 30.5), 3, "cells_mixed"),
        (SQUARES[0], 3, "cell_double"),
        (shapely.Polygon([(112, 30), (113, 31), (113, 30), (112, 31)]), 3, "cell_invalid"),
        (shapely.box(112, 30, 112.1, 30.1), -3, "value_unreadable"),
    ],
)
def test_a_cell_that_is_none_is_told(
    session: Session, tmp_path: Path, shape: BaseGeometry | None, people: float, code: str
) -> None:
    path = cells(tmp_path / "g.geojson", (SQUARES[0], {"people": 5}), (shape, {"people": people}))
    report = bring(session, path, detail=True)
    assert report.batch is None
    assert (2, code) in {(problem.row, problem.code) for _, problem in report.problems}
    assert standing_rasters(session, AT) == []


def test_a_grid_of_nobody_is_refused(session: Session, tmp_path: Path) -> None:
    assert refused(session, cells(tmp_path / "g.geojson", (SQUARES[0], {"people": 0}))) == "population_empty"


def test_ages_are_kept_apart_from_everybody(session: Session, tmp_path: Path) -> None:
    bring(session, raster(tmp_path / "all.tif", [[10, 20]]))
    old = raster(tmp_path / "old.tif", [[2, 3]])
    bring(session, old, ages="60+")
    assert [(kept.code, kept.band) for kept in standing_rasters(session, AT)] == [("all", None), ("old", "60_79,80")]
    assert refused(session, old, source="older", ages="80") == "raster_overlaps"
    assert refused(session, old, source="odd", ages="65+") == "ages_not_bands"
    bring(session, old, source="young", ages="0-2")


def test_several_files_are_several_sources(session: Session, tmp_path: Path) -> None:
    one = raster(tmp_path / "one.tif", [[1]])
    two = raster(tmp_path / "two.tif", [[2]], west=111.1)
    grid = cells(tmp_path / "grid.geojson", (shapely.box(111.2, 30, 111.3, 30.1), {"people": 4}))
    report = bring(session, one, two, grid, detail=True)
    assert counts(report) == (3, 3, 0, 0, 0)
    assert [(kept.code, kept.people) for kept in standing_rasters(session, AT)] == [("grid", 4), ("one", 1), ("two", 2)]
    assert [(Path(row.file).name, row.outcome, row.label) for row in report.rows] == [
        ("one.tif", "new", "one"), ("two.tif", "new", "two"), ("grid.geojson", "new", "grid"),
    ]  # fmt: skip
    tiles = [raster(tmp_path / f"{name}.tif", [[1]], west=west) for name, west in (("t1", 111.4), ("t2", 111.5))]
    bring(session, *tiles, source="tiles")
    assert [kept.code for kept in standing_rasters(session, AT)][2:4] == ["tiles t1", "tiles t2"]


def test_nothing_else_stumbles_over_cells(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    there = cases.degrees(0, 400)
    report = bring(session, raster(tmp_path / "people.tif", [[1, 2]], west=there[0], north=there[1]))
    assert history.of_batch(session, report.batch or 0) == []
    found = {finding.kind for finding in checking.check(session, AT, Scope.everything())}
    assert found <= {"wall_without_gate", "stale", "capacity_unknown"}
    table = exporting.table(session, exporting.Asked("population"), "csv", AT, Scope.everything())
    assert len(table.rows) == 3
    assert importing.find(session, report.batch or 0).counts["new"] == 2
    assert session.scalars(current(RasterVersion, AT, Scope.of({1}))).all() == []


@pytest.mark.realdata
def test_the_real_grid_of_helsinki(session: Session, realdata: Path) -> None:
    path = realdata / "population/helsinki_population_grid_2020.gpkg"
    assert counts(bring(session, path, year=2020)) == (92, 92, 0, 0, 0)
    (kept,) = standing_rasters(session, AT)
    assert (kept.cells, kept.people, kept.year) == (92, 71_724, 2020)
    assert counts(bring(session, path, year=2020)) == (92, 0, 0, 92, 0)
