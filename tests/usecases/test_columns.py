"""Files as offices have them: headers that nearly fit, two columns for one field, codes and dates in many forms."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions
from tests.usecases.test_importing import unit


def bring(session: Session, folder: Path, text: str, **options: object) -> ImportReport:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    told = {"level": "community", "valid_from": date(2026, 1, 1)} | options
    return import_files(session, "units", [path], ImportOptions(**told))  # type: ignore[arg-type]


def test_a_missing_column_names_those_that_look_like_it(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        bring(session, tmp_path, "区划码,名称\n420503001002,甲\n")
    assert (refused.value.code, refused.value.params["meant"]) == ("column_missing_alike", "区划码=code")
    with pytest.raises(InputError) as refused:
        bring(session, tmp_path, "xx,名称\n420503001002,甲\n")
    assert refused.value.code == "column_missing"


def test_the_column_taken_of_two_is_said(session: Session, tmp_path: Path) -> None:
    text = "编码,代码,名称\n999,420503001002,甲\n"
    (warning,) = bring(session, tmp_path, text).warnings
    assert (warning[1].code, warning[1].field, warning[1].value) == ("column_rival", "code", "编码")
    assert warning[1].params == {"taken": "代码"}
    assert bring(session, tmp_path, text, mapping={"编码": "code"}).warnings == []


def test_a_ledger_as_people_keep_it_is_read(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "代码,名称\n420503001000,甲街道\n", level="street")
    text = (
        "代码,名称,上级代码,人口,建筑面积（㎡）,起始日期,截止日期\n"
        '\'420503 001 002,北山坡社区,420503001000,"1,234人",12.5万㎡,二〇二五年三月,长期\n'
        "420503001003.0,隆康路社区,420503001,980,3200平方米,45748,2027年12月\n"
    )
    assert bring(session, tmp_path, text).problems == []
    first, second = unit(session, "420503001002"), unit(session, "420503001003")
    assert (first.people, first.floor_area, first.valid_from, first.valid_to) == (1234, 125_000, date(2025, 3, 1), None)
    assert (second.floor_area, second.valid_from, second.valid_to) == (3200, date(2025, 4, 1), date(2028, 1, 1))
    assert {first.parent_id, second.parent_id} == {unit(session, "420503001").unit_id}
    assert bring(session, tmp_path, text).unchanged == 2


def test_only_leaves_other_rows_and_their_faults_out(session: Session, tmp_path: Path) -> None:
    text = "代码,lon,lat\n1101,116.4,39.9\n4205,abc,30.7\n"
    assert bring(session, tmp_path, text, only="11").new == 1
    with pytest.raises(InputError, match="only_nothing"):
        bring(session, tmp_path, text, only="99")


def test_rows_of_totals_are_no_places(session: Session, tmp_path: Path) -> None:
    report = bring(
        session, tmp_path, "代码,名称,人口\n420503001002,甲,12\n合 计：,,12\n,小计,12\n420503001003,总计,1\n"
    )
    assert (report.read, report.new) == (2, 2)
    assert [(told.row, told.code, told.value) for _, told in report.warnings] == [
        (3, "row_of_totals", "合 计："),
        (4, "row_of_totals", "小计"),
    ]


def test_a_point_in_an_outline_leaves_the_outline(session: Session, tmp_path: Path) -> None:
    outline = "POLYGON ((111.2 30.6, 111.2 30.7, 111.3 30.7, 111.3 30.6, 111.2 30.6))"
    bring(session, tmp_path, f'代码,wkt\n420503001002,"{outline}"\n420503001003,POINT (111.9 30.9)\n', crs="EPSG:4490")
    told = "代码,人口,经度,纬度\n420503001002,7,111.25,30.65\n420503001003,8,111.8,30.8\n"
    later = {"crs": "EPSG:4490", "valid_from": date(2026, 2, 1)}
    report = bring(session, tmp_path, told, **later)
    assert [(told.code, told.params) for _, told in report.warnings] == [("outlines_kept", {"count": 1})]
    first, second = unit(session, "420503001002"), unit(session, "420503001003")
    assert (first.people, first.geometry.geom_type) == (7, "Polygon")
    assert (second.people, second.geometry.x) == (8, 111.8)
    assert bring(session, tmp_path, told, **later).unchanged == 2
    away = bring(session, tmp_path, "代码,经度,纬度\n420503001002,111.4,30.65\n", **later)
    assert away.changed == 1
    assert unit(session, "420503001002").geometry.geom_type == "Point"
