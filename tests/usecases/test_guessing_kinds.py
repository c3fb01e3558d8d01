"""What files hold, and on which level, guessed by their columns and by how their rows lie."""

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.previewing import guess
from gridgov.usecases.staging import ImportOptions

SQUARE = {"type": "Polygon", "coordinates": [[[111, 30], [111.1, 30], [111.1, 30.1], [111, 30]]]}
LINE = {"type": "LineString", "coordinates": [[111, 30], [111.1, 30]]}


def kind_of(folder: Path, geometry: object, **properties: object) -> str:
    path = folder / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}), encoding="utf-8")
    return guess([path], ImportOptions())


def test_areas_are_neither_paths_nor_persons(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="intake_kind_unclear"):
        kind_of(tmp_path, SQUARE, NAME="静安区", PYNAME="jing an", ADMINCODE="310106")
    assert kind_of(tmp_path, SQUARE, code="310106", name="静安区") == "units"


def test_shapes_alone_are_asked_for_a_code(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="columns_none"):
        kind_of(tmp_path, SQUARE)
    with pytest.raises(InputError, match="columns_none"):
        import_files(session, "units", [tmp_path / "a.geojson"], ImportOptions(level="street"))


def test_lines_are_paths_and_names_alone_are_persons(tmp_path: Path) -> None:
    assert kind_of(tmp_path, LINE, name="延安路") == "network"
    assert kind_of(tmp_path, None, 姓名="王伟", 部门="民政局", 职务="科长") == "cadres"


def test_branches_are_told_by_their_name_and_what_they_cover(tmp_path: Path) -> None:
    assert kind_of(tmp_path, None, 支部编码="B1", 支部名称="第一党支部", 小区代码="C1") == "branches"


@pytest.mark.parametrize(
    ("columns", "level", "by"),
    [
        ("楼栋编码,小区名称", "building", "楼栋编码"),
        ("编码,小区名称", "compound", "小区名称"),
        ("小区编码,小区名称,社区代码", "compound", "小区编码"),
        ("社区代码,名称", "community", "社区代码"),
        ("代码,乡镇名称", "street", "乡镇名称"),
        ("streetcode,name", "street", "streetcode"),
    ],
)
def test_the_level_is_told_by_the_headers(session: Session, tmp_path: Path, columns: str, level: str, by: str) -> None:
    report = bring(session, tmp_path, columns)
    assert [note["level"] for note in report.notes] == [level]
    guessed = [told for _, told in report.warnings if told.code == "level_guessed"]
    assert [(told.value, told.params) for told in guessed] == [(level, {"column": by})]
    assert report.new == 1


@pytest.mark.parametrize("columns", ["代码,名称", "小区编码,楼栋名称", "代码,名称,所属小区"])
def test_headers_that_dont_tell_the_level_leave_it_to_be_said(session: Session, tmp_path: Path, columns: str) -> None:
    with pytest.raises(InputError, match="level_missing"):
        bring(session, tmp_path, columns)
    report = bring(session, tmp_path, columns, level="street")
    assert report.new == 1
    assert report.warnings == []


def bring(session: Session, folder: Path, columns: str, level: str | None = None) -> ImportReport:
    path = folder / "a.csv"
    path.write_text(f"{columns}\n{','.join('123')[: columns.count(',') * 2 + 1]}\n", encoding="utf-8")
    return import_files(session, "units", [path], ImportOptions(level=level, dry_run=True))
