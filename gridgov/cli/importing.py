"""`gridgov import …`: one verb a kind, the batches, and undo."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

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
    say,
    table,
    today,
    told,
)
from gridgov.cli.following import following
from gridgov.cli.import_report import COUNTS, Asked, tell_report
from gridgov.domain.fields import KINDS
from gridgov.domain.intake import Progress
from gridgov.errors import CancelledError, InputError
from gridgov.reports import blanks
from gridgov.sources.writing import refuse_existing
from gridgov.usecases import importing as usecase
from gridgov.usecases import provenance
from gridgov.usecases.importing import OSM_LAYERS, Brought
from gridgov.usecases.raster_batches import RasterAct, raster_acts
from gridgov.usecases.staging import ImportOptions, PopulationOptions
from gridgov.wording import term

_errors = click.option(
    "--errors", default=None, metavar="FILE.xlsx", help="Write the files' rows with the reason of each refusal."
)

_COUNTING = (  # what cells of rasters and grids count
    click.option("--band", type=numbered, default=None, metavar="N", help="Which of a raster’s bands counts people."),
    click.option("--per", default=None, metavar="AREA", help="What its values count people per: cell, ha or km2."),
    click.option("--ages", default=None, metavar="AGES", help="Of which ages cells count people: 60+, 3-5 …, all."),
    click.option("--year", type=click.IntRange(1900, 2200), default=None, metavar="Y", help="When cells were counted."),
)


def _sourced(command: Callable[..., None]) -> Callable[..., None]:
    """Say where files come from, and how old they may grow."""
    named = click.option(
        "--source", default=None, metavar="NAME", help="Where the files come from; told by their name where not given."
    )
    days = click.IntRange(0, 36_500)
    limit = click.option(
        "--stale-days",
        type=days,
        default=None,
        metavar="N",
        help="How old this source may grow; a finding then.",
    )
    return named(limit(command))


@click.group("import")
def importing() -> None:
    """Bring files in: previewed with --dry-run, all or nothing, undone as a whole."""


def _counting(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give the command of population the options of what cells count."""
    options = _COUNTING if kind == "population" else ()
    return lambda command: reduce(lambda made, option: option(made), options, command)


def _kind(kind: str) -> None:
    @importing.command(kind, help=f"Import {kind} from one or more files.")
    @click.argument("files", nargs=-1, required=True, metavar="FILE…")
    @click.option(
        "--level", default=None, metavar="L", help="The level of the units, where the file has no column for it."
    )
    @click.option(
        "--crs",
        default=None,
        metavar="C",
        help="The coordinate system, where the file doesn't say: EPSG:4546, GCJ-02 …",
    )
    @click.option("--encoding", default=None, metavar="E", help="The text's encoding; detected where not given.")
    @click.option(
        "--layer",
        default=None,
        metavar="NAME",
        help="Which of several layers, sheets or files in an archive; * all.",
    )
    @click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="Which column holds which field.")
    @click.option("--only", default=None, metavar="PREFIX", help="Take only the rows whose code begins so.")
    @click.option(
        "--valid-from", type=Day(), default=None, metavar="DATE", help="From when the rows hold; today by default."
    )
    @_sourced
    @click.option("--dry-run", is_flag=True, help="Say what would happen to each row; write nothing.")
    @_errors
    @_counting(kind)
    @as_json
    @clearly
    def command(
        files: tuple[str, ...], mapping: tuple[str, ...], errors: str | None, form: str, *, dry_run: bool, **told: Any
    ) -> None:
        detail = dry_run or errors is not None
        names = [field.name for field in fields(PopulationOptions) if field.name in told]
        counting = PopulationOptions(**{name: told.pop(name) for name in names})
        options = ImportOptions(mapping=_mapping(mapping), dry_run=dry_run, detail=detail, population=counting, **told)
        asked = Asked(form, errors, rows=dry_run)
        _run(lambda session, progress: usecase.read_known(session, kind, files, options, progress), asked)


for _name in KINDS:
    _kind(_name)


@importing.command("template")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file")
@clearly
def template(kind: str, file: str) -> None:
    """Write the template of a kind of file, to be filled in."""
    refuse_existing(Path(file))
    with looking() as session:
        Path(file).write_bytes(blanks.template(session, kind, locale())[1])
    say("Written: {path}", path=file)


@importing.command("osm")
@click.argument("file")
@click.option("--layers", default=",".join(OSM_LAYERS), help="Which layers, with commas between.")
@click.option(
    "--valid-from", type=Day(), default=None, metavar="DATE", help="From when the rows hold; today by default."
)
@_sourced
@click.option("--dry-run", is_flag=True, help="Say what would happen to each row; write nothing.")
@_errors
@as_json
@clearly
def osm(file: str, layers: str, errors: str | None, form: str, *, dry_run: bool, **told: Any) -> None:
    """Import the walking network, sites, buildings and compounds of an OpenStreetMap file."""
    options = ImportOptions(dry_run=dry_run, detail=dry_run or errors is not None, **told)
    wanted = [layer.strip() for layer in layers.split(",") if layer.strip()]
    asked = Asked(form, errors, rows=dry_run)
    _run(lambda _, progress: (usecase.read_extract(file, wanted, progress, options), options), asked)


@importing.command("list")
@as_of
@as_json
@clearly
def list_batches(as_of: date | None, form: str) -> None:
    """List the batches, the newest first."""
    with looking() as session:
        found = usecase.batches(session, as_of)
        rasters = raster_acts(session, [batch.id for batch in found])
        rows = [_batch(batch, rasters.get(batch.id, ())) for batch in found]
    if form == "json":
        answer_json({"rows": rows})
    elif rows:
        table(
            ["Batch", "Kind", "Files", "At", "Brought"],
            [[row["batch"], row["kind"], " ".join(row["files"]), row["at"], _brought(row)] for row in rows],
        )
    else:
        say("Nothing was imported yet.")


@importing.command("sources")
@as_of
@as_json
@clearly
def list_sources(as_of: date | None, form: str) -> None:
    """List where data come from, when each source was last loaded, and how old it may grow."""
    day = today(as_of).day
    with looking() as session:
        rows = [_source(source) for source in provenance.listed(session, day)]
    if form == "json":
        answer_json({"rows": rows})
    elif rows:
        cells = [[row[name] for name in ("kind", "name", "loaded", "days", "limit", "rows")] for row in rows]
        table(["Kind", "Source", "Loaded", "Days ago", "Limit", "Rows"], cells)
    else:
        say("Nothing was imported yet.")


@importing.command("show")
@click.argument("batch", type=numbered)
@as_json
@clearly
def show_batch(batch: int, form: str) -> None:
    """Show what one batch did."""
    with looking() as session:
        row = _batch(usecase.find(session, batch), raster_acts(session, [batch]).get(batch, ()))
    if form == "json":
        answer_json(row)
    else:
        row["rasters"] = "; ".join(map(_raster, row["rasters"]))
        for name, value in row.items():
            click.echo(f"{name}: {value}")


@importing.command("undo")
@click.argument("batch", type=numbered)
@as_json
@clearly
def undo_batch(batch: int, form: str) -> None:
    """Take a batch back as a whole."""
    with changing() as session:
        row = _batch(usecase.undo(session, batch))
    if form == "json":
        answer_json(row)
    else:
        say("Batch {undone} is taken back by batch {batch}.", undone=batch, batch=row["batch"])


def _run(read: Callable[[Session, Progress], tuple[Brought, ImportOptions]], asked: Asked) -> None:
    """Read before the database is opened to write, so that its lock is held for the matching and writing alone."""
    if asked.errors:
        refuse_existing(asked.errors)
    try:
        with following() as progress:
            with looking() as session:
                brought, options = read(session, progress)
            with changing() as session:
                report = usecase.write(session, brought, options, progress)
    except KeyboardInterrupt as error:
        raise CancelledError("import_stopped") from error
    tell_report(brought, report, asked)
    sys.exit(1 if report.rejected else 0)


def _mapping(told: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in told]
    for column, sign, field in pairs:
        if not (column and sign and field):
            raise InputError("mapping_unclear", value=column + sign + field)
    return {column: field for column, _, field in pairs}


def _brought(row: dict[str, Any]) -> str:
    """Tell in a few words what a batch did."""
    counts = [f"{term('count', name, locale())} {row[name]:,}" for name in COUNTS if row.get(name)]
    return "; ".join([*([", ".join(counts)] if counts else []), *map(_raster, row["rasters"])])


def _raster(raster: dict[str, Any]) -> str:
    return told("population raster {code}: {cells:,} cells, {people:,.0f} people", **raster)


def _batch(batch: Any, rasters: Sequence[RasterAct] = ()) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "files": batch.files,
        "at": batch.created_at.isoformat(timespec="seconds"),
        "undoes": batch.undoes,
        "rasters": [asdict(one) for one in rasters],
        **{name: _count(name, number) for name, number in batch.counts.items()},
    }


def _source(source: provenance.Listed) -> dict[str, Any]:
    return {**asdict(source), "loaded": source.loaded and source.loaded.date().isoformat(), "stale": source.stale}


def _count(name: str, number: int) -> int | str:
    """Return a count of a batch; the day a build speaks of is kept as an ordinal."""
    return date.fromordinal(number).isoformat() if name == "day" else number
