"""Who needs services, and by what they are weighed: the basis is told, nothing is invented."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import At
from gridgov.usecases.demand import DemandPoints, read_demand
from gridgov.usecases.places import read_places
from tests import cases

AT = At(cases.DAY)


def demand(session: Session) -> DemandPoints:
    return read_demand(session, read_places(session, AT), AT)


def codes(found: DemandPoints) -> list[str]:
    return [found.places.codes[row] for row in found.owners[: len(found.units)]]


def people(found: DemandPoints) -> dict[str, float | None]:
    told = zip([*codes(found), *found.cells.codes], found.people.tolist(), strict=True)
    return {code: None if np.isnan(count) else round(count, 6) for code, count in told}


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """A street, a community and a compound, without people."""
    made = cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 500, 500))
    made.unit("community", "K1", shapely.box(0, 0, 500, 500), parent="420503001")
    return made.unit("compound", "C1", shapely.box(0, 0, 100, 100), parent="K1", kind="open")


def test_recorded_people_come_first(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, 120, households=10, parent="C1", year=2024).home("B", 20, 10, 0, parent="C1", year=2025)
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 120, "B": 0}
    assert (found.basis, found.year) == ("people", 2024)


def test_households_count_by_their_usual_size(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, None, households=10, parent="C1").home("B", 20, 10, 30, parent="C1")
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 26, "B": 30}
    assert found.basis == "households"


@pytest.mark.parametrize("total", ["compound", "community", "street"])
def test_a_total_is_spread_by_floor_area_and_its_sum_kept(session: Session, files: cases.Files, total: str) -> None:
    for row in files.rows["units"]:
        if row["level"] == total:
            row["people"] = 400
    files.home("A", 10, 10, 100, parent="C1").home("B", 20, 10, None, floor_area=1000, parent="C1")
    files.home("C", 30, 10, None, floor_area=2000, parent="C1").home("D", 40, 10, None, parent="C1")
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 100, "B": 100, "C": 200, "D": None}
    assert np.nansum(found.people) == pytest.approx(400)
    assert found.basis == "floor_area"


def test_a_communitys_households_are_a_total_too(session: Session, files: cases.Files) -> None:
    next(row for row in files.rows["units"] if row["code"] == "K1")["households"] = 100
    files.home("A", 10, 10, None, floor_area=500, parent="C1").home("B", 300, 10, None, floor_area=1500, parent="K1")
    files.load(session)
    assert people(demand(session)) == {"A": 65, "B": 195}


def test_what_is_known_already_is_never_taken_away(session: Session, files: cases.Files) -> None:
    next(row for row in files.rows["units"] if row["code"] == "K1")["people"] = 50
    files.home("A", 10, 10, 100, parent="C1").home("B", 20, 10, None, floor_area=1000, parent="C1")
    files.load(session)
    assert people(demand(session)) == {"A": 100, "B": None}


def test_where_nothing_is_known_buildings_are_weighed(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, None, parent="C1").home("B", 300, 300, None)
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 1, "B": 1}
    assert (found.basis, found.year) == ("buildings", None)


def test_unknown_among_known_stays_unknown(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, 80, parent="C1").home("B", 20, 10, None, parent="C1")
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 80, "B": None}
    assert found.basis == "people"


def test_a_compound_stands_where_it_has_no_building_groups(session: Session, files: cases.Files) -> None:
    files.unit("compound", "C2", shapely.box(200, 200, 300, 300), parent="K1", kind="open", people=500)
    files.home("A", 10, 10, 80, parent="C1")
    files.load(session)
    found = demand(session)
    assert people(found) == {"A": 80, "C2": 500}
    place = shapely.point_on_surface(cases.placed(shapely.box(200, 200, 300, 300)))
    row = codes(found).index("C2")
    assert found.xy[row] == pytest.approx((place.x, place.y), abs=1e-4)


def test_a_compound_with_people_stands_for_buildings_without(session: Session, files: cases.Files) -> None:
    next(row for row in files.rows["units"] if row["code"] == "C1")["people"] = 500
    files.home("A", 10, 10, None, parent="C1").home("B", 20, 10, None, parent="C1")
    files.load(session)
    assert people(demand(session)) == {"C1": 500}


def test_units_without_a_place_and_households_are_no_demand(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, 80, parent="C1").unit("building", "B", people=10, parent="C1")
    files.unit("household", "H", parent="A", consent_date="2026-01-05", purpose="联络")
    files.load(session)
    assert people(demand(session)) == {"A": 80}


def test_age_bands_are_read_where_known(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10, 80, parent="C1", age_0_2=3, age_80=7)
    files.load(session)
    (ages,) = demand(session).ages.tolist()
    assert (ages[0], ages[6]) == (3, 7)
    assert np.isnan(ages[1:6]).all()


def test_a_day_before_there_is_anything(session: Session, files: cases.Files) -> None:
    files.home("A", 10, 10).load(session)
    assert len(read_places(session, At(cases.DAY.replace(year=2020)))) == 0
