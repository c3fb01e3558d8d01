"""`gridgov report`: a file whole or not at all, and never over another unasked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gridgov.cli.console import looking
from gridgov.usecases import exporting
from tests import cases
from tests.cli.conftest import Gridgov

PDF = b"%PDF-"


@pytest.mark.usefixtures("loaded")
def test_a_brief_of_the_city_and_of_a_place(gridgov: Gridgov, tmp_path: Path) -> None:
    whole, part = tmp_path / "brief.pdf", tmp_path / "part.pdf"
    gridgov("report", "brief", whole, "--as-of", cases.DAY, "--language", "zh")
    gridgov("report", "brief", part, "--as-of", cases.DAY, "--under", "420503001001")
    assert whole.read_bytes().startswith(PDF)
    assert part.read_bytes().startswith(PDF)
    assert {path.name for path in tmp_path.iterdir() if ".pdf" in path.name} == {"brief.pdf", "part.pdf"}


@pytest.mark.usefixtures("loaded")
def test_the_hand_over_sheet_of_a_place(gridgov: Gridgov, refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    gridgov("report", "handover", "C1", path, "--as-of", cases.DAY, "--language", "en")
    assert path.read_bytes().startswith(PDF)
    with looking() as session:
        ((kept, _),) = exporting.records(session, 1)
        assert (kept.what, kept.form, kept.as_of, kept.account_id) == ("handover", "pdf", cases.DAY, None)
        assert kept.rows > 0
    assert "--force" in refused("report", "handover", "C1", path)
    assert "nowhere" in refused("report", "handover", "nowhere", tmp_path / "a.pdf")
    assert "H1" in refused("report", "handover", "H1", tmp_path / "a.pdf", "--as-of", cases.DAY)


@pytest.mark.usefixtures("loaded")
def test_the_planners_brief_needs_a_run(gridgov: Gridgov, refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "gaps.pdf"
    assert "No coverage has been computed" in refused("report", "gaps", path, "--as-of", cases.DAY)
    gridgov("coverage", "run", "--as-of", cases.DAY)
    gridgov("report", "gaps", path, "--as-of", cases.DAY, "--under", "420503001", "--language", "en")
    assert path.read_bytes().startswith(PDF)
    assert "nothing" in refused("report", "gaps", tmp_path / "b.pdf", "--as-of", cases.DAY, "--plan", "nothing")


@pytest.mark.usefixtures("loaded")
def test_a_file_stays_unless_it_may_be_replaced(gridgov: Gridgov, refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "brief.pdf"
    path.write_bytes(b"kept")
    assert "--force" in refused("report", "brief", path)
    assert path.read_bytes() == b"kept"
    gridgov("report", "brief", path, "--force")
    assert path.read_bytes().startswith(PDF)


@pytest.mark.usefixtures("loaded")
def test_what_cannot_be_is_refused_in_words(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "nowhere" in refused("report", "brief", tmp_path / "a.pdf", "--under", "nowhere")
    assert "H1" in refused("report", "brief", tmp_path / "a.pdf", "--as-of", cases.DAY, "--under", "H1")
    assert "can’t be written" in refused("report", "brief", tmp_path / "no" / "a.pdf")
    assert not [path for path in tmp_path.iterdir() if ".pdf" in path.name]
