"""Each kind of finding from a small planted case; and none where nothing is planted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.affinity import translate
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    ContactVersion,
    DepartmentVersion,
    GateVersion,
    GridVersion,
    PartnerVersion,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
)
from gridgov.usecases import checking
from gridgov.wording import sentence
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
        lambda files: files.point("K7", 400, 480, capacity=90),
        {("warning", "far_from_path", "K7")},
    ),
    "a disputed post": (
        lambda files: files.add("contacts", tier=3, unit="C1", role="lead", holder="P3"),
        {("error", "disputed_post", "C1")},
    ),
    "an invalid grid": (
        lambda files: files.add("grids", BOW, code="420503001002009", community="420503001002", kind="special"),
        {("error", "geometry_invalid", "420503001002009")},
    ),
    "an invalid site": (
        lambda files: files.add("sites", translate(BOW, 0, -280), code="K7", name="K7", type="library"),
        {("error", "geometry_invalid", "K7")},
    ),
    "an invalid piece of land": (
        lambda files: files.add("land", BOW, code="L2", kind="green"),
        {("warning", "geometry_invalid", "L2")},
    ),
    "a gap between communities": (
        lambda files: files.rows["units"].__setitem__(0, files.rows["units"][0] | {
            "wkt": cases.placed(shapely.box(0, 0, 1000, 520)).wkt}),
        {("warning", "units_leave_gap", "420503001")},
    ),
    "no gap where a community has no polygon": (
        lambda files: files.unit("community", "420503001003", parent="420503001", name="无图社区") and
        files.rows["units"].__setitem__(0, files.rows["units"][0] | {
            "wkt": cases.placed(shapely.box(0, 0, 1000, 520)).wkt}),
        set(),
    ),
    "a hole between streets": (
        lambda files: files.unit("street", "420503002", shapely.box(1000, 0, 1300, 500) - shapely.box(
            1000, 100, 1200, 200)),
        {("warning", "streets_leave_hole", "420503001")},
    ),
    "a bay between streets": (
        lambda files: files.unit("street", "420503002", shapely.box(1000, 0, 1300, 500) - shapely.box(
            1000, 0, 1200, 200)),
        set(),
    ),
    "a gap between grids": (
        lambda files: files.rows["grids"].__setitem__(1, files.rows["grids"][1] | {
            "wkt": cases.placed(shapely.box(250, 0, 480, 500)).wkt}),
        {("warning", "grids_leave_gap", "420503001001")},
    ),
    "a unit twice at one place": (
        lambda files: files.unit("building", "B9", shapely.box(105, 100, 125, 110), name="1栋", parent="C1"),
        {("warning", "duplicate_place", "B9")},
    ),
    "a namesake elsewhere": (
        lambda files: files.unit("building", "B9", shapely.box(125, 100, 145, 110), name="1栋", parent="C1"),
        set(),
    ),
    "another name at the same place": (
        lambda files: files.unit("building", "B9", shapely.box(105, 100, 125, 110), name="3栋", parent="C1"),
        set(),
    ),
    "a gate twice at one spot": (
        lambda files: files.gate("G2", 250, 150.5, "closed", compound="C1"),
        {("warning", "duplicate_gate", "G2")},
    ),
    "another gate beside it": (
        lambda files: files.gate("G2", 250, 152, "closed", compound="C1"),
        set(),
    ),
    "a service twice at one site": (
        lambda files: files.point("K9", 400, 30, site="K1", capacity=90),
        {("warning", "duplicate_service", "K9")},
    ),
    "a kindergarten that may be full, nobody knows when": (
        lambda files: files.point("K9", 700, 30),
        {("info", "capacity_unknown", "K9")},
    ),
    "another service at that site": (
        lambda files: files.point("K9", 400, 30, site="K1", kind="library"),
        set(),
    ),
    "a closed service at that site": (
        lambda files: files.point("K9", 400, 30, site="K1", status="closed"),
        set(),
    ),
    "a deputy who leads elsewhere": (
        lambda files: files.add("contacts", tier=3, unit="C1", role="deputy", holder="P1"),
        set(),
    ),
    "a pledge overdue": (
        lambda files: files.add("partners", code="W3", kind="业委会", name="业委会", unit="C1",
                                pledges="装路灯 | 2026-03-30"),
        {("info", "pledge_overdue", "W3")},
    ),
    "pledges due today, kept, or without a day": (
        lambda files: files.add("partners", code="W3", kind="业委会", name="业委会", unit="C1",
                                pledges="装路灯 | 2026-03-31\n修门 | 2026-03-01 | 2026-03-20\n打扫"),
        set(),
    ),
    "a pledge kept only later": (
        lambda files: files.add("partners", code="W3", kind="业委会", name="业委会", unit="C1",
                                pledges="装路灯 | 2026-03-30 | 2026-04-02"),
        {("info", "pledge_overdue", "W3")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_each_kind_of_finding(session: Session, tmp_path: Path, what: str) -> None:
    plant, wanted = PLANTED[what]
    files = cases.district(tmp_path)
    plant(files)
    files.load(session)
    assert found(session) == wanted
    for finding in checking.check(session, AT, EVERYTHING):
        assert all(is_told(finding, locale) for locale in ("en", "zh_Hans"))
        assert finding.thing or finding.subject == "L2"
        assert finding.place or (finding.kind, finding.subject) == ("orphan", "C7")


def is_told(finding: checking.Finding, locale: str) -> bool:
    told = sentence(GridgovError(f"finding_{finding.kind}", subject=finding.subject, **finding.params), locale)
    return "finding_" not in told and ("–" not in told or finding.kind == "orphan")


TWICE: dict[str, tuple[Any, str, str]] = {
    "units": (UnitVersion, "B2", "B1"),
    "grids": (GridVersion, "420503001001002", "420503001001001"),
    "gates": (GateVersion, "G2", "G1"),
    "sites": (SiteVersion, "K2", "K1"),
    "services": (ServicePointVersion, "K2", "K1"),
    "departments": (DepartmentVersion, "D2", "D1"),
    "cadres": (CadreVersion, "P2", "P1"),
    "branches": (BranchVersion, "BR2", "BR1"),
    "partners": (PartnerVersion, "W2", "W1"),
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_code_twice(session: Session, tmp_path: Path, kind: str) -> None:
    files = cases.district(tmp_path).gate("G2", 250, 60, "open", compound="C1")
    files.add("branches", code="BR2", name="梅花苑党支部", compounds="C2")
    files.add("partners", code="W2", kind="业委会", name="梅花苑业委会", unit="C2").load(session)
    assert found(session) == set()
    model, told, taken = TWICE[kind]
    session.execute(update(model).where(model.code == told).values(code=taken))
    assert found(session) == {("error", "duplicate_code", taken)}
    both = {finding.thing for finding in checking.check(session, AT, EVERYTHING)}
    wanted = session.scalars(select(getattr(model, model.subject)).where(model.code == taken))
    assert both == {(kind, identity) for identity in wanted}


def test_deputies_in_a_circle(session: Session, tmp_path: Path) -> None:
    """No import takes them any more; what stands from before is told."""
    files = cases.district(tmp_path)
    files.add("contacts", tier=3, unit="C2", role="lead", holder="P3")
    files.add("contacts", tier=3, unit="C1", role="deputy", holder="P3")
    files.add("contacts", tier=3, unit="C2", role="deputy", holder="P1").load(session)
    assert found(session) == set()
    first, second = (
        select(CadreVersion.cadre_id).where(CadreVersion.code == code).scalar_subquery() for code in ("P1", "P2")
    )
    deputy = update(ContactVersion).where(ContactVersion.role == "deputy", ContactVersion.cadre_id == first)
    session.execute(deputy.values(cadre_id=second))
    assert found(session) == {("warning", "circular_deputies", "C1"), ("warning", "circular_deputies", "C2")}


@pytest.mark.parametrize("code", ["G1 ", "\u3000G1", "G１"])
def test_an_untidy_code(session: Session, tmp_path: Path, code: str) -> None:
    cases.district(tmp_path).load(session)
    session.execute(update(GateVersion).values(code=code))
    assert found(session) == {("warning", "code_untidy", code)}


def test_a_code_that_names_another_than_the_unit_hangs_under(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    session.execute(update(UnitVersion).where(UnitVersion.level == "street").values(code="420503009"))
    told = {("warning", "code_contradicts", f"42050300100{number}") for number in (1, 2)}
    assert found(session) == told


def test_what_stands_on_a_unit_that_has_ended(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    later = cases.DAY + timedelta(days=10)
    session.execute(update(UnitVersion).where(UnitVersion.code == "C1").values(valid_to=later))
    assert found(session) == set()
    gone = [each for each in checking.check(session, At(later), EVERYTHING) if each.kind == "unit_gone"]
    assert {each.thing[0] for each in gone if each.thing} == {"gates", "contacts", "partners", "branches"}
    assert {each.params["name"] for each in gone} == {"桂花苑小区"}
    assert all(each.place for each in gone)


def test_a_service_without_its_site(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    later = cases.DAY + timedelta(days=10)
    session.execute(update(SiteVersion).where(SiteVersion.code == "K1").values(valid_to=later))
    (gone,) = [each for each in checking.check(session, At(later), EVERYTHING) if each.kind == "unit_gone"]
    assert (gone.subject, gone.params["name"], gone.thing and gone.thing[0]) == ("K1", "K1", "services")
    assert gone.place


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
    for kind in ("grids", "gates", "sites", "partners"):
        files.rows[kind] = list({row["code"]: row for row in files.rows[kind]}.values())
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
