"""A contact given back: only by its holder, with a reason, answered once by somebody else, and undone as a whole."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch
from gridgov.usecases import accounts, contacting, giving_back, importing, suggesting
from gridgov.usecases.accounts import Grant
from gridgov.usecases.suggesting import Asked
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
LATER = date(2026, 12, 1)


@dataclass(frozen=True)
class Town:
    """Two compounds, C1 led by PA and C2 by PB; an account for PA, one for PB, and a coordinator's."""

    ids: dict[str, int]
    held: dict[str, int]
    users: dict[str, int]

    def give(self, session: Session, unit: str = "C1", *, reason: str = "调往外地", user: str = "PA") -> int:
        return giving_back.give_back(session, self.held[unit], reason, AT, self.users[user]).id

    def decide(self, session: Session, number: int, accepted: bool, answer: str | None = None) -> str:
        user = self.users["coordinator"]
        return giving_back.decide(session, number, accepted, answer, EVERYTHING, user, LATER).state


@pytest.fixture
def place(session: Session, tmp_path: Path) -> Town:
    town(tmp_path, {"C1": 1000, "C2": 2000}, {"PA": "A", "PB": "B"}, {"C1": "PA", "C2": "PB"}).load(session)
    ids = numbers(session)
    users = {
        name: accounts.add(session, name, "a long enough password", grants=[Grant(role)], cadre_id=ids.get(name)).id
        for name, role in (("PA", "cadre"), ("PB", "cadre"), ("coordinator", "coordinator"))
    }
    held = contacting.contacts_of(session, AT, EVERYTHING, [ids["C1"], ids["C2"]])
    codes = {number: code for code, number in ids.items()}
    return Town(ids, {codes[one.unit]: one.contact for one in held}, users)


def leads(session: Session, day: date = LATER) -> dict[str, list[str]]:
    rows = contacting.places(session, At(day), EVERYTHING, 3, "due")
    return {row["code"]: [held.code for held in row["holders"]] for row in rows}


def suggested(session: Session) -> dict[str, str]:
    rows = suggesting.suggest(session, AT, EVERYTHING, Asked(3))["rows"]
    return {row["unit"]: row["cadre"] for row in rows}


def test_it_is_his_until_somebody_accepts_and_the_end_can_be_undone(session: Session, place: Town) -> None:
    number = place.give(session)
    assert leads(session) == {"C1": ["PA"], "C2": ["PB"]}
    waiting = giving_back.open_ones(session, AT, EVERYTHING)
    told = [(one.number, one.code, one.role, one.holder_code, one.reason, one.state) for one in waiting]
    assert told == [(number, "C1", "lead", "PA", "调往外地", "open")]
    assert place.decide(session, number, accepted=True) == "accepted"
    assert leads(session) == {"C1": [], "C2": ["PB"]}
    assert leads(session, AT.day)["C1"] == ["PA"]
    assert giving_back.open_ones(session, AT, EVERYTHING) == []
    with pytest.raises(ConflictError, match="return_decided"):
        place.decide(session, number, accepted=False, answer="不")
    batch = session.scalar(select(Batch.id).order_by(Batch.id.desc()))
    importing.undo(session, batch or 0)
    assert leads(session)["C1"] == ["PA"]
    place.give(session, reason="仍要退回")  # the end was undone: he holds it, and may give it back


def test_whoever_turns_it_down_says_why_and_it_stays(session: Session, place: Town) -> None:
    number = place.give(session)
    with pytest.raises(InputError, match="reason_missing"):
        place.decide(session, number, accepted=False, answer="  ")
    assert place.decide(session, number, accepted=False, answer="任期未满") == "declined"
    mine = giving_back.of_holder(session, AT, place.ids["PA"])[place.held["C1"]]
    assert (mine.state, mine.answer) == ("declined", "任期未满")
    assert leads(session)["C1"] == ["PA"]
    again = place.give(session)
    assert giving_back.of_holder(session, AT, place.ids["PA"])[place.held["C1"]].number == again
    assert [one.state for one in giving_back.listed(session, AT, EVERYTHING)] == ["declined", "open"]


def test_nobody_but_the_holder_gives_it_back(session: Session, place: Town) -> None:
    for user in ("PB", "coordinator"):
        with pytest.raises(ForbiddenError, match="return_others"):
            place.give(session, user=user)
    with pytest.raises(InputError, match="reason_missing"):
        place.give(session, reason=" \n")
    with pytest.raises(NotFoundError, match="contact_over"):
        giving_back.give_back(session, 10**6, "x", AT, place.users["PA"])
    with pytest.raises(NotFoundError, match="contact_over"):
        giving_back.give_back(session, place.held["C1"], "x", At(date(1999, 1, 1)), place.users["PA"])
    assert giving_back.listed(session, AT, EVERYTHING) == []


def test_once_is_enough(session: Session, place: Town) -> None:
    number = place.give(session)
    with pytest.raises(ConflictError, match="return_again"):
        place.give(session)
    place.decide(session, number, accepted=True)
    with pytest.raises(ConflictError, match="return_again"):
        place.give(session)  # it stands until its last day, which is settled
    with pytest.raises(NotFoundError, match="contact_over"):
        giving_back.give_back(session, place.held["C1"], "x", At(LATER), place.users["PA"])


def test_nobody_decides_on_his_own(session: Session, place: Town) -> None:
    number = place.give(session)
    ids = place.ids
    same = accounts.add(session, "other", "a long enough password", grants=[Grant("admin")], cadre_id=ids["PA"]).id
    for user in (place.users["PA"], same):
        with pytest.raises(ForbiddenError, match="return_own"):
            giving_back.decide(session, number, True, None, EVERYTHING, user, LATER)
    with pytest.raises(NotFoundError, match="return_unknown"):
        giving_back.decide(session, number, True, None, Scope.of({ids["C2"]}), place.users["coordinator"], LATER)
    assert giving_back.open_ones(session, AT, Scope.of({ids["C2"]})) == []
    assert leads(session)["C1"] == ["PA"]


def test_what_went_to_another_meanwhile_needs_no_answer(session: Session, place: Town, tmp_path: Path) -> None:
    number = place.give(session)
    files = town(tmp_path, {}, {}, {})
    files.rows.clear()
    files.add("contacts", tier=3, unit="C1", role="lead", holder="PA", valid_to="2026-11-01")
    files.load(session)
    assert giving_back.open_ones(session, At(LATER), EVERYTHING) == []
    with pytest.raises(InputError, match="thing_ended"):
        place.decide(session, number, accepted=True)


def test_a_suggestion_gives_it_back_to_him_only_if_that_was_turned_down(session: Session, place: Town) -> None:
    number = place.give(session)
    asked = Asked(3)
    assert {row["unit"]: row["cadre"] for row in suggesting.suggest(session, AT, EVERYTHING, asked)["rows"]}[
        "C1"
    ] == "PB"
    place.decide(session, number, accepted=False, answer="任期未满")
    assert {row["unit"]: row["cadre"] for row in suggesting.suggest(session, AT, EVERYTHING, asked)["rows"]}[
        "C1"
    ] == "PA"


def test_numbers_in_a_reason_are_masked(session: Session, place: Town) -> None:
    place.give(session, reason="调走，请打 13812345678")
    assert "13812345678" not in giving_back.open_ones(session, AT, EVERYTHING)[0].reason
