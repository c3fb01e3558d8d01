"""kill -9 of a worker at any moment: the database is as before, or the import is there, once."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gridgov.storage.database import reading, writing
from gridgov.storage.models import Batch, UnitVersion, UploadPart
from gridgov.usecases import importing
from tests.jobs.workers import Yard, until, working

ROWS = 400
STREETS = "code,name\n" + "".join(f"4205{number:05d},街道{number}\n" for number in range(ROWS))


@pytest.fixture
def yard(database_url: str, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(database_url, tmp_path / "instance")
    yield made
    made.close()


def test_a_worker_killed_while_it_writes_is_followed_by_another(yard: Yard) -> None:
    for stage in ("fetching", "matching", "keeping", "done"):
        token = looked_at(yard)
        job = yard.ask("apply", token)
        with working(yard.settings, hang=stage) as killed:
            until(lambda job=job, stage=stage: yard.queue.standing(job).stage == stage, f"{stage} is reached")
            killed.kill()
            killed.join()
            assert counted(yard, token) == ((1, ROWS) if stage == "done" else (0, 0)), stage
        with working(yard.settings):
            until(lambda job=job: yard.queue.standing(job).state == "ended", "the other worker ends the job")
        assert yard.state(token) == "applied"
        assert counted(yard, token) == (1, ROWS), stage
        taken_back(yard, token)


def test_one_of_two_workers_is_killed_and_the_other_goes_on(yard: Yard) -> None:
    token = looked_at(yard)
    job = yard.ask("apply", token)
    with working(yard.settings, hang="matching") as killed:
        until(lambda: yard.queue.standing(job).stage == "matching", "matching is reached")
        with working(yard.settings):
            until(lambda: len(yard.queue.places.held()) == 2, "both work")
            killed.kill()
            until(lambda: yard.queue.standing(job).state == "ended", "the other worker takes the job over")
    assert counted(yard, token) == (1, ROWS)


def test_a_look_killed_at_random_moments_leaves_nothing_and_is_done_in_the_end(yard: Yard) -> None:
    chance = random.Random(20261122)
    token = yard.bring("streets.csv", STREETS.encode(), kind="units", level="street")
    job = yard.ask("look", token)
    for _ in range(2):
        with working(yard.settings):
            until(yard.queue.heard, "a worker stands")
            time.sleep(chance.uniform(0.3, 1.5))
        assert counted(yard, token) == (0, 0)
    with working(yard.settings):
        until(lambda: yard.queue.standing(job).state == "ended", "the look ends")
        assert yard.state(token) == "looked"
    until(lambda: not yard.queue.heard(), "nobody works any more")
    if yard.engine.dialect.name == "sqlite":  # on PostgreSQL it may take a moment until a dead worker's place is free
        assert list((yard.settings.instance / "worker-1").iterdir()) == []


def looked_at(yard: Yard) -> str:
    token = yard.bring("streets.csv", STREETS.encode(), kind="units", level="street")
    yard.look_here(token)
    return token


def counted(yard: Yard, token: str) -> tuple[int, int]:
    """Count the batches of an import and the units that stand; once written, none of its files is kept."""
    with reading(yard.engine) as session:
        batches = session.scalar(select(func.count()).select_from(Batch).where(Batch.token == token)) or 0
        units = select(func.count()).select_from(UnitVersion).where(UnitVersion.superseded_by.is_(None))
        kept = session.scalar(select(func.count()).select_from(UploadPart)) or 0
        assert kept == (0 if batches else 1)
        return batches, session.scalar(units) or 0


def taken_back(yard: Yard, token: str) -> None:
    with writing(yard.engine) as session:
        batch = session.scalars(select(Batch).where(Batch.token == token)).one()
        importing.undo(session, batch.id)
