"""`gridgov contacts suggest`: what it answers in words and in JSON, and what it refuses in one line."""

from pathlib import Path

import pytest

from tests import cases
from tests.cli.conftest import Answer, Gridgov, Refused

DAY = ["--as-of", cases.DAY.isoformat()]


@pytest.fixture
def town(gridgov: Gridgov, tmp_path: Path) -> Path:
    """The small district, brought in by the commands."""
    files = cases.district(tmp_path)
    gridgov("init")
    for kind in cases.ORDER:
        if files.rows[kind]:
            gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)
    return tmp_path


@pytest.mark.usefixtures("town")
def test_the_answer_holds_what_it_must(answer: Answer) -> None:
    told = answer("contacts", "suggest", *DAY)
    assert {"due", "filled", "rows", "blocked", "objective", "seconds"} <= set(told)
    assert (told["tier"], told["due"], told["filled"]) == (3, 2, 2)
    first = told["rows"][0]
    assert (first["unit"], first["cadre"], first["keeps"]) == ("C1", "P2", True)
    assert {"metres", "why"} <= set(first)
    capped = answer("contacts", "suggest", "--cap", 1, "--lock", "C2=P2", *DAY)
    assert {row["unit"]: row["cadre"] for row in capped["rows"]}["C2"] == "P2"


@pytest.mark.usefixtures("town")
def test_it_is_told_in_words(gridgov: Gridgov) -> None:
    told = gridgov("contacts", "suggest", "--under", "420503001001", *DAY).stdout
    assert "posts can be held." in told
    assert "20,000 m" in told
    assert "leads it already" not in told  # who stays is only counted
    assert "keep what they lead." in told


@pytest.mark.usefixtures("town")
def test_what_cannot_be_answered_is_refused_in_one_line(refused: Refused) -> None:
    assert "C1=XX" in refused("contacts", "suggest", "--lock", "C1=XX", *DAY)
    assert "nowhere" in refused("contacts", "suggest", "--under", "nowhere", *DAY)
    assert "The cap is 0" in refused("contacts", "suggest", "--cap", 0, *DAY)
    assert "9" in refused("contacts", "suggest", "--tier", 9, *DAY)
