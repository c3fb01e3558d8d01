"""Wall maps as a worker makes them: once, whoever is killed in between; of the account's area; stopped when asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gridgov.errors import ConflictError, NotFoundError
from gridgov.jobs.work import Bench
from gridgov.storage.database import reading, writing
from gridgov.storage.models import Document, ExportRecord, UnitVersion
from gridgov.usecases import accounts, documents
from gridgov.usecases.accounts import Grant
from tests.cases import DAY, district
from tests.jobs.workers import PASSWORD, Yard, until, working

ASKED = {"show": "governance", "paper": "a3", "type": None, "unit": None, "locale": "zh_Hans"}


@pytest.fixture
def yard(database_url: str, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(database_url, tmp_path / "instance")
    with writing(made.engine) as session:
        district(tmp_path).load(session)
        made.account = accounts.add(session, "hanger", PASSWORD, grants=[Grant("coordinator")]).id
    made.settings.instance.mkdir(exist_ok=True)
    yield made
    made.close()


def asked(yard: Yard, **told: object) -> tuple[str, str]:
    job = yard.queue.new("draw")
    with writing(yard.engine) as session:
        token = documents.ask(session, yard.account, DAY, ASKED | told, job).token
    yard.queue.put(job, token)
    return token, job


def seen(yard: Yard, token: str) -> tuple[str, str | None, bytes | None]:
    """Return a document's state, why it came to nothing, and its bytes."""
    with reading(yard.engine) as session:
        found = session.scalars(select(Document).where(Document.token == token)).one()
        return found.state, (found.refusal or {}).get("code"), found.content


def records(yard: Yard) -> int:
    with reading(yard.engine) as session:
        return session.scalar(select(func.count(ExportRecord.id)).where(ExportRecord.what == "wallmap")) or 0


def test_a_worker_killed_while_it_draws_is_followed_by_another(yard: Yard) -> None:
    for stage in ("gathering", "setting", "keeping"):
        before = records(yard)
        token, job = asked(yard, paper="a0")
        with working(yard.settings, hang=stage) as killed:
            until(lambda job=job, stage=stage: yard.queue.standing(job).stage == stage, f"{stage} is reached")
            killed.kill()
            killed.join()
        assert seen(yard, token) == ("asked", None, None)
        with working(yard.settings):
            until(lambda job=job: yard.queue.standing(job).state == "ended", "the other worker ends the job")
        state, _, content = seen(yard, token)
        assert state == "made"
        assert content is not None
        assert content.startswith(b"%PDF-")
        assert records(yard) == before + 1


def test_it_is_made_of_what_the_account_may_see_and_stopped_when_asked(yard: Yard) -> None:
    bench = Bench(yard.engine, yard.queue, yard.settings.instance)
    token, job = asked(yard)
    yard.queue.stop(job)
    bench.draw(token, job)
    assert seen(yard, token) == ("refused", "document_stopped", None)
    with writing(yard.engine) as session:
        own = session.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "C1")).one()
        yard.account = accounts.add(session, "part", PASSWORD, grants=[Grant("coordinator", own)]).id
    token, job = asked(yard, unit="C2")
    bench.draw(token, job)
    assert seen(yard, token) == ("refused", "unit_unknown", None)
    token, job = asked(yard, show="coverage")  # no role of his shows coverage
    bench.draw(token, job)
    assert seen(yard, token)[0] == "refused"
    token, job = asked(yard, unit="C1")
    bench.draw(token, "draw-another")
    assert seen(yard, token)[0] == "asked"
    bench.draw(token, job)
    assert seen(yard, token)[0] == "made"


def test_documents_are_their_accounts_own_few_and_let_go_after_a_week(yard: Yard) -> None:
    with writing(yard.engine) as session:
        first = documents.ask(session, yard.account, DAY, ASKED, "draw-1")
        documents.keep(first, b"%PDF-")
        with pytest.raises(NotFoundError, match="document_unknown"):
            documents.own(session, first.token, yard.account + 1)
        for number in range(documents.AT_ONCE):
            documents.ask(session, yard.account, DAY, ASKED, f"draw-{number}")
        with pytest.raises(ConflictError, match="documents_many"):
            documents.ask(session, yard.account, DAY, ASKED, "draw-9")
        assert documents.let_old_go(session, datetime.now(UTC) + timedelta(days=6)) == 0
        assert documents.let_old_go(session, datetime.now(UTC) + timedelta(days=8)) == documents.AT_ONCE + 1
        assert documents.listed(session, yard.account) == []
        assert first.content is None
