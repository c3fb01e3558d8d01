"""Looking and writing as a worker does them: within the account's area, only what was seen, and stopped when asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gridgov.errors import ConflictError, InputError
from gridgov.jobs.work import Bench
from gridgov.storage.database import reading, writing
from gridgov.storage.models import Batch, UnitVersion
from gridgov.usecases import accounts, intaking
from gridgov.usecases.accounts import Grant
from gridgov.usecases.importing import import_files
from gridgov.usecases.staging import ImportOptions
from tests.cases import district
from tests.jobs.workers import Yard

OWN, OTHER = "420503001001", "420503001002"
COMPOUND = "code,name,level,parent\nC9,新苑,compound,{parent}\n"
STREET = "code,name\n420599,新街\n"


@pytest.fixture
def yard(database_url: str, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(database_url, tmp_path / "instance")
    yield made
    made.close()


def test_who_administers_a_community_imports_into_it_only(yard: Yard, tmp_path: Path) -> None:
    with writing(yard.engine) as session:
        district(tmp_path).load(session)
        own = session.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == OWN)).one()
        grants = [Grant("admin", own)]
        yard.account = accounts.add(session, "part", "a long enough password", grants=grants).id
    assert looked(yard, COMPOUND.format(parent=OWN)) == ("looked", None)
    assert looked(yard, COMPOUND.format(parent=OTHER)) == ("bringing", "edit_outside_area")
    assert looked(yard, "code,name\nD9,新局\n", kind="departments") == ("bringing", "edit_outside_area")


def test_what_would_come_out_otherwise_than_seen_is_not_written(yard: Yard, tmp_path: Path) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    path = tmp_path / "street.csv"
    path.write_text(STREET, encoding="utf-8")
    with writing(yard.engine) as session:
        import_files(session, "units", [path], ImportOptions(level="street"))
    assert applied(yard, token) == ("bringing", "intake_moved")
    yard.look_here(token)
    assert applied(yard, token) == ("applied", None)


def test_what_was_written_elsewhere_meanwhile_hinders_nobody(yard: Yard, tmp_path: Path) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    path = tmp_path / "departments.csv"
    path.write_text("code,name\nD1,教育局\n", encoding="utf-8")
    with writing(yard.engine) as session:
        import_files(session, "departments", [path], ImportOptions())
    assert applied(yard, token) == ("applied", None)


def test_a_job_that_is_to_stop_writes_nothing(yard: Yard) -> None:
    token = yard.bring("street.csv", STREET.encode(), kind="units", level="street")
    yard.look_here(token)
    assert applied(yard, token, stopped=True) == ("looked", "import_stopped")
    with reading(yard.engine) as session:
        assert session.scalar(select(Batch)) is None


def test_names_sizes_and_numbers_of_files_are_limited(yard: Yard) -> None:
    with writing(yard.engine) as session:
        for name, plain in (("../../a.csv", "a.csv"), ("C:\\x\\b.csv", "b.csv"), ("a\x00\nb.csv", "ab.csv")):
            assert intaking.plain_name(name) == plain
        for files in ([], [("..", 1)], [("a.csv", 2**30)], [("a.csv", 1), ("x/a.csv", 1)], [("a.csv", -1)]):
            with pytest.raises(InputError):
                intaking.begin(session, yard.account, files, intaking.Asked(), largest=2**20)
        for _ in range(intaking.AT_ONCE):
            intaking.begin(session, yard.account, [("a.csv", 1)], intaking.Asked(), largest=2**20)
        with pytest.raises(ConflictError, match="intakes_many"):
            intaking.begin(session, yard.account, [("a.csv", 1)], intaking.Asked(), largest=2**20)


def looked(yard: Yard, content: str, kind: str = "units") -> tuple[str, str | None]:
    """Bring a file and look at it; return the state and why it came to nothing."""
    return done(yard, yard.bring("rows.csv", content.encode(), kind=kind), "look")


def applied(yard: Yard, token: str, *, stopped: bool = False) -> tuple[str, str | None]:
    return done(yard, token, "apply", stopped=stopped)


def done(yard: Yard, token: str, work: str, *, stopped: bool = False) -> tuple[str, str | None]:
    job = yard.ask(work, token)
    if stopped:
        yard.queue.stop(job)
    bench = Bench(yard.engine, yard.queue, yard.settings.instance)
    yard.settings.instance.mkdir(exist_ok=True)
    (bench.look if work == "look" else bench.apply)(token, job)
    refusal = yard.report(token).get("refusal")
    return yard.state(token), refusal["code"] if isinstance(refusal, dict) else None
