"""Reading a run: on which level a row stands, whom it counts, and which counts of an age are never told."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.sources.rulepacks import read_pack
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, RunGap, RunShare
from gridgov.storage.versions import undo
from gridgov.usecases import covering, deployment, gridding, reading_runs
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.lookups import AT_ONCE
from tests import cases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()


def serving(folder: Path, **bands: str) -> RulePack:
    """Read a pack of one type for everybody and of types that serve one age band each, all within 300 m."""
    lines = ['id = "cases"', 'zh = "样例"', 'en = "Cases"', 'version = "1"']
    for kind, band in {"pharmacy": None, **bands}.items():
        lines += ["[[rows]]", f'type = "{kind}"', 'tier = "5"', "required = true", "radius = 300"]
        lines += [] if band is None else [f'serves = ["{band}"]']
    path = folder / "pack.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_pack(path)


def by_code(rows: list[dict[str, Any]], *names: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {(row["code"], row["type"]): tuple(row[name] for name in names) for row in rows}


def test_a_compound_that_stands_for_its_building_groups_is_told_as_one(
    session: Session, tmp_path: Path, run_with: Runs
) -> None:
    files = cases.street_case(tmp_path).point("p", 100, 0, "pharmacy")
    files.unit("compound", "C", shapely.box(0, 10, 80, 80), name="桂花苑", kind="open", people=300)
    files.home("b", 20, 20, None, parent="C").home("own", 600, 0, 50, name="1栋")
    files.load(session)
    rows = reading_runs.show(session, run_with(serving(tmp_path)), "building", EVERYTHING)
    assert by_code(rows, "name", "level", "people", "share") == {
        ("C", "pharmacy"): ("桂花苑", "compound", 300, 1),
        ("own", "pharmacy"): ("1栋", "building", 50, 0),
    }


def test_rows_count_the_people_a_type_serves(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).point("k", 100, 0)
    files.home("near", 120, 0, 100, age_3_5=20).home("far", 900, 0, 100, age_3_5=30).load(session)
    run = run_with(serving(tmp_path, kindergarten="3_5"))
    rows = by_code(reading_runs.show(session, run, "building", EVERYTHING), "people", "people_covered", "share")
    assert rows["near", "kindergarten"] == (20, 20, 1)
    assert rows["far", "kindergarten"] == (30, 0, 0)
    points = {(row["demand"], row["type"]): row for row in reading_runs.show(session, run, "demand", EVERYTHING)}
    assert (points["far", "kindergarten"]["people"], points["far", "kindergarten"]["people_all"]) == (30, 100)
    assert (points["near", "kindergarten"]["people_covered"], points["near", "pharmacy"]["people"]) == (20, 100)


@pytest.fixture
def small(session: Session, tmp_path: Path, run_with: Runs) -> Run:
    """Compounds with few children: all in all, among the reached, among the rest; a house of its own with few."""
    files = cases.street_case(tmp_path).point("k", 100, 0).point("s", 100, 0, "primary_school")
    files.unit("street", "S", shapely.box(-10, -50, 1000, 50))
    for code, near, far in (("few", 3, 4), ("few-in", 5, 40), ("few-out", 40, 6), ("many", 30, 50), ("all", 60, 0)):
        files.unit("compound", code, shapely.box(0, 1, 999, 40), parent="S", kind="open")
        files.home(f"{code}-1", 120, 5, 500, parent=code, age_3_5=near, age_6_11=50)
        files.home(f"{code}-2", 900, 5, 500, parent=code, age_3_5=far, age_6_11=50)
    files.home("lone", 950, 0, 90, parent="S", age_3_5=4, age_6_11=12).load(session)
    return run_with(serving(tmp_path, kindergarten="3_5", primary_school="6_11"))


def test_age_counts_under_ten_are_told_to_nobody(session: Session, small: Run) -> None:
    rows = by_code(reading_runs.show(session, small, "compound", EVERYTHING), "people", "people_covered", "share")
    assert {code: told for (code, kind), told in rows.items() if kind == "kindergarten"} == {
        "few": (None, None, None),
        "few-in": (45, None, None),
        "few-out": (46, None, None),
        "many": (80, 30, 0.375),
        "all": (60, 60, 1),
    }
    assert rows["few", "primary_school"] == (100, 50, 0.5)
    assert rows["few", "pharmacy"][:2] == (1000, 0)


def test_a_gap_row_stays_listed_and_hides_what_the_shares_hide(session: Session, small: Run) -> None:
    gaps = reading_runs.gaps(session, small, EVERYTHING, GapFilter(type="kindergarten"))
    assert {row["place"]: row["people"] for row in gaps} == {
        "few": None,
        "few-in": None,
        "few-out": None,
        "many": 50,
        "lone": None,
    }
    exact = {gap.unit_id: gap.people for gap in session.scalars(select(RunGap).where(RunGap.type == "kindergarten"))}
    assert sorted(exact.values()) == [4, 4, 6, 40, 50]
    assert reading_runs.count_gaps(session, small, EVERYTHING, GapFilter(type="kindergarten")) == (5, 50)
    told = reading_runs.gaps(session, small, EVERYTHING)
    count, people = reading_runs.count_gaps(session, small, EVERYTHING, GapFilter())
    assert (count, people) == (len(told), sum(row["people"] or 0 for row in told))


def test_no_two_shown_numbers_of_a_place_give_a_hidden_one(session: Session, small: Run) -> None:
    shares = by_code(reading_runs.show(session, small, "compound", EVERYTHING), "people", "people_covered")
    gaps = {(row["place"], row["type"]): row["people"] for row in reading_runs.gaps(session, small, EVERYTHING)}
    for key, (people, covered) in shares.items():
        uncovered = gaps.get(key, 0)
        shown = [value for value in (people, covered, uncovered) if value is not None]
        assert len(shown) in {0, 1, 3} or key not in gaps
        assert not any(0 < value < 10 for value in shown)
    assert {value for key, value in gaps.items() if key[1] == "pharmacy"} == {1000, 90}


def test_a_hidden_count_is_not_told_by_its_place_in_the_list(session: Session, small: Run) -> None:
    rows = reading_runs.gaps(session, small, EVERYTHING, GapFilter(type="kindergarten"))
    shown = [row["people"] for row in rows if row["people"] is not None]
    assert shown == sorted(shown, reverse=True)
    assert {row["place"] for row in rows[-3:]} == {"few", "few-out", "lone"}
    assert len(reading_runs.gaps(session, small, EVERYTHING, GapFilter(limit=3, offset=2))) == 3


def test_where_ages_are_not_known_all_people_stand_for_them_and_nothing_is_hidden(
    session: Session, tmp_path: Path, run_with: Runs
) -> None:
    cases.street_case(tmp_path).home("d", 900, 0, 7).load(session)
    run = run_with(serving(tmp_path, kindergarten="3_5"))
    assert [row["by_age"] for row in run.summary["types"]] == [False, False]
    assert {row["people"] for row in reading_runs.gaps(session, run, EVERYTHING)} == {7}


def test_the_record_hides_a_small_city_and_storage_keeps_it(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path).home("d", 900, 0, 100, age_3_5=7, age_60_79=95, age_80=0)
    files.load(session)
    run = run_with(serving(tmp_path, kindergarten="3_5"))
    told = {row["type"]: row for row in reading_runs.record(run)["types"]}
    assert (told["kindergarten"]["people"], told["kindergarten"]["share"]) == (None, None)
    assert told["pharmacy"]["people"] == 100
    assert {row["people"] for row in run.summary["types"]} == {7, 100}
    (gap,) = reading_runs.gaps(session, run, EVERYTHING, GapFilter(type="pharmacy"))
    assert (gap["people"], gap["people_60plus"]) == (100, None)  # 5 are under 60


def test_grid_shares_add_up_like_the_engines(session: Session, tmp_path: Path, run_with: Runs) -> None:
    cases.district(tmp_path).load(session)
    gridding.build(session, cases.DAY)
    run = run_with(cases.pack(tmp_path, radius=1000))
    rows = by_code(reading_runs.show(session, run, "grid", EVERYTHING), "people", "people_covered")
    assert rows["420503001001001", "kindergarten"] == (200, 200)
    before = reading_runs.show(session, run, "grid", EVERYTHING)
    again = gridding.build(session, cases.DAY)
    table = gridding.UnitGrid.__table__
    session.execute(table.delete().where(table.c.batch_id == again.batch))
    assert reading_runs.show(session, run, "grid", EVERYTHING) == before


def test_what_is_known_of_grids_depends_on_the_day_and_the_batch(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    first = gridding.build(session, cases.DAY).batch
    later = cases.DAY.replace(year=cases.DAY.year + 1)
    second = gridding.build(session, later).batch
    third = gridding.build(session, cases.DAY).batch
    assert gridding.latest(session) == second
    assert gridding.latest(session, At(cases.DAY)) == third
    assert gridding.latest(session, At(later, first)) == first
    assert gridding.latest(session, At(cases.DAY.replace(year=2020))) is None
    undo(session, third)
    assert gridding.latest(session, At(cases.DAY)) == first
    assert gridding.latest(session, At(cases.DAY, third)) == third


def test_the_newest_run_is_the_newest_of_ones_own_pack(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    deployment.keep(session, "pack", "yichang-demo")
    later = At(cases.DAY.replace(month=5, day=1))
    first, second = covering.run(session, later), covering.run(session, AT)
    other = covering.run(session, AT, "gb50180-2018")
    assert covering.latest(session, later) is second
    assert covering.latest(session, AT) is second
    assert covering.latest(session, AT, "gb50180-2018") is other
    assert covering.latest(session, At(cases.DAY.replace(year=2020))) is None
    assert covering.find(session, other.id) is other
    assert covering.find(session, first.id) is first


def test_computing_writes_nothing_and_keeping_reads_no_inputs(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    statements: list[str] = []
    connection = session.connection()
    session.flush()

    def note(*told: Any) -> None:
        statements.append(told[2].split()[0].upper())

    event.listen(connection, "before_cursor_execute", note)
    computed = covering.compute(session, AT, "yichang-demo")
    laid = gridding.compute(session, cases.DAY)
    event.remove(connection, "before_cursor_execute", note)
    assert set(statements) <= {"SELECT", "WITH"}
    kept = covering.keep(session, computed)
    assert kept.seconds >= round(computed.seconds, 3)
    assert session.query(RunShare).filter_by(run_id=kept.id).count() == len(computed.shares["unit_id"])
    assert session.query(RunGap).filter_by(run_id=kept.id).count() == len(computed.gaps["unit_id"])
    assert gridding.keep(session, laid).on_grids == len(laid.on_grids)


def test_more_places_than_one_question_takes(session: Session, tmp_path: Path, run_with: Runs) -> None:
    files = cases.street_case(tmp_path)
    for number in range(AT_ONCE + 5):
        files.home(f"d{number}", number, 0, 100, age_3_5=20)
    files.load(session)
    gaps = reading_runs.gaps(session, run_with(serving(tmp_path, kindergarten="3_5")), EVERYTHING)
    assert len(gaps) == 2 * (AT_ONCE + 5)
    assert {row["level"] for row in gaps} == {"building"}
    assert {row["people"] for row in gaps} == {100, 20}
