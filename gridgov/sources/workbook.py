"""Writing Excel: one sheet of rows made to be read and printed, and a second that says what this is."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

import xlsxwriter

from gridgov.errors import InputError
from gridgov.sources.outgoing import Cell, Mark, Table, written

MOST_ROWS = 2**20 - 1
LONGEST_CELL = 2**15 - 1
_LONGEST_HEADER = 250
_LONGEST_NAME = 31
_AS_TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
_WIDEST, _NARROWEST, _SAMPLE = 42, 7, 500


def write_workbook(path: Path, table: Table, mark: Mark) -> None:
    """Write a table as .xlsx; its own places stand in it only where a row can't be read again without."""
    told = table.with_places() if table.needs_place else table
    _check(path, told)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, **_AS_TEXT}) as book:
        book.set_properties({"title": mark.sheet, "comments": mark.line()[:_LONGEST_HEADER]})
        _write_rows(book, told, mark)
        _write_about(book, mark)


def workbook_of(tables: Sequence[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """Return an .xlsx of plain sheets, each a name, its columns and its rows; texts stay texts."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, **_AS_TEXT}) as book:
        heading, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        taken: set[str] = set()
        for name, columns, rows in tables:
            sheet = book.add_worksheet(_sheet_name(name, taken))
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(columns):
                sheet.write_string(0, at, column, heading)
            for number, row in enumerate(rows, 1):
                for at, cell in enumerate(row):
                    _write(sheet, number, at, cell, day)
    return held.getvalue()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name Excel takes for a sheet: short, without its signs, and no other sheet's."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip(" '") or "1"
    names = (plain[: _LONGEST_NAME - len(tail)] + tail for tail in chain([""], (f" {number}" for number in count(2))))
    name = next(each for each in names if each.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _check(path: Path, table: Table) -> None:
    if len(table.rows) > MOST_ROWS:
        raise InputError("export_too_many_rows", path=path.name, rows=len(table.rows), most=MOST_ROWS)
    for number, row in enumerate(table.rows, 1):
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in row):
            raise InputError("export_cell_too_long", path=path.name, row=number, most=LONGEST_CELL)


def _write_rows(book: Any, table: Table, mark: Mark) -> None:
    sheet = book.add_worksheet(mark.sheet[:31])
    heading, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
    titles = [mark.titles.get(column, column) for column in table.columns]
    for at, title in enumerate(titles):
        sheet.set_column(at, at, _width([title, *(written(row[at]) for row in islice(table.rows, _SAMPLE))]))
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(table.rows), max(len(titles) - 1, 0))
    _lay_out(sheet, mark)
    for at, title in enumerate(titles):
        sheet.write_string(0, at, title, heading)
    for number, row in enumerate(table.rows, 1):
        for at, cell in enumerate(row):
            _write(sheet, number, at, cell, day)


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    """Write a cell as what it is; a text is never taken for a formula, a number or an address."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, float | int):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    else:
        sheet.write_string(row, column, cell)


def _write_about(book: Any, mark: Mark) -> None:
    sheet = book.add_worksheet(mark.title[:31])
    label, words = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    for number, (name, told) in enumerate(mark.lines):
        sheet.write_string(number, 0, name, label)
        sheet.write_string(number, 1, told, words)


def _lay_out(sheet: Any, mark: Mark) -> None:
    """Set the page: lying A4, as wide as the columns, the mark at the head and the page numbers at the foot."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C&8&K808080{mark.line().replace('&', '&&')[: _LONGEST_HEADER - 20]}")
    sheet.set_footer(f"&L&8{mark.sheet.replace('&', '&&')[:40]}&R&8&P / &N")


def _width(texts: Iterable[str]) -> int:
    longest = max(sum(2 if ord(letter) > 0x2E7F else 1 for letter in text[:_WIDEST]) for text in texts)
    return min(max(longest + 2, _NARROWEST), _WIDEST)
