"""Tables (CSV and its kin, and what a workbook holds): columns, rows, and a geometry where columns hold one."""

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.headers import geometry_columns
from gridgov.sources.sheets import GEOGRAPHIC, Reading, Sheet, cleaned, placed

_DELIMITERS = ",\t;|"
_LOOKED_AT, _LINES = 2**16, 20  # how many characters and lines say how a table is divided
_HELD_BACK = re.compile(r"'+[=+\-@\t\r]")  # a text that a spreadsheet would otherwise take for a formula
_HEX = re.compile(r"0[01][0-9A-Fa-f]{2}")  # the order of bytes, and the first of the kind of geometry
_LONGEST_CELL = 64 * 2**20  # a large polygon's WKT is megabytes; the csv module's own limit is 128 kB


def read_table(text: str, path: str, reading: Reading) -> Sheet:
    """Read text with a header line, after lines of comment that begin with #."""
    records, lines = _records(text, path)
    return sheet_of(records, lines, path, reading)


def sheet_of(records: Sequence[Sequence[object]], lines: Sequence[int], path: str, reading: Reading) -> Sheet:
    """Return a header and the rows under it as a sheet; a geometry comes from a WKT column or a pair of coordinates.

    `lines` says where each record, the header too, stands in the file: by that number people find it there.
    """
    if not records:
        raise InputError("file_empty", path=path)
    columns, used = _columns(records[0], records[1:], path)
    told = zip(lines[1:], records[1:], strict=True)
    body = [(line, record) for line, record in told if any(map(_filled, record))]
    if not body:
        raise InputError("file_no_rows", path=path)
    reading.limits.refuse_many(len(body), len(columns), path)
    problems = [problem for number, record in body for problem in _length_problems(number, record, used)]
    cells = [[record[at] if at < len(record) else "" for at in used] for _, record in body]
    rows, rounded = cleaned(cells, columns)
    geometry, unread = _geometry(rows, columns)
    numbers = [number for number, _ in body]
    problems += [_renumbered(each, numbers) for each in (*rounded, *unread)]
    crs: str | None = None
    if geometry is not None:
        geometry, crs, off = _placed(geometry, path, reading.crs)
        problems += [_renumbered(each, numbers) for each in off]
    return Sheet(path, columns, rows, geometry, numbers, crs, problems=sorted(problems, key=lambda each: each.row))


def delimiter(header: str) -> str | None:
    """Return the delimiter of a header line: the commonest of comma, tab, semicolon and bar outside quotes."""
    bare = "".join(part for number, part in enumerate(header.split('"')) if number % 2 == 0)
    best = max(_DELIMITERS, key=bare.count)
    return best if best in bare else None


def _records(text: str, path: str) -> tuple[list[list[str]], list[int]]:
    """Return the records of a text, and the line of the file on which each begins."""
    csv.field_size_limit(_LONGEST_CELL)
    stripped = _without_comment(text)
    header = stripped.split("\n", 1)[0]
    _refuse_two_delimiters(header, stripped, path)
    reader = csv.reader(io.StringIO(stripped, newline=""), delimiter=delimiter(header) or ",", strict=True)
    above = _breaks(text[: len(text) - len(stripped)])
    records, ends = [], [above]
    try:
        for record in reader:
            records.append([_given_back(cell) for cell in record])
            ends.append(above + reader.line_num)
        return records, [end + 1 for end in ends[:-1]]
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise InputError("file_truncated", path=path) from error
        raise InputError("table_bad", path=path, line=above + reader.line_num, reason=str(error)) from error


def _breaks(text: str) -> int:
    """Return how many lines end in a text, by whichever break."""
    return text.count("\n") or text.count("\r")


def _refuse_two_delimiters(header: str, text: str, path: str) -> None:
    """Refuse a header divided by one mark over rows that are all divided by another."""
    above = delimiter(header)
    lines = [line for line in text[:_LOOKED_AT].split("\n")[1:_LINES] if line.strip()]
    below = {delimiter(line) for line in lines if above is None or above not in line} if lines else set()
    other = below.pop() if len(below) == 1 else None
    if above and other and not any(above in line for line in lines):
        raise InputError("table_delimiters", path=path, above=above, below=other)


def _without_comment(text: str) -> str:
    """Leave out the lines of comment at the very top; a header may begin with # too, but with no space behind it."""
    rest = text.lstrip("\ufeff\r\n")
    while rest.startswith("# ") and "\n" in rest:
        rest = rest.split("\n", 1)[1].lstrip("\r\n")
    return rest or text


def _given_back(cell: str) -> str:
    return cell[1:] if _HELD_BACK.match(cell) else cell


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _columns(
    header: Sequence[object], body: Sequence[Sequence[object]], path: str
) -> tuple[tuple[str, ...], list[int]]:
    names = ["" if each is None else str(each).strip().removeprefix("\ufeff") for each in header]
    used = [at for at, name in enumerate(names) if name or any(len(row) > at and _filled(row[at]) for row in body)]
    columns = tuple(names[at] or f"#{at + 1}" for at in used)
    twice = [name for name, times in Counter(columns).items() if times > 1]
    if twice:
        raise InputError("columns_twice", path=path, column=twice[0])
    return columns, used


def _length_problems(number: int, record: Sequence[object], used: list[int]) -> list[Problem]:
    expected = used[-1] + 1 if used else 0
    if any(map(_filled, record[expected:])):
        return [Problem(number, None, record[expected], "row_too_long", {"columns": expected, "cells": len(record)})]
    if len(record) < expected:
        return [Problem(number, None, None, "row_too_short", {"columns": expected, "cells": len(record)})]
    return []


def _geometry(
    rows: list[dict[str, object]], columns: tuple[str, ...]
) -> tuple[list[BaseGeometry | None] | None, list[Problem]]:
    held = geometry_columns(columns)
    if "wkt" in held:
        return _from_wkt(rows, held["wkt"])
    if "lon" in held:
        return _from_pairs(rows, held["lon"], held["lat"])
    return None, []


def _from_wkt(rows: list[dict[str, object]], column: str) -> tuple[list[BaseGeometry | None], list[Problem]]:
    told = [None if row[column] is None else str(row[column]) for row in rows]
    wkb = [each if each is not None and _HEX.match(each) else None for each in told]  # as PostGIS writes it out
    wkt = [each if as_wkb is None else None for each, as_wkb in zip(told, wkb, strict=True)]
    with np.errstate(all="ignore"):  # a number too large is infinite, which is found and told later
        found = shapely.from_wkt(np.array(wkt, dtype=object), on_invalid="ignore")
        if any(wkb):
            also = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
            found = np.where(shapely.is_missing(found), also, found)
    problems = [
        Problem(number, column, text, "geometry_unreadable")
        for number, (text, each) in enumerate(zip(told, found, strict=True), 1)
        if text is not None and each is None
    ]
    return list(found), problems


def _from_pairs(rows: list[dict[str, object]], lon: str, lat: str) -> tuple[list[BaseGeometry | None], list[Problem]]:
    geometry: list[BaseGeometry | None] = []
    problems = []
    for number, row in enumerate(rows, 1):
        x, y = _number(row[lon]), _number(row[lat])
        geometry.append(None if x is None or y is None else shapely.Point(x, y))
        if geometry[-1] is None and not row[lon] is row[lat] is None:
            column = lon if x is None else lat
            problems.append(Problem(number, column, row[column], "coordinate_bad"))
    return geometry, problems


def _number(value: object) -> float | None:
    try:
        number = float(unicodedata.normalize("NFKC", str(value)))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _placed(
    geometry: list[BaseGeometry | None], path: str, crs: str | None
) -> tuple[list[BaseGeometry | None], str | None, list[Problem]]:
    try:
        return placed(geometry, path, declared=GEOGRAPHIC, given=crs)
    except InputError as error:
        if error.code == "crs_mismatch" and crs is None:
            raise InputError("crs_missing", **error.params) from error  # metres, and nothing says of which system
        raise


def _renumbered(problem: Problem, numbers: list[int]) -> Problem:
    return Problem(numbers[problem.row - 1], problem.field, problem.value, problem.code, problem.params)
