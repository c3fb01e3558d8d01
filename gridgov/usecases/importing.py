"""Importing: every file and every entrance goes this way. All or nothing; a dry run leaves nothing behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem, Progress, RowOutcome, quiet
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.osm import OsmLayers, read_osm
from gridgov.sources.rulepacks import catalogue
from gridgov.sources.sheets import Sheet
from gridgov.spatial.crs import to_planar
from gridgov.storage import versions
from gridgov.storage.current import Scope
from gridgov.storage.models import Batch
from gridgov.storage.versions import open_batch
from gridgov.usecases import (
    deployment,
    holding,
    importing_contacts,
    importing_network,
    importing_population,
    importing_sites,
    importing_units,
    provenance,
    resolving,
)
from gridgov.usecases.directory import Directory
from gridgov.usecases.merging import Ready, Tally, merge
from gridgov.usecases.outcomes import outcomes
from gridgov.usecases.placing import advised, doubts
from gridgov.usecases.recognising import recognise_named
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import ImportOptions, Intake, Row, digest, read_rows, take_sheet
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.uncollected import uncollected
from gridgov.usecases.undoing import refuse_taken_again, require_within

OSM_LAYERS = ("network", "sites", "buildings", "compounds")
_OSM_LEVELS = {"buildings": "building", "compounds": "compound"}


@dataclass
class ImportReport:
    """What an import did, or would do: `batch` is None where nothing was written."""

    batch: int | None = None
    read: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    warnings: list[tuple[str, Problem]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    rows: list[RowOutcome] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """Rows of one kind, on a level where that was told; `layer` is that of an extract they came from."""

    kind: str
    intake: Intake
    level: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class Brought:
    """Files that were read, before the database is touched."""

    kind: str
    files: tuple[Path, ...]
    parts: tuple[Part, ...]
    digest: str
    warnings: tuple[tuple[str, Problem], ...] = ()


_RECODED = frozenset({"grids", "gates", "departments", "branches", "partners"})
# the kinds whose rows stand for themselves once their codes are resolved
_SIMPLE: dict[str, Callable[[Resolver, Row], Ready | None]] = {
    "grids": resolving.grid,
    "gates": resolving.gate,
    "land": resolving.land,
    "departments": resolving.department,
    "cadres": holding.cadre,
    "branches": resolving.branch,
    "partners": resolving.partner,
}
# the kinds that are written each in its own way
_WRITERS: dict[str, Callable[[Resolver, int], Tally]] = {
    "sites": importing_sites.write,
    "network": importing_network.write,
    "posts": importing_contacts.write_posts,
    "contacts": importing_contacts.write_contacts,
}


def import_files(
    session: Session, kind: str, paths: Sequence[Path | str], options: ImportOptions, progress: Progress = quiet
) -> ImportReport:
    """Import the files of one kind as one batch; any rejected row and nothing is written."""
    try:
        brought = read_files(kind, paths, options, progress)
    except InputError as error:
        raise advised(session, error) from error
    return write(session, brought, options, progress)


def import_osm(
    session: Session,
    path: Path | str,
    options: ImportOptions,
    layers: Sequence[str] = OSM_LAYERS,
    progress: Progress = quiet,
) -> ImportReport:
    """Import layers of an OpenStreetMap file as one batch."""
    return write(session, read_extract(path, layers, progress, options), options, progress)


@uncollected()
def read_files(kind: str, paths: Sequence[Path | str], options: ImportOptions, progress: Progress = quiet) -> Brought:
    """Read the files of one kind; no session is needed yet."""
    files = tuple(Path(path) for path in paths)
    intake = read_rows(kind, files, options, progress)
    return Brought(kind, files, (Part(kind, intake, options.level),), digest(files))


def read_known(
    session: Session, kind: str, paths: Sequence[Path | str], options: ImportOptions, progress: Progress = quiet
) -> tuple[Brought, ImportOptions]:
    """Read files as those of their source were read before, unless told otherwise; return how besides.

    The source is the one named, else that of the file's name, else one whose mapping fits where a column lacks.
    """
    known = provenance.named(session, kind, options.source or provenance.name_of(paths[0]))
    told = provenance.informed(options, known)
    try:
        return read_files(kind, paths, told, progress), told
    except InputError as error:
        other = options if known else provenance.otherwise(session, kind, options, error)
        if other is None:
            raise advised(session, error) from error
        try:
            return read_files(kind, paths, other, progress), other
        except InputError:
            raise advised(session, error) from None


@uncollected()
def read_extract(
    path: Path | str,
    layers: Sequence[str] = OSM_LAYERS,
    progress: Progress = quiet,
    options: ImportOptions | None = None,
) -> Brought:
    """Read layers of an OpenStreetMap extract; no session is needed yet."""
    unknown = sorted(set(layers) - set(OSM_LAYERS))
    if unknown:
        raise InputError("layer_unknown", value=", ".join(unknown), known=", ".join(OSM_LAYERS))
    progress("reading", 0, 1)
    found = read_osm(path)
    told = ImportOptions(detail=options is not None and options.detail)
    parts = []
    for layer, kind, sheet, level in _osm_parts(found):
        if layer in layers:
            part = Intake(noded=True)
            take_sheet(part, kind, sheet, told, progress)
            parts.append(Part(kind, part, level, layer))
    warnings = tuple((str(path), problem) for problem in found.problems)
    return Brought("osm", (Path(path),), tuple(parts), digest([Path(path)]), warnings)


@uncollected()
def write(session: Session, brought: Brought, options: ImportOptions, progress: Progress = quiet) -> ImportReport:
    """Match what was read with what stands and write what differs as one batch; nothing where a row is rejected."""
    profile = deployment.profile(session)
    doubtful = doubts(session, brought, _day(options))
    lacking = {layer for layer, level in _OSM_LEVELS.items() if not profile.has(level)}
    report = _in_one_batch(
        session, brought, [part for part in brought.parts if part.layer not in lacking], options, progress
    )
    left_out = sorted({part.layer for part in brought.parts if part.layer in lacking})
    report.warnings += [*doubtful, *brought.warnings]
    report.warnings += [(str(brought.files[0]), Problem(0, "layer", name, "layer_without_level")) for name in left_out]
    return report


def find(session: Session, number: int) -> Batch:
    """Return one batch."""
    found = session.get(Batch, number)
    if found is None:
        raise NotFoundError("batch_unknown", batch=number)
    return found


def writer(session: Session, number: int) -> int | None:
    """Return the account that wrote a batch, where there is such a batch and an account is known."""
    return session.scalar(select(Batch.account_id).where(Batch.id == number))


@uncollected()
def undo(session: Session, number: int, *, account: int | None = None, scope: Scope | None = None) -> Batch:
    """Take a batch back as a whole, and settle anew what was derived from it; refused, nothing is written.

    Within a `scope` only what wholly lies in it is taken back.
    """
    with session.begin_nested():
        require_within(session, number, scope or Scope.everything())
        taken = versions.undo(session, number, account=account)
        session.expire_all()
        require_within(session, taken.id, scope or Scope.everything())
        refuse_taken_again(session, taken)
    importing_contacts.settle_disputes(session, deployment.profile(session))
    deployment.forget_crs(session)
    return taken


def batches(session: Session, day: date | None = None, account: int | None = None) -> list[Batch]:
    """Return the batches, the newest first: all, or those of an account, or by the end of a day on this calendar."""
    wanted = select(Batch).order_by(Batch.id.desc())
    if account is not None:
        wanted = wanted.where(Batch.account_id == account)
    return list(session.scalars(wanted if day is None else wanted.where(Batch.created_at < end_of(day))))


def end_of(day: date) -> datetime:
    """Return the moment a day ends on this machine's calendar."""
    return datetime.combine(day + timedelta(days=1), time.min).astimezone(UTC)


def _osm_parts(found: OsmLayers) -> list[tuple[str, str, Sheet, str | None]]:
    """Return each layer's sheets with what they are, parents first."""
    return [
        ("compounds", "units", found.compounds, "compound"),
        ("compounds", "gates", found.gates, None),
        ("buildings", "units", found.buildings, "building"),
        ("sites", "sites", found.sites, None),
        ("network", "network", found.network, None),
    ]


def _in_one_batch(
    session: Session, brought: Brought, parts: Sequence[Part], options: ImportOptions, progress: Progress
) -> ImportReport:
    savepoint = session.begin_nested()
    total = Tally()
    rows: list[RowOutcome] = []
    names = [path.name for path in brought.files]
    try:
        batch = open_batch(session, brought.kind, names, brought.digest, account_id=options.account)
        for part in parts:
            tally = _write(session, part, batch.id, options, progress)
            total += tally
            if options.detail:
                rows += outcomes(session, part.kind, part.intake, tally, batch.id)
    except BaseException:
        savepoint.rollback()
        raise
    report = _reported([part.intake for part in parts], total)
    report.rows = rows
    if report.rejected or options.dry_run:
        savepoint.rollback()
        return report
    report.batch, batch.counts = batch.id, {"read": report.read, **total.counts()}
    name = options.source or provenance.name_of(brought.files[0])
    batch.source_id = provenance.remember(session, brought.kind, name, options).id
    savepoint.commit()
    return report


def _reported(intakes: Sequence[Intake], total: Tally) -> ImportReport:
    return ImportReport(
        read=sum(intake.read for intake in intakes),
        new=total.new,
        changed=total.changed,
        ended=total.ended,
        unchanged=total.unchanged,
        rejected=sum(intake.rejected for intake in intakes),
        problems=[problem for intake in intakes for problem in intake.problems],
        warnings=[warning for intake in intakes for warning in intake.warnings],
        notes=[note for intake in intakes for note in intake.notes],
    )


def _write(session: Session, part: Part, batch: int, options: ImportOptions, progress: Progress) -> Tally:
    kind, intake = part.kind, part.intake
    deployment.settle_crs(session, [row.geometry for row in intake.rows if row.geometry is not None])
    day = _day(options)
    resolver = Resolver(
        session, deployment.profile(session), Directory(session, deployment.profile(session)), catalogue(), intake, day
    )
    resolver.planar = _planar(session)
    resolver.progress = progress
    resolver.told_start = options.valid_from is not None
    if kind == "units":
        return importing_units.write(resolver, batch, part.level)
    if kind == "population":
        return importing_population.write(resolver, batch, options)
    if kind in _WRITERS:
        return _WRITERS[kind](resolver, batch)
    ready = [found for row in resolver.rows() if (found := _SIMPLE[kind](resolver, row)) is not None]
    if kind in _RECODED:
        recognise_named(resolver, kind, ready)
    progress("writing", 0, len(ready))
    return merge(session, TARGETS[kind], batch, ready, intake)


def _day(options: ImportOptions) -> date:
    return options.valid_from or date.today()  # noqa: DTZ011 - local dates are what people write down


def _planar(session: Session) -> Callable[[Any], Any] | None:
    try:
        crs = deployment.crs(session)
    except InputError:
        return None
    return lambda geometries: to_planar(geometries, crs)
