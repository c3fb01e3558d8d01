"""What becomes of each row, told before and after; and the sheet that gives refused rows back."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from gridgov.demo.district import FILES
from gridgov.domain.intake import Problem, RowOutcome
from gridgov.usecases.importing import Brought, ImportReport, import_files, read_files, write
from gridgov.usecases.returning import error_sheet
from gridgov.usecases.staging import ImportOptions
from tests import cases
from tests.usecases.test_importing import CHANGES

LATER = date(2026, 4, 10)


@pytest.fixture
def place(session: Session, tmp_path: Path) -> tuple[Session, cases.Files]:
    files = cases.district(tmp_path)
    files.load(session)
    return session, files


def look(session: Session, files: cases.Files, kind: str, **options: Any) -> list[RowOutcome]:
    """Return what would become of each row; nothing is written."""
    report = files.bring(session, kind, valid_from=LATER, dry_run=True, detail=True, **options)
    assert report.batch is None
    assert_tallied(report)
    return report.rows


def assert_tallied(report: ImportReport) -> None:
    told = [row.outcome for row in report.rows]
    assert {name: told.count(name) for name in ("new", "changed", "ended", "unchanged", "rejected")} == {
        "new": report.new,
        "changed": report.changed,
        "ended": report.ended,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
    }
    assert len(told) == report.read


def said(problem: Problem) -> str:
    return f"{problem.code}!"


def test_each_kind_tells_its_changed_row_field_by_field(place: tuple[Session, cases.Files]) -> None:
    session, files = place
    for kind, (change, field) in CHANGES.items():
        files.rows[kind][0] |= change
        files.rows[kind][0].pop("valid_to", None)
        first, *rest = look(session, files, kind)
        assert (first.row, first.outcome) == (2, "changed")
        (told,) = [texts for texts in first.changes if texts[0] == field]
        assert told[2] == str(change[field])
        assert told[1] != told[2]
        assert first.label
        assert {row.outcome for row in rest} <= {"unchanged"}
        assert all(row.changes == () for row in rest)


def test_every_row_of_every_kind_is_told_once(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    for kind in cases.ORDER:
        rows = len(files.rows[kind])
        if rows:
            report = files.bring(session, kind, detail=True)
            assert [row.row for row in report.rows] == list(range(2, rows + 2))  # below the header
            assert_tallied(report)


def test_without_detail_no_row_is_told_and_no_sheet_kept(session: Session, tmp_path: Path) -> None:
    path = cases.district(tmp_path).write("units")
    brought = read_files("units", [path], ImportOptions(crs=cases.CRS))
    assert write(session, brought, ImportOptions()).rows == []
    assert brought.parts[0].intake.sheets == []


def test_what_is_withheld_stays_so(place: tuple[Session, cases.Files]) -> None:
    session, files = place
    files.rows["cadres"][0] |= {"mobile": "13987654321", "home_community": "420503001001"}
    (changed,) = [row for row in look(session, files, "cadres") if row.outcome == "changed"]
    assert changed.changes == (("mobile", "138****1234", "139****4321"), ("home_community", None, "****"))
    household = next(row for row in files.rows["units"] if row["code"] == "H1")
    household["name"] = "张三"
    (changed,) = [row for row in look(session, files, "units") if row.outcome == "changed"]
    assert (changed.label, changed.changes) == ("H1", (("name", "****", "****"),))


def test_a_place_is_told_by_its_area_and_how_far_it_moved(place: tuple[Session, cases.Files]) -> None:
    session, files = place
    compound = next(row for row in files.rows["units"] if row["code"] == "C1")
    compound["wkt"] = cases.placed(shapely.box(90, 50, 290, 240)).wkt
    files.rows["gates"][0]["wkt"] = cases.placed(shapely.Point(290, 150)).wkt
    (moved,) = [row for row in look(session, files, "units") if row.outcome == "changed"]
    ((field, before, after),) = moved.changes
    assert field == "geometry"
    assert str(before).startswith("40,000 m² @ ")
    assert str(after).startswith("38,000 m² @ ")
    assert str(after).endswith(" (→ 40 m)")
    (gate,) = [row for row in look(session, files, "gates") if row.outcome == "changed"]
    assert str(gate.changes[0][2]).endswith(" (→ 40 m)")


def test_what_ends_tells_its_day_and_a_moved_site_its_place(place: tuple[Session, cases.Files]) -> None:
    session, files = place
    files.rows["departments"][1]["valid_to"] = "2026-05-01"
    ended = look(session, files, "departments")[1]
    assert (ended.outcome, ended.label, ended.changes) == ("ended", "民政局", (("valid_to", None, "2026-05-01"),))
    files.rows["sites"][0]["wkt"] = cases.placed(shapely.Point(430, 30)).wkt
    moved = look(session, files, "sites")[0]
    assert moved.outcome == "changed"
    assert [name for name, _, _ in moved.changes] == ["geometry"]


def brought(session: Session, kind: str, path: Path, **options: Any) -> tuple[Brought, ImportReport]:
    told = ImportOptions(valid_from=cases.DAY, detail=True, **options)
    read = read_files(kind, [path], told)
    return read, write(session, read, told)


def sheets_in(content: bytes, path: Path) -> dict[str, list[list[Any]]]:
    path.write_bytes(content)
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_refused_rows_come_back_as_they_stood_with_the_reason(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "街道.csv"
    path.write_text("备注,代码,名称,人口\n=1+1,001,甲街道,12\n,002,乙街道,很多\n好,003,丙街道,\n", encoding="utf-8")
    read, report = brought(session, "units", path, level="street")
    assert [(row.row, row.outcome, row.label) for row in report.rows] == [
        (2, "new", "甲街道"), (3, "rejected", "002"), (4, "new", "丙街道"),
    ]  # fmt: skip
    back = tmp_path / "back.xlsx"
    assert sheets_in(error_sheet(read, report, said), back) == {
        "街道": [
            ["备注", "代码", "名称", "人口", "reason_title!"],
            ["", "002", "乙街道", "很多", "reason_row! value_unreadable!"],
            ["=1+1", "001", "甲街道", "12", ""],
            ["好", "003", "丙街道", "", ""],
        ]
    }
    again, report = brought(session, "units", back, level="street")
    assert (report.read, report.rejected) == (3, 1)
    assert sheets_in(error_sheet(again, report, said), tmp_path / "twice.xlsx")["back"][0][-2:] == [
        "人口", "reason_title!",
    ]  # fmt: skip


def test_a_sheet_put_right_is_taken(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("street", "S", shapely.box(0, 0, 100, 100))
    files.unit("street", "T", shapely.box(100, 0, 200, 100), people="很多")
    told = ImportOptions(crs=cases.CRS, valid_from=cases.DAY, detail=True)
    read = read_files("units", [files.write("units")], told)
    report = write(session, read, told)
    repaired = tmp_path / "repaired.xlsx"
    repaired.write_bytes(error_sheet(read, report, said))
    rows = sheets_in(repaired.read_bytes(), repaired)["units"]
    rows[1][rows[0].index("people")] = 120
    assert rows[1][rows[0].index("code")] == "T"
    right = tmp_path / "right.csv"
    right.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), encoding="utf-8")
    report = import_files(session, "units", [right], ImportOptions(crs=cases.CRS, valid_from=cases.DAY))
    assert (report.new, report.rejected) == (2, 0)


def test_shapes_of_a_file_come_back_as_text(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "streets.geojson"
    wide = shapely.Point(111.3, 30.7).buffer(0.001, quad_segs=600)
    shapes = [shapely.box(111.28, 30.69, 111.29, 30.7), wide]
    features = ",".join(
        f'{{"type":"Feature","properties":{{"code":{code}}},"geometry":{shapely.to_geojson(shape)}}}'
        for code, shape in zip(("null", '"S2"'), shapes, strict=True)
    )
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}', encoding="utf-8")
    read, report = brought(session, "units", path, level="street")
    back = tmp_path / "back.xlsx"
    rows = sheets_in(error_sheet(read, report, said), back)["streets"]
    assert rows[0] == ["code", "wkt (EPSG:4490)", "reason_title!"]
    assert shapely.from_wkt(rows[1][1]).equals_exact(shapes[0], 1e-9)
    assert rows[2] == ["S2", "cell_left_out!", ""]
    _, report = brought(session, "units", back, level="street")
    assert [problem.code for _, problem in report.problems] == ["field_missing", "geometry_unreadable"]


def test_several_files_come_back_as_sheets_that_are_read_together(session: Session, tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        text = f"代码,名称,人口\n{name}1,{name}街道,1\n{name}2,{name}二街道,很多\n"
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    told = ImportOptions(level="street", valid_from=cases.DAY, detail=True)
    read = read_files("units", [tmp_path / "甲.csv", tmp_path / "乙.csv"], told)
    back = tmp_path / "back.xlsx"
    sheets = sheets_in(error_sheet(read, write(session, read, told), said), back)
    assert [(name, rows[1][0], len(rows)) for name, rows in sheets.items()] == [("甲", "甲2", 3), ("乙", "乙2", 3)]
    again = read_files("units", [back], replace(told, layer="*"))
    report = write(session, again, told)
    assert [(row.file.partition("#")[2], row.row, row.outcome) for row in report.rows] == [
        ("甲", 2, "rejected"), ("甲", 3, "new"), ("乙", 2, "rejected"), ("乙", 3, "new"),
    ]  # fmt: skip
    assert report.rejected == 2


def test_the_demo_brought_again_changes_nothing(demo_session: Session, demo_folder: Path) -> None:
    for kind, name, level in FILES:
        told = ImportOptions(level=level, valid_from=date(2024, 1, 1), detail=True)
        report = import_files(demo_session, kind, [demo_folder / name], told)
        assert (report.unchanged, report.problems) == (report.read, []), name
        assert {row.outcome for row in report.rows} == {"unchanged"}
