"""Excel workbooks (.xlsx, .xls and their kin): the first sheet with rows, its header found, its merged cells filled."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gridgov.errors import InputError
from gridgov.sources.headers import holds_text, is_known
from gridgov.sources.sheets import Sheet
from gridgov.sources.tables import sheet_of

_HEADER_WITHIN = 20
_EXACT_BELOW = 1e15  # Excel keeps 15 digits of a number and makes the rest zeros
Rows = list[list[object]]


def read_workbook(file: Path, *, crs: str | None = None, sheet: str | None = None) -> Sheet:
    """Read one sheet of a workbook: the one named, else the first that has rows under a header.

    Above the header there may be titles; cells merged over several are filled with what they say. Numbers in columns
    of codes are text, without the ".0" a spreadsheet gives them.
    """
    path = str(file)
    try:
        book = CalamineWorkbook.from_path(path)
        tables = [_table(book.get_sheet_by_name(name)) for name in _wanted(book, path, sheet)]
    except (CalamineError, OSError) as error:
        raise InputError("file_unreadable", path=path, reason=str(error)) from error
    filled = [table for table in tables if table]
    if not filled:
        raise InputError("file_empty", path=path)
    chosen = next((table for table in filled if len(table) > 1), filled[0])
    return sheet_of([chosen[0], *_cells(chosen[0], chosen[1:])], path, crs=crs)


def _wanted(book: CalamineWorkbook, path: str, sheet: str | None) -> list[str]:
    if sheet is not None and sheet not in book.sheet_names:
        raise InputError("file_layer_unknown", path=path, layer=sheet, layers=", ".join(book.sheet_names))
    shown = [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]
    return shown if sheet is None else [sheet]


def _table(sheet: CalamineSheet) -> Rows:
    """Return the header and what stands under it."""
    rows: Rows = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    ranges = sheet.merged_cell_ranges or []
    header = _header(rows)
    for (top, left), (bottom, right) in ranges:
        if bottom >= header:
            _fill(rows, (top, left), (bottom, right), header)
    return [row for row in rows[header:] if any(cell is not None for cell in row)]


def _header(rows: Rows) -> int:
    """Return the row of the header: of the first ones that with most known names, else with most different texts."""

    def weight(number: int) -> tuple[int, int, int]:
        texts = {cell.strip() for cell in rows[number] if isinstance(cell, str)}
        return sum(map(is_known, texts)), len(texts), -number

    return max(range(min(len(rows), _HEADER_WITHIN)), key=weight, default=0)


def _fill(rows: Rows, first: tuple[int, int], last: tuple[int, int], header: int) -> None:
    """Say what a merged cell says in all its cells; a header merged over several columns names the first only."""
    told = rows[first[0]][first[1]]
    for row in range(max(first[0], header), min(last[0] + 1, len(rows))):
        for column in range(first[1], (first[1] if row == header else last[1]) + 1):
            rows[row][column] = told


def _cells(header: Sequence[object], rows: Rows) -> Rows:
    codes = [at for at, name in enumerate(header) if isinstance(name, str) and holds_text(name)]
    for row in rows:
        for at in codes:
            row[at] = _rounded(row[at])
    return rows


def _rounded(cell: object) -> object:
    """Tell a code that has lost its last digits as the number it has become, so that it is found out."""
    return f"{cell:e}" if isinstance(cell, float | int) and abs(cell) >= _EXACT_BELOW else cell


def _plain(cell: object) -> object:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ", "minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell
