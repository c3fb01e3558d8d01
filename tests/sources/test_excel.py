"""Excel as offices write it: titles above the header, merged cells, codes as numbers, dates as dates."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from gridgov.errors import InputError
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_file, read_sheets
from tests.sources.files import put


def book(folder: Path, fill: Callable[[Any, Any], None]) -> Path:
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        fill(made, made.add_worksheet("表一"))
    return path


def read(folder: Path, fill: Callable[[Any, Any], None], **options: str) -> Sheet:
    return read_file(book(folder, fill), **options)


def lines(sheet: Any, *rows: list[Any]) -> None:
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)


def test_codes_are_text_and_counts_are_numbers(tmp_path: Path) -> None:
    rows = [["代码", "名称", "人口"], [420503001, "东门", 120], ["007", "西门", 1.5]]
    sheet = read(tmp_path, lambda _, page: lines(page, *rows))
    assert sheet.columns == ("代码", "名称", "人口")
    assert [row["代码"] for row in sheet.rows] == ["420503001", "007"]
    assert [row["人口"] for row in sheet.rows] == [120, 1.5]
    assert sheet.row_numbers == [2, 3]


def test_rows_go_by_their_number_in_the_sheet(tmp_path: Path) -> None:
    rows = [
        ["桃花岭小区台账"],
        [],
        ["代码", "名称", "经度", "纬度"],
        ["1", "东门", 111.2, 30.7],
        [],
        ["2", "西门", "x", 1],
    ]
    sheet = read(tmp_path, lambda _, page: lines(page, *rows))
    assert sheet.row_numbers == [4, 6]
    assert [(each.row, each.code) for each in sheet.problems] == [(6, "coordinate_bad")]


def test_a_code_that_lost_its_digits_is_told(tmp_path: Path) -> None:
    sheet = read(tmp_path, lambda _, page: lines(page, ["代码", "名称"], [420503001001001234, "东门"]))
    assert [problem.code for problem in sheet.problems] == ["code_rounded"]


def test_dates_are_dates(tmp_path: Path) -> None:
    def fill(made: Any, page: Any) -> None:
        lines(page, ["代码", "生效日期"])
        page.write_string(1, 0, "1")
        page.write_datetime(1, 1, date(2026, 3, 31), made.add_format({"num_format": "yyyy-mm-dd"}))

    assert read(tmp_path, fill).rows == [{"代码": "1", "生效日期": "2026-03-31"}]


def test_titles_stand_above_and_merged_cells_are_filled(tmp_path: Path) -> None:
    def fill(made: Any, page: Any) -> None:
        page.merge_range(0, 0, 0, 3, "二〇二六年小区台账", made.add_format())
        page.write_row(2, 0, ["小区代码", "小区名称", "所属社区"])
        page.merge_range(3, 2, 4, 2, "东风社区", made.add_format())
        page.write_row(3, 0, ["C1", "桂花苑"])
        page.write_row(4, 0, ["C2", "梅花苑"])

    sheet = read(tmp_path, fill)
    assert sheet.columns == ("小区代码", "小区名称", "所属社区")
    assert [row["所属社区"] for row in sheet.rows] == ["东风社区", "东风社区"]


def test_places_come_from_coordinates(tmp_path: Path) -> None:
    sheet = read(tmp_path, lambda _, page: lines(page, ["code", "lon", "lat"], ["1", 111.3, 30.7]))
    assert sheet.geometry is not None
    assert sheet.geometry[0].wkt == "POINT (111.3 30.7)"


def test_the_first_sheet_with_rows_is_read_or_the_one_named(tmp_path: Path) -> None:
    def fill(made: Any, _page: Any) -> None:
        lines(made.add_worksheet("二"), ["code"], ["2"])
        lines(made.add_worksheet("三"), ["code"], ["3"])

    assert read(tmp_path, fill).rows == [{"code": "2"}]
    assert read(tmp_path, fill, layer="三").rows == [{"code": "3"}]
    with pytest.raises(InputError, match="file_layer_unknown"):
        read(tmp_path, fill, layer="四")


@pytest.mark.parametrize(("rows", "code"), [([], "file_empty"), ([["代码", "名称"]], "file_no_rows")])
def test_an_empty_book_is_refused(tmp_path: Path, rows: list[list[str]], code: str) -> None:
    with pytest.raises(InputError, match=code):
        read(tmp_path, lambda _, page: lines(page, *rows))


def test_a_broken_book_is_refused(tmp_path: Path) -> None:
    whole = book(tmp_path, lambda _, page: lines(page, ["code"], ["1"])).read_bytes()
    with pytest.raises(InputError, match="file_truncated"):
        read_file(put(tmp_path, "cut.xlsx", whole[:-200]))
    with pytest.raises(InputError, match="file_unreadable"):
        read_file(put(tmp_path, "old.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 600))


def test_a_comment_above_a_table_of_text_is_left_out(tmp_path: Path) -> None:
    assert read_file(put(tmp_path, "a.csv", "\ufeff# gridgov, 单元\n# again\ncode,name\n1,'=x\n")).rows == [
        {"code": "1", "name": "=x"}
    ]
    assert read_file(put(tmp_path, "b.csv", "#id,name\n1,甲\n")).columns == ("#id", "name")


def test_a_formula_counts_as_what_it_came_to(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        lines(page, ["代码", "名称", "人口", "楼层"], ["1", "东门"], [], ["2", "西门"])
        page.write_formula("C2", "=6*7", None, 42)
        page.write_formula("C4", "=D9*2", None, "")
        page.write_formula("D4", '=""', None, "")
        page.write_formula("F4", "=1", None, "")

    sheet = read(tmp_path, fill)
    assert [row["人口"] for row in sheet.rows] == [42, None]
    told = [(each.row, each.field, each.value, each.code, dict(each.params)) for each in sheet.problems]
    assert told == [
        (4, "人口", "=D9*2", "formula_unanswered", {"cell": "C4"}),
        (4, "楼层", '=""', "formula_unanswered", {"cell": "D4"}),
    ]


def test_what_was_left_is_told(tmp_path: Path) -> None:
    def fill(made: Any, page: Any) -> None:
        lines(page, ["代码"], ["1"])
        lines(made.add_worksheet("表二"), ["代码"], ["2"])
        hidden = made.add_worksheet("底稿")
        lines(hidden, ["代码"], ["3"])
        hidden.hide()
        lines(made.add_worksheet("说明"), ["只有一行"])

    path = book(tmp_path, fill)
    sheet = read_file(path)
    assert (sheet.layer, sheet.rows) == ("表一", [{"代码": "1"}])
    assert [(each.row, each.value, each.code, dict(each.params)) for each in sheet.remarks] == [
        (0, "表一", "sheets_left", {"left": "表二", "choices": ["表一", "表二"]})
    ]
    assert read_file(path, layer="表二").remarks == []
    assert read_file(path, layer="底稿").rows == [{"代码": "3"}]
    assert [each.layer for each in read_sheets(path, Reading(layer="*"))] == ["表一", "表二"]


def test_merged_cells_that_reach_beyond_the_sheet(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        lines(page, ["街道", "代码"], ["", "1"], ["", "2"])
        page.merge_range("A2:A3", "东山")
        page.merge_range("B9:ZZ9999", "")

    assert [row["街道"] for row in read(tmp_path, fill).rows] == ["东山", "东山"]


def test_a_cell_far_away_doesnt_fill_the_memory(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        lines(page, ["代码"], ["1"])
        page.write(1_000_000, 16_000, "x")

    with pytest.raises(InputError, match="file_cells_many"):
        read(tmp_path, fill)


def test_a_locked_workbook(tmp_path: Path) -> None:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
    with pytest.raises(InputError, match="file_locked"):
        read_file(put(tmp_path, "a.xlsx", start + "EncryptedPackage".encode("utf-16-le")))
