"""Where units hang: by code, by place, later; and what gates, sites, networks and contacts find when they come in."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import (
    ContactVersion,
    GateVersion,
    NetworkVersion,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
)
from gridgov.usecases import checking
from gridgov.usecases.importing import import_files
from gridgov.usecases.networks import read_segments
from gridgov.usecases.staging import ImportOptions
from tests import cases

AT = At(cases.DAY)


def now(session: Session, model: Any) -> list[Any]:
    return list(session.scalars(current(model, AT, Scope.everything()).order_by(model.code, model.id)))


def parents(session: Session) -> dict[str, tuple[str | None, bool]]:
    """Return for each unit the code of its parent, and whether it is an orphan."""
    units = {unit.unit_id: unit for unit in now(session, UnitVersion)}
    return {unit.code: (units[unit.parent_id].code if unit.parent_id else None, unit.orphan) for unit in units.values()}


def test_levels_in_chinese_in_one_file_in_any_order(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "五级.csv"
    rows = ["名称,代码,层级,上级代码,人口,同意日期,用途",
            "王户,H1,党员中心户,B1,,2026年1月5日,联络",
            "一栋,B1,楼栋,C1,１２０,,",
            "东苑,C1,小区,420503001001,,,",
            "东社区,420503001001,社区,,,,",
            "学院街道,420503001000,街道,,,,"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    report = import_files(session, "units", [path], ImportOptions(valid_from=cases.DAY))
    assert (report.read, report.new, report.problems) == (5, 5, [])
    assert parents(session) == {
        "420503001": (None, False),
        "420503001001": ("420503001", False),
        "C1": ("420503001001", False),
        "B1": ("C1", False),
        "H1": ("B1", False),
    }
    (building,) = [unit for unit in now(session, UnitVersion) if unit.code == "B1"]
    assert (building.people, building.households) == (120, None)


def test_without_a_parent_a_place_hangs_under_the_nearest_that_covers_it(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 1000, 1000))
    files.unit("community", "K1", shapely.box(0, 0, 500, 500), parent="420503001")
    files.unit("compound", "C1", shapely.box(100, 100, 200, 200))
    files.home("in compound", 150, 150).home("in community", 50, 50).home("in street", 900, 900).home(
        "nowhere", 2000, 0
    )
    files.load(session)
    assert parents(session) == {
        "420503001": (None, False),
        "K1": ("420503001", False),
        "C1": ("K1", True),
        "in compound": ("C1", True),
        "in community": ("K1", True),
        "in street": ("420503001", True),
        "nowhere": (None, True),
    }
    found = checking.check(session, AT, Scope.everything())
    told = {finding.subject: finding.severity for finding in found if finding.kind == "orphan"}
    assert told == {"C1": "info", "in compound": "info"} | dict.fromkeys(
        ("in community", "in street", "nowhere"), "warning"
    )


def test_orphans_move_when_a_closer_parent_comes(session: Session, tmp_path: Path) -> None:
    cases.Files(tmp_path).unit("street", "420503001", shapely.box(0, 0, 1000, 1000)).home("B", 150, 150).load(session)
    assert parents(session)["B"] == ("420503001", True)
    cases.Files(tmp_path).unit("compound", "C1", shapely.box(100, 100, 200, 200)).load(session)
    assert parents(session)["B"] == ("C1", True)


def test_orphans_find_the_parent_they_named_when_it_comes(session: Session, tmp_path: Path) -> None:
    cases.Files(tmp_path).unit("compound", "C1", shapely.box(0, 0, 9, 9), parent="420503001001").load(session)
    assert parents(session) == {"C1": (None, True)}
    cases.Files(tmp_path).unit("community", "420503001001").load(session)
    assert parents(session)["C1"] == ("420503001001", False)
    cases.Files(tmp_path).unit("street", "420503001000").load(session)
    assert parents(session)["420503001001"] == ("420503001", False)


def test_a_parent_recorded_once_is_kept_by_a_file_that_tells_none(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("community", "K1", shapely.box(0, 0, 100, 100))
    files.unit("community", "K2", shapely.box(100, 0, 200, 100))
    files.unit("compound", "C1", shapely.box(10, 10, 90, 90), parent="K2")
    files.load(session)
    cases.Files(tmp_path).unit("compound", "C1", shapely.box(10, 10, 90, 90), name="苑").load(session)
    assert parents(session)["C1"] == ("K2", False)


def test_a_gate_without_compound_stands_on_the_nearest_wall(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("compound", "near", shapely.box(0, 0, 100, 100), kind="walled")
    files.unit("compound", "far", shapely.box(130, 0, 200, 100), kind="work_unit")
    files.unit("compound", "open", shapely.box(100, 0, 112, 100), kind="open")
    files.gate("G1", 112, 50, "open").gate("G2", 119, 50, "closed")
    files.load(session)
    owners = {unit.unit_id: unit.code for unit in now(session, UnitVersion)}
    assert {gate.code: owners[gate.unit_id] for gate in now(session, GateVersion)} == {"G1": "near", "G2": "far"}


def test_a_gate_over_twenty_metres_from_every_wall_is_rejected(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("compound", "C", shapely.box(0, 0, 100, 100), kind="walled")
    files.gate("in reach", 119.9, 50, "open").gate("out of reach", 120.1, 50, "open").gate("middle", 50, 50, "open")
    files.load(session, ["units"])
    report = files.bring(session, "gates")
    assert [(problem.row, problem.code) for _, problem in report.problems] == [
        (3, "gate_without_wall"),
        (4, "gate_without_wall"),
    ]
    assert now(session, GateVersion) == []


def test_a_gate_without_code_gets_one_of_its_compound_and_place(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("compound", "C", shapely.box(0, 0, 100, 100), kind="walled")
    files.add("gates", shapely.Point(100, 50), state="open")
    files.load(session)
    assert files.bring(session, "gates").unchanged == 1
    (gate,) = now(session, GateVersion)
    assert gate.code.startswith("C@")


def test_one_site_holds_several_service_points(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path)
    shape = shapely.box(0, 0, 20, 20)
    files.add("sites", shape, site="S1", site_name="党群服务中心", type="library", capacity=40)
    files.add("sites", shape, site="S1", site_name="党群服务中心", type="幼儿园", verified="是")
    report = files.load(session)["sites"]
    assert (report.read, report.new) == (2, 2)
    (site,) = now(session, SiteVersion)
    points = {point.code: point for point in now(session, ServicePointVersion)}
    assert (site.code, site.name) == ("S1", "党群服务中心")
    assert set(points) == {"S1/library", "S1/kindergarten"}
    assert {point.site_id for point in points.values()} == {site.site_id}
    told = points["S1/library"]
    assert (told.capacity, told.verified, told.status) == (40, False, "open")
    assert points["S1/kindergarten"].verified is True


def test_one_site_cannot_stand_in_two_places(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path)
    files.add("sites", shapely.Point(0, 0), site="S1", type="library")
    files.add("sites", shapely.Point(50, 0), site="S1", type="kindergarten")
    report = files.bring(session, "sites")
    assert [(problem.row, problem.code) for _, problem in report.problems] == [(3, "site_two_places")]
    assert now(session, SiteVersion) == []


def test_a_site_that_moves_counts_as_a_change(session: Session, tmp_path: Path) -> None:
    cases.Files(tmp_path).point("K", 0, 0).load(session)
    report = cases.Files(tmp_path).point("K", 5, 0).bring(session, "sites")
    assert (report.changed, report.unchanged) == (1, 0)


def test_a_network_replaces_the_one_of_its_name_and_joins_the_others(session: Session, tmp_path: Path) -> None:
    def bring(folder: str, name: str, *lines: tuple[tuple[float, float], ...]) -> None:
        (tmp_path / folder).mkdir(exist_ok=True)
        features = [
            {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shapely.LineString(line))}
            for line in ([cases.degrees(*place) for place in line] for line in lines)
        ]
        path = tmp_path / folder / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        report = import_files(session, "network", [path], ImportOptions(valid_from=cases.DAY))
        assert report.problems == []

    bring("old", "roads.geojson", ((0, 0), (100, 0)), ((50, -50), (50, 50)))
    assert [(net.code, net.segments, net.metres) for net in now(session, NetworkVersion)] == [("roads", 4, 200.0)]
    bring("new", "roads.geojson", ((0, 0), (120, 0)))
    bring("new", "lanes.geojson", ((120, 0), (120, 30)))
    assert [(net.code, net.metres) for net in now(session, NetworkVersion)] == [("lanes", 30.0), ("roads", 120.0)]
    segments = read_segments(session, AT)
    assert shapely.length(segments.lines).sum() == pytest.approx(150, abs=1e-6)


def test_a_bridge_is_not_joined_to_what_it_crosses(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).path((0, 0), (100, 0)).path((50, -50), (50, 50), bridge=1)
    files.load(session)
    assert [network.segments for network in now(session, NetworkVersion)] == [2]
    segments = read_segments(session, AT)
    assert sorted(segments.level_free.tolist()) == [False, True]


def contacts(session: Session, tmp_path: Path, *rows: dict[str, Any]) -> dict[str, bool]:
    files = cases.district(tmp_path)
    files.rows["contacts"] = list(rows)
    if not now(session, UnitVersion):
        files.load(session)
    else:
        assert files.bring(session, "contacts").problems == []
    told = session.scalars(select(ContactVersion).where(ContactVersion.superseded_by.is_(None)))
    return {held.document: held.confirmed for held in told}


def lead(document: str, holder: str, **more: Any) -> dict[str, Any]:
    return {"tier": 3, "unit": "C1", "role": "lead", "holder": holder, "document": document, **more}


def test_a_second_lead_in_one_file_is_kept_as_disputed(session: Session, tmp_path: Path) -> None:
    rows = [lead("a", "P1", valid_from="2026-01-01"), lead("b", "P2", valid_from="2026-02-01")]
    assert contacts(session, tmp_path, *rows) == {"a": True, "b": False}


def test_a_second_lead_in_a_later_file_is_the_disputed_one(session: Session, tmp_path: Path) -> None:
    contacts(session, tmp_path, lead("a", "P2"))
    assert contacts(session, tmp_path, lead("b", "P1", valid_from="2020-01-01")) == {"a": True, "b": False}


def test_leads_one_after_the_other_are_no_dispute(session: Session, tmp_path: Path) -> None:
    rows = [lead("a", "P1", valid_from="2026-01-01", valid_to="2026-03-01"), lead("b", "P2", valid_from="2026-03-01")]
    assert contacts(session, tmp_path, *rows) == {"a": True, "b": True}


def test_members_and_deputies_may_be_many(session: Session, tmp_path: Path) -> None:
    rows = [lead("a", "P1", role="member"), lead("b", "P2", role="member"), lead("c", "P3", role="deputy")]
    assert contacts(session, tmp_path, *rows, lead("d", "P1")) == dict.fromkeys("abcd", True)


def test_two_leading_departments_are_disputed_and_two_supporting_are_not(session: Session, tmp_path: Path) -> None:
    base = {"tier": 2, "unit": "420503001001"}
    rows = [
        {**base, "role": "leading", "holder": "D1", "document": "a"},
        {**base, "role": "leading", "holder": "D2", "document": "b"},
        {**base, "role": "supporting", "holder": "D1", "document": "c"},
        {**base, "role": "supporting", "holder": "D2", "document": "d"},
    ]
    assert contacts(session, tmp_path, *rows) == {"a": True, "b": False, "c": True, "d": True}
