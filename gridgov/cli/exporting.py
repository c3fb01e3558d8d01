"""`gridgov export WHAT FILE`."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from gridgov.cli import exporting_tiles
from gridgov.cli.console import (
    Day,
    answer_json,
    as_json,
    as_of,
    changing,
    clearly,
    locale,
    looking,
    numbered,
    progress,
    say,
)
from gridgov.cli.console import today as at_day
from gridgov.sources.outgoing import Table
from gridgov.sources.writing import form_of, refuse_existing, write_file
from gridgov.storage.current import At, Scope
from gridgov.usecases import exporting
from gridgov.usecases.exporting import WHATS, Asked
from gridgov.wording.watermark import in_words, mark


@click.command(
    help=f"Write WHAT to FILE, masked and watermarked: .xlsx, .csv, .geojson or .gpkg; the map's tiles as .pmtiles. "
    f"WHAT: {', '.join((*WHATS, exporting_tiles.WHAT))}."
)
@click.argument("what")
@click.argument("file")
@as_of
@click.option("--level", default=None, metavar="L", help="Only what stands on units of this level.")
@click.option("--under", default=None, metavar="CODE", help="Only a unit and all below it.")
@click.option("--run", type=numbered, default=None, metavar="RUN", help="Whose gaps; the newest run's by default.")
@click.option(
    "--since", type=Day(), default=None, metavar="DATE", help="Of what changed: since when; a week if not told."
)
@click.option("--zooms", default=None, metavar="A-B", help="Of tiles: which zooms, 3-15 by default.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@as_json
@clearly
def export(
    what: str,
    file: str,
    as_of: date | None,
    force: bool,
    form: str,
    **narrowed: Any,
) -> None:
    """Read, write beside the file, record, and only then put the file in its place."""
    if what == exporting_tiles.WHAT:
        exporting_tiles.export_tiles(file, as_of, narrowed["under"], narrowed["zooms"], force=force, form=form)
        return
    path, at = Path(file), at_day(as_of)
    ending = form_of(path)
    exporting.refuse_form(what, ending)
    if not force:
        refuse_existing(path)
    progress("Reading …")
    with looking() as session:
        asked = Asked(
            what, level=narrowed["level"], under=narrowed["under"], run=narrowed["run"], since=narrowed["since"]
        )
        table = exporting.table(session, asked, ending, at, Scope.everything())
    progress("Writing {rows} rows …", rows=len(table.rows))
    _write(path, table, asked, at)
    if form == "json":
        answer_json({"what": what, "file": file, "rows": len(table.rows), "as_of": at.day.isoformat()})
    else:
        say("{rows} rows written to {file}.", rows=len(table.rows), file=file)


def _write(path: Path, table: Table, asked: Asked, at: At) -> None:
    ending = form_of(path)

    def keep() -> None:
        with changing() as session:
            exporting.record(session, asked.what, ending, at, len(table.rows))

    told = in_words(asked.what, table, locale()) if ending == "xlsx" else table
    write_file(path, told, mark(asked.what, table, at, locale(), account=None, only=asked.narrowed()), keep=keep)
