"""Somebody who opens an exported workbook, overwrites cells and saves it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from gridgov.sources.headers import rename

Rows = list[dict[str, Any]]


def overwrite(left: Path, back: Path, kind: str, edit: Callable[[Rows], object]) -> None:
    """Read a workbook's rows by their fields' names, have them edited, and save them under the same headings."""
    sheet = CalamineWorkbook.from_path(left).get_sheet_by_index(0).to_python()
    columns = [str(name) for name in sheet[0]]
    field = rename(columns, kind, {})
    names = [field.get(column, column) for column in columns]
    rows = [dict(zip(names, row, strict=True)) for row in sheet[1:] if any(row)]
    edit(rows)
    with Workbook(back, {"remove_timezone": True, "default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, columns)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, [row.get(name, "") for name in names])
