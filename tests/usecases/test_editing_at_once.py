"""Two people who write in the very same moment, on both engines: one goes first, the other is told."""

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError
from gridgov.storage.database import open_engine, writing
from gridgov.storage.models import UnitVersion
from gridgov.usecases import editing, importing, things
from gridgov.usecases.acts import Change
from tests.databases import TODAY
from tests.usecases.by_hand import ALL, number

COMPOUND = "420599001001X01"


@pytest.fixture
def engine(own_demo_url: str) -> Iterator[Engine]:
    opened = open_engine(own_demo_url)
    yield opened
    opened.dispose()


def at_once(engine: Engine, *acts: Callable[[Session], object]) -> list[str]:
    """Do acts in the same moment, each in a session of its own; return how they came out, sorted."""
    barrier, said = threading.Barrier(len(acts)), []

    def one(act: Callable[[Session], object]) -> None:
        barrier.wait()
        try:
            with writing(engine) as session:
                act(session)
        except GridgovError as error:
            said.append(error.code)
        else:
            said.append("done")

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def names(session: Session, unit: int) -> list[str | None]:
    own = select(UnitVersion.name).where(UnitVersion.unit_id == unit, UnitVersion.superseded_by.is_(None))
    return list(session.scalars(own.order_by(UnitVersion.valid_from)))


def test_of_two_editors_in_one_moment_the_second_is_told(engine: Engine) -> None:
    with Session(engine) as session:
        unit = number(session, "units", COMPOUND)
        seen = things.stamp(session, "units", unit)

    def naming(name: str) -> Callable[[Session], object]:
        return lambda session: editing.apply(session, Change("units", unit, TODAY, {"name": name}, stamp=seen), ALL)

    assert at_once(engine, naming("甲"), naming("乙")) == ["changed_meanwhile", "done"]
    with Session(engine) as session:
        assert len(names(session, unit)) == 2


def test_of_two_undoings_in_one_moment_one_is_done(engine: Engine) -> None:
    with writing(engine) as session:
        unit = number(session, "units", COMPOUND)
        before = names(session, unit)
        batch = editing.apply(session, Change("units", unit, TODAY, {"name": "甲"}), ALL).id

    def undoing(session: Session) -> None:
        importing.undo(session, batch)

    assert at_once(engine, undoing, undoing) == ["batch_undone", "done"]
    with Session(engine) as session:
        assert names(session, unit) == before


def test_an_undoing_and_an_edit_in_one_moment_leave_one_truth(engine: Engine) -> None:
    for turn in range(3):
        with writing(engine) as session:
            unit = number(session, "units", COMPOUND)
            batch = editing.apply(session, Change("units", unit, TODAY, {"name": f"甲{turn}"}), ALL).id
        at_once(
            engine,
            lambda session, batch=batch: importing.undo(session, batch),  # type: ignore[misc]
            lambda session, turn=turn: editing.apply(  # type: ignore[misc]
                session, Change("units", number(session, "units", COMPOUND), TODAY, {"address": f"{turn}"}), ALL
            ),
        )
        with Session(engine) as session:
            versions = things.timeline(session, "units", unit)
            assert all(one.valid_to == other.valid_from for one, other in pairwise(versions))
