"""A small city of each ladder, the whole way: import, contacts, coverage, gaps, who. Numbers counted by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import (
    answering,
    browsing,
    checking,
    contacting,
    covering,
    deployment,
    gridding,
    importing,
    loading,
    reading_runs,
)
from gridgov.usecases.staging import ImportOptions
from tests import cases
from tests.sources.extracts import Extract
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
NEAR_SCHOOL = {"type": "kindergarten", "tier": "5", "required": True, "radius": 300}
POLICE = {"type": "police_station", "tier": "15", "required": True, "basis": "jurisdiction", "jurisdiction": "street"}
TWO_LEVELS = """
id = "hamlets"
zh = "村湾两级"
en = "Hamlets, two levels"
grid_level = "community"
[[levels]]
id = "community"
zh = "村"
en = "Village"
[[levels]]
id = "building"
zh = "村湾"
en = "Hamlet"
[[tiers]]
tier = 2
level = "community"
exclusive = "first_secretary"
roles = ["leading", "first_secretary"]
"""
Numbers = list[tuple[int, ...]]


@pytest.fixture
def numbers(session: Session) -> Callable[[], Numbers]:
    """Tell the tiers' numbers."""
    names = ("tier", "due", "vacant", "expiring", "disputed", "several")
    return lambda: [tuple(row[name] for name in names) for row in contacting.report(session, AT, EVERYTHING)["tiers"]]


@pytest.fixture
def gaps(session: Session, tmp_path: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    """Load a rule pack of some rows, run it, and return the gap list's rows for kindergartens by place."""

    def run(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
        cases.packs(tmp_path, *rows)
        loading.load_pack(session, str(tmp_path / "pack.toml"))
        found = reading_runs.gaps(session, covering.run(session, AT), EVERYTHING)
        return {row["place"]: row for row in found if row["type"] == "kindergarten"}

    return run


def links(session: Session, place: str) -> list[str | None]:
    (candidate,) = answering.who(session, place, AT, EVERYTHING)["candidates"]
    return [link.get("code", link.get("through")) if link else None for link in candidate["chain"]]


def cadres(files: cases.Files) -> cases.Files:
    files.add("departments", code="D1", name="教育局")
    for code, name in (("P1", "赵一"), ("P2", "钱二"), ("P3", "孙三")):
        files.add("cadres", code=code, name=name, department="D1")
    return files.path((0, 20), (1500, 20)).point("K1", 400, 30)


def five_levels(folder: Path) -> cases.Files:
    """A street of an urban community, a village of two building groups, and a village with a resettlement estate."""
    files = cadres(cases.Files(folder))
    files.unit("street", "420503001", shapely.box(0, 0, 1500, 500), name="学院街道")
    files.unit("community", "420503001001", shapely.box(0, 0, 500, 500), name="东风社区", kind="urban")
    files.unit("community", "420503001002", shapely.box(500, 0, 1000, 500), name="石板村", kind="village")
    files.unit("community", "420503001003", shapely.box(1000, 0, 1500, 500), name="柏木村", kind="village")
    files.unit("compound", "C1", shapely.box(50, 50, 150, 150), name="桂花苑", parent="420503001001", kind="open")
    files.unit("compound", "C2", shapely.box(300, 50, 450, 150), name="梅花苑", parent="420503001001", kind="open")
    files.unit("compound", "E1", shapely.box(1300, 50, 1450, 150), name="安置区", parent="420503001003", kind="open")
    files.home("B1", 60, 60, 100, parent="C1").home("B2", 400, 60, 80, parent="C2").home(
        "B3", 1400, 60, 50, parent="E1"
    )
    files.home("V1", 900, 60, 40, parent="420503001002").home("V2", 600, 60, 30)
    files.unit("household", "H1", parent="V1", name="李秀英", consent_date="2026-01-06")
    files.add("grids", shapely.box(500, 0, 1000, 500), code="420503001002001", community="420503001002")
    files.add("branches", code="BR1", name="桂花苑党支部", compounds="C1")
    files.add("contacts", tier=1, unit="420503001", role="leader", holder="P1")
    files.add("contacts", tier=2, unit="420503001001", role="first_secretary", holder="P1")
    files.add("contacts", tier=2, unit="420503001002", role="first_secretary", holder="P2")
    files.add("contacts", tier=3, unit="C1", role="lead", holder="P3")
    return files


def three_levels(folder: Path) -> cases.Files:
    """An area committee of two grid branches and three courtyard groups, one of them told no parent."""
    files = cadres(cases.Files(folder))
    files.unit("片区委员会", "A1", shapely.box(0, 0, 1000, 500), name="江北片区")
    files.unit("网格支部", "G1", shapely.box(0, 0, 500, 500), name="一网格支部", parent="A1")
    files.unit("网格支部", "G2", shapely.box(500, 0, 1000, 500), name="二网格支部", parent="A1")
    files.unit("院落小组", "Y1", shapely.box(350, 40, 420, 80), name="老院子", parent="G1", people=60)
    files.unit("院落小组", "Y2", shapely.box(800, 40, 880, 80), name="新院子", parent="G2", people=40)
    files.unit("院落小组", "Y3", shapely.box(900, 40, 960, 80), name="后院子", people=25)
    files.add("grids", shapely.box(0, 0, 1000, 500), code="420503001001001", community="A1")
    files.add("branches", code="BR1", name="一网格支部", compounds="G1")
    files.add("posts", role="院落长", unit="Y1", holder="冯院长")
    files.add("posts", role="area_secretary", unit="A1", holder="周书记")
    files.add("contacts", tier=1, unit="A1", role="leader", holder="P1")
    files.add("contacts", tier=2, unit="G1", role="leading", holder="D1")
    files.add("contacts", tier=2, unit="G1", role="first_secretary", holder="P2")
    files.add("contacts", tier=3, unit="Y1", role="lead", holder="P3", valid_to="2026-04-10")
    return files


def test_the_five_levels_know_no_villages_by_themselves(
    session: Session, tmp_path: Path, numbers: Callable[[], Numbers]
) -> None:
    five_levels(tmp_path).load(session)
    assert numbers() == [(1, 1, 0, 0, 0, 0), (2, 3, 1, 0, 0, 0), (3, 3, 2, 0, 0, 0)]


def test_in_villages_no_lead_is_due(session: Session, tmp_path: Path, numbers: Callable[[], Numbers]) -> None:
    five_levels(tmp_path).load(session)
    loading.load_profile(session, "yichang-villages")
    assert numbers() == [(1, 1, 0, 0, 0, 0), (2, 3, 1, 0, 0, 0), (3, 2, 1, 0, 0, 0)]
    assert [row["code"] for row in contacting.places(session, AT, EVERYTHING, 3, "vacant")] == ["C2"]
    assert contacting.report(session, AT, EVERYTHING)["branch_coverage"] == {"compounds": 3, "covered": 1}


def test_a_lead_held_where_none_is_due_still_expires(
    session: Session, tmp_path: Path, numbers: Callable[[], Numbers]
) -> None:
    loading.load_profile(session, "yichang-villages")
    files = five_levels(tmp_path)
    files.add("contacts", tier=3, unit="E1", role="lead", holder="P2", valid_to="2026-04-20").load(session)
    assert numbers()[2] == (3, 2, 1, 1, 0, 0)


def test_a_kind_is_told_in_the_citys_words(session: Session, tmp_path: Path) -> None:
    loading.load_profile(session, "yichang-villages")
    files = cases.Files(tmp_path).unit("community", "V", name="石板村", kind="行政村")
    files.load(session)
    assert session.scalars(select(UnitVersion.kind)).all() == ["village"]
    report = cases.Files(tmp_path).unit("community", "W", kind="沙漠").bring(session, "units")
    ((_, problem),) = report.problems
    assert (problem.code, problem.params["known"]) == ("cell_choice_unknown", "village, urban")


def test_coverage_and_who_in_a_village_of_the_five(session: Session, tmp_path: Path, gaps: Any) -> None:
    loading.load_profile(session, "yichang-villages")
    five_levels(tmp_path).load(session)
    gridding.build(session, cases.DAY)
    found = gaps(NEAR_SCHOOL)
    assert {place: row["people"] for place, row in found.items()} == {"C1": 100, "E1": 50, "V1": 40}
    said = ("level", "compound", "branch", "community", "street", "liaison")
    assert [found["V1"][name] for name in said] == ["building", None, None, "石板村", "学院街道", "钱二"]
    assert [found["C1"][name] for name in said] == [
        "compound",
        "桂花苑",
        "桂花苑党支部",
        "东风社区",
        "学院街道",
        "孙三",
    ]
    assert found["E1"]["liaison"] is None
    assert links(session, "V1") == ["420503001", "420503001002", None, "V1", "building_head"]
    assert links(session, "420503001002") == ["420503001", "420503001002", None, None, None]
    lon, lat = cases.degrees(900, 62)
    assert links(session, f"{lon}, {lat}")[3] == "V1"
    v1 = browsing.unit_by_code(session, "V1", AT, EVERYTHING)
    assert v1 is not None
    assert [grid.code for grid, _, _ in browsing.grids_of(session, AT, EVERYTHING, v1.unit_id)] == ["420503001002001"]


def test_a_vacant_lead_is_not_filled_by_the_community(session: Session, tmp_path: Path, gaps: Any) -> None:
    five_levels(tmp_path).load(session)
    found = gaps(NEAR_SCHOOL | {"radius": 20})
    assert {place: found[place]["liaison"] for place in ("C1", "C2", "E1", "V1")} == {
        "C1": "孙三", "C2": None, "E1": None, "V1": "钱二",
    }  # fmt: skip


def test_a_city_of_three_levels(session: Session, tmp_path: Path, numbers: Callable[[], Numbers], gaps: Any) -> None:
    loading.load_profile(session, "three-levels")
    three_levels(tmp_path).load(session)
    gridding.build(session, cases.DAY)
    assert numbers() == [(1, 1, 0, 0, 0, 0), (2, 2, 1, 0, 0, 0), (3, 0, 0, 1, 0, 0)]
    assert contacting.report(session, AT, EVERYTHING)["branch_coverage"] == {"compounds": 2, "covered": 1}
    found = gaps(NEAR_SCHOOL, POLICE)
    said = ("level", "people", "compound", "branch", "community", "street", "liaison")
    assert {place: [row[name] for name in said] for place, row in found.items()} == {
        "G2": ["compound", 65, "二网格支部", None, "江北片区", None, None]
    }
    run = covering.latest(session, AT)
    assert run is not None
    shares = {row["type"]: row["share"] for row in reading_runs.record(run)["types"]}
    assert shares == {"kindergarten": pytest.approx(60 / 125), "police_station": None}
    assert links(session, "老院子") == [None, "A1", "G1", "Y1", None]
    (answer,) = answering.who(session, "Y1", AT, EVERYTHING)["candidates"]
    assert [post["holder"] for post in answer["posts"]] == ["冯院长", "周书记"]
    assert (answer["contacts"][0]["tier"], answer["contacts"][0]["holder"]) == (3, "孙三")
    assert {finding.kind for finding in checking.check(session, AT, EVERYTHING)} >= {"orphan"}
    assert [node.level for node in browsing.tree(session, AT, EVERYTHING)] == ["community"]


def test_a_city_of_two_levels_has_no_compounds(
    session: Session, tmp_path: Path, numbers: Callable[[], Numbers], gaps: Any
) -> None:
    path = tmp_path / "hamlets.toml"
    path.write_text(TWO_LEVELS, encoding="utf-8")
    loading.load_profile(session, str(path))
    files = cadres(cases.Files(tmp_path))
    files.unit("community", "V", shapely.box(0, 0, 1000, 500), name="石板村", people=90)
    files.home("N1", 380, 60, None, floor_area=100).home("N2", 900, 60, None, floor_area=200, parent="V")
    files.add("contacts", tier=2, unit="V", role="first_secretary", holder="P1")
    files.load(session)
    report = contacting.report(session, AT, EVERYTHING)
    assert report["branch_coverage"] == {"compounds": 0, "covered": 0}
    assert numbers() == [(2, 1, 0, 0, 0, 0)]
    found = gaps(NEAR_SCHOOL)
    assert [(row["place"], row["people"], row["liaison"]) for row in found.values()] == [("N2", 60, "赵一")]
    assert links(session, "N1") == [None, "V", None, "N1", None]
    for kind, cells in (("branches", {"name": "B", "compounds": "V"}), ("gates", {"state": "open", "compound": "V"})):
        shape = shapely.Point(0, 0) if kind == "gates" else None
        refused = cases.Files(tmp_path).add(kind, shape, code="X", **cells).bring(session, kind)
        assert [problem.code for _, problem in refused.problems] == ["row_unit_unknown"]


def test_a_map_leaves_out_the_level_a_city_lacks(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "hamlets.toml"
    path.write_text(TWO_LEVELS, encoding="utf-8")
    loading.load_profile(session, str(path))
    extract = Extract()
    extract.box(0, 0, 200, 200, landuse="residential", name="桂花苑")
    extract.box(50, 50, 20, 10, building="apartments")
    path = extract.write(tmp_path / "map.osm")
    report = importing.import_osm(session, path, ImportOptions(), ["buildings", "compounds"])
    assert {unit.level for unit in session.scalars(select(UnitVersion))} == {"building"}
    assert "layer_without_level" in [problem.code for _, problem in report.warnings]


def test_a_city_edits_its_role_catalogue(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'id = "ours"\nzh = "本市"\nen = "Ours"\nextends = "yichang"\n'
        '[[roles]]\nid = "compound_chief"\nlevel = "compound"\nzh = "小区长"\nen = "Compound chief"\nsingle = true\n'
        '[[roles]]\nid = "volunteer_team_lead"\nlevel = "compound"\nzh = "志愿服务队长"\nen = "Volunteer team lead"\n',
        encoding="utf-8",
    )
    loading.load_profile(session, str(path))
    files = five_levels(tmp_path)
    files.add("posts", role="小区长", unit="C1", holder="陈长").add(
        "posts", role="volunteer_team_lead", unit="C1", holder="林队"
    )
    files.load(session)
    (answer,) = answering.who(session, "C1", AT, EVERYTHING)["candidates"]
    assert {post["role"]: post["holder"] for post in answer["posts"]} == {
        "compound_chief": "陈长",
        "volunteer_team_lead": "林队",
    }
    assert deployment.profile(session).id == "ours"
