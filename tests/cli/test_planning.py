"""`gridgov plan …`: edits kept and worked out, told in words and in JSON, and refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import cases
from tests.cli.conftest import Answer, Gridgov, Refused

DAY = ["--as-of", cases.DAY.isoformat()]


def at(x: float, y: float) -> dict[str, float]:
    lon, lat = cases.degrees(x, y)
    return {"x": round(lon, 8), "y": round(lat, 8)}


def told(folder: Path, *edits: dict[str, Any]) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps({"edits": edits}), encoding="utf-8")
    return path


@pytest.fixture
def town(gridgov: Gridgov, tmp_path: Path) -> Path:
    """Homes at both ends of the street, with a kindergarten at its eastern end."""
    files = cases.street_case(tmp_path).home("H1", 100, 0, 120).home("H2", 900, 0, 80).point("K1", 950, 10)
    gridgov("init")
    for kind in ("units", "network", "sites"):
        gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)
    return tmp_path


def kindergartens(found: dict[str, Any]) -> tuple[float, float]:
    row = next(row for row in found["types"] if row["type"] == "kindergarten")
    return row["before"], row["after"]


def test_a_plan_is_kept_told_run_and_removed(town: Path, answer: Answer, gridgov: Gridgov) -> None:
    file = told(
        town,
        {"do": "add_point", "type": "kindergarten", **at(150, 5)},
        {"do": "add_point", "type": "kindergarten", "code": "river", **at(500, 5000)},
    )
    found = answer("plan", "new", "two more", file, *DAY)
    assert kindergartens(found) == (80, 200)
    assert [row["in_doubt"] for row in found["edits_told"]] == [False, True]
    assert (found["people_gaining"], found["people_losing"], found["stale"]) == (120, 0, False)
    shown = gridgov("plan", "show", "two more").stdout
    assert "Edit 2, add_point, is in doubt" in shown
    assert "120 people gain something, 0 lose something." in shown
    assert [row["name"] for row in answer("plan", "list")["rows"]] == ["two more"]
    more = cases.street_case(town).home("H1", 100, 0, 120).home("H2", 900, 0, 80).home("H3", 200, 0, 30)
    gridgov("import", "units", more.write("units"), "--crs", cases.CRS, "--valid-from", cases.DAY)
    assert answer("plan", "show", "1")["stale"]
    again = gridgov("plan", "run", "two more")
    assert "The data have changed" in again.stderr
    after = answer("plan", "show", "two more")
    assert (kindergartens(after), after["stale"]) == ((80, 230), False)
    gridgov("plan", "remove", "two more")
    assert answer("plan", "list")["rows"] == []


def test_points_and_links_are_edited(town: Path, answer: Answer) -> None:
    ends = [list(at(600, 0).values()), list(at(600, 800).values())]
    file = told(
        town,
        {"do": "add_link", "path": ends},
        {"do": "move_point", "point": "K1", **at(590, 300)},
        {"do": "remove_link", **at(100, 3)},
    )
    found = answer("plan", "new", "moved", file, *DAY)
    assert [row["in_doubt"] for row in found["edits_told"]] == [False, False, False]
    assert kindergartens(found) == (80, 0)
    file = told(town, {"do": "close_point", "point": "K1"}, {"do": "open_point", "point": "K1"})
    assert kindergartens(answer("plan", "new", "nothing", file, *DAY)) == (80, 80)


def test_what_is_wrong_is_told_with_its_number(town: Path, refused: Refused) -> None:
    for edit, words in (
        ({"do": "build"}, "Edit 2: do = “build”"),
        ({"do": "add_point", "x": 1, "y": 2}, "Edit 2, add_point: the field type"),
        ({"do": "close_point", "point": "K1", "y": 2}, "Edit 2, close_point: y is not"),
        ({"do": "set_capacity", "point": "K1", "capacity": -1}, "Edit 2: capacity = “-1”"),
        ({"do": "set_gate", "gate": "G", "state": "ajar"}, "Edit 2: state = “ajar”"),
        ({"do": "add_link", "path": [[1, 2]]}, "Edit 2: path"),
        ({"do": "close_point", "point": "K9"}, "Edit 2: there is no point “K9”"),
        ({"do": "set_gate", "gate": "G9", "state": "open"}, "Edit 2: there is no gate “G9”"),
        ({"do": "add_point", "type": "castle", "x": 111, "y": 30}, "Edit 2: there is no type “castle”"),
        ({"do": "close_point", "point": ""}, "Edit 2: point = “”"),
    ):
        file = told(town, {"do": "close_point", "point": "K1"}, edit)
        assert words in refused("plan", "new", "wrong", file, *DAY)
    assert "holds no edits" in refused("plan", "new", "wrong", told(town), *DAY)
    assert "“wrong”" in refused("plan", "show", "wrong")
