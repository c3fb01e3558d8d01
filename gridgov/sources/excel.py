"""Excel workbooks (.xlsx, .xls and their kin): the first sheet with rows, its header found, its merged cells filled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.excelparts import Formula, sound_copy, unanswered
from gridgov.sources.headers import holds_text, is_known
from gridgov.sources.sheets import ALL, Reading, Sheet
from gridgov.sources.tables import sheet_of

_HEADER_WITHIN = 20
_EXACT_BELOW = 1e15  # Excel keeps 15 digits of a number and makes the rest zeros
_LOCKED = "EncryptedPackage".encode("utf-16-le")
Rows = list[list[object]]


@dataclass(frozen=True)
class _Table:
    """A sheet's header, the rows under it that aren't empty, and on which line each of them all stands (0 = first)."""

    name: str
    header: list[object]
    rows: Rows
    lines: list[int]


def read_workbook(file: Path, reading: Reading) -> list[Sheet]:
    """Read one sheet of a workbook: the one named, else the first that has rows under a header; `*` for all that do.

    Above the header there may be titles; cells merged over several are filled with what they say. Numbers in columns
    of codes are text, without the ".0" a spreadsheet gives them. A formula counts as what it last came to.
    """
    path = str(file)
    with sound_copy(file, reading.limits) as sound:
        tables, formulas = _tables(sound, path, reading)
    filled = [table for table in tables if table.header]
    if not filled:
        raise InputError("file_empty", path=path)
    told = [table for table in filled if table.rows] or filled[:1]
    chosen = told if reading.layer == ALL else told[:1]
    sheets = [_sheet(table, formulas.get(table.name, []), path, reading) for table in chosen]
    left = [table.name for table in told[1:]]
    if left and reading.layer is None:
        remark = Problem(
            0, None, chosen[0].name, "sheets_left", {"left": ", ".join(left), "choices": [each.name for each in told]}
        )
        sheets = [replace(sheets[0], remarks=[remark])]
    return sheets


def _tables(sound: Path, path: str, reading: Reading) -> tuple[list[_Table], dict[str, list[Formula]]]:
    try:
        with CalamineWorkbook.from_path(str(sound)) as book:
            names = _wanted(book, path, reading.layer)
            formulas = unanswered(sound, names, path, reading.limits)
            return [_table(book.get_sheet_by_name(name)) for name in names], formulas
    except (CalamineError, OSError, ValueError) as error:
        if _LOCKED in sound.read_bytes():
            raise InputError("file_locked", path=path) from error
        raise InputError("file_unreadable", path=path, reason=str(error).replace(str(sound), path)) from error


def _wanted(book: CalamineWorkbook, path: str, sheet: str | None) -> list[str]:
    if sheet not in {None, ALL} and sheet not in book.sheet_names:
        raise InputError("file_layer_unknown", path=path, layer=sheet, layers=", ".join(book.sheet_names))
    shown = [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]
    return shown if sheet is None or sheet == ALL else [sheet]


def _sheet(table: _Table, formulas: Sequence[Formula], path: str, reading: Reading) -> Sheet:
    header, lines = table.header, [line + 1 for line in table.lines]
    sheet = sheet_of([header, *_cells(header, table.rows)], lines, path, reading)
    told = set(table.lines[1:])
    problems = [
        Problem(each.line + 1, str(header[each.column]), each.text, "formula_unanswered", {"cell": each.cell})
        for each in formulas
        if each.line in told and each.column < len(header) and header[each.column] is not None
    ]
    found = sorted([*sheet.problems, *problems], key=lambda each: each.row)
    return replace(sheet, problems=found, layer=table.name)


def _table(sheet: CalamineSheet) -> _Table:
    rows: Rows = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    header = _header(rows)
    left = sum(map(len, rows))  # cells to be filled at most: ranges that overlap don't come from Excel
    for (top, column), (bottom, last) in sheet.merged_cell_ranges or []:
        if bottom >= header and left > 0:
            left -= _fill(rows, (top, column), (bottom, last), header)
    lines = [line for line in range(header, len(rows)) if any(cell is not None for cell in rows[line])]
    if not lines:
        return _Table(sheet.name, [], [], [])
    return _Table(sheet.name, rows[lines[0]], [rows[line] for line in lines[1:]], lines)


def _header(rows: Rows) -> int:
    """Return the row of the header: of the first ones that with most known names, else with most different texts."""

    def weight(number: int) -> tuple[int, int, int]:
        texts = {cell.strip() for cell in rows[number] if isinstance(cell, str)}
        return sum(map(is_known, texts)), len(texts), -number

    return max(range(min(len(rows), _HEADER_WITHIN)), key=weight, default=0)


def _fill(rows: Rows, first: tuple[int, int], last: tuple[int, int], header: int) -> int:
    """Say what a merged cell says in all its cells; a header merged over several columns names the first only."""
    if first[0] >= len(rows) or first[1] >= len(rows[first[0]]):
        return 0
    told, filled = rows[first[0]][first[1]], 0
    for row in range(max(first[0], header), min(last[0] + 1, len(rows))):
        end = min(first[1] if row == header else last[1], len(rows[row]) - 1)
        rows[row][first[1] : end + 1] = [told] * (end + 1 - first[1])
        filled += end + 1 - first[1]
    return filled


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
