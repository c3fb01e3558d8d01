"""Units onto the governance grids and the unit grid, and a compound's shares in communities."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.grids import cell_polygon
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GridVersion, UnitCell, UnitGrid, UnitShare, UnitVersion
from gridgov.storage.versions import undo
from gridgov.usecases import browsing, deployment, gridding
from tests import cases

AT = At(cases.DAY)
EVERYTHING = Scope.everything()


@pytest.fixture
def laid(session: Session, tmp_path: Path) -> gridding.GridReport:
    """The small district, with a compound over two communities and building groups on borders."""
    files = cases.district(tmp_path)
    files.unit("compound", "C3", shapely.box(425, 300, 525, 400), parent="420503001001", name="两界苑", kind="open")
    files.home("on the border", 250, 400, parent="420503001001").home("corner", 500, 450, parent="420503001001")
    files.load(session)
    return gridding.build(session, cases.DAY)


def codes(session: Session) -> dict[int, str]:
    return {unit.unit_id: unit.code for unit in session.scalars(current(UnitVersion, AT, EVERYTHING))}


def on_grids(session: Session, unit: str) -> list[tuple[str, str, float]]:
    number = {code: unit_id for unit_id, code in codes(session).items()}[unit]
    return [
        (grid.code, relation, round(share, 6))
        for grid, relation, share in browsing.grids_of(session, AT, EVERYTHING, number)
    ]


@pytest.mark.usefixtures("laid")
def test_a_building_group_lies_in_the_grid_of_its_point(session: Session) -> None:
    assert on_grids(session, "B1") == [("420503001001001", "within", 1.0)]
    assert on_grids(session, "B3") == [("420503001002001", "within", 1.0)]


@pytest.mark.usefixtures("laid")
def test_a_point_on_a_border_is_in_both(session: Session) -> None:
    both = [("420503001001001", "within", 1.0), ("420503001001002", "within", 1.0)]
    assert on_grids(session, "on the border") == both
    assert [code for code, _, _ in on_grids(session, "corner")] == ["420503001001002", "420503001002001"]


@pytest.mark.usefixtures("laid")
def test_areas_lie_within_contain_or_cross(session: Session) -> None:
    assert on_grids(session, "C1") == [("420503001001001", "within", 1.0)]
    assert on_grids(session, "C3") == [("420503001001002", "crosses", 0.75), ("420503001002001", "crosses", 0.25)]
    assert on_grids(session, "420503001001") == [
        ("420503001001001", "contains", 0.5),
        ("420503001001002", "contains", 0.5),
    ]


def test_a_compound_over_two_communities_holds_shares_and_one_leads(
    session: Session, laid: gridding.GridReport
) -> None:
    names = codes(session)
    rows = session.scalars(select(UnitShare).where(UnitShare.batch_id == laid.batch))
    found = {(names[row.unit_id], names[row.community_id]): (round(row.share, 6), row.leads) for row in rows}
    assert found == {
        ("C1", "420503001001"): (1.0, True),
        ("C2", "420503001002"): (1.0, True),
        ("C3", "420503001001"): (0.75, True),
        ("C3", "420503001002"): (0.25, False),
    }
    assert laid.crossing == 1


def test_every_building_group_has_one_cell_that_covers_it(session: Session, laid: gridding.GridReport) -> None:
    units = {unit.unit_id: unit for unit in session.scalars(current(UnitVersion, AT, EVERYTHING))}
    crs = deployment.crs(session)
    rows = list(session.scalars(select(UnitCell).where(UnitCell.batch_id == laid.batch)))
    buildings = [row for row in rows if units[row.unit_id].level == "building"]
    assert sorted(units[row.unit_id].code for row in buildings) == sorted(
        unit.code for unit in units.values() if unit.level == "building"
    )
    for row in buildings:
        place = to_planar(np.array([units[row.unit_id].geometry], dtype=object), crs)[0]
        assert shapely.dwithin(cell_polygon(row.cell, 100), shapely.point_on_surface(place), 1e-6)


def test_a_compounds_cells_make_up_its_area(session: Session, laid: gridding.GridReport) -> None:
    names = codes(session)
    total: dict[str, float] = {}
    for row in session.scalars(select(UnitCell).where(UnitCell.batch_id == laid.batch)):
        if names[row.unit_id].startswith("C"):
            total[names[row.unit_id]] = total.get(names[row.unit_id], 0) + row.share
    assert total == {code: pytest.approx(1, abs=1e-6) for code in ("C1", "C2", "C3")}


@pytest.mark.usefixtures("laid")
def test_households_have_no_place_of_their_own(session: Session) -> None:
    names = codes(session)
    placed = {names[row.unit_id] for model in (UnitGrid, UnitCell) for row in session.scalars(select(model))}
    assert not {"H1", "H2"} & placed


def test_another_size_is_kept_and_laid(session: Session, laid: gridding.GridReport) -> None:
    again = gridding.build(session, cases.DAY, 250)
    assert (again.size, gridding.latest(session)) == (250, again.batch)
    assert again.on_cells < laid.on_cells
    assert deployment.number(session, "unit_grid_size") == 250
    assert gridding.build(session, cases.DAY).size == 250


def test_an_undone_build_no_longer_counts(session: Session, laid: gridding.GridReport) -> None:
    second = gridding.build(session, cases.DAY)
    undo(session, second.batch)
    assert gridding.latest(session) == laid.batch


@pytest.mark.usefixtures("laid")
@pytest.mark.parametrize("size", [0.0, -100.0, float("nan"), float("inf")])
def test_a_size_that_is_none(session: Session, size: float) -> None:
    with pytest.raises(InputError):
        gridding.build(session, cases.DAY, size)


def test_before_any_place_is_known(session: Session) -> None:
    with pytest.raises(InputError, match="no_places_yet"):
        gridding.build(session, cases.DAY)


@pytest.mark.usefixtures("laid")
def test_the_grids_of_another_area_are_not_told(session: Session) -> None:
    ids = {code: number for number, code in codes(session).items()}
    scope = Scope.of({ids["420503001002"]})
    assert [grid.code for grid, _, _ in browsing.grids_of(session, AT, scope, ids["C3"])] == ["420503001002001"]
    assert [grid.code for grid in session.scalars(current(GridVersion, AT, scope))] == ["420503001002001"]


def test_grids_that_come_in_later_leave_the_last_build(
    session: Session, laid: gridding.GridReport, tmp_path: Path
) -> None:
    cases.district(tmp_path).bring(session, "grids")
    assert gridding.latest(session) == laid.batch
