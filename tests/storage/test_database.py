"""Opening, upgrading, reading and writing: and what is said of an address that is no good."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from gridgov.errors import ConflictError, InputError
from gridgov.storage.database import is_current, open_engine, reading, setting, upgrade, writing
from gridgov.storage.models import Base, Batch, Deployment
from gridgov.storage.versions import open_batch
from tests.databases import Databases

SECRET = "hunter2"


def refusal(address: str) -> InputError:
    with pytest.raises(InputError) as refused:
        upgrade(open_engine(address))
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value)
    return refused.value


def test_an_upgraded_database_has_every_table(engine: Engine) -> None:
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    assert is_current(engine)


def test_a_blank_one_is_not_current_until_upgraded_and_twice_does_no_harm(blank_url: str) -> None:
    engine = open_engine(blank_url)
    assert not is_current(engine)
    upgrade(engine)
    with writing(engine) as session:
        session.add(Deployment(key="kept", value={"answer": 42}))
    upgrade(engine)
    assert is_current(engine)
    with reading(engine) as session:
        assert setting(session, "kept") == {"answer": 42}
        assert setting(session, "absent", "default") == "default"
    engine.dispose()


def test_an_instance_folder_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new/folder/gridgov.sqlite")
    upgrade(engine)
    assert (tmp_path / "new" / "folder" / "gridgov.sqlite").is_file()
    engine.dispose()


@pytest.mark.parametrize(
    "address",
    [
        "not an address",
        "",
        f"postgresql//u:{SECRET}@h/db",
        f"postgresql:/u:a@{SECRET}@h",
        f"postgresql://u:{SECRET}@h:p/d",
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    assert refusal(address).code == "database_address"


@pytest.mark.parametrize("kind", ["mysql", "oracle", "postgresql+asyncpg", "sqlite+aiosqlite"])
def test_an_unknown_kind_of_database(kind: str) -> None:
    refused = refusal(f"{kind}://user:{SECRET}@host/db")
    assert (refused.code, refused.params) == ("database_kind", {"kind": kind})


def test_nobody_answers_there() -> None:
    refused = refusal(f"postgresql://user:{SECRET}@127.0.0.1:1/db")
    assert refused.code == "database_unreachable"
    assert "***" in str(refused.params["address"])
    assert "\n" not in str(refused.params["reason"])


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("dear diary, " * 500, encoding="utf-8")
    assert refusal(f"sqlite:///{path}").code == "database_not_ours"
    assert path.read_text(encoding="utf-8") == "dear diary, " * 500


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}").code == "database_unreachable"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = refusal(f"sqlite:///{tmp_path}/file/gridgov.sqlite")
    assert refused.code == "instance_unusable"


def test_a_wrong_name_on_a_running_server_is_said_without_the_password(databases: Databases) -> None:
    with databases.copy("postgresql", "blank") as address:
        url = make_url(address).set(database="nowhere_at_all", password=SECRET)
    assert refusal(url.render_as_string(hide_password=False)).code == "database_unreachable"


def test_what_is_read_is_not_kept(engine: Engine) -> None:
    with reading(engine) as session:
        open_batch(session, "units")
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_write_that_fails_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as session:
            open_batch(session, "units")
            raise ConflictError("made_up")

    with pytest.raises(ConflictError):
        fail()
    with writing(engine) as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_four_writers_at_once_are_never_told_that_it_is_locked(engine: Engine) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(15):
                with writing(engine) as session:
                    seen = session.scalar(select(func.count()).select_from(Batch))
                    open_batch(session, f"{number}-{step}-{seen}")
                with reading(engine) as session:
                    session.scalar(select(func.count()).select_from(Batch))
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 60


def test_a_reader_does_not_wait_for_a_writer(engine: Engine) -> None:
    with writing(engine) as writer:
        open_batch(writer, "units")
        with reading(engine) as reader:
            assert reader.scalar(select(func.count()).select_from(Batch)) == 0


def test_sqlite_keeps_references_and_a_log(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/g.sqlite")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA temp_store")) == 1, "a savepoint's journal in memory is slow"
    engine.dispose()


def test_the_writers_would_notice_a_lock(tmp_path: Path) -> None:
    """A writer that gives up at once does say so: the test above is not blind."""
    path = tmp_path / "g.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout = 50"))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(OperationalError, match="locked"), writing(engine) as session:
            open_batch(session, "units")
    finally:
        holder.close()
        engine.dispose()
