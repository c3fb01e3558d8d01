"""The check tells rasters that lie beside the city, reach far beyond it, or stand on another datum."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic
from gridgov.spatial.datums import wgs84_to_gcj02
from gridgov.storage.current import At, Scope
from gridgov.usecases import checking, importing
from gridgov.usecases.findings import Finding
from gridgov.usecases.staging import ImportOptions
from tests import cases

KINDS = {"raster_apart", "raster_beyond", "shifted"}


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """A street of buildings in rows, far enough apart that a shift shows."""
    made = cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 4000, 2000))
    for x in range(100, 4000, 400):
        for y in range(100, 1500, 700):
            made.home(f"B{x}-{y}", x, y, None, parent="420503001")
    return made


def found(session: Session, scope: Scope | None = None) -> list[Finding]:
    told = checking.check(session, At(cases.DAY), scope or Scope.everything())
    return [finding for finding in told if finding.kind in KINDS]


def cells(files: cases.Files, *, east: float = 0) -> cases.Files:
    for row in [row for row in files.rows["units"] if row["level"] == "building"]:
        place = shapely.get_coordinates(shapely.from_wkt(row["wkt"]))[0] - cases.ORIGIN
        files.add("population", shapely.box(*(place - 50 + [east, 0]), *(place + 50 + [east, 0])), people=10)
    return files


def test_a_raster_where_it_belongs(session: Session, files: cases.Files) -> None:
    cells(files).load(session)
    assert found(session) == []


def test_a_raster_beside_the_city(session: Session, files: cases.Files) -> None:
    cells(files, east=9000).load(session)
    (apart,) = found(session)
    assert (apart.severity, apart.kind, apart.subject, apart.params["people"]) == (
        "error", "raster_apart", "population", 200,
    )  # fmt: skip
    assert found(session, Scope.of({1})) == []


def test_a_raster_beyond_the_city(session: Session, files: cases.Files) -> None:
    files.add("population", shapely.box(9000, 0, 9100, 100), people=50)
    cells(files).load(session)
    (beyond,) = found(session)
    assert (beyond.kind, beyond.params["percent"], beyond.params["people"]) == ("raster_beyond", 20, 250)


def test_a_raster_on_another_datum(session: Session, files: cases.Files, tmp_path: Path) -> None:
    cells(files).load(session, ["units"])
    shapes = to_geographic(np.array([shapely.from_wkt(row["wkt"]) for row in files.rows["population"]]), cases.CRS)
    moved = shapely.transform(shapes, lambda xy: np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1])))
    lines = ["people,wkt", *(f'10,"{shape.wkt}"' for shape in moved)]
    (tmp_path / "shifted.csv").write_text("\n".join(lines), encoding="utf-8")
    options = ImportOptions(crs="EPSG:4490", valid_from=cases.DAY)
    report = importing.import_files(session, "population", [tmp_path / "shifted.csv"], options)
    (shifted,) = (finding for finding in found(session) if finding.kind == "shifted")
    assert (shifted.kind, shifted.subject, shifted.params["crs"]) == ("shifted", "population", "GCJ-02")
    assert (shifted.params["batch"], shifted.params["after"]) == (report.batch, 100)
    assert 300 < shifted.params["metres"] < 900
