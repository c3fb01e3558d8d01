"""Ending, dividing and joining by hand: nothing that lives there is lost."""

from datetime import date

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At
from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    GateVersion,
    GridVersion,
    UnitVersion,
)
from gridgov.usecases import editing, importing
from gridgov.usecases.acts import Change, End, LeavesError, Merge, Part, Split
from gridgov.usecases.dividing import propose_split
from tests.cases import DAY
from tests.usecases.by_hand import ALL, BEFORE, THEN, do, halves, here, lead, now, number, refusal, refused, standing

# --- ending ---------------------------------------------------------------------------------------------------------


def test_ending_what_others_live_on_is_refused_and_counted(town: Session) -> None:
    with pytest.raises(LeavesError) as error:
        do(town, End("units", number(town, "units", "C1"), THEN))
    assert error.value.left == {
        "units": 3, "gates": 1, "posts": 1, "contacts": 1, "partners": 1, "branches": 1,
    }  # fmt: skip


def test_ending_along_ends_all_that_lives_on_it_and_undo_brings_it_back(town: Session) -> None:
    before = standing(town)
    batch = do(town, End("units", number(town, "units", "C1"), THEN, along=True))
    assert [unit.code for unit in now(town, UnitVersion)] == [
        "420503001", "420503001001", "420503001002", "C2", "B3", "H2",
    ]  # fmt: skip
    assert now(town, GateVersion) == [] == now(town, BranchVersion)
    assert len(now(town, UnitVersion, BEFORE)) == 10
    importing.undo(town, batch.id)
    assert standing(town) == before


def test_a_branch_keeps_its_other_compounds(town: Session) -> None:
    branch = number(town, "branches", "BR1")
    do(town, Change("branches", branch, DAY, {"compounds": "C1; C2"}))
    do(town, End("units", number(town, "units", "C2"), THEN, along=True))
    assert now(town, BranchVersion)[0].compounds == [number(town, "units", "C1")]


def test_a_department_that_goes_takes_cadres_and_contacts_along(town: Session) -> None:
    with pytest.raises(LeavesError) as error:
        do(town, End("departments", number(town, "departments", "D1"), THEN))
    assert error.value.left == {"cadres": 2, "contacts": 3}
    do(town, End("departments", number(town, "departments", "D1"), THEN, along=True))
    assert [cadre.code for cadre in now(town, CadreVersion)] == ["P3"]


# --- dividing and joining -------------------------------------------------------------------------------------------


def test_a_compound_is_divided_and_nobody_is_lost(town: Session) -> None:
    compound = number(town, "units", "C1")
    batch = do(town, Split("units", compound, THEN, halves()))
    new = number(town, "units", "C1-2")
    assert {unit.code: unit.parent_id for unit in now(town, UnitVersion, level="building")} == {
        "B1": compound, "B2": new, "B3": number(town, "units", "C2"),
    }  # fmt: skip
    assert [gate.unit_id for gate in now(town, GateVersion)] == [new]
    assert now(town, BranchVersion)[0].compounds == sorted([compound, new])
    assert [unit.kind for unit in now(town, UnitVersion, code="C1-2")] == ["walled"]
    assert lead(town, THEN) == ["钱二"]
    assert lead(town, THEN, "C1-2") == []
    people = [unit.people for unit in now(town, UnitVersion, level="building")]
    importing.undo(town, batch.id)
    assert [unit.people for unit in now(town, UnitVersion, level="building")] == people
    assert now(town, UnitVersion, code="C1-2") == []


def test_a_drawn_line_proposes_parts_that_lose_nothing(town: Session) -> None:
    compound = number(town, "units", "C1")
    do(town, Change("units", compound, DAY, {"people": "201", "age_60_79": "35"}))
    line = here(shapely.LineString([(160, 0), (160, 300)]))
    parts = propose_split(town, "units", compound, At(THEN), ALL, line)
    assert [(part.told["code"], part.told["name"], part.told["people"]) for part in parts] == [
        ("C1", "桂花苑小区", "121"), ("C1-2", "桂花苑小区（2）", "80"),
    ]  # fmt: skip
    do(town, Split("units", compound, THEN, tuple(parts)))
    told = [(unit.people, unit.age_60_79) for unit in now(town, UnitVersion, level="compound") if unit.code != "C2"]
    assert [sum(column) for column in zip(*told, strict=True)] == [201.0, 35.0]
    with pytest.raises(InputError, match="split_line_misses"):
        propose_split(town, "units", compound, At(THEN), ALL, here(shapely.LineString([(60, 60), (70, 70)])))


def test_a_division_that_loses_ground_or_people_is_refused(town: Session) -> None:
    compound = number(town, "units", "C1")
    short = (halves()[0], Part({"code": "C1-2"}, here(shapely.box(170, 50, 250, 250))))
    assert refusal(town, Split("units", compound, THEN, short)) == "split_loses_ground"
    wide = (halves()[0], Part({"code": "C1-2"}, here(shapely.box(150, 50, 250, 250))))
    assert refusal(town, Split("units", compound, THEN, wide)) == "split_loses_ground"
    do(town, Change("units", compound, DAY, {"people": "200"}))
    assert refused(town, Split("units", compound, THEN, halves(people=("120", "60")))) == {
        "people": "split_loses_people"
    }
    do(town, Split("units", compound, THEN, halves(people=("120", "80"))))


def test_a_grid_is_divided_and_joined_again(town: Session) -> None:
    grid = number(town, "grids", "420503001002001")
    west, east = here(shapely.box(500, 0, 700, 500)), here(shapely.box(700, 0, 1000, 500))
    do(town, Split("grids", grid, THEN, (Part({}, west), Part({"code": "420503001002002"}, east))))
    assert [one.code for one in now(town, GridVersion)][-2:] == ["420503001002001", "420503001002002"]
    other = number(town, "grids", "420503001002002")
    do(town, Merge("grids", grid, (other,), date(2026, 7, 1)))
    whole = now(town, GridVersion, date(2026, 7, 1), code="420503001002001")[0]
    assert now(town, GridVersion, date(2026, 7, 1), code="420503001002002") == []
    assert shapely.equals_exact(shapely.normalize(whole.geometry), shapely.normalize(here(shapely.box(500, 0, 1000, 500))), 1e-6) or whole.geometry.area == pytest.approx(here(shapely.box(500, 0, 1000, 500)).area, rel=1e-6)  # fmt: skip  # noqa: E501


def test_communities_are_joined_and_what_lived_on_one_moves(town: Session) -> None:
    kept, gone = number(town, "units", "420503001001"), number(town, "units", "420503001002")
    before = standing(town)
    batch = do(town, Merge("units", kept, (gone,), THEN, {"name": "东陵社区"}))
    assert {unit.parent_id for unit in now(town, UnitVersion, level="compound")} == {kept}
    assert {grid.unit_id for grid in now(town, GridVersion)} == {kept}
    assert [unit.name for unit in now(town, UnitVersion, level="community")] == ["东陵社区"]
    assert now(town, UnitVersion, level="community")[0].geometry.area == pytest.approx(
        here(shapely.box(0, 0, 1000, 500)).area, rel=1e-6
    )
    importing.undo(town, batch.id)
    assert standing(town) == before


def test_people_of_joined_compounds_add_up_or_are_unknown(town: Session) -> None:
    first, second = number(town, "units", "C1"), number(town, "units", "C2")
    do(town, Change("units", first, DAY, {"people": "200", "households": "70"}))
    do(town, Change("units", second, DAY, {"people": "60"}))
    act = Merge("units", first, (second,), THEN)
    assert {warning.code for warning in editing.preview(town, act, ALL).warnings} >= {"merge_apart", "merge_unknown"}
    do(town, act)
    joined = now(town, UnitVersion, level="compound")[0]
    assert (joined.people, joined.households) == (260.0, None)
    assert now(town, BranchVersion)[0].compounds == [first]
