"""Rasters among what is known better: hand-worked cases, each of a few cells whose people can be followed.

Cells are squares of the unit grid itself, metres from the small place's corner, unless a case says otherwise.
"""

from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import At
from gridgov.usecases.demand import DemandPoints, read_demand
from gridgov.usecases.places import read_places
from gridgov.usecases.staging import PopulationOptions
from tests import cases

AT = At(cases.DAY)
WEST, SOUTH = (int(edge) // 100 for edge in cases.ORIGIN)


def demand(session: Session) -> DemandPoints:
    return read_demand(session, read_places(session, AT), AT)


def units(found: DemandPoints) -> list[str]:
    return [found.places.codes[row] for row in found.owners[: len(found.units)]]


def people(found: DemandPoints) -> dict[str, float | None]:
    codes = [*units(found), *(_near(code) for code in found.cells.codes)]
    assert len(codes) == len(found.people) == len(found)
    told = zip(codes, found.people.tolist(), strict=True)
    return {code: None if np.isnan(count) else round(count, 3) for code, count in told}


def _near(code: str) -> str:
    """Name a cell by its column and row from the small place's corner."""
    east, north = (int(part) for part in code[1:].split("N"))
    return f"{east - WEST},{north - SOUTH}"


def cell(files: cases.Files, x: float, y: float, count: float, side: float = 100) -> None:
    files.add("population", shapely.box(x, y, x + side, y + side), people=count)


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """A street, two communities side by side and a compound in the first, without people."""
    made = cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 1000, 500))
    made.unit("community", "K1", shapely.box(0, 0, 500, 500), parent="420503001")
    made.unit("community", "K2", shapely.box(500, 0, 1000, 500), parent="420503001")
    return made.unit("compound", "C1", shapely.box(0, 0, 100, 100), parent="K1", kind="open")


def total(files: cases.Files, code: str, count: float) -> None:
    next(row for row in files.rows["units"] if row["code"] == code)["people"] = count


def test_a_cell_is_spread_over_the_buildings_in_it_by_floor_area(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, None, floor_area=1000, parent="C1").home("B", 90, 90, None, floor_area=3000, parent="C1")
    files.home("D", 310, 10, None, parent="K1")
    cell(files, 0, 0, 100)
    cell(files, 300, 0, 7)
    files.load(session, population=PopulationOptions(year=2020))
    found = demand(session)
    assert people(found) == {"A": 25, "B": 75, "D": 7}
    assert (found.basis, found.year) == ("raster", 2020)


def test_then_by_footprint_then_alike(session: Session, files: cases.Files) -> None:
    files.unit("building", "A", shapely.box(10, 10, 20, 20), floor_area=9000, parent="C1")
    files.unit("building", "B", shapely.box(40, 10, 70, 20), parent="C1")
    files.home("D", 310, 10, None, floor_area=9000, parent="K1").home("E", 320, 10, None, parent="K1")
    cell(files, 0, 0, 100)
    cell(files, 300, 0, 8)
    files.load(session)
    assert people(demand(session)) == {"A": 25, "B": 75, "D": 4, "E": 4}


def test_compounds_without_buildings_take_their_area_and_the_rest_is_elsewhere(
    session: Session, files: cases.Files
) -> None:
    files.unit("compound", "C2", shapely.box(200, 0, 230, 100), parent="K1", kind="open")
    files.unit("compound", "C3", shapely.box(230, 0, 250, 100), parent="K1", kind="open")
    cell(files, 200, 0, 100)
    cell(files, 0, 0, 12)
    cell(files, 600, 300, 40)
    files.load(session)
    found = demand(session)
    assert people(found) == {"C1": 12, "C2": 30, "C3": 20, "2,0": 50, "6,3": 40}
    assert found.people.sum() == pytest.approx(152, rel=1e-9)
    assert [found.places.codes[row] for row in found.owners] == ["C1", "C2", "C3", "K1", "K2"]


def test_a_large_cell_stands_in_every_cell_of_the_unit_grid_it_covers(session: Session, files: cases.Files) -> None:
    cell(files, 1100, 600, 400, side=200)
    files.load(session)
    found = demand(session)
    assert people(found) == {"C1": None, "11,6": 100, "12,6": 100, "11,7": 100, "12,7": 100}
    assert found.owners[1:].tolist() == [-1] * 4


def test_a_counted_building_keeps_its_people_and_its_share_is_let_go(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, 80, floor_area=1000, parent="C1", year=2024)
    files.home("B", 90, 90, None, floor_area=1000, parent="C1")
    files.home("D", 310, 10, None, households=10, floor_area=1, parent="K1")
    cell(files, 0, 0, 100)
    cell(files, 300, 0, 500)
    files.load(session, population=PopulationOptions(year=2020))
    found = demand(session)
    assert people(found) == {"A": 80, "B": 50, "D": 26}
    assert (found.basis, found.year) == ("raster", 2020)


def test_a_mixed_city_half_counted_half_from_the_raster(session: Session, files: cases.Files) -> None:
    # C1 is counted as a whole; C2 has buildings that nobody counted; C3 is neither counted nor built.
    total(files, "C1", 500)
    files.home("A", 10, 10, None, parent="C1")
    files.unit("compound", "C2", shapely.box(100, 0, 200, 100), parent="K1", kind="open")
    files.home("B", 120, 50, None, floor_area=2000, parent="C2").home("D", 160, 50, None, floor_area=6000, parent="C2")
    files.unit("compound", "C3", shapely.box(600, 0, 700, 100), parent="K2", kind="open")
    cell(files, 0, 0, 900)  # wholly in C1: counted better
    cell(files, 50, 100, 40)  # in no unit, between two cells of the unit grid: its middle lies on the second
    cell(files, 100, 0, 80)  # the buildings of C2: 20 and 60
    cell(files, 650, 0, 10)  # half in C3, half in no unit
    files.load(session)
    found = demand(session)
    assert people(found) == {"B": 20, "C1": 500, "C3": 5, "D": 60, "1,1": 40, "7,0": 5}
    assert found.basis == "raster"


def test_a_yard_belongs_to_the_buildings_of_its_compound(session: Session, files: cases.Files) -> None:
    files.unit("compound", "C2", shapely.box(200, 0, 400, 100), parent="K1", kind="walled")
    files.home("A", 210, 10, None, floor_area=1, parent="C2").home("B", 220, 10, None, floor_area=3, parent="C2")
    cell(files, 200, 0, 10)
    cell(files, 300, 0, 40)
    cell(files, 350, 100, 6)
    files.load(session)
    assert people(demand(session)) == {"A": 12.5, "B": 37.5, "C1": None, "4,1": 6}


def test_a_spread_total_closes_its_area(session: Session, files: cases.Files) -> None:
    total(files, "K1", 400)
    files.home("A", 10, 10, None, floor_area=1000, parent="C1").home("B", 310, 10, None, parent="K1")
    cell(files, 0, 0, 70)
    cell(files, 300, 0, 70)  # B is unknown, but all people of K1 are placed
    cell(files, 450, 200, 70)  # half in K1, half in K2
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 400, "B": None, "5,2": 35}
    assert found.basis == "raster"


def test_a_total_used_up_closes_its_area_too(session: Session, files: cases.Files) -> None:
    total(files, "K1", 50)
    files.home("A", 10, 10, 100, parent="C1").home("B", 310, 10, None, parent="K1")
    cell(files, 300, 0, 70)
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 100, "B": None}
    assert found.basis == "people"


def test_what_no_floor_area_can_place_the_raster_places_and_the_total_is_kept(
    session: Session, files: cases.Files
) -> None:
    total(files, "K1", 400)
    files.home("A", 10, 10, 100, parent="C1").home("B", 310, 10, None, parent="K1")
    cell(files, 300, 0, 20)
    cell(files, 300, 300, 40)
    cell(files, 600, 0, 33)
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 100, "B": 100, "3,3": 200, "6,0": 33}


def test_totals_of_a_street_leave_what_its_communities_took(session: Session, files: cases.Files) -> None:
    total(files, "420503001", 1000)
    total(files, "K1", 400)
    cell(files, 300, 300, 1)
    cell(files, 600, 0, 10)
    cell(files, 700, 0, 20)
    files.load(session)
    assert people(demand(session)) == {"C1": None, "3,3": 400, "6,0": 200, "7,0": 400}


def test_points_count_where_they_lie(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, None, parent="C1").home("B", 20, 10, None, parent="C1")
    for x, count in ((50, 30), (350, 5), (360, 6)):
        files.add("population", shapely.Point(x, 50), people=count)
    files.load(session)
    assert people(demand(session)) == {"A": 15, "B": 15, "3,0": 11}


def test_ages_known_together_serve_what_asks_for_just_those(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, None, floor_area=1, parent="C1").home("B", 310, 10, 70, parent="K1", age_3_5=4)
    cell(files, 0, 0, 100)
    cell(files, 300, 0, 50)
    cell(files, 600, 0, 30)
    files.load(session)
    for ages, counted in (("60+", (20, 9, 3)), ("3-5", (6, 9, 2))):
        for row, count in zip(files.rows["population"], counted, strict=True):
            row["people"] = count
        options = PopulationOptions(ages=ages)
        assert files.bring(session, "population", population=options, source=ages).problems == []
    found = demand(session)
    assert people(found) == {"A": 100, "B": 70, "6,0": 30}
    assert list(found.groups) == [(5, 6)]
    assert found.groups[5, 6].tolist() == pytest.approx([20, np.nan, 3], nan_ok=True)
    assert found.ages[:, 1].tolist() == pytest.approx([6, 4, 2], nan_ok=True)
    assert np.isnan(found.ages[:, 5:]).all()


def test_ages_alone_make_no_people(session: Session, files: cases.Files) -> None:
    cell(files, 600, 0, 30)
    files.load(session, population=PopulationOptions(ages="60+"))
    found = demand(session)
    assert people(found) == {"C1": None, "6,0": None}
    assert (found.basis, found.groups[5, 6][1]) == ("raster", 30)


def test_order_of_rows_says_nothing(session: Session, files: cases.Files) -> None:
    rng = np.random.default_rng(5)
    for number in range(12):
        x, y = rng.integers(0, 900), rng.integers(0, 400)
        floor = {"floor_area": float(rng.integers(1, 900))} if number % 3 else {}
        files.home(f"B{number}", x, y, None, parent="K1" if x < 500 else "K2", **floor)
    for x in range(0, 1000, 100):
        cell(files, x, 100, float(rng.uniform(0, 90)))
    files.load(session)
    one = demand(session)
    files.rows["population"].reverse()
    assert files.bring(session, "population").unchanged == 10
    two = demand(session)
    assert one.people.tolist() == pytest.approx(two.people.tolist(), nan_ok=True, rel=0)
    assert one.cells.codes == two.cells.codes
