"""Codes that change while things stay: name and place tell which is which, and what is doubtful is said."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.names import folded, name_and_office, place_name, resemble
from gridgov.storage.models import BranchVersion, DepartmentVersion, GateVersion, GridVersion, SiteVersion, UnitVersion
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions
from tests import cases
from tests.usecases.test_importing import bring, counts, now, unit

OLD, NEW = date(2016, 6, 30), date(2023, 6, 30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("隆康路社区居委会", "隆康路社区"),
        ("丰坪巷居委会", "丰坪巷社区居民委员会"),
        ("滕家河村委会", "滕家河村村民委员会"),
        ("宜昌市伍家岗区宝江社区居民委员会", "宝江社区"),
        ("大公桥街道办事处", "大公桥街道"),
        ("北山坡 社区", "北山坡社区"),
        ("ＡＢ苑（一期）", "ab苑(一期)"),
    ],
)
def test_one_name_written_two_ways(one: str, other: str) -> None:
    assert place_name(one) == place_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("红花套社区", "红花套村"), ("社区", "村"), ("宜昌市北门社区居委会", "居委会"), ("一期", "二期")]
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert place_name(one) != place_name(other)


def test_persons_are_parted_from_their_department() -> None:
    assert name_and_office("王伟（民政局）") == ("王伟", "民政局")
    assert name_and_office("王伟 [D2]") == ("王伟", "D2")
    assert name_and_office("王伟") == ("王伟", None)
    assert folded("王 伟") == folded("王\u3000伟") == folded("王伟")
    assert resemble("付家堰村", "傅家堰村")
    assert not resemble("力行街社区", "隆康路社区")


@pytest.mark.realdata
def test_seven_years_of_yichang_keep_their_identities(session: Session, realdata: Path, tmp_path: Path) -> None:
    def load(level: str, path: Path, day: date) -> ImportReport:
        report = import_files(session, "units", [path], ImportOptions(level=level, valid_from=day))
        assert report.problems == []
        return report

    for depth, level in (("4", "street"), ("5", "community")):
        rows = [
            row[:3]
            for path in sorted((realdata / "admin/vonng_adcode_2016_yichang").glob("*.csv"))
            for row in csv.reader(path.read_text(encoding="utf-8").splitlines())
            if len(row) > 4 and row[4] == depth
        ]
        path = tmp_path / f"{level}.csv"
        path.write_text("\n".join(map(",".join, [["code", "parent", "name"], *rows])), encoding="utf-8")
        load(level, path, OLD)
    before = {version.code: version.unit_id for version in now(session, UnitVersion, OLD)}
    load("street", realdata / "admin/china_division_2.7.0_yichang_streets.csv", NEW)
    villages = realdata / "admin/china_division_2.7.0_yichang_villages.csv"
    report = load("community", villages, NEW)
    assert counts(report) == (1650, 89, 938, 0, 623, 0)
    assert Counter(problem.code for _, problem in report.warnings) == {"row_renamed": 17, "row_code_left": 10}
    after = {version.code: version.unit_id for version in now(session, UnitVersion, NEW) if version.batch_id}
    assert after["420503001001"] == before["420503001002"]  # 隆康路
    assert after["420581001201"] == before["420581001201"]  # 太宝湖, now 太保湖
    assert after["420583001001"] == before["420583001001"]  # 丰坪巷居委会, now 丰坪巷社区居民委员会
    assert counts(load("community", villages, NEW)) == (1650, 0, 0, 0, 1650, 0)


def test_a_doubtful_renaming_is_told(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "1", "name": "七一五居委会"}, level="community", valid_from=OLD)
    report = bring(session, tmp_path, "units", {"code": "1", "name": "香锦社区"}, level="community", valid_from=NEW)
    ((_, told),) = report.warnings
    assert (report.changed, told.code, told.params) == (1, "row_renamed", {"code": "1", "was": "七一五居委会"})


def test_two_of_one_name_are_told_apart_by_their_codes(session: Session, tmp_path: Path) -> None:
    rows = [{"code": "C1", "name": "幸福苑"}, {"code": "C2", "name": "幸福苑"}]
    assert bring(session, tmp_path, "units", *rows[:1], level="compound", valid_from=OLD).new == 1
    report = bring(session, tmp_path, "units", *rows, level="compound", valid_from=NEW)
    assert counts(report) == (2, 1, 0, 0, 1, 0)
    assert unit(session, "C1", NEW).unit_id != unit(session, "C2", NEW).unit_id


RECODED = {
    "grids": (GridVersion, "东风一网格"),
    "gates": (GateVersion, "东门"),
    "sites": (SiteVersion, "K1"),
    "departments": (DepartmentVersion, "教育局"),
    "branches": (BranchVersion, "桂花苑党支部"),
}


def test_a_new_code_for_a_known_name_at_its_place_is_the_same_thing(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.rows["gates"][0]["name"] = "东门"
    files.load(session)
    for kind, (model, name) in RECODED.items():
        row = next(row for row in files.rows[kind] if row.get("name") == name)
        (known,) = [version for version in now(session, model) if version.code == row["code"]]
        row["code"] = {"grids": "420503001001099"}.get(kind, f"{row['code']}-new")
        row["name"] = f" {name[:1]}\u3000{name[1:]}"
        report = files.bring(session, kind, valid_from=NEW.replace(year=2027))
        assert (report.new, report.changed, report.rejected) == (0, 1, 0), kind
        (found,) = [version for version in now(session, model, date(2027, 7, 1)) if version.code == row["code"]]
        assert getattr(found, model.subject) == getattr(known, model.subject)


def test_a_gate_of_the_same_name_elsewhere_is_another(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.rows["gates"][0]["name"] = "东门"
    files.load(session)
    files.rows["gates"] = []
    files.gate("G9", 50, 150, "open", compound="C1", name="东门")
    assert files.bring(session, "gates").new == 1
    assert {gate.code for gate in now(session, GateVersion)} >= {"G1", "G9"}
    assert shapely.distance(*(gate.geometry for gate in now(session, GateVersion)[:2])) > 0
