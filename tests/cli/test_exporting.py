"""`gridgov export` as it is typed."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gridgov.usecases.exporting import WHATS
from tests.cases import DAY, Files
from tests.cli.conftest import Answer, Gridgov


@pytest.fixture
def place(loaded: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - it is worked on
    """The folder that one stands in, with the district in the database."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("place")
def test_what_is_exported_comes_back(answer: Answer) -> None:
    assert answer("export", "units", "out.xlsx")["rows"] == 8
    report = answer("import", "units", "out.xlsx", "--dry-run")
    assert (report["read"], report["unchanged"], report["rejected"]) == (8, 8, 0)


@pytest.mark.usefixtures("loaded")
def test_what_changed_since_a_day_is_exported(gridgov: Gridgov, tmp_path: Path) -> None:
    path, later = tmp_path / "changed.csv", DAY + timedelta(days=30)
    assert gridgov("export", "changed", path, "--as-of", later, "--since", later).stdout.startswith("0 rows")
    gridgov("export", "changed", path, "--as-of", later, "--since", DAY, "--force")
    rows = list(csv.DictReader(line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")))
    assert [(row["unit"], row["role"], row["before"], row["after"]) for row in rows] == [
        ("420503001001", "first_secretary", "钱二", "")
    ]
    assert f"since: {DAY}" in path.read_text("utf-8-sig").lower()


def test_nothing_is_written_over_unasked(gridgov: Gridgov, refused: Callable[..., str], place: Path) -> None:
    assert gridgov("export", "contacts", "a.csv", "--as-of", DAY).stdout == "4 rows written to a.csv.\n"
    before = (place / "a.csv").read_bytes()
    assert "--force" in refused("export", "contacts", "a.csv")
    assert (place / "a.csv").read_bytes() == before
    gridgov("export", "contacts", "a.csv", "--under", "C1", "--force")
    assert (place / "a.csv").read_bytes() != before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["people", "a.csv"], "is not exported. Known: units"),
        (["units", "a.pdf"], "is not a form of export. Known: .xlsx, .csv, .geojson, .gpkg"),
        (["cadres", "a.geojson"], "choose .xlsx or .csv"),
        (["units", "a.csv", "--level", "house"], "is not a level"),
        (["units", "a.csv", "--under", "X"], "No place “X” is known"),
        (["gaps", "a.csv"], "No coverage has been computed"),
        (["units", "none/a.csv"], "can’t be written"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(
    refused: Callable[..., str], place: Path, words: list[str], said: str
) -> None:
    assert said in refused("export", *words)
    assert not list(place.glob("*a.*"))


def test_the_help_names_all_there_is(gridgov: Gridgov) -> None:
    told = " ".join(gridgov("export", "--help").stdout.split())
    assert [what for what in WHATS if what not in told] == []
