"""`gridgov report …`: documents for paper."""

import getpass
import os
import tempfile
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridgov.cli.console import as_of, changing, clearly, locale, looking, progress, say, today
from gridgov.errors import ConflictError, InputError, NotFoundError
from gridgov.reports.brief import Made, brief_pdf
from gridgov.reports.gaps import gaps_pdf
from gridgov.reports.handover import handover_pdf
from gridgov.reports.wallmap import wallmap_pdf
from gridgov.sources.rulepacks import catalogue
from gridgov.spatial.sheets import PAPERS
from gridgov.storage.current import At, Scope
from gridgov.usecases import browsing, deployment, exporting, planning, reporting, wallmaps
from gridgov.usecases.gap_brief import gap_brief
from gridgov.usecases.handover import handover
from gridgov.wording import LOCALES

_LANGUAGES = ("zh", "en")
spoken = click.option(
    "--language", type=click.Choice(_LANGUAGES), default=None, help="The paper's language; the terminal's by default."
)
by_pack = click.option("--pack", default=None, metavar="P", help="The newest run of this rule pack.")
replacing = click.option("--force", is_flag=True, help="Replace the file where it is there already.")


@click.group()
def report() -> None:
    """Documents for paper, masked and marked with when and by whom they were made."""


@report.command("brief")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_of
@click.option("--under", default=None, metavar="CODE", help="Speak of one place and all below it.")
@spoken
@replacing
@clearly
def report_brief(file: Path, as_of: date | None, under: str | None, language: str | None, force: bool) -> None:
    """Write a brief for a meeting to FILE, a PDF of a few pages: posts, living circle, pledges, data."""
    _require_free(file, force=force)
    progress("Putting the brief together …")
    with looking() as session:
        area = None if under is None else _area(session, under, today(as_of))
        told = reporting.brief(session, today(as_of), Scope.everything(), area)
    _write(file, brief_pdf(told, _made(), _spoken(language)))
    with changing() as session:
        reporting.log(session, told, account=None)
    say("The brief is in {path}.", path=file)


@report.command("gaps")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_of
@click.option("--under", default=None, metavar="CODE", help="Speak of one place and all below it.")
@click.option("--plan", default=None, metavar="PLAN", help="Tell what a plan would change, by its name.")
@by_pack
@spoken
@replacing
@clearly
def report_gaps(file: Path, as_of: date | None, language: str | None, force: bool, **asked: str | None) -> None:
    """Write the planner's brief to FILE, a PDF: who lacks what, why, whose job it is, on which data."""
    _require_free(file, force=force)
    at = today(as_of)
    progress("Putting the brief together …")
    with looking() as session:
        plan = None if asked["plan"] is None else planning.find(session, asked["plan"])
        area = None if asked["under"] is None else _area(session, asked["under"], at)
        told = gap_brief(session, at, Scope.everything(), area, plan, asked["pack"])
    _write(file, gaps_pdf(told, _made(), _spoken(language)))
    with changing() as session:
        exporting.record(session, "gap_brief", "pdf", at, len(told.rows))
    say("The brief is in {path}.", path=file)


@report.command("wallmap")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_of
@click.option("--under", default=None, metavar="CODE", help="Show one place and all below it.")
@click.option("--paper", type=click.Choice(PAPERS), default="a0", help="One A0 sheet, or A3 sheets with an index.")
@click.option("--show", type=click.Choice(wallmaps.SHOWS), default="governance", help="Posts, or who reaches what.")
@click.option("--type", "kind", default=None, metavar="T", help="Of coverage: one facility type, else all required.")
@by_pack
@spoken
@replacing
@clearly
def report_wallmap(file: Path, as_of: date | None, language: str | None, force: bool, **asked: str | None) -> None:
    """Write a wall map to FILE, a PDF to print: places with their names, and posts or who reaches what."""
    _require_free(file, force=force)
    at, kind, under = today(as_of), asked["kind"], asked["under"]
    if kind is not None:
        catalogue().type(kind)
    progress("Gathering what the map shows …")
    with looking() as session:
        area = None if under is None else _area(session, under, at)
        told = wallmaps.wall_map(session, at, Scope.everything(), str(asked["show"]), area, kind, asked["pack"])
    progress("Drawing …")
    _write(file, wallmap_pdf(told, str(asked["paper"]), _made(), _spoken(language)))
    with changing() as session:
        exporting.record(session, "wallmap", "pdf", at, 1)
    say("The wall map is in {path}.", path=file)


@report.command("handover")
@click.argument("unit")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_of
@spoken
@replacing
@clearly
def report_handover(unit: str, file: Path, as_of: date | None, language: str | None, force: bool) -> None:
    """Write the hand-over sheet of UNIT, by its code, to FILE, a PDF: whom to call, who held what, what comes next."""
    _require_free(file, force=force)
    progress("Putting the sheet together …")
    at = today(as_of)
    with looking() as session:
        told = handover(session, at, Scope.everything(), _area(session, unit, at))
        content = handover_pdf(told, deployment.profile(session), _made(), _spoken(language))
    _write(file, content)
    with changing() as session:
        exporting.record(session, "handover", "pdf", at, told.rows)
    say("The hand-over sheet is in {path}.", path=file)


def _spoken(language: str | None) -> str:
    return locale() if language is None else LOCALES[_LANGUAGES.index(language)]


def _made() -> Made:
    return Made(datetime.now().astimezone(), _who())


def _area(session: Session, code: str, at: At) -> int:
    found = browsing.unit_by_code(session, code, at, Scope.everything())
    if found is None or found.level == browsing.HOUSEHOLD:
        raise NotFoundError("unit_unknown", unit=code)
    return found.unit_id


def _require_free(file: Path, *, force: bool) -> None:
    if file.exists() and not force:
        raise ConflictError("report_exists", path=str(file))


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it first, then under its name."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise InputError("report_unwritable", path=str(file), reason=error.strerror) from error
    passing = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        passing.chmod(0o644)
        passing.replace(file)
    except OSError as error:
        raise InputError("report_unwritable", path=str(file), reason=error.strerror) from error
    finally:
        passing.unlink(missing_ok=True)


def _who() -> str:
    """Return the name this machine knows the caller by."""
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return "–"
