"""Why two runs differ: each part's share of the change, worked by hand, and the sum of them always the whole."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError
from gridgov.storage.models import Run
from gridgov.usecases import comparing, deployment
from tests import cases
from tests.usecases.conftest import Runs


def brought(folder: Path, name: str) -> cases.Files:
    """Begin files that are brought later."""
    (folder / name).mkdir()
    return cases.Files(folder / name)


@pytest.fixture
def first(session: Session, run_with: Runs, tmp_path: Path) -> Run:
    """A street with two homes and a kindergarten within 300 m of one of them."""
    files = cases.street_case(tmp_path).home("near", 200, 0, people=50).home("far", 900, 0, people=70)
    files.point("P1", 400, 0).load(session)
    return run_with(cases.pack(tmp_path, radius=300))


def row(found: dict) -> dict:
    (only,) = found["types"]
    return only


def test_the_same_inputs_make_no_difference(session: Session, first: Run, run_with: Runs, tmp_path: Path) -> None:
    again = run_with(cases.pack(tmp_path, radius=300))
    found = comparing.compare(session, first, again)
    assert (found["changed"], found["facilities"]) == ([], [])
    assert (row(found)["covered_before"], row(found)["covered_after"]) == (50, 50)


def test_a_new_facility(session: Session, first: Run, run_with: Runs, tmp_path: Path) -> None:
    brought(tmp_path, "more").point("P2", 800, 0).load(session)
    found = comparing.compare(session, first, run_with(cases.pack(tmp_path, radius=300)))
    assert found["changed"] == ["facilities"]
    assert row(found) == {
        "type": "kindergarten",
        "covered_before": 50,
        "covered_after": 120,
        "rules": 0,
        "facilities": 70,
        "network": 0,
        "demand": 0,
    }
    assert found["facilities"] == [{"point": "P2", "type": "kindergarten", "gained": 70, "lost": 0}]


def test_every_part_by_itself_and_the_whole_is_their_sum(
    session: Session, first: Run, run_with: Runs, tmp_path: Path
) -> None:
    # The file of paths takes the place of the former one: the street ends at 500 now, and a lane leads back from there.
    files = brought(tmp_path, "more").point("P2", 450, 60).path((0, 0), (500, 0)).path((500, 0), (500, 60), (450, 60))
    files.home("near", 200, 0, people=55).load(session)
    found = comparing.compare(session, first, run_with(cases.pack(tmp_path, radius=520)))
    assert found["changed"] == ["rules", "facilities", "network", "demand"]
    told = row(found)
    # 520 m reach from P1 to the far home, until it has no path any more; then five people more live near it.
    assert [told[part] for part in comparing.PARTS] == [70, 0, -70, 5]
    assert told["covered_after"] - told["covered_before"] == sum(told[part] for part in comparing.PARTS)
    back = row(comparing.compare(session, run_with(cases.pack(tmp_path, radius=520)), first))
    assert back["covered_after"] - back["covered_before"] == sum(back[part] for part in comparing.PARTS) == -5


def test_a_type_that_only_one_run_knows(session: Session, first: Run, run_with: Runs, tmp_path: Path) -> None:
    other = run_with(cases.pack(tmp_path, radius=300, kind="library"))
    found = comparing.compare(session, first, other)
    assert found["changed"] == ["rules", "facilities"]
    rows = {each["type"]: each for each in found["types"]}
    assert (rows["kindergarten"]["covered_before"], rows["kindergarten"]["covered_after"]) == (50, None)
    assert rows["kindergarten"]["rules"] == -50
    assert (rows["library"]["covered_before"], rows["library"]["covered_after"]) == (None, 0)


def test_few_people_of_an_age_are_told_to_nobody(session: Session, run_with: Runs, tmp_path: Path) -> None:
    files = cases.street_case(tmp_path).home("d", 100, 0, 100, age_3_5=8).home("e", 900, 0, 100, age_3_5=30)
    files.point("P1", 900, 0).load(session)
    cases.pack(tmp_path, radius=400)
    path = tmp_path / "pack.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\nserves = ["3_5"]\n', encoding="utf-8")
    one = run_with(cases.read_pack(path))
    brought(tmp_path, "more").point("P2", 110, 0).load(session)
    found = comparing.compare(session, one, run_with(cases.read_pack(path)))
    assert row(found)["facilities"] is None
    assert found["facilities"] == [{"point": "P2", "type": "kindergarten", "gained": None, "lost": 0}]


def test_runs_whose_inputs_are_gone_say_so(session: Session, first: Run, run_with: Runs, tmp_path: Path) -> None:
    brought(tmp_path, "more").point("P2", 800, 0).load(session)
    other = run_with(cases.pack(tmp_path, radius=400))
    deployment.keep(session, "household_size", 9.0)
    first.inputs = {**first.inputs, "parts": {**first.inputs["parts"], "demand": "another"}}
    with pytest.raises(ConflictError, match="run_inputs_gone"):
        comparing.compare(session, first, other)
    first.inputs = None
    with pytest.raises(ConflictError, match="run_tells_no_inputs"):
        comparing.compare(session, first, other)
