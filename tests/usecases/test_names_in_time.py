"""Names, codes and borders change; what a place is, who answers for it and what was stay as they were."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.units import LEVELS
from gridgov.errors import NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import answering, browsing, contacting
from tests import cases

EVERYTHING = Scope.everything()
BEFORE, AFTER = At(cases.DAY), At(date(2026, 4, 10))
CHANGED = date(2026, 4, 5)
SHAPE, WIDER = shapely.box(50, 50, 250, 250), shapely.box(40, 40, 250, 260)


@dataclass(frozen=True)
class Change:
    """What a later file says of the compound C1, and what it is called before and after."""

    cells: dict[str, Any]
    code: str = "C1"
    name: str = "桂花苑小区"
    shape: Any = SHAPE


CHANGES = {
    "name": Change({"name": "金桂苑"}, name="金桂苑"),
    "code": Change({"code": "C9"}, code="C9"),
    "border": Change({}, shape=WIDER),
    "all but the code": Change({"name": "金桂苑"}, name="金桂苑", shape=WIDER),
    "all but the name": Change({"code": "C9"}, code="C9", shape=WIDER),
}


@pytest.fixture
def session(town: Session) -> Session:
    """A session on the small district."""
    return town


@pytest.fixture(params=list(CHANGES))
def changed(request: pytest.FixtureRequest, session: Session, tmp_path: Path) -> Change:
    """The small district, and from a day on something else said of its compound."""
    change = CHANGES[request.param]
    told = {"code": "C1", "name": "桂花苑小区", "parent": "420503001001", "kind": "walled"} | change.cells
    report = (
        cases.Files(tmp_path)
        .unit("compound", told.pop("code"), change.shape, **told)
        .bring(session, "units", valid_from=CHANGED)
    )
    assert (report.new, report.changed, report.rejected) == (0, 1, 0)
    return change


def the_compound(session: Session) -> int:
    """Return the one identity there is of the compound."""
    told = select(UnitVersion.unit_id).where(UnitVersion.code.in_(["C1", "C9"])).distinct()
    return session.scalars(told).one()


def test_it_is_the_same_place_with_another_version(session: Session, changed: Change) -> None:
    number = the_compound(session)
    before, after = (browsing.unit(session, number, at, EVERYTHING) for at in (BEFORE, AFTER))
    assert (before.code, before.name) == ("C1", "桂花苑小区")
    assert (after.code, after.name) == (changed.code, changed.name)
    assert (before.valid_to, after.valid_from) == (CHANGED, CHANGED)
    assert before.geometry is not None
    assert after.geometry is not None
    grown = after.geometry.area / before.geometry.area
    assert grown == pytest.approx(changed.shape.area / SHAPE.area, rel=0.001)


def test_contacts_posts_branch_and_partners_stay_on_it(session: Session, changed: Change) -> None:
    number = the_compound(session)
    told = []
    for at, code in ((BEFORE, "C1"), (AFTER, changed.code)):
        (answer,) = answering.who(session, code, at, EVERYTHING)["candidates"]
        assert answer["branch"]["code"] == "BR1"
        assert [body["name"] for body in answer["partners"]] == ["桂花苑业委会"]
        contacts = contacting.contacts_of(session, at, EVERYTHING, {number})
        assert [(held.role, held.holder, held.since) for held in contacts] == [("lead", "钱二", cases.DAY.isoformat())]
        told.append([held.contact for held in contacts])
        below = browsing.tree(session, at, EVERYTHING, number)
        assert [node.code for node in below] == ["B1", "B2"]
    assert told[0] == told[1]
    assert contacting.earlier(session, AFTER, EVERYTHING, number) == []
    numbers = [contacting.report(session, at, EVERYTHING) for at in (BEFORE, AFTER)]
    assert numbers[0]["tiers"] == numbers[1]["tiers"]
    assert numbers[0]["branch_coverage"] == numbers[1]["branch_coverage"]


def test_a_past_day_shows_the_past_names(session: Session, changed: Change) -> None:
    community = browsing.unit_by_code(session, "420503001001", BEFORE, EVERYTHING)
    assert community is not None
    for at, code, name in ((BEFORE, "C1", "桂花苑小区"), (AFTER, changed.code, changed.name)):
        assert [(node.code, node.name) for node in browsing.tree(session, at, EVERYTHING, community.unit_id)] == [
            (code, name)
        ]
        (row,) = (
            row for row in contacting.places(session, at, EVERYTHING, 3, "due") if row["unit"] == the_compound(session)
        )
        assert (row["code"], row["name"]) == (code, name)
        (answer,) = answering.who(session, "B1", at, EVERYTHING)["candidates"]
        link = answer["chain"][LEVELS.index("compound")]
        assert (link["code"], link["name"]) == (code, name)


def test_each_name_is_found_on_its_own_days(session: Session, changed: Change) -> None:
    for known, strange, at in (("C1", changed.code, BEFORE), (changed.code, "C1", AFTER)):
        assert answering.who(session, known, at, EVERYTHING)["candidates"][0]["certain"]
        if strange != known:
            with pytest.raises(NotFoundError):
                answering.who(session, strange, at, EVERYTHING)
    if changed.name != "桂花苑小区":
        assert answering.who(session, "桂花苑小区", BEFORE, EVERYTHING)["candidates"][0]["certain"]
        with pytest.raises(NotFoundError):
            answering.who(session, changed.name, BEFORE, EVERYTHING)
