"""From files to rows whose values are read: before the database is touched."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from shapely.geometry.base import BaseGeometry

from gridgov.domain.fields import CELL_FIELDS, KINDS, read_cell, read_row, required_names
from gridgov.domain.intake import Problem, Progress, quiet
from gridgov.errors import InputError
from gridgov.sources.blanks import without_examples
from gridgov.sources.headers import alike, rename, rivals, unknown_columns
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.rasters import Raster, is_raster, read_raster
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets

FOLLOWED = 5000
_WANTED = {"cadres": ("code",)}  # fields a file may do without, but not while a column looks as if it held them
_TOTALS = frozenset({"合计", "总计", "小计", "共计", "总数", "total", "totals", "subtotal", "grandtotal"})
_BEGIN_TOTALS = frozenset({said[0] for said in _TOTALS})
T = TypeVar("T")

CELL = "cell"  # what rows of counts stand for where they belong to no unit


@dataclass(frozen=True)
class PopulationOptions:
    """What cells of a raster or a grid count: its `band`, people `per` cell, ha or km2, of which `ages` and `year`."""

    band: int | None = None
    per: str | None = None
    ages: str | None = None
    year: int | None = None


@dataclass(frozen=True)
class ImportOptions:
    """How files are to be read and from when they hold; `detail` asks what becomes of each row.

    `source` names where the files come from, `stale_days` how old they may grow; `recalled` is what is known of that
    source from before, with its `mapping` for the columns that are still there.
    """

    level: str | None = None
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    limits: Limits = LIMITS
    mapping: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    only: str | None = None
    dry_run: bool = False
    account: int | None = None
    detail: bool = False
    source: str | None = None
    stale_days: int | None = None
    recalled: Mapping[str, Any] = field(default_factory=dict)
    population: PopulationOptions = PopulationOptions()


@dataclass(frozen=True, slots=True)
class Row:
    """One row ready to be matched: its values by field, its place, and where it stood."""

    file: str
    number: int
    values: dict[str, Any]
    geometry: BaseGeometry | None = None


@dataclass
class Intake:
    """The rows of some files, and what was wrong with others; `noded` where lines already end wherever they join.

    `sheets` are the rows as they stood, where what becomes of each is asked for. `rasters` are those among
    population files.
    """

    rows: list[Row] = field(default_factory=list)
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    warnings: list[tuple[str, Problem]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    read: int = 0
    noded: bool = False
    rasters: list[Raster] = field(default_factory=list)

    def reject(self, row: Row, name: str | None, value: object, code: str, **params: object) -> None:
        """Say that a row can't be taken, and why."""
        self.problems.append((row.file, Problem(row.number, name, value, code, params)))

    @property
    def rejected(self) -> int:
        """How many rows can't be taken."""
        return len({(file, problem.row) for file, problem in self.problems})


def read_rows(kind: str, paths: Sequence[Path], options: ImportOptions, progress: Progress = quiet) -> Intake:
    """Read the files of one kind; an unusable file is an InputError, an unusable row a problem."""
    if kind not in KINDS:
        raise InputError("kind_unknown", value=kind, known=", ".join(KINDS))
    intake = Intake()
    for number, path in enumerate(paths):
        progress("reading", number, len(paths))
        if kind == "population" and is_raster(path):
            take_raster(intake, path, options)
            continue
        sheets = read_sheets(path, Reading(options.crs, options.encoding, options.layer, options.limits))
        for sheet in sheets:
            # Of several sheets of a file each counts its rows from 1: the sheet's name tells them apart.
            own = replace(sheet, path=f"{sheet.path}#{sheet.layer}") if len(sheets) > 1 else sheet
            take_sheet(intake, kind, own, options, progress)
    if options.only and not intake.read:
        raise InputError("only_nothing", value=options.only, path=", ".join(str(path) for path in paths))
    return intake


def take_sheet(intake: Intake, kind: str, sheet: Sheet, options: ImportOptions, progress: Progress = quiet) -> None:
    """Add one sheet's rows to the intake; a template's example is passed over."""
    sheet = without_examples(sheet)
    fields = rename(sheet.columns, kind, _mapping(sheet, options))
    places = kind == "population" and _count_places(sheet, fields, options)
    if places:
        fields = {column: name for column, name in fields.items() if name in CELL_FIELDS}
    needed = CELL_FIELDS[:1] if places else required_names(kind)
    lacking = [name for name in needed if name not in fields.values()]
    unused = unknown_columns(sheet.columns, fields)
    lacking += [name for name in _WANTED.get(kind, ()) if name not in fields.values() and alike(unused, kind, name)]
    if lacking:
        raise _lacking(sheet, kind, lacking, fields)
    intake.warnings += [(sheet.path, remark) for remark in sheet.remarks]
    intake.notes.append(_note(kind, sheet, fields, options.recalled))
    intake.warnings += [
        (sheet.path, Problem(0, field, other, "column_rival", {"taken": taken}))
        for field, taken, other in rivals(sheet.columns, fields)
        if taken not in options.mapping
    ]
    if options.detail:
        intake.sheets.append(sheet)
    unread: dict[int, list[Problem]] = defaultdict(list)
    for problem in sheet.problems:
        unread[problem.row].append(problem)
    intake.problems += [(sheet.path, problem) for problem in unread.pop(0, ())]
    for index, cells in enumerate(followed(sheet.rows, "checking", progress)):
        number = sheet.row_numbers[index]
        told = {name: cells.get(column) for column, name in fields.items()}
        if options.only and not str(told.get("code") or "").startswith(options.only):
            continue
        if (totals := _of_totals(cells)) is not None:
            intake.warnings.append((sheet.path, Problem(number, None, totals, "row_of_totals")))
            continue
        intake.read += 1
        values, problems = read_cell(told, number) if places else read_row(kind, told, number)
        problems = [*unread.get(number, ()), *problems]
        intake.problems += [(sheet.path, problem) for problem in problems]
        if not problems:
            intake.rows.append(Row(sheet.path, number, values, sheet.geometry[index] if sheet.geometry else None))


def take_raster(intake: Intake, path: Path, options: ImportOptions) -> None:
    """Add a population raster to the intake."""
    told = options.population
    raster = read_raster(path, crs=options.crs, band=told.band, per=told.per, ages=told.ages)
    sheet = Sheet(raster.path, (), [], None, [], raster.crs)
    intake.rasters.append(raster)
    intake.notes.append(_note("population", sheet, {}, options.recalled))
    intake.read += len(raster.cells)
    if options.detail:
        intake.sheets.append(sheet)


def _count_places(sheet: Sheet, fields: Mapping[str, str], options: ImportOptions) -> bool:
    """Tell whether rows count people at places that are no units: they have no code, or a running number called id."""
    if sheet.geometry is None or options.level is not None:
        return options.level == CELL
    coded = next((column for column, name in fields.items() if name == "code"), None)
    if coded is None:
        return True
    if coded in _mapping(sheet, options) or coded.casefold() != "id":
        return False
    numbers = {str(line[coded]) for line in sheet.rows}
    if len(numbers) < len(sheet.rows) or not all(number.isdecimal() for number in numbers):
        return False
    whole = {int(number) for number in numbers}
    return max(whole) - min(whole) < 2 * len(whole)


def followed(rows: Sequence[T], stage: str, progress: Progress) -> Iterator[T]:
    """Yield rows one by one, telling every few thousand how many are done."""
    for number, row in enumerate(rows):
        if number % FOLLOWED == 0:
            progress(stage, number, len(rows))
        yield row


def digest(paths: Sequence[Path]) -> str:
    """Return the hash of some files' contents."""
    total = hashlib.sha256()
    for path in paths:
        for part in sorted(path.iterdir()) if path.is_dir() else [path]:  # a FileGDB is a folder
            with part.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _of_totals(cells: Mapping[str, Any]) -> str | None:
    """Return how a row calls itself that sums others up, as ledgers end: its first cell says so. None for any other."""
    first = next((cell for cell in cells.values() if cell is not None and cell != ""), None)
    if not isinstance(first, str) or first.lstrip()[:1].casefold() not in _BEGIN_TOTALS:
        return None
    return first if "".join(first.split()).rstrip(":：").casefold() in _TOTALS else None


def _mapping(sheet: Sheet, options: ImportOptions) -> dict[str, str]:
    """Return the mapping told now, and of that told before what still names columns of the file."""
    before = options.recalled.get("mapping", {})
    return {column: field for column, field in before.items() if column in sheet.columns} | dict(options.mapping)


def _lacking(sheet: Sheet, kind: str, lacking: Sequence[str], fields: Mapping[str, str]) -> InputError:
    """Tell what a file has no column for, and which of its columns look as though they were meant."""
    if not sheet.columns:
        return InputError("columns_none", path=sheet.path)
    said = {"path": sheet.path, "field": ", ".join(lacking), "columns": ", ".join(sheet.columns)}
    unused = unknown_columns(sheet.columns, fields)
    meant = [f"{column}={field}" for field in lacking for column in alike(unused, kind, field)]
    if meant:
        return InputError("column_missing_alike", header=sheet.columns, meant=", ".join(meant), **said)
    return InputError("column_missing", header=sheet.columns, **said)


def _note(kind: str, sheet: Sheet, fields: Mapping[str, str], recalled: Mapping[str, Any]) -> dict[str, Any]:
    mapped = {column: field for column, field in recalled.get("mapping", {}).items() if column in fields}
    return {
        "file": sheet.path,
        "kind": kind,
        "crs": sheet.crs,
        "encoding": sheet.encoding,
        "encoding_by": sheet.encoding_by,
        "layer": sheet.layer,
        "columns": dict(fields),
        "ignored": unknown_columns(sheet.columns, fields),
        "recalled": {**recalled, "mapping": mapped} if recalled else {},
    }
