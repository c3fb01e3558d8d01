"""Gaps by age: who of a gap's people is old or a child, as far as it may be told, and what is asked for by it."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.storage.current import Scope
from gridgov.storage.models import Run, RunGap
from gridgov.usecases import reading_runs
from gridgov.usecases.gap_filter import GapFilter
from tests import cases
from tests.usecases.conftest import Runs
from tests.usecases.test_reading_runs import serving

EVERYTHING = Scope.everything()
BANDS = ("age_0_2", "age_3_5", "age_6_11", "age_12_14", "age_15_59", "age_60_79", "age_80")
PLAIN = (30, 20, 40, 40, 200, 60, 20)
FEW = (30, 4, 40, 40, 200, 60, 20)


@pytest.fixture
def run(session: Session, tmp_path: Path, run_with: Runs) -> Run:
    """Far from a pharmacy or kindergarten: a compound, one with few of an age, one of which few are near."""
    files = cases.street_case(tmp_path).point("k", 100, 0).point("p", 100, 0, "pharmacy")
    for code, far, near in (("plain", PLAIN, None), ("few", FEW, None), ("left", PLAIN, (3, 2, 0, 0, 40, 5, 0))):
        files.unit("compound", code, shapely.box(0, 1, 999, 40), kind="open")
        for name, x, ages in ((f"{code}-far", 900, far), (f"{code}-near", 120, near)):
            if ages is not None:
                files.home(name, x, 5, sum(ages), parent=code, **dict(zip(BANDS, ages, strict=True)))
    files.home("unknown", 950, 0, 90).load(session)
    return run_with(serving(tmp_path, kindergarten="3_5"))


def told(session: Session, run: Run, **asked: Any) -> dict[str, tuple[float | None, ...]]:
    rows = reading_runs.gaps(session, run, EVERYTHING, GapFilter(**asked))
    return {row["place"]: tuple(row[f"people{ages}"] for ages in ("", "_0_5", "_6_14", "_60plus")) for row in rows}


def test_the_ages_of_a_gap_are_told_unless_they_tell_a_small_count(session: Session, run: Run) -> None:
    assert told(session, run, type="pharmacy") == {
        "plain": (410, 50, 80, 80),
        "few": (394, None, 80, None),  # of the 4, and of the 20 hidden with them
        "left": (410, None, 80, None),  # 5 of 0-5 and 5 old people are reached
        "unknown": (90, None, None, None),
    }
    stored = session.execute(select(RunGap.people_0_5, RunGap.people_60plus).where(RunGap.type == "pharmacy"))
    assert sorted(map(str, stored)) == sorted(["(50.0, 80.0)", "(None, None)", "(None, None)", "(None, None)"])


def test_a_type_for_children_counts_them_as_its_people(session: Session, run: Run) -> None:
    assert told(session, run, type="kindergarten") == {
        "plain": (20, 20, None, None),
        "few": (None, None, None, None),
        "left": (None, None, None, None),  # 2 are reached
        "unknown": (90, None, None, None),
    }


def test_gaps_are_asked_for_and_ordered_by_what_is_told(session: Session, run: Run) -> None:
    assert told(session, run, people_0_5=20).keys() == {"plain"}
    assert told(session, run, people_0_5=51) == {}
    assert told(session, run, type="kindergarten", people=2).keys() == {"plain", "unknown"}
    assert told(session, run, type="pharmacy", people=394).keys() == {"plain", "few", "left"}
    assert reading_runs.count_gaps(session, run, EVERYTHING, GapFilter(people_60plus=80)) == (1, 410)
    for turned in (False, True):
        rows = reading_runs.gaps(session, run, EVERYTHING, GapFilter(order="people_0_5", turned=turned))
        assert [row["people_0_5"] for row in rows] == [*((20, 50) if turned else (50, 20)), *[None] * (len(rows) - 2)]


def test_runs_of_older_versions_know_of_no_children(session: Session, run: Run) -> None:
    session.execute(update(RunGap).values(people_0_5=None, people_6_14=None, people_60plus=85))
    assert told(session, run, type="pharmacy")["plain"] == (410, None, None, 85)
    assert told(session, run, type="pharmacy")["unknown"] == (90, None, None, None)  # 5 are younger
    assert told(session, run, type="pharmacy", people_60plus=80).keys() == {"plain", "few", "left"}
    assert told(session, run, people_6_14=1) == {}
