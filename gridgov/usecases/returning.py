"""Giving people their own rows back with what was wrong, to be put right and brought again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

from gridgov.domain.intake import Problem
from gridgov.sources.headers import geometry_columns
from gridgov.sources.outgoing import DECIMALS, Cell
from gridgov.sources.sheets import Sheet
from gridgov.sources.workbook import LONGEST_CELL, MOST_ROWS, workbook_of
from gridgov.usecases.importing import Brought, ImportReport

PLACE_COLUMN = "wkt (EPSG:4490)"  # what stands in brackets is for people: a header is compared without it
Say = Callable[[Problem], str]
_Reasons = Mapping[tuple[str, int], Sequence[Problem]]


def error_sheet(brought: Brought, report: ImportReport, say: Say) -> bytes:
    """Return an .xlsx of every file with rejected rows: its own columns and rows, where they stood, and why not.

    An import is all or nothing, so the other rows of such a file come along, below the rejected ones: put right, the
    sheet is brought again as it is, and its column of reasons is passed over. Of a file with more rows than a sheet
    holds, only the rejected ones are told. `say` turns a problem into a sentence. A file's own shapes are told as WKT.
    """
    reasons: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for file, problem in report.problems:
        reasons[file, problem.row].append(problem)
    sheets = [sheet for part in brought.parts for sheet in part.intake.sheets]
    wrong = [sheet for sheet in sheets if any((sheet.path, number) in reasons for number in sheet.row_numbers)]
    return workbook_of([_table(sheet, reasons, say) for sheet in wrong])


def _table(sheet: Sheet, reasons: _Reasons, say: Say) -> tuple[str, list[str], Iterator[list[Cell]]]:
    title = say(Problem(0, None, None, "reason_title"))
    columns = [column for column in sheet.columns if column != title]
    placed = sheet.geometry is not None and not geometry_columns(sheet.columns)
    headings = [*columns, *([PLACE_COLUMN] if placed else []), title]
    return Path(sheet.path).stem, headings, _rows(sheet, columns, reasons, say, placed=placed)


def _rows(sheet: Sheet, columns: list[str], reasons: _Reasons, say: Say, *, placed: bool) -> Iterator[list[Cell]]:
    for index in _rejected_first(sheet, reasons):
        problems = reasons.get((sheet.path, sheet.row_numbers[index]), ())
        cells: list[Any] = [sheet.rows[index][column] for column in columns]
        if placed and sheet.geometry is not None:
            cells.append(_wkt(sheet.geometry[index]))
        yield [*(_short(cell, say) for cell in cells), _why(sheet.row_numbers[index], problems, say)]


def _why(number: int, problems: Sequence[Problem], say: Say) -> str | None:
    """Return the reasons of a row, after where it stood in its file: there others are named by it."""
    where = Problem(number, None, None, "reason_row", {"row": number})
    return " ".join(dict.fromkeys(map(say, [where, *problems]))) if problems else None


def _rejected_first(sheet: Sheet, reasons: _Reasons) -> Iterable[int]:
    order = range(len(sheet.rows))
    rejected = [index for index in order if (sheet.path, sheet.row_numbers[index]) in reasons]
    if len(sheet.rows) > MOST_ROWS:
        return rejected
    return [*rejected, *(index for index in order if (sheet.path, sheet.row_numbers[index]) not in reasons)]


def _wkt(place: Any) -> str | None:
    return None if place is None else str(shapely.to_wkt(place, rounding_precision=DECIMALS, trim=True))


def _short(cell: Any, say: Say) -> Any:
    """Return a cell as a sheet can hold it; a longer text, a large shape's, is never cut: it says what it lacks."""
    long = isinstance(cell, str) and len(cell) > LONGEST_CELL
    return say(Problem(0, None, None, "cell_left_out")) if long else cell
