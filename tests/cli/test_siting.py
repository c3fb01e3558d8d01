"""`gridgov siting`: what it answers in words and in JSON, and what it refuses in one line."""

from pathlib import Path

import pytest

from tests import cases
from tests.cli.conftest import Answer, Gridgov, Refused

DAY = ["--as-of", cases.DAY.isoformat()]
KEYS = ["sites", "people", "bound", "relative_gap", "verified", "freed", "seconds"]


@pytest.fixture
def offered(gridgov: Gridgov, tmp_path: Path) -> Path:
    """Homes along the street, brought in by the commands, and candidates: two beside it, one far off."""
    files = cases.street_case(tmp_path).home("H1", 100, 0, 120).home("H2", 900, 0, 80)
    gridgov("init")
    for kind in ("units", "network"):
        gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)
    rows = ["code,lon,lat,造价"]
    rows += ["{},{:.8f},{:.8f},{}".format(code, *cases.degrees(x, y), cost) for code, x, y, cost in
             (("A", 150, 5, "30万元"), ("B", 850, 5, "100000"), ("far", 500, 5000, "1"))]  # fmt: skip
    path = tmp_path / "candidates.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_the_answer_holds_what_it_must(offered: Path, answer: Answer) -> None:
    found = answer("siting", "kindergarten", "--sites", 1, "--candidates", offered, *DAY)
    assert [key for key in KEYS if key not in found] == []
    assert [(site["site"], site["gain"]) for site in found["sites"]] == [("A", 120)]
    assert set(found["sites"][0]) >= {"site", "x", "y", "gain"}
    assert (found["people"], found["verified"], found["doubtful"]) == (120, 120, ["far"])
    assert found["bound"] == pytest.approx(120)
    assert 0 <= found["relative_gap"] < 0.001


def test_it_is_told_in_words(offered: Path, gridgov: Gridgov) -> None:
    told = gridgov("siting", "kindergarten", "--sites", 2, "--candidates", offered, *DAY).stdout
    assert "200 of 200 who lack kindergarten would have it within reach; computed anew: 200." in told
    assert "Too far from any path to say who reaches them: far." in told
    assert "For reference, by yichang-demo 2026.1, as of 2026-03-31, counted in people." in told
    other = gridgov("siting", "kindergarten", "--sites", 1, "--candidates", offered, "--pack", "gb50180-2018", *DAY)
    assert "by gb50180-2018" in other.stdout
    assert "No choice of 2 can gain more than 200: this one is within 0.00% of the best." in told


def test_without_a_file_the_unit_grid_is_tried(offered: Path, answer: Answer, gridgov: Gridgov) -> None:
    assert answer("siting", "kindergarten", "--sites", 2, *DAY)["people"] == 200
    early = ["--as-of", "2020-01-01"]
    told = gridgov("siting", "kindergarten", "--sites", 1, "--candidates", offered, *early, code=2).stderr
    assert "2020-01-01" in told


def test_what_cannot_be_answered_is_refused_in_one_line(offered: Path, refused: Refused) -> None:
    assert "“nothing”" in refused("siting", "nothing", "--sites", 1, *DAY)
    assert "Sites to choose: 0." in refused("siting", "kindergarten", "--sites", 0, *DAY)
    assert "police_station" in refused("siting", "police_station", "--sites", 1, *DAY)
    assert "no.csv" in refused("siting", "kindergarten", "--sites", 1, "--candidates", "no.csv", *DAY)
    offered.write_text('code,wkt\nX,"LINESTRING (111 30, 112 30)"\n', encoding="utf-8")
    told = refused("siting", "kindergarten", "--sites", 1, "--candidates", offered, "--crs", "EPSG:4490", *DAY)
    assert "candidates.csv, row 2" in told


def test_a_budget_a_distance_and_what_must_be_in(offered: Path, answer: Answer, refused: Refused) -> None:
    ask = ["siting", "kindergarten", "--sites", 2, "--candidates", offered, *DAY]
    found = answer(*ask, "--budget", 200000)
    assert [(site["site"], site["cost"]) for site in found["sites"]] == [("B", 100000)]
    assert found["cost"] == 100000
    assert [site["site"] for site in answer(*ask, "--apart", 800)["sites"]] == ["A"]
    found = answer(*ask, "--lock", "B", "--exclude", "A")
    assert [(site["site"], site["locked"], site["together"]) for site in found["sites"]] == [("B", True, 80)]
    assert "“nowhere”" in refused(*ask, "--lock", "nowhere")
    assert "“A”" in refused(*ask, "--lock", "A", "--exclude", "A")
    assert "alone cost 300000" in refused(*ask, "--lock", "A", "--budget", 200000)
    assert "-1" in refused(*ask, "--apart", -1)
    offered.write_text("编号,lon,lat,费用\nX,111.3,30.7,待定\n", encoding="utf-8")
    told = refused(*ask)
    assert "candidates.csv, row 2: 费用 = “待定”" in told
