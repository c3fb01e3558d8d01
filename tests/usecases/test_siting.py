"""Siting: what is chosen on the worked street, what stands as it is, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.sources.sheets import Reading
from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import deployment, siting
from gridgov.usecases.candidates import Candidates, read_candidates
from gridgov.usecases.siting import Asked
from tests import cases
from tests.usecases.conftest import AT

KINDERGARTEN = {"type": "kindergarten", "tier": "5", "required": True, "radius": 300}


def put(monkeypatch: pytest.MonkeyPatch, folder: Path, **rule: Any) -> None:
    """Put a pack of one row in force."""
    pack = cases.packs(folder, KINDERGARTEN | rule)
    monkeypatch.setattr(deployment, "pack", lambda *_: pack)


def at(*places: tuple[str, float, float]) -> Candidates:
    """Offer candidates at points."""
    shapes = np.array([shapely.Point(cases.degrees(x, y)) for _, x, y in places], dtype=object)
    return Candidates([name for name, _, _ in places], shapes)


@pytest.fixture
def street(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Homes along the street, one of whom a kindergarten reaches already."""
    files = cases.street_case(tmp_path)
    for number, (x, people) in enumerate([(0, 100), (100, 60), (500, 80), (600, 70), (990, 40)]):
        files.home(f"H{number}", x, 0, people)
    files.point("K1", 990, 10)
    files.load(session)
    put(monkeypatch, tmp_path)
    return session


def test_sites_gain_whom_nobody_reaches_yet(street: Session) -> None:
    offered = at(("west", 50, 0), ("middle", 550, 0), ("east", 990, 0))
    found = siting.propose(street, AT, Asked("kindergarten", 2, offered))
    assert [(site["site"], site["gain"]) for site in found["sites"]] == [("west", 160), ("middle", 150)]
    assert (found["people"], found["verified"], found["lacking"]) == (310, 310, 310)
    assert found["bound"] == pytest.approx(310)
    assert found["relative_gap"] == pytest.approx(0, abs=1e-6)
    assert (found["sites"][0]["x"], found["sites"][0]["y"]) == pytest.approx(cases.degrees(50, 0), abs=1e-6)
    assert found["seconds"] > 0


def test_one_site_takes_the_most_people(street: Session) -> None:
    offered = at(("west", 50, 0), ("between", 300, 0))
    found = siting.propose(street, AT, Asked("kindergarten", 1, offered))
    assert [site["site"] for site in found["sites"]] == ["between"]
    assert found["people"] == found["verified"] == 310


def test_without_a_file_the_unit_grid_is_tried(street: Session) -> None:
    found = siting.propose(street, AT, Asked("kindergarten", 3))
    assert found["people"] == found["verified"] == 310
    assert [site["site"][0] for site in found["sites"]] == ["E"] * len(found["sites"])
    assert found["doubtful"] == []


def test_no_cell_in_the_water_is_offered(street: Session, tmp_path: Path) -> None:
    river = cases.Files(tmp_path)
    river.add("land", shapely.box(-1000, -1000, 2000, 2000), code="L", kind="water")
    river.load(street)
    found = siting.propose(street, AT, Asked("kindergarten", 3))
    assert (found["candidates"], found["sites"], found["people"], found["bound"]) == (0, [], 0, 0)


def test_candidates_off_the_paths_are_named(street: Session) -> None:
    offered = at(("far", 100, 900), ("west", 50, 0))
    found = siting.propose(street, AT, Asked("kindergarten", 2, offered))
    assert found["doubtful"] == ["far"]
    assert [site["site"] for site in found["sites"]] == ["west"]


def test_a_stranger_does_not_reach_a_site_behind_a_gate(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cases.compound_case(tmp_path, "residents")
    files.home("in", 400, 100, 10, parent="C").home("out", 500, 0, 100)
    files.load(session)
    put(monkeypatch, tmp_path)
    found = siting.propose(session, AT, Asked("kindergarten", 1, at(("inside", 410, 100), ("outside", 800, 0))))
    assert [(site["site"], site["gain"]) for site in found["sites"]] == [("outside", 100)]
    found = siting.propose(session, AT, Asked("kindergarten", 2, at(("inside", 410, 100), ("outside", 800, 0))))
    assert [site["gain"] for site in found["sites"]] == [100, 10]
    assert found["verified"] == 110


def test_full_points_leave_people_to_be_gained(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cases.street_case(tmp_path).home("H", 400, 0, 100).point("K", 400, 10, capacity=30)
    files.load(session)
    put(monkeypatch, tmp_path, capacity_rule="people")
    found = siting.propose(session, AT, Asked("kindergarten", 1, at(("beside", 450, 0))))
    assert (found["lacking"], found["people"], found["verified"]) == (70, 70, 70)


def test_room_that_full_points_get_is_told_apart(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cases.street_case(tmp_path).home("H", 500, 0, 100).home("G", 150, 0, 40).point("K", 400, 0, capacity=30)
    files.load(session)
    put(monkeypatch, tmp_path, capacity_rule="people")
    found = siting.propose(session, AT, Asked("kindergarten", 1, at(("beyond", 550, 0))))
    assert (found["lacking"], found["people"], found["verified"], found["freed"]) == (110, 70, 70, 30)
    assert found["verified"] <= found["bound"]


def test_without_paths_lines_are_measured(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases.Files(tmp_path).home("H", 0, 0).load(session)
    put(monkeypatch, tmp_path)
    found = siting.propose(session, AT, Asked("kindergarten", 1, at(("near", 230, 0), ("far", 231, 0))))
    assert (found["estimate"], [site["site"] for site in found["sites"]], found["verified"]) == (True, ["near"], 100)


def priced(offered: Candidates, *costs: float) -> Candidates:
    return replace(offered, costs=np.array(costs, dtype=np.float64))


def test_locked_sites_come_first_and_others_beside_them(street: Session) -> None:
    offered = at(("west", 50, 0), ("between", 300, 0), ("middle", 550, 0), ("east", 990, 0))
    asked = Asked("kindergarten", 2, offered, locked=("middle",))
    found = siting.propose(street, AT, asked)
    told = [(site["site"], site["gain"], site["together"], site["locked"]) for site in found["sites"]]
    assert told == [("middle", 150, 150, True), ("west", 160, 310, False)]
    assert (found["people"], found["verified"]) == (310, 310)
    assert found["bound"] == pytest.approx(310)
    alone = siting.propose(street, AT, replace(asked, sites=1))
    assert ([site["site"] for site in alone["sites"]], alone["people"], alone["bound"]) == (["middle"], 150, 150)
    idle = siting.propose(street, AT, replace(asked, locked=("middle", "east")))
    assert [(site["site"], site["gain"]) for site in idle["sites"]] == [("middle", 150), ("east", 0)]
    without = siting.propose(street, AT, replace(asked, locked=(), excluded=("between", "west")))
    assert [site["site"] for site in without["sites"]] == ["middle"]


def test_a_budget_holds_for_all_sites_together(street: Session) -> None:
    offered = priced(at(("west", 50, 0), ("between", 300, 0), ("middle", 550, 0)), 4, 10, 5)
    found = siting.propose(street, AT, Asked("kindergarten", 3, offered, budget=9))
    assert sorted(site["site"] for site in found["sites"]) == ["middle", "west"]
    assert found["cost"] == 9
    found = siting.propose(street, AT, Asked("kindergarten", 3, offered, budget=8.9, locked=("middle",)))
    assert [site["site"] for site in found["sites"]] == ["middle"]


def test_sites_keep_their_distance(street: Session) -> None:
    offered = at(("west", 50, 0), ("middle", 550, 0))
    for apart, count in ((500, 2), (501, 1)):
        assert len(siting.propose(street, AT, Asked("kindergarten", 2, offered, apart=apart))["sites"]) == count


def test_where_the_newly_covered_live(street: Session) -> None:
    offered = at(("west", 50, 0), ("middle", 550, 0), ("east", 990, 0))
    found = siting.propose(street, AT, Asked("kindergarten", 2, offered))
    told = {place["code"]: (place["site"], place["people"]) for place in found["places"]}
    assert told == {"H0": (1, 100), "H1": (1, 60), "H2": (2, 80), "H3": (2, 70)}
    home = next(place for place in found["places"] if place["code"] == "H2")
    assert (home["x"], home["y"]) == pytest.approx(cases.degrees(500, 0), abs=1e-5)


def test_people_outside_the_scope_are_not_counted(street: Session) -> None:
    offered = at(("west", 50, 0), ("middle", 550, 0))
    unit = street.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "H2")).one()
    found = siting.propose(street, AT, Asked("kindergarten", 1, offered), scope=Scope.of({unit}))
    assert [(site["site"], site["gain"]) for site in found["sites"]] == [("middle", 80)]
    assert (found["lacking"], found["verified"], [place["code"] for place in found["places"]]) == (80, 80, ["H2"])
    nothing = siting.propose(street, AT, Asked("kindergarten", 1, offered), scope=Scope.nothing())
    assert (nothing["lacking"], nothing["sites"]) == (0, [])


def test_candidates_in_the_water_are_in_doubt(street: Session, tmp_path: Path) -> None:
    river = cases.Files(tmp_path)
    river.add("land", shapely.box(40, -10, 60, 10), code="L", kind="water")
    river.load(street)
    offered = at(("west", 50, 0), ("middle", 550, 0))
    found = siting.propose(street, AT, Asked("kindergarten", 2, offered, locked=("west",)))
    assert found["doubtful"] == ["west"]
    assert [(site["site"], site["gain"]) for site in found["sites"]] == [("west", 0), ("middle", 150)]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"locked": ("nowhere",)}, "siting_candidate_unknown"),
        ({"excluded": ("nowhere",)}, "siting_candidate_unknown"),
        ({"locked": ("west",), "excluded": ("west",)}, "siting_locked_excluded"),
        ({"locked": ("west", "middle"), "sites": 1}, "siting_locked_many"),
        ({"locked": ("west", "middle"), "apart": 501.0}, "siting_locked_near"),
        ({"apart": -1.0}, "siting_apart"),
        ({"apart": float("nan")}, "siting_apart"),
        ({"budget": 0.0}, "siting_budget"),
        ({"budget": 3.0, "locked": ("west",)}, "siting_budget_locked"),
        ({"budget": 3.0, "candidates": None}, "siting_no_costs"),
        ({"budget": 3.0, "candidates": priced(at(("west", 50, 0)), np.nan)}, "siting_cost_missing"),
    ],
)
def test_terms_that_make_no_sense_are_refused(street: Session, terms: dict[str, Any], code: str) -> None:
    offered = priced(at(("west", 50, 0), ("middle", 550, 0)), 4, 5)
    with pytest.raises(InputError) as caught:
        siting.propose(street, AT, replace(Asked("kindergarten", 2, offered), **terms))
    assert caught.value.code == code


def test_small_counts_of_an_age_are_hidden(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = cases.street_case(tmp_path)
    for name, x, children in (("A", 0, 30), ("B", 500, 7), ("C", 1000, 20)):
        files.home(name, x, 0, 100, age_3_5=children)
    files.load(session)
    put(monkeypatch, tmp_path, radius=100, serves=["3_5"])
    offered = at(("a", 0, 0), ("b", 500, 0), ("c", 1000, 0))
    found = siting.propose(session, AT, Asked("kindergarten", 3, offered))
    assert [site["gain"] for site in found["sites"]] == [30, None, None]
    assert [site["together"] for site in found["sites"]] == [30, None, None]
    assert [place["people"] for place in found["places"]] == [None] * 3
    assert found["people"] == 57
    few = siting.propose(session, AT, Asked("kindergarten", 3, at(("b", 500, 0))))
    assert (few["people"], few["bound"], few["verified"], few["sites"][0]["gain"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("asked", "rule", "code"),
    [
        (Asked("kindergarten", 0), {}, "siting_sites"),
        (Asked("kindergarten", -1), {}, "siting_sites"),
        (Asked("pharmacy", 1), {}, "siting_type"),
        (Asked("kindergarten", 1), {"basis": "jurisdiction", "jurisdiction": "street"}, "siting_by_area"),
        (Asked("kindergarten", 1, Candidates([], np.empty(0, dtype=object))), {}, "siting_no_candidates"),
    ],
)
def test_what_makes_no_sense_is_refused(
    street: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked, rule: dict[str, Any], code: str
) -> None:
    put(monkeypatch, tmp_path, **rule)
    with pytest.raises(InputError) as caught:
        siting.propose(street, AT, asked)
    assert caught.value.code == code


def test_a_type_without_a_radius_is_refused(street: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = cases.packs(tmp_path, {"type": "kindergarten", "tier": "5", "required": True})
    monkeypatch.setattr(deployment, "pack", lambda *_: pack)
    with pytest.raises(InputError) as caught:
        siting.propose(street, AT, Asked("kindergarten", 1))
    assert caught.value.code == "siting_no_radius"


def test_candidates_are_called_by_code_name_or_row(tmp_path: Path) -> None:
    path = tmp_path / "offered.csv"
    rows = ("编号,名称,wkt", "A,甲,POINT (111 30)", ",乙,POINT (111 30)", ",,POINT (111 30)", ",乙,POINT (111 30)")
    path.write_text("\n".join(rows), encoding="utf-8")
    found = read_candidates(path, Reading())
    assert (found.names, found.costs) == (["A", "乙", "4", "乙 #5"], None)


def test_what_candidates_cost_is_read_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "offered.csv"
    path.write_text(
        'code,造价（元）,wkt\nA,"1,200",POINT (111 30)\nB,１.5万元,POINT (111 30)\nC,,POINT (111 30)\n', "utf-8"
    )
    costs = read_candidates(path, Reading()).costs
    assert costs is not None
    assert costs[:2].tolist() == [1200, 15000]
    assert np.isnan(costs[2])


@pytest.mark.parametrize("cost", ["0", "-3", "待定", "约 30"])
def test_a_cost_that_is_none_is_named(tmp_path: Path, cost: str) -> None:
    path = tmp_path / "offered.csv"
    path.write_text(f"code,费用,wkt\nA,1,POINT (111 30)\nB,{cost},POINT (111 30)\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_candidates(path, Reading())
    told = caught.value.params
    assert (caught.value.code, told["row"], told["field"], told["value"]) == ("candidate_cost_bad", 3, "费用", cost)


@pytest.mark.parametrize(
    "shape", ["LINESTRING (111 30, 111.1 30)", "POLYGON ((111 30, 112 31, 112 30, 111 31, 111 30))", ""]
)
def test_a_candidate_without_a_usable_place_is_named(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "offered.csv"
    path.write_text(f'code,wkt\nA,POINT (111 30)\nB,"{shape}"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_candidates(path, Reading(crs="EPSG:4490"))
    assert (caught.value.code, caught.value.params["row"]) == ("candidate_unusable", 3)
