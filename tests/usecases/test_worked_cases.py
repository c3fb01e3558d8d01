"""The worked cases of how coverage is computed, the whole way: files, import, run, verdicts per demand point."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.usecases import checking, covering, reading_runs
from tests import cases
from tests.usecases.conftest import Runs

Decide = Callable[..., dict[str, dict[str, Any]]]


def told(row: dict[str, Any]) -> tuple[float | None, bool, str | None]:
    return row["metres"], row["covered"], row["cause"]


@pytest.mark.parametrize(("radius", "verdict"), [(300, (300.0, True, None)), (299.999, (300.0, False, "no_facility"))])
def test_case_1_along_the_street(tmp_path: Path, verdicts: Decide, radius: float, verdict: tuple[Any, ...]) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0).point("p", 400, 0)
    row = verdicts(files, radius=radius)["d"]
    assert told(row) == verdict
    assert (row["point"], row["people"], row["people_covered"]) == ("p", 100, 100 * verdict[1])
    assert (row["x"], row["y"]) == pytest.approx(cases.degrees(100, 0), abs=1e-7)


def test_case_2_legs_count(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 30).point("p", 400, -20)
    assert told(verdicts(files, radius=350)["d"]) == (350.0, True, None)


def test_case_3_too_far_from_any_path(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("d", -250, 0).point("p", 400, 0)
    assert told(verdicts(files, radius=1000)["d"]) == (None, False, "data")


@pytest.mark.parametrize(("radius", "verdict"), [(300, (300.0, True, None)), (200, (300.0, False, "no_path"))])
def test_case_4_through_an_open_gate(tmp_path: Path, verdicts: Decide, radius: float, verdict: tuple[Any, ...]) -> None:
    files = cases.compound_case(tmp_path).home("d", 400, 100, parent="C").point("p", 400, 0)
    assert told(verdicts(files, radius=radius)["d"]) == verdict


def test_case_5_a_closed_gate(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.compound_case(tmp_path, gate="closed").home("d", 400, 100, parent="C").point("p", 400, 0)
    assert told(verdicts(files, radius=300)["d"]) == (None, False, "gate")


def test_case_5_no_gate_recorded(tmp_path: Path, session: Session, verdicts: Decide) -> None:
    files = cases.compound_case(tmp_path, gate=None).home("d", 400, 100, parent="C").point("p", 400, 0)
    assert told(verdicts(files, radius=300)["d"]) == (300.0, True, None)
    found = checking.check(session, At(cases.DAY), Scope.everything())
    assert [finding.subject for finding in found if finding.kind == "wall_without_gate"] == ["C"]


def test_case_6_residents_leave_by_their_gate(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.compound_case(tmp_path, gate="residents").home("d", 400, 100, parent="C").point("p", 400, 0)
    assert told(verdicts(files, radius=300)["d"]) == (300.0, True, None)


def test_case_6_a_stranger_does_not_come_in(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.compound_case(tmp_path, gate="residents").point("p", 400, 100)
    rows = verdicts(files.home("stranger", 400, 0).home("resident", 450, 100, parent="C"), radius=300)
    assert told(rows["stranger"]) == (None, False, "gate")
    assert told(rows["resident"]) == (50.0, True, None)


@pytest.mark.parametrize(("gates", "stranger"), [("residents", 420.0), ("open", 220.0)])
def test_case_7_no_short_cut_through_a_compound(tmp_path: Path, verdicts: Decide, gates: str, stranger: float) -> None:
    files = cases.compound_case(tmp_path, gate=gates).gate("W", 300, 100, gates, compound="C")
    files.path((280, 100), (400, 100)).path((280, 0), (280, 100)).point("p", 500, 100)
    rows = verdicts(files.home("stranger", 280, 100).home("resident", 400, 100, parent="C"), radius=500)
    assert told(rows["stranger"]) == (stranger, True, None)
    assert told(rows["resident"]) == (100.0, True, None)


@pytest.mark.parametrize(("radius", "verdict"), [(300, (300.0, True, None)), (299.999, (300.0, False, "no_facility"))])
def test_case_9_odd_segments_change_nothing(
    tmp_path: Path, verdicts: Decide, radius: float, verdict: tuple[Any, ...]
) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0).point("p", 400, 0).home("end", 0, 0)
    files.path((0, 0), (500, -331.662479), (1000, 0))  # 1,200 m from end to end
    files.path((500, 0), (520, 40), (480, 40), (500, 0)).path((700, 0), (700, 0))
    rows = verdicts(files, radius=radius)
    assert told(rows["d"]) == verdict
    assert rows["end"]["metres"] == 400.0


def test_case_8_a_full_point(tmp_path: Path, session: Session, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("near", 450, 0, people=50).home("far", 300, 0, people=50)
    rows = verdicts(files.point("p", 400, 0, capacity=60), radius=200, capacity_rule="people")
    assert told(rows["near"]) == (50.0, True, None)
    assert told(rows["far"]) == (100.0, False, "capacity")
    assert (rows["near"]["people_covered"], rows["far"]["people_covered"]) == (50, 10)
    run = covering.find(session, None)
    assert run.summary["causes"]["capacity"] == 40
    (gap,) = reading_runs.gaps(session, run, Scope.everything())
    assert (gap["place"], gap["people"], gap["cause"]) == ("far", 40, "capacity")


def test_case_8_without_a_capacity_there_is_room_for_all(tmp_path: Path, session: Session, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("d", 300, 0, people=5000).point("p", 400, 0)
    assert told(verdicts(files, radius=200, capacity_rule="people")["d"]) == (100.0, True, None)
    found = checking.check(session, At(cases.DAY), Scope.everything())
    assert [(finding.severity, finding.subject) for finding in found if finding.kind == "capacity_unknown"] == [
        ("info", "p")
    ]


def test_case_10_both_on_one_long_segment(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.Files(tmp_path).path((0, 0), (3000, 0)).home("d", 1500, 0).point("p", 1700, 0)
    assert told(verdicts(files, radius=300)["d"]) == (200.0, True, None)


def test_case_11_unknown_people_are_outside_every_share(tmp_path: Path, session: Session, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).point("p", 400, 0)
    files.home("d", 100, 0).home("near", 390, 0, people=None).home("far", 900, 0, people=300)
    files.load(session)
    run = run_with(cases.pack(tmp_path, radius=300))
    assert run.summary["people"] == 400
    assert run.summary["unknown"] == 1
    (kind,) = run.summary["types"]
    assert (kind["people"], kind["people_covered"], kind["share"]) == (400, 100, 0.25)
    rows = {row["demand"]: row for row in reading_runs.show(session, run, "demand", Scope.everything())}
    assert rows["near"]["people"] is None
    assert rows["near"]["people_covered"] is None
    assert rows["near"]["covered"] is True


@pytest.mark.parametrize(
    ("x", "verdict", "firm"), [(900, (900.0, True, None), []), (1100, (1100.0, False, "no_facility"), [False])]
)
def test_case_12_verdicts_at_reference_speed_gaps_firm_at_every(
    tmp_path: Path, session: Session, verdicts: Decide, x: float, verdict: tuple[Any, ...], firm: list[bool]
) -> None:
    files = cases.street_case(tmp_path).path((1000, 0), (2000, 0)).home("d", 0, 0).point("p", x, 0)
    assert told(verdicts(files, radius=1000)["d"]) == verdict
    run = covering.find(session, None)
    assert [gap["firm"] for gap in reading_runs.gaps(session, run, Scope.everything())] == firm


def test_case_13_an_island_of_paths(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).path((200, 60), (300, 60)).home("d", 250, 60).point("p", 400, 0)
    assert told(verdicts(files, radius=300)["d"]) == (None, False, "data")


def test_case_13_a_point_on_an_island(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).path((200, 60), (300, 60)).point("p", 250, 60).home("d", 300, 0)
    assert told(verdicts(files, radius=300)["d"]) == (None, False, "data")


def test_case_14_across_a_river(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).path((0, 100), (1000, 100)).home("d", 400, 100).point("p", 400, 0)
    assert told(verdicts(files, radius=300)["d"]) == (None, False, "no_path")


def test_case_14_a_bridge_over_the_river_and_no_way_down_from_it(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).path((0, 100), (1000, 100)).point("p", 400, 0)
    files.path((450, 0), (450, 100)).path((420, -50), (420, 150), bridge=1)
    assert told(verdicts(files.home("d", 400, 100), radius=300)["d"]) == (200.0, True, None)


def test_a_polygon_site_is_entered_where_a_path_meets_it(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0)
    files.add("sites", shapely.box(400, -50, 500, 50), code="p", type="kindergarten")
    assert told(verdicts(files, radius=300)["d"]) == (300.0, True, None)


def test_recorded_entrances_go_before_the_boundary(tmp_path: Path, verdicts: Decide) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0)
    east = "MULTIPOINT (({:.9f} {:.9f}))".format(*cases.degrees(500, 10))
    files.add("sites", shapely.box(400, -50, 500, 50), code="p", type="kindergarten", entrances=east)
    assert told(verdicts(files, radius=500)["d"]) == (410.0, True, None)
