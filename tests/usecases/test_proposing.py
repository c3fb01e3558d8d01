"""A change set's way: proposed, looked at, decided by a second person, done as one batch; nothing silently lost."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ChangeSet
from gridgov.usecases import accounts, contacting, editing, importing, proposing
from gridgov.usecases.acts import End, RefusedError
from gridgov.usecases.proposing import Line, Proposal
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
DAY = date(2026, 12, 1)


@pytest.fixture
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """Three compounds: C1 led by PA, C2 disputed between PA and PB, C3 vacant; two who may decide."""
    files = town(
        tmp_path, {"C1": 1000, "C2": 2000, "C3": 3000}, {"PA": "A", "PB": "B", "PC": "B"}, {"C1": "PA", "C2": "PA"}
    )
    files.add("contacts", tier=3, unit="C2", role="lead", holder="PB")
    files.load(session)
    users = {name: accounts.add(session, name, "a long enough password").id for name in ("one", "two")}
    return numbers(session) | users


def proposed(session: Session, ids: dict[str, int], lines: dict[str, str | None], **more: Any) -> ChangeSet:
    asked = tuple(Line(ids[unit], None if cadre is None else ids[cadre]) for unit, cadre in lines.items())
    told = {"title": "年底轮换", "tier": 3, "effective": DAY, "document": "宜组〔2026〕9号"} | more
    return proposing.propose(session, Proposal(lines=asked, **told), EVERYTHING, ids["one"])


def leads(session: Session, day: date = DAY) -> dict[str, list[tuple[str, str | None]]]:
    rows = contacting.places(session, At(day), EVERYTHING, 3, "due")
    return {row["code"]: [(held.code, held.document) for held in row["holders"]] for row in rows}


def test_approved_by_a_second_person_it_holds_from_its_day(session: Session, ids: dict[str, int]) -> None:
    before = leads(session)
    change = proposed(session, ids, {"C1": "PC", "C2": "PB", "C3": "PA"})
    assert [(line["unit"], line["before"], line["after"]) for line in change.lines] == [
        ("C1", ["PA"], "PC"),
        ("C2", ["PA", "PB"], "PB"),
        ("C3", [], "PA"),
    ]
    assert leads(session) == before
    with pytest.raises(ForbiddenError, match="approval_own"):
        proposing.approve(session, change, EVERYTHING, ids["one"])
    done = proposing.approve(session, change, EVERYTHING, ids["two"])
    assert (done.state, done.decided_by) == ("approved", ids["two"])
    document = "宜组〔2026〕9号"
    assert leads(session) == {"C1": [("PC", document)], "C2": [("PB", None)], "C3": [("PA", document)]}
    assert leads(session, AT.day) == before
    with pytest.raises(ConflictError, match="change_decided"):
        proposing.approve(session, change, EVERYTHING, ids["two"])
    importing.undo(session, done.batch_id or 0)
    assert leads(session) == before


def test_what_it_would_do_is_told_and_taken_back(session: Session, ids: dict[str, int]) -> None:
    change = proposed(session, ids, {"C1": None, "C3": "PC"})
    before = leads(session)
    told = proposing.differences(session, change, EVERYTHING)
    assert sorted((one.kind, one.what) for one in told.changes) == [("contacts", "ended"), ("contacts", "new")]
    assert leads(session) == before
    proposing.approve(session, change, EVERYTHING, ids["two"])
    assert (leads(session)["C1"], [code for code, _ in leads(session)["C3"]]) == ([], ["PC"])


def test_a_post_led_by_others_meanwhile_stops_it(session: Session, ids: dict[str, int]) -> None:
    change = proposed(session, ids, {"C1": "PC", "C3": "PA"})
    other = proposed(session, ids, {"C3": "PB"})
    proposing.approve(session, other, EVERYTHING, ids["two"])
    before = leads(session)
    assert proposing.stale(session, change) == ["C3"]
    with pytest.raises(ConflictError, match="change_stale"):
        proposing.approve(session, change, EVERYTHING, ids["two"])
    assert (leads(session), change.state) == (before, "proposed")


def test_it_is_turned_down_with_a_reason_or_taken_back(session: Session, ids: dict[str, int]) -> None:
    change = proposed(session, ids, {"C1": "PC"})
    with pytest.raises(InputError, match="reason_missing"):
        proposing.decline(session, change, ids["two"], " ")
    with pytest.raises(ForbiddenError, match="approval_own"):
        proposing.decline(session, change, ids["one"], "不妥")
    with pytest.raises(ForbiddenError, match="withdrawal_others"):
        proposing.withdraw(session, change, ids["two"])
    assert proposing.decline(session, change, ids["two"], "任期未满").reason == "任期未满"
    with pytest.raises(ConflictError, match="change_decided"):
        proposing.withdraw(session, change, ids["one"])
    assert proposing.withdraw(session, proposed(session, ids, {"C1": "PC"}), ids["one"]).state == "withdrawn"
    assert [one.state for one in proposing.listed(session)] == ["withdrawn", "declined"]
    assert proposing.listed(session, "proposed") == []


def test_only_what_changes_is_proposed(session: Session, ids: dict[str, int]) -> None:
    assert [line["unit"] for line in proposed(session, ids, {"C1": "PA", "C3": "PC"}).lines] == ["C3"]
    with pytest.raises(InputError, match="proposal_empty"):
        proposed(session, ids, {"C1": "PA", "C3": None})


def test_what_cannot_be_done_is_refused_at_once(session: Session, ids: dict[str, int]) -> None:
    for error, lines, more in (
        ("proposal_untitled", {"C1": "PC"}, {"title": " "}),
        ("proposal_unit_unknown", {"420503001": "PC"}, {}),
        ("tier_unknown", {"C1": "PC"}, {"tier": 9}),
    ):
        with pytest.raises(InputError, match=error):
            proposed(session, ids, lines, **more)
    with pytest.raises(InputError, match="proposal_cadre_unknown"):
        proposing.propose(session, Proposal("x", 3, DAY, (Line(ids["C1"], 10**6),)), EVERYTHING, ids["one"])
    twice = (Line(ids["C1"], None), Line(ids["C1"], ids["PC"]))
    with pytest.raises(InputError, match="proposal_line_twice"):
        proposing.propose(session, Proposal("x", 3, DAY, twice), EVERYTHING, ids["one"])
    with pytest.raises(InputError, match="proposal_unit_unknown"):
        proposing.propose(session, Proposal("x", 3, DAY, (Line(ids["C1"], None),)), Scope.nothing(), ids["one"])
    with pytest.raises(NotFoundError, match="change_unknown"):
        proposing.find(session, 10**6, EVERYTHING)
    assert proposing.listed(session) == []


def test_a_line_is_for_a_unit_that_stands_on_its_day(session: Session, ids: dict[str, int], tmp_path: Path) -> None:
    """C3 stands up to 14 November, C4 from 1 January: each is led on the days it has, and on no other."""
    files = town(tmp_path, {"C4": 4000}, {}, {})
    files.rows["units"][-1]["valid_from"] = "2027-01-01"
    files.load(session)
    ids |= numbers(session)
    editing.apply(session, End("units", ids["C3"], date(2026, 11, 15)), EVERYTHING)
    for unit, day in (("C3", date(2026, 11, 15)), ("C3", DAY), ("C4", DAY), ("C4", date(2026, 12, 31))):
        with pytest.raises(InputError, match="proposal_unit_unknown") as refused:
            proposed(session, ids, {"C1": "PC", unit: "PB"}, effective=day)
        assert refused.value.params == {"unit": ids[unit], "level": "compound"}
    assert proposing.listed(session) == []
    for unit, day in (("C3", date(2026, 11, 14)), ("C4", date(2027, 1, 1))):
        change = proposed(session, ids, {unit: "PB"}, effective=day)
        proposing.approve(session, change, EVERYTHING, ids["two"])
        assert [code for code, _ in leads(session, day)[unit]] == ["PB"]


def test_a_unit_that_ends_before_its_line_holds_stops_it(session: Session, ids: dict[str, int]) -> None:
    change = proposed(session, ids, {"C1": "PC", "C3": "PA"})
    editing.apply(session, End("units", ids["C3"], date(2026, 11, 15)), EVERYTHING)
    before = leads(session)
    with pytest.raises(RefusedError):
        proposing.approve(session, change, EVERYTHING, ids["two"])
    assert (leads(session), change.state) == (before, "proposed")


def test_a_successor_on_record_already_is_no_room(session: Session, ids: dict[str, int], tmp_path: Path) -> None:
    files = town(tmp_path, {}, {}, {})
    files.rows.clear()
    files.add("contacts", tier=3, unit="C3", role="lead", holder="PB", valid_from="2026-12-15")
    files.load(session)
    with pytest.raises(RefusedError):
        proposed(session, ids, {"C3": "PC"})


def test_an_area_that_isnt_ones_own(session: Session, ids: dict[str, int], tmp_path: Path) -> None:
    far = town(tmp_path, {}, {}, {})
    far.rows.clear()
    far.unit("street", "420503002", shapely.box(20_000, 0, 21_000, 1000), name="远街")
    far.load(session)
    change = proposed(session, ids, {"C1": "PC"})
    other = Scope.of({numbers(session)["420503002"]})
    with pytest.raises(NotFoundError, match="thing_unknown"):
        proposing.approve(session, change, other, ids["two"])
    assert change.state == "proposed"
