"""What changed since a day in who holds what, and what waits for whom."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import Batch
from gridgov.usecases import accounts, movements, proposing
from gridgov.usecases.proposing import Line, Proposal
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
DAY = AT.day + timedelta(days=3)
LATER = At(AT.day + timedelta(days=7))


@pytest.fixture
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """Three compounds: C1 and C2 led by PA, C3 vacant; two who may decide."""
    files = town(tmp_path, {"C1": 1000, "C2": 2000, "C3": 3000}, {"PA": "A", "PB": "B"}, {"C1": "PA", "C2": "PA"})
    files.load(session)
    users = {name: accounts.add(session, name, "a long enough password").id for name in ("one", "two")}
    return numbers(session) | users


def changed(session: Session, ids: dict[str, int], lines: dict[str, str | None], day: date = DAY) -> int:
    asked = tuple(Line(ids[unit], None if cadre is None else ids[cadre]) for unit, cadre in lines.items())
    change = proposing.propose(session, Proposal("轮换", 3, day, asked), EVERYTHING, ids["one"])
    return proposing.approve(session, change, EVERYTHING, ids["two"]).batch_id or 0


def told(session: Session, ids: dict[str, int], since: date, at: At = LATER, area: str | None = None) -> object:
    code = {number: name for name, number in ids.items() if name.startswith("C") or name.isdecimal()}
    found = movements.since(session, at, since, EVERYTHING, ids[area] if area else None)
    return [(code[one.unit], one.role, one.before, one.after) for one in found]


def test_filled_handed_over_and_left_vacant(session: Session, ids: dict[str, int]) -> None:
    changed(session, ids, {"C1": "PB", "C2": None, "C3": "PA"})
    wanted = [
        ("C1", "lead", ("某PA",), ("某PB",)),
        ("C2", "lead", ("某PA",), ()),
        ("C3", "lead", (), ("某PA",)),
    ]
    assert told(session, ids, AT.day) == wanted
    assert told(session, ids, DAY) == []
    assert told(session, ids, AT.day, At(DAY - timedelta(days=1))) == []
    assert told(session, ids, AT.day, area="C1") == wanted[:1]


def test_what_was_written_backwards_since_is_told_too(session: Session, ids: dict[str, int]) -> None:
    batch = changed(session, ids, {"C3": "PB"}, AT.day)
    assert told(session, ids, AT.day) == []  # it stood so on that day, as the data have it now
    loaded, corrected = (datetime.combine(day, time(12), UTC) for day in (AT.day, DAY))
    session.execute(update(Batch).where(Batch.id < batch).values(created_at=loaded))
    session.execute(update(Batch).where(Batch.id == batch).values(created_at=corrected))
    assert told(session, ids, AT.day) == [("C3", "lead", (), ("某PB",))]


def test_what_waits(session: Session, ids: dict[str, int]) -> None:
    asked = (Line(ids["C3"], ids["PB"]),)
    proposing.propose(session, Proposal("补缺", 3, DAY, asked), EVERYTHING, ids["one"])
    assert [one.title for one in movements.awaited(session, AT, EVERYTHING, ids["two"]).proposed] == ["补缺"]
    assert movements.awaited(session, AT, EVERYTHING, ids["one"]).proposed == []
    assert movements.awaited(session, AT, EVERYTHING, ids["two"], ids["C1"]).proposed == []
    assert movements.awaited(session, AT, Scope.of({ids["C1"]}), ids["two"]).proposed == []
