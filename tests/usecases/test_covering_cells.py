"""People who live in no unit: cells of the unit grid go through a run like any demand, and keep to their area."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run
from gridgov.usecases import inputs, reading_runs
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.importing import import_files, import_osm
from gridgov.usecases.places import read_places
from gridgov.usecases.staging import ImportOptions, PopulationOptions
from tests import cases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()
KINDERGARTEN = {"type": "kindergarten", "tier": "5", "required": True, "radius": 300}


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """The small district, with cells of people: one in each community outside of compounds, one outside of all."""
    made = cases.district(tmp_path)
    for x, y, people in ((300, 0, 40), (600, 300, 30), (700, 100, 90), (1200, 0, 5)):
        made.add("population", shapely.box(x, y, x + 100, y + 100), people=people)
    return made


@pytest.fixture
def run(session: Session, files: cases.Files, tmp_path: Path, run_with: Runs) -> Run:
    """A run of a kindergarten within 300 m."""
    files.load(session, population=PopulationOptions(year=2020))
    return run_with(cases.packs(tmp_path, KINDERGARTEN))


def rows(session: Session, run: Run, level: str, scope: Scope = EVERYTHING) -> dict[str, dict[str, Any]]:
    key = "demand" if level == "demand" else "code"
    return {row[key]: row for row in reading_runs.show(session, run, level, scope)}


def unit(session: Session, code: str) -> int:
    found = read_places(session, AT)
    return int(found.ids[found.codes.index(code)])


def test_the_record_counts_them(run: Run) -> None:
    told = reading_runs.record(run)
    # B3 is counted: of the cell over its compound nothing is added, and C2 has a building group
    assert (told["basis"], told["people"], told["unknown"], told["year"]) == ("raster", 335, 0, 2020)
    assert told["demand_points"] == 6


def test_a_cell_is_told_where_it_stands(session: Session, run: Run) -> None:
    found = rows(session, run, "demand")
    cells = {code: row for code, row in found.items() if row["level"] == "cell"}
    assert [(row["people"], row["covered"]) for row in cells.values()] == [(40, True), (5, False), (30, False)]
    near = cells["E5403N33900"]
    assert (near["x"], near["y"]) == pytest.approx(cases.degrees(350, 50), abs=1e-6)
    assert near["metres"] == pytest.approx(30 + 50 + 10, abs=0.01)
    assert [code for code in found if code not in cells] == ["B1", "B2", "B3"]


def test_shares_of_units_and_grids_include_them(session: Session, run: Run) -> None:
    communities = rows(session, run, "community")
    assert communities["420503001001"]["people"] == 240
    assert communities["420503001002"]["people"] == 90
    assert rows(session, run, "street")["420503001"]["people"] == 330
    assert rows(session, run, "grid")["420503001001002"]["people"] == 40
    assert sorted(rows(session, run, "compound")) == ["C1", "C2"]
    assert sorted(rows(session, run, "building")) == ["B1", "B2", "B3"]


def test_their_gap_is_the_communitys(session: Session, run: Run) -> None:
    found = {row["place"]: row for row in reading_runs.gaps(session, run, EVERYTHING)}
    assert (found["420503001002"]["people"], found["420503001002"]["level"]) == (30, "community")
    assert found["420503001002"]["community"] == "西陵社区"
    assert reading_runs.count_gaps(session, run, EVERYTHING, GapFilter())[0] == len(found)


def test_whoever_sees_a_community_sees_its_cells_only(session: Session, run: Run) -> None:
    scope = Scope.of({unit(session, "420503001002")})
    found = rows(session, run, "demand", scope)
    assert [(row["level"], row["people"]) for row in found.values()] == [("building", 60), ("cell", 30)]
    assert reading_runs.figures(session, run, scope)["people"] == 90
    assert reading_runs.figures(session, run, EVERYTHING, unit(session, "420503001001"))["people"] == 240


def test_the_same_raster_gives_the_same_hash_and_another_another(
    session: Session, run: Run, files: cases.Files, tmp_path: Path, run_with: Runs
) -> None:
    pack = cases.packs(tmp_path, KINDERGARTEN)
    assert inputs.fingerprint(session, AT, pack) == run.hash
    again = run_with(pack)
    assert (again.hash, again.payload) == (run.hash, run.payload)
    files.rows["population"][0]["people"] = 41
    files.bring(session, "population", population=PopulationOptions(year=2020))
    other = run_with(pack)
    assert other.hash != run.hash
    assert inputs.fingerprint(session, At(AT.day, run.batch_id), pack) == run.hash


def test_no_age_of_a_cell_is_told(session: Session, files: cases.Files, tmp_path: Path, run_with: Runs) -> None:
    files.load(session)
    for row, older in zip(files.rows["population"], (12, 11, 25, 4), strict=True):
        row["people"] = older
    files.bring(session, "population", population=PopulationOptions(ages="60+"), source="older")
    elders = {"type": "elder_day_care", "tier": "15", "required": True, "radius": 100, "serves": ["60_79", "80"]}
    run = run_with(cases.packs(tmp_path, KINDERGARTEN, elders))
    (told,) = (row for row in run.summary["types"] if row["type"] == elders["type"])
    # B1 and B2 know one band of the two only, B3 none: all their people stand for it
    assert (told["people"], told["by_age"]) == (260 + 12 + 11 + 4, True)
    demand = reading_runs.show(session, run, "demand", EVERYTHING)
    ages = [row for row in demand if row["level"] == "cell" and row["type"] == elders["type"]]
    assert [(row["people"], row["people_covered"]) for row in ages] == [(None, None)] * 3
    assert {row["people_all"] for row in ages} == {40, 30, 5}
    gaps = [row for row in reading_runs.gaps(session, run, EVERYTHING) if row["level"] == "community"]
    assert {(row["type"], row["people"], row["people_60plus"]) for row in gaps} == {
        ("kindergarten", 30, None), ("elder_day_care", None, None),
    }  # fmt: skip
    (shown,) = (row for row in reading_runs.record(run)["types"] if row["type"] == elders["type"])
    assert shown["people"] == 287


def test_cells_alone_are_demand_enough(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).point("P", 400, 0)
    files.add("population", shapely.box(100, -50, 200, 50), people=100)
    files.load(session)
    run = run_with(cases.packs(tmp_path, KINDERGARTEN))
    assert (run.summary["people"], run.summary["types"][0]["people_covered"]) == (100, 100)
    assert reading_runs.gaps(session, run, EVERYTHING) == []


@pytest.mark.realdata
def test_the_real_grid_of_helsinki_weighs_its_network(
    session: Session, realdata: Path, tmp_path: Path, run_with: Runs
) -> None:
    grid, extract = realdata / "population/helsinki_population_grid_2020.gpkg", realdata / "osm/Helsinki.osm.pbf"
    import_files(session, "population", [grid], ImportOptions(population=PopulationOptions(year=2020)))
    import_osm(session, extract, ImportOptions(), ["network", "sites", "buildings", "compounds"])
    stops = {"type": "bus_stop", "tier": "10", "required": True, "radius": 500}
    run = run_with(cases.packs(tmp_path, stops), At(date.today()))  # noqa: DTZ011
    told = reading_runs.record(run)
    assert (told["basis"], told["year"], told["people"]) == ("raster", 2020, pytest.approx(71_724, rel=1e-9))
    cells = [row for row in reading_runs.show(session, run, "demand", EVERYTHING) if row["level"] == "cell"]
    assert (len(cells) > 300, 0 < told["types"][0]["share"] < 0.9) == (True, True)
