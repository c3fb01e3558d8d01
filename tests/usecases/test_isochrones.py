"""Isochrones of units and of places, with the network kept for the next question."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import browsing, isochrones
from gridgov.usecases.isochrones import Reach, Start, Walk
from tests import cases
from tests.usecases.conftest import AT

NEAR = Walk(minutes=5, pace="elder")  # 250 m


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """What tests write is rolled back: networks of the same batch numbers differ."""
    isochrones.forget()
    yield
    isochrones.forget()


def unit(session: Session, code: str) -> UnitVersion:
    found = browsing.unit_by_code(session, code, AT, Scope.everything())
    assert found is not None
    return found


def reached(session: Session, start: Start, walk: Walk) -> Reach:
    return isochrones.reach_from(session, isochrones.ground_of(session, AT), start, walk)


def test_minutes_and_pace_make_the_way() -> None:
    assert (Walk().metres, Walk(15, "brisk").metres, NEAR.metres) == (pytest.approx(1000), 1200, 250)


def test_residents_of_a_compound_pass_its_gate(session: Session, tmp_path: Path) -> None:
    files = cases.compound_case(tmp_path, "residents").home("B", 400, 100, parent="C")
    files.load(session)
    outside = shapely.Point(cases.degrees(500, 50))
    for code in ("B", "C"):
        found = reached(session, unit(session, code), NEAR)
        assert (found.metres, found.estimate) == (250, False)
        assert found.area is not None
        assert found.area.contains(outside)
    stranger = reached(session, cases.degrees(500, 0), NEAR)
    assert stranger.area is not None
    assert stranger.area.contains(outside)
    assert not stranger.area.contains(shapely.Point(cases.degrees(440, 100)))


def test_what_is_written_later_counts(session: Session, tmp_path: Path) -> None:
    files = cases.street_case(tmp_path).home("B", 0, 0)
    files.load(session)
    before = reached(session, cases.degrees(0, 0), NEAR).area
    lane = shapely.Point(cases.degrees(0, 120))
    assert not before.contains(lane)
    files.path((0, 0), (0, 500)).bring(session, "network")
    assert reached(session, cases.degrees(0, 0), NEAR).area.contains(lane)


def test_off_the_paths_there_is_no_area_and_without_paths_a_circle(session: Session, tmp_path: Path) -> None:
    cases.Files(tmp_path).home("B", 0, 0).load(session)
    circle = reached(session, unit(session, "B"), NEAR)
    assert circle.estimate
    assert circle.area.contains(shapely.Point(cases.degrees(190, 0)))
    assert not circle.area.contains(shapely.Point(cases.degrees(195, 0)))
    cases.street_case(tmp_path).load(session)
    assert reached(session, cases.degrees(500, 400), NEAR).area is None
