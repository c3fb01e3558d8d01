"""The brief says what the pages say, within the asker's area."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.errors import NotFoundError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import ExportRecord, PartnerVersion, UnitVersion
from gridgov.usecases import checking, contacting, covering, reading_runs, reporting
from gridgov.usecases.gap_filter import GapFilter
from tests import cases
from tests.databases import TODAY

AT = At(cases.DAY)
ALL = Scope.everything()


def test_figures_are_those_of_the_pages(demo_session: Session) -> None:
    at = At(TODAY)
    told = reporting.brief(demo_session, at, ALL)
    assert told.report == contacting.report(demo_session, at, ALL)
    streets = units(demo_session, at, "street")
    reports = [contacting.report(demo_session, at, ALL, street.unit_id) for street in streets]
    assert [(part.code, part.report) for part in told.parts] == [
        (street.code, report) for street, report in zip(streets, reports, strict=True)
    ]
    counted = {(posts.tier, posts.state): posts.count for posts in told.posts}
    for row in told.report["tiers"]:
        for state in reporting.STATES:
            assert counted.get((row["tier"], state), 0) == row[state]
    assert sum(count for _, _, count in told.findings) == len(checking.check(demo_session, at, ALL))


def test_the_living_circle_is_that_of_the_newest_run(demo_session: Session) -> None:
    at = At(TODAY)
    run = covering.latest(demo_session, at) or covering.run(demo_session, at)
    told = reporting.brief(demo_session, at, ALL).circle
    assert told is not None
    assert told.run["run"] == run.id
    assert told.figures == reading_runs.figures(demo_session, run, ALL)
    worst = reading_runs.gaps(demo_session, run, ALL, GapFilter(required=True, limit=1))
    assert list(told.gaps[:1]) == worst
    assert len({gap["place"] for gap in told.gaps}) == len({gap["type"] for gap in told.gaps}) == len(told.gaps) == 5


def test_an_area_speaks_of_itself_only(demo_session: Session) -> None:
    at = At(TODAY)
    held, other = units(demo_session, at, "street")[:2]
    inside = Scope.of({held.unit_id})
    told = reporting.brief(demo_session, at, inside)
    assert (told.code, told.name) == (held.code, held.name)
    assert told.report == contacting.report(demo_session, at, ALL, held.unit_id)
    assert all(part.code.startswith(held.code) for part in told.parts)
    assert all(post.code.startswith(held.code) for posts in told.posts for post in posts.first)
    with pytest.raises(NotFoundError):
        reporting.brief(demo_session, at, inside, other.unit_id)


def test_several_areas_are_named_together(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    areas = {unit.unit_id for unit in units(session, AT, "community")}
    told = reporting.brief(session, AT, Scope.of(areas))
    assert told.code is None
    assert told.names == ("东风社区", "西陵社区")
    assert [part.name for part in told.parts] == ["东风社区", "西陵社区"]


def test_a_small_district_by_hand(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    told = reporting.brief(session, AT, ALL)
    assert told.report["branch_coverage"] == {"compounds": 2, "covered": 1}
    assert (told.branches, told.enlarged) == (1, 0)
    states = {(posts.tier, posts.state): [post.name for post in posts.first] for posts in told.posts}
    assert states == {(2, "vacant"): ["西陵社区"], (2, "expiring"): ["东风社区"], (3, "vacant"): ["梅花苑"]}
    expiring = next(posts for posts in told.posts if posts.state == "expiring").first[0]
    assert expiring.until == date(2026, 4, 20)
    assert expiring.where == ("学院街道",)
    assert told.circle is None
    assert told.ground is not None
    assert sorted(state for state, _ in told.ground.posts) == ["held", "vacant"]


def test_pledges_are_kept_overdue_or_ahead(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    pledges = [
        {"text": "修凉亭", "due": "2026-03-30", "kept": None},
        {"text": "今天到期", "due": "2026-03-31", "kept": None},
        {"text": "后来兑现", "due": "2026-03-01", "kept": "2026-04-02"},
        {"text": "已兑现", "due": "2026-03-01", "kept": "2026-03-02"},
        {"text": "联系13812341234", "due": None, "kept": None},
    ]
    session.execute(update(PartnerVersion).values(pledges=pledges))
    told = reporting.brief(session, AT, ALL).pledges
    assert (told.bodies, told.kept, told.overdue, told.ahead, told.undated) == (1, 1, 2, 1, 1)
    assert [(each.text, each.overdue) for each in told.first] == [
        ("后来兑现", True),
        ("修凉亭", True),
        ("今天到期", False),
    ]
    assert told.first[0].place == "桂花苑小区"


def test_an_empty_database_has_an_empty_brief(session: Session) -> None:
    told = reporting.brief(session, AT, ALL)
    assert (told.parts, told.posts, told.findings, told.sources, told.ground) == ((), (), (), (), None)


def test_a_brief_that_left_is_logged(session: Session) -> None:
    reporting.log(session, reporting.brief(session, AT, ALL), account=None)
    kept = session.scalars(select(ExportRecord)).one()
    assert (kept.what, kept.form, kept.as_of, kept.rows) == ("brief", "pdf", cases.DAY, 0)


def units(session: Session, at: At, level: str) -> list[UnitVersion]:
    wanted = current(UnitVersion, at, ALL).where(UnitVersion.level == level)
    return list(session.scalars(wanted.order_by(UnitVersion.code)))
