"""The planner's brief on paper: shares, causes, gaps with who and whose job, a plan, the run, and what to beware of."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import NotFoundError
from gridgov.reports.brief import Made
from gridgov.reports.gaps import document, gaps_pdf
from gridgov.reports.method import warnings
from gridgov.sources.rulepacks import pack
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Plan, UnitVersion
from gridgov.usecases import gap_brief, planning
from gridgov.usecases.gap_brief import GapBrief
from gridgov.wording import LOCALES
from tests import cases
from tests.databases import TODAY
from tests.reports.test_brief import read, squeezed

MADE = Made(datetime(2026, 3, 31, 8, 0, tzinfo=UTC), "周敏")
AT = At(TODAY)
EVERYTHING = Scope.everything()


@pytest.fixture(scope="module")
def told(demo_engine: Any) -> GapBrief:
    with Session(demo_engine) as session:
        return gap_brief.gap_brief(session, AT, EVERYTHING)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_it_says_can_be_read_back(told: GapBrief, locale: str) -> None:
    pages = read(gaps_pdf(told, MADE, locale))
    assert 4 <= len(pages) <= 15
    text = squeezed("".join(pages))
    for part in document(told, MADE, locale)["circle"]["scenarios"]:
        assert squeezed(f"{part['name']}{part['share']}") in text
    for row in told.rows:
        assert squeezed(row["name"] or row["place"]) in text
        assert squeezed(row["liaison"] or {"zh_Hans": "空缺", "en": "vacant"}[locale]) in text
    said = {
        "zh_Hans": ("未从标准原文读得", "计算记录", "没有通路", "号码已脱敏", "幼儿园"),
        "en": (
            "notreadinthestandard’sowntext",
            "Therunbehindthem",
            "nowayleadsthere",
            "numbersmasked",
            "Kindergarten",
        ),
    }[locale]
    assert [line for line in said if line not in text] == []
    assert told.circle.run["hash"][:16] in text
    assert all("周敏" in page for page in pages)


def test_it_speaks_of_one_place_alone(demo_session: Session) -> None:
    first, other = demo_session.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code).limit(2)
    )
    inside = gap_brief.gap_brief(demo_session, AT, EVERYTHING, first.unit_id)
    assert {row["street"] for row in inside.rows} == {first.name}
    assert inside.name == first.name
    text = "".join(read(gaps_pdf(inside, MADE, "zh_Hans")))
    assert str(first.name) in text
    assert str(other.name) not in text
    held = gap_brief.gap_brief(demo_session, AT, Scope.of({first.unit_id}))
    assert (held.code, held.rows, held.causes) == (first.code, inside.rows, inside.causes)
    with pytest.raises(NotFoundError, match="unit_unknown"):
        gap_brief.gap_brief(demo_session, AT, Scope.of({first.unit_id}), other.unit_id)


def test_a_plan_stands_in_it_before_and_after(demo_session: Session) -> None:
    gap = gap_brief.gap_brief(demo_session, AT, EVERYTHING).lacks[0]
    place = demo_session.scalars(select(UnitVersion).where(UnitVersion.code == gap.gaps[0]["place"])).first()
    assert place is not None
    point = place.geometry.representative_point()
    edits = [{"do": "add_point", "type": gap.row["type"], "x": point.x, "y": point.y}]
    plan: Plan = planning.create(demo_session, "一处新点", planning.draw(demo_session, AT, {"edits": edits}))
    brief = gap_brief.gap_brief(demo_session, AT, EVERYTHING, plan=plan)
    text = squeezed("".join(read(gaps_pdf(brief, MADE, "en"))))
    assert "Whataplanwouldchange:一处新点" in text
    assert brief.plan is not None
    (moved,) = (row for row in brief.plan.told["types"] if row["before"] != row["after"])
    assert squeezed(f"{round(moved['before']):,}{round(moved['after']):,}") in text
    assert "stale" not in text


def test_without_a_run_there_is_nothing_to_tell(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    with pytest.raises(NotFoundError, match="run_none"):
        gap_brief.gap_brief(session, At(cases.DAY), EVERYTHING)


def test_warnings_say_what_figures_rest_on() -> None:
    rules = pack("gb50180-2018")
    sure = {"estimate": False, "basis": "people"}
    (unread,) = warnings(rules, sure, 0, "en")
    decided = [row for row in rules.rows if row.decided]
    assert unread.startswith(f"{len(decided)} of {len(decided)} rules were not read")
    assert len(warnings(rules, {"estimate": True, "basis": "buildings"}, 3, "zh_Hans")) == 4
