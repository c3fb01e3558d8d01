"""Each kind of finding from a small planted case; and none where nothing is planted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import checking
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
BOW = shapely.Polygon([(600, 300), (700, 400), (700, 300), (600, 400)])
Plant = Callable[[cases.Files], object]


def found(session: Session, scope: Scope = EVERYTHING, at: At = AT) -> set[tuple[str, str, str]]:
    return {(finding.severity, finding.kind, finding.subject) for finding in checking.check(session, at, scope)}


def test_nothing_is_wrong_with_the_small_district(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    assert found(session) == set()


def test_nothing_is_wrong_with_nothing(session: Session) -> None:
    assert checking.check(session, AT, EVERYTHING) == []


PLANTED: dict[str, tuple[Plant, set[tuple[str, str, str]]]] = {
    "an orphan": (
        lambda files: files.unit("compound", "C7", shapely.box(300, 300, 350, 350), kind="open"),
        {("info", "orphan", "C7")},
    ),
    "an orphan without any parent": (
        lambda files: files.unit("compound", "C7", parent="no such community", kind="open"),
        {("warning", "orphan", "C7")},
    ),
    "an invalid polygon": (
        lambda files: files.unit("compound", "C7", BOW, parent="420503001002", kind="open"),
        {("error", "geometry_invalid", "C7")},
    ),
    "an overlap": (
        lambda files: files.unit("compound", "C7", shapely.box(200, 50, 300, 250), parent="420503001001", kind="open"),
        {("warning", "overlap", "C1")},
    ),
    "a child outside its parent": (
        lambda files: files.home("B7", 990, 400, parent="C2"),
        {("error", "outside_parent", "B7")},
    ),
    "a compound over two communities": (
        lambda files: files.unit("compound", "C7", shapely.box(450, 300, 550, 350), parent="420503001001", kind="open"),
        {("info", "crosses_community", "C7")},
    ),
    "a code that contradicts": (
        lambda files: files.unit("community", "420503009001", parent="420503001"),
        {("warning", "code_contradicts", "420503009001")},
    ),
    "grids that overlap": (
        lambda files: files.add("grids", shapely.box(0, 0, 99, 99), code="420503001001009", community="420503001001"),
        {("error", "grids_overlap", "420503001001001")},
    ),
    "special grids may": (
        lambda files: files.add("grids", shapely.box(0, 0, 99, 99), code="420503001001009", community="420503001001",
                                kind="special"),
        set(),
    ),
    "a grid over two communities": (
        lambda files: files.rows["grids"].__setitem__(1, files.rows["grids"][1] | {
            "wkt": cases.placed(shapely.box(250, 0, 520, 500)).wkt}),
        {("warning", "grid_crosses_community", "420503001001002"), ("error", "grids_overlap", "420503001001002")},
    ),
    "a wall without a gate": (
        lambda files: files.unit("compound", "C7", shapely.box(300, 300, 350, 350), parent="420503001001",
                                 kind="work_unit"),
        {("warning", "wall_without_gate", "C7")},
    ),
    "a facility far from any path": (
        lambda files: files.point("K7", 400, 480),
        {("warning", "far_from_path", "K7")},
    ),
    "a disputed post": (
        lambda files: files.add("contacts", tier=3, unit="C1", role="lead", holder="P3"),
        {("error", "disputed_post", "C1")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_each_kind_of_finding(session: Session, tmp_path: Path, what: str) -> None:
    plant, wanted = PLANTED[what]
    files = cases.district(tmp_path)
    plant(files)
    files.load(session)
    assert found(session) == wanted


def test_a_code_twice(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    table = UnitVersion.__table__
    session.execute(table.update().where(table.c.code == "B2").values(code="B1"))
    assert found(session) == {("error", "duplicate_code", "B1")}


def test_stale_data(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    told = found(session, at=At(cases.DAY + timedelta(days=3650)))
    assert {("warning", "stale", kind) for kind in ("units", "grids", "contacts")} <= told
    assert all(kind in {"stale"} for _, kind, _ in told)


def test_the_gravest_come_first_and_each_leads_to_its_place(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    for plant, _ in PLANTED.values():
        if plant is not PLANTED["a grid over two communities"][0] and plant is not PLANTED["special grids may"][0]:
            plant(files)
    files.rows["units"] = list({row["code"]: row for row in files.rows["units"]}.values())
    files.load(session)
    findings = checking.check(session, AT, EVERYTHING)
    order = [checking.SEVERITIES.index(finding.severity) for finding in findings]
    assert order == sorted(order)
    places = [finding.place for finding in findings if finding.kind in {"geometry_invalid", "overlap", "far_from_path"}]
    assert places
    lon, lat = cases.degrees(0, 0)
    assert all(place and abs(place[0] - lon) < 0.02 and abs(place[1] - lat) < 0.02 for place in places)


def test_a_narrow_scope_is_told_of_its_own(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    for what in ("an invalid polygon", "an overlap", "a disputed post", "a child outside its parent"):
        PLANTED[what][0](files)
    files.rows["units"] = [row | ({"code": "C8"} if row.get("code") == "C7" and "600" in row["wkt"] else {})
                           for row in files.rows["units"]]  # fmt: skip
    files.load(session)
    units = {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}
    east = found(session, Scope.of({units["420503001002"]}))
    assert {subject for _, _, subject in east} <= {"B7", "C7", "C8"}
    assert {kind for _, kind, _ in east} == {"geometry_invalid", "outside_parent"}
    assert found(session, Scope.nothing()) == set()
