"""Numbers out of range, a day before any run, a database that refuses: one clear line, and exit status 2."""

import json
import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from gridgov.cli import console, import_report
from gridgov.usecases.importing import ImportReport
from tests import cases
from tests.cli.conftest import Answer, Gridgov

Refused = Callable[..., str]
DAY = ["--as-of", cases.DAY.isoformat()]


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("verb", ["import show", "import undo", "coverage show", "coverage gaps"])
@pytest.mark.parametrize("number", ["0", "2147483648", "99999999999999999999999"])
def test_no_batch_and_no_run_has_such_a_number(gridgov: Gridgov, verb: str, number: str) -> None:
    told = gridgov(*verb.split(), number, code=2).stderr
    assert number in told
    assert "2147483647" in told


@pytest.mark.usefixtures("loaded")
def test_before_the_first_run_there_is_none(answer: Answer, refused: Refused) -> None:
    run = answer("coverage", "run", *DAY)["run"]
    assert "coverage run" in refused("coverage", "show", "--as-of", "2020-01-01")
    assert "coverage run" in refused("coverage", "gaps", "--as-of", "2020-01-01")
    assert answer("coverage", "show", *DAY)["run"] == run
    rules = ["--pack", "gb50180-2018"]
    assert "(--pack gb50180-2018)" in refused("coverage", "show", *DAY, *rules)
    other = answer("coverage", "run", *DAY, *rules)["run"]
    assert answer("coverage", "show", *DAY)["run"] == run
    for verb in ("show", "gaps"):
        assert answer("coverage", verb, *DAY, *rules)["run"] == other
    assert answer("coverage", "show", other)["run"] == other
    slow, usual = (answer("coverage", "show", *DAY, "--profile", one)["rows"] for one in ("elder", "reference"))
    assert [row["code"] for row in slow] == [row["code"] for row in usual]


@pytest.mark.usefixtures("loaded")
def test_two_runs_are_compared(gridgov: Gridgov, answer: Answer) -> None:
    run = answer("coverage", "run", *DAY)["run"]
    other = answer("coverage", "run", *DAY, "--pack", "gb50180-2018")["run"]
    found = answer("coverage", "diff", run, other)
    assert (found["before"], found["after"]) == (run, other)
    assert "rules" in found["changed"]
    assert "Covered before" in gridgov("coverage", "diff", run, other).stdout
    assert "same inputs" in gridgov("coverage", "diff", run, run).stdout


@pytest.mark.usefixtures("loaded")
def test_a_build_tells_its_day(gridgov: Gridgov, answer: Answer) -> None:
    built = answer("grids", "build", *DAY)
    assert answer("import", "show", built["batch"])["day"] == cases.DAY.isoformat()
    assert json.loads(gridgov("import", "list", "--format", "json").stdout)["rows"][0]["day"] == cases.DAY.isoformat()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError(None, None, sqlite3.OperationalError("unable to open")), "can’t be reached"),
        (
            OperationalError("SELECT", None, sqlite3.OperationalError("database is locked")),
            "refused: database is locked",
        ),
        (IntegrityError("INSERT", None, sqlite3.IntegrityError("NOT NULL failed")), "refused: NOT NULL failed"),
        (DataError("SELECT", None, sqlite3.DataError("out of range")), "refused: out of range"),
        (OverflowError("Python int too large"), "refused: Python int too large"),
        (OperationalError("SELECT", None, sqlite3.OperationalError("")), "refused: OperationalError"),
    ],
)
def test_what_the_database_says_is_one_line(
    error: Exception, code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDGOV_LANGUAGE", "en")

    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as stopped:
        console.clearly(fail)()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert code in line


def test_each_file_is_noted_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGOV_LANGUAGE", "en")
    note = {"file": "city.osm", "crs": "EPSG:4490", "encoding": None}
    report = ImportReport(batch=None, notes=[note, dict(note), {**note, "file": "b.osm"}])
    import_report._say_notes(report)
    told = capsys.readouterr().out
    assert (told.count("city.osm"), told.count("b.osm")) == (1, 1)
