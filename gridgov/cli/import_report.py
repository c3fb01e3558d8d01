"""What an import did or would do, told on the terminal or as JSON, and the sheet of what it refused."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gridgov.cli.console import answer_json, locale, say
from gridgov.domain.intake import Problem, RowOutcome
from gridgov.errors import GridgovError, InputError
from gridgov.usecases.importing import Brought, ImportReport
from gridgov.usecases.returning import error_sheet
from gridgov.wording import sentence, term

COUNTS = ("read", "new", "changed", "ended", "unchanged", "rejected")
SHOWN_PROBLEMS = 20
SHOWN_ROWS = 5
_SHOWN_OUTCOMES = ("new", "changed", "ended")


@dataclass(frozen=True)
class Asked:
    """How to answer: in which form, with an error sheet written where, and telling every row or not."""

    form: str
    errors: str | None = None
    rows: bool = False


def tell_report(brought: Brought, report: ImportReport, asked: Asked) -> None:
    """Print the report, and write the error sheet where one is wanted and anything was refused."""
    if asked.errors and report.rejected:
        _write(Path(asked.errors), error_sheet(brought, report, _message))
    counts = {name: getattr(report, name) for name in COUNTS}
    if asked.form == "json":
        content = {
            "batch": report.batch,
            **counts,
            "problems": [_problem(*found) for found in report.problems],
            "warnings": [_problem(*found) for found in report.warnings],
            "notes": report.notes,
        }
        answer_json(content | ({"rows": [_row(row) for row in report.rows]} if asked.rows else {}))
        return
    _say_notes(report)
    say(
        "{read} rows: {new} new, {changed} changed, {ended} ended, {unchanged} unchanged, {rejected} rejected.",
        **counts,
    )
    _say_problems(report)
    if asked.rows:
        _say_rows(report)
    if asked.errors and report.rejected:
        say("What was refused, and why, stands in {file}.", file=asked.errors)
    if report.batch is not None:
        say("Written as batch {batch}.", batch=report.batch)
    else:
        say("Nothing was written.")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError("export_unwritable", path=str(path), reason=error.strerror or str(error)) from error


def _say_notes(report: ImportReport) -> None:
    told_already = []
    for note in report.notes:
        if (note["encoding"] or note["crs"]) and note not in told_already:
            told_already.append(note)
            say("{file}: coordinates {crs}, encoding {encoding}.", **{key: value or "–" for key, value in note.items()})
        if "cells" in note:
            say("{file}: {cells:,} cells with {people:,.0f} people.", **note)
        recalled = _recalled(note.get("recalled") or {})
        if recalled:
            say("{file}: read as before: {told}.", file=note["file"], told=recalled)


def _recalled(known: Mapping[str, Any]) -> str:
    mapping = [f"{column}={field}" for column, field in known.get("mapping", {}).items()]
    return ", ".join([*mapping, *(str(known[name]) for name in ("crs", "encoding", "level") if name in known)])


def _say_problems(report: ImportReport) -> None:
    for file, problem in (report.problems + report.warnings)[:SHOWN_PROBLEMS]:
        value = "" if problem.value is None else f" {problem.value}"
        click.echo(f"  {file}:{problem.row} {term('field', problem.field or '', locale())}{value}: {_message(problem)}")
    more = len(report.problems) + len(report.warnings) - SHOWN_PROBLEMS
    if more > 0:
        say("… and {more} more; --format json lists them all.", more=more)


def _say_rows(report: ImportReport) -> None:
    """Print the first rows of each outcome; those refused were told with their problems."""
    by_outcome: dict[str, list[RowOutcome]] = defaultdict(list)
    for row in report.rows:
        by_outcome[row.outcome].append(row)
    for outcome in _SHOWN_OUTCOMES:
        for row in by_outcome[outcome][:SHOWN_ROWS]:
            click.echo(f"  {term('what', outcome, locale())}: {row.label} ({Path(row.file).name}:{row.row})")
            for name, before, after in row.changes:
                called = term("field", name, locale())
                click.echo(f"    {called}: {before or '–'} → {after or '–'}")
        more = len(by_outcome[outcome]) - SHOWN_ROWS
        if more > 0:
            say("… and {more} more; --format json lists them all.", more=more)


def _row(row: RowOutcome) -> dict[str, Any]:
    return {
        "file": row.file,
        "row": row.row,
        "outcome": row.outcome,
        "label": row.label,
        "changes": [{"field": name, "before": before, "after": after} for name, before, after in row.changes],
    }


def _problem(file: str, problem: Problem) -> dict[str, Any]:
    return {
        "file": file,
        "row": problem.row,
        "field": problem.field,
        "value": None if problem.value is None else str(problem.value),
        "message": _message(problem),
    }


def _message(problem: Problem) -> str:
    params = {**problem.params, "field": problem.field, "value": problem.value}
    return sentence(GridgovError(problem.code, **params), locale())
