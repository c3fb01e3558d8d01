"""Empty workbooks to fill in: a heading with a note for each field, choices to pick from, and a row that shows how.

The example's first cell begins with a word that marks it as such, in either language; an import passes that row over.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import xlsxwriter

from gridgov.errors import InputError
from gridgov.sources.sheets import Sheet

EXAMPLE = ("示例", "Example")
_DEEP = 2000  # rows that are formatted and have the choices
_NARROWEST, _WIDEST = 12, 36
_LONGEST_LIST = 255


@dataclass(frozen=True)
class Column:
    """One field of a template: its heading, what the note on it says, what may be picked, and an example."""

    title: str
    note: str
    required: bool
    choices: Sequence[str] = ()
    example: str = ""
    number: bool = False


def blank(name: str, columns: Sequence[Column], locale: str) -> bytes:
    """Return an .xlsx to fill in; everything but numbers is formatted as text, so that no code loses its zeros."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet, lists = book.add_worksheet(name[:31]), book.add_worksheet("choices")
        lists.hide()
        sheet.freeze_panes(1, 0)
        text, number = book.add_format({"num_format": "@"}), book.add_format({"num_format": "General"})
        heads = {must: book.add_format(_heading(must)) for must in (True, False)}
        shown = book.add_format({"num_format": "@", "italic": True, "font_color": "#6b6b6b"})
        for at, column in enumerate(columns):
            wide = min(_WIDEST, max(_NARROWEST, 2 * len(column.title) + 4, len(column.example) + 6))
            sheet.set_column(at, at, wide, number if column.number else text)
            sheet.write_string(0, at, column.title, heads[column.required])
            sheet.write_comment(0, at, column.note, {"x_scale": 2, "y_scale": 1.2})
            sheet.write_string(1, at, _example(at, column, locale), shown)
            _choose(sheet, lists, at, column)
    return held.getvalue()


def is_example(cell: object) -> bool:
    """Tell whether a row's first cell marks it as a template's example."""
    return isinstance(cell, str) and cell.strip().startswith(EXAMPLE)


def without_examples(sheet: Sheet) -> Sheet:
    """Return a sheet without a template's example; an InputError where nothing else stands in it."""
    if not sheet.columns:
        return sheet
    first = sheet.columns[0]
    own = [index for index, row in enumerate(sheet.rows) if not is_example(row[first])]
    if len(own) == len(sheet.rows):
        return sheet
    if not own:
        raise InputError("only_example", path=sheet.path)
    numbers = [sheet.row_numbers[index] for index in own]
    return replace(
        sheet,
        rows=[sheet.rows[index] for index in own],
        geometry=None if sheet.geometry is None else [sheet.geometry[index] for index in own],
        row_numbers=numbers,
        problems=[problem for problem in sheet.problems if problem.row in {0, *numbers}],
    )


def _heading(required: bool) -> dict[str, Any]:
    return {"bold": True, "bottom": 1, "bg_color": "#cfe5e2" if required else "#eef0ed", "num_format": "@"}


def _example(at: int, column: Column, locale: str) -> str:
    if at:
        return column.example
    return f"示例：{column.example}" if locale.startswith("zh") else f"Example: {column.example}"


def _choose(sheet: Any, lists: Any, at: int, column: Column) -> None:
    """Let cells be picked from a list: a short one stands in the rule, a long one on a hidden sheet."""
    if not column.choices:
        return
    source: Any = list(column.choices)
    if len(",".join(column.choices)) > _LONGEST_LIST:
        lists.write_column(0, at, column.choices)
        letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
        source = f"=choices!{letter}$1:{letter}${len(column.choices)}"
    # what isn't in the list is warned of, not refused: a city may know a word that the list doesn't
    sheet.data_validation(
        2, at, _DEEP, at, {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True}
    )
