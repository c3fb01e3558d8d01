"""The walk to a compound: along the paths to its nearest gate, else straight; from its office, or from anywhere."""

from pathlib import Path

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import UnitVersion
from gridgov.usecases.way_there import Start, office, way_there
from tests import cases
from tests.usecases.conftest import AT


def compound(session: Session) -> UnitVersion:
    return session.scalars(select(UnitVersion).where(UnitVersion.code == "C")).one()


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """The worked compound with a second, closed gate that lies nearer, in a community with its station at (20, 5)."""
    made = cases.compound_case(tmp_path, "residents")
    made.gate("N", 300, 100, "closed", compound="C")
    made.unit("community", "420503001001", shapely.box(-50, -50, 1050, 550), name="社")
    made.point("S", 20, 0, kind="community_station")
    return made


def test_along_the_paths_to_the_gate_that_is_not_closed(session: Session, files: cases.Files) -> None:
    files.load(session)
    start = office(session, AT, compound(session))
    assert start is not None
    assert start.name == "S"
    walk = way_there(session, AT, compound(session), start)
    assert walk is not None
    assert (walk.gate, walk.estimate) == ("E", False)
    assert walk.metres == pytest.approx(480 + 100 + 20, abs=1)
    assert walk.minutes == 9
    assert walk.shape.coords[-1] == pytest.approx(cases.degrees(480, 100), abs=1e-6)


def test_without_paths_it_is_the_straight_line_and_says_so(session: Session, files: cases.Files) -> None:
    files.load(session, [kind for kind in cases.ORDER if kind != "network"])
    walk = way_there(session, AT, compound(session), Start(*cases.degrees(480, 400)))
    assert walk is not None
    assert (walk.gate, walk.estimate, walk.start.name) == ("E", True, None)
    assert walk.metres == pytest.approx(300 * 1.3, abs=0.5)
    assert len(walk.shape.coords) == 2


def test_without_gates_to_its_edge_and_without_an_office_from_the_workplace(session: Session, tmp_path: Path) -> None:
    files = cases.compound_case(tmp_path, None)
    files.add("departments", shapely.Point(10, 0), code="D1", name="教育局")
    files.load(session)
    assert office(session, AT, compound(session)) is None
    start = office(session, AT, compound(session), 1)
    assert start is None or start.name == "教育局"
    walk = way_there(session, AT, compound(session), Start(*cases.degrees(0, 0)))
    assert walk is not None
    assert walk.gate is None
