"""What is reached with a plan beside what is: paths, gates and points as its edits have them, few people untold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import Scope
from gridgov.storage.models import Plan, Run
from gridgov.usecases import boards, covering, isochrones, plan_ground, planning, reaching
from gridgov.usecases.reaching import Asked, Change
from tests import cases
from tests.usecases.conftest import AT, Runs

HERE = Asked(cases.degrees(490, 50), "elder")
OPENED = {"do": "set_gate", "gate": "E", "state": "open"}
SCHOOL = {"do": "add_point", "type": "kindergarten", **dict(zip("xy", cases.degrees(490, 10), strict=True))}
Case = tuple[Session, Run]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """What tests write is rolled back: networks and boards of the same batch numbers differ."""
    isochrones.forget()
    boards.forget()
    yield
    isochrones.forget()
    boards.forget()


@pytest.fixture
def case(session: Session, tmp_path: Path, run_with: Runs) -> Case:
    """Sixty people behind a closed gate, four beside the lane to it, and a kindergarten on the street."""
    files = cases.compound_case(tmp_path, gate="closed").path((400, 100), (310, 100))
    files.home("H1", 320, 100, 60, compound="C").home("H2", 500, 60, 50).home("H3", 560, 300, 4)
    files.point("K1", 480, 0, verified="true").load(session)
    return session, run_with(cases.pack(tmp_path))


def with_plan(case: Case, *edits: dict[str, Any]) -> list[Change]:
    session, run = case
    plan = kept(session, *edits)
    laid = plan_ground.laid(session, AT, plan)
    assert not laid.stale
    return reaching.changes(session, AT, run, Scope.everything(), HERE, laid)


def kept(session: Session, *edits: dict[str, Any]) -> Plan:
    drawn = planning.draw(session, AT, {"edits": list(edits)})
    return planning.create(session, planning.unused_name(session, "Tried"), drawn)


def test_an_opened_gate_lets_people_and_ground_in(case: Case) -> None:
    five, *_ = with_plan(case, OPENED)
    assert (five.before.people, five.after.people, five.more) == (50, 110, 60)
    assert five.after.reach.hectares > five.before.reach.hectares > 0
    assert five.gained.contains(shapely.Point(cases.degrees(330, 100)))
    assert five.lost.is_empty
    session, run = case
    alone = reaching.rings(session, AT, run, Scope.everything(), HERE)
    assert [ring.people for ring in alone] == [change.before.people for change in with_plan(case, SCHOOL)]


def test_a_path_taken_away_takes_people_and_ground(case: Case) -> None:
    session, run = case
    plan = kept(session, {"do": "remove_link", **dict(zip("xy", cases.degrees(500, 30), strict=True))})
    start = Asked(cases.degrees(400, 0), "elder")
    five, *_ = reaching.changes(session, AT, run, Scope.everything(), start, plan_ground.laid(session, AT, plan))
    assert (five.before.people, five.after.people, five.more) == (50, 0, -50)
    assert five.lost.contains(shapely.Point(cases.degrees(500, 60)))
    assert five.gained.is_empty


def test_points_stand_as_the_plan_has_them(case: Case) -> None:
    away = {"do": "move_point", "point": "plan-1", **dict(zip("xy", cases.degrees(990, 0), strict=True))}
    told = [
        with_plan(case, *edits)[0].after.points["kindergarten"]
        for edits in ([SCHOOL], [SCHOOL, {"do": "close_point", "point": "K1"}], [SCHOOL, OPENED, away])
    ]
    assert told == [2, 1, 1]


def test_where_few_come_the_difference_is_not_told(case: Case) -> None:
    lane = {"do": "add_link", "path": [list(cases.degrees(*place)) for place in ((500, 100), (560, 290))]}
    changed = with_plan(case, lane)[-1]
    assert changed.gained.contains(shapely.Point(cases.degrees(560, 280)))
    assert (changed.more, changed.after.people, changed.before.people) == (None, None, 50)


def test_edits_in_doubt_are_left_out_and_what_was_written_since_is_told(case: Case, tmp_path: Path) -> None:
    session, _ = case
    far = SCHOOL | dict(zip("xy", cases.degrees(500, 900), strict=True))
    plan = kept(session, far, OPENED)
    laid = plan_ground.laid(session, AT, plan)
    assert (laid.doubtful, laid.stale) == (1, False)
    assert [service.type for service in laid.services] == ["kindergarten"]
    assert plan_ground.laid(session, AT, plan) is laid
    cases.Files(tmp_path).home("H4", 500, 70, 20).load(session)
    assert plan_ground.laid(session, AT, plan).stale
    plan.edits = [OPENED | {"gate": "gone"}]
    plan.version += 1
    with pytest.raises(InputError):
        plan_ground.laid(session, AT, plan)
    assert covering.latest(session, AT) is not None
