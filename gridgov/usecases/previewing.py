"""What would come of an import that somebody brought, row by row and on a map; and then the writing of just that."""

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.fields import KINDS, required_names
from gridgov.domain.intake import Problem, Progress, RowOutcome
from gridgov.domain.privacy import shown_phone
from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.sources.headers import geometry_columns, rename
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets
from gridgov.storage.current import Scope
from gridgov.storage.models import Batch, Intake
from gridgov.storage.versions import take_turn, version_models
from gridgov.usecases import deployment, importing, things
from gridgov.usecases.hand import Hand
from gridgov.usecases.importing import Brought, ImportReport
from gridgov.usecases.intaking import Asked, let_go, line, plain, plain_deep, scope_of
from gridgov.usecases.returning import Say, error_sheet
from gridgov.usecases.staging import ImportOptions
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.undoing import require_within

OUTCOMES = ("rejected", "changed", "new", "ended", "unchanged")
COUNTS = ("read", "new", "changed", "ended", "unchanged", "rejected")
SAMPLED, COARSEST = 1500, 2000
MOST_COLUMNS, SAMPLES = 100, 3
_PLACELESS = frozenset({"cadres", "branches", "posts", "contacts"})
_POINTS = frozenset({"gates", "departments", "partners"})
_EXTRACTS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
RASTERS = (".tif", ".tiff")


def read(
    session: Session, intake: Intake, paths: Sequence[Path], progress: Progress, limits: Limits = LIMITS
) -> tuple[Brought, ImportOptions]:
    """Read what was brought as it was told to be, or as its source was read before; return how besides.

    Its kind is guessed from the columns where nobody said it.
    """
    asked = Asked.of(intake)
    options = replace(asked.options(intake.account_id, _day(intake)), detail=True, limits=limits)
    kind = asked.kind or guess(paths, options)
    if kind != "osm":
        return importing.read_known(session, kind, paths, options, progress)
    if len(paths) > 1:
        raise InputError("extracts_several")
    return importing.read_extract(paths[0], asked.layers, progress, options), options


def guess(paths: Sequence[Path], options: ImportOptions) -> str:
    """Return the kind of rows that some files most likely hold."""
    first = paths[0]
    if first.name.casefold().endswith(_EXTRACTS):
        return "osm"
    if first.suffix.casefold() in RASTERS:
        return "population"
    sheet = read_sheets(first, Reading(options.crs, options.encoding, options.layer, options.limits))[0]
    if not sheet.columns:
        raise InputError("columns_none", path=sheet.path)
    found = {kind: _fit(kind, sheet.columns) for kind in KINDS if _placed_like(kind, sheet)}
    best = max(found, key=lambda kind: found[kind])
    if found[best] <= 0:
        raise InputError("intake_kind_unclear", columns=", ".join(sheet.columns))
    return best


def look(
    session: Session, intake: Intake, brought: Brought, options: ImportOptions, progress: Progress, say: Say
) -> dict[str, Any]:
    """Write what was brought, tell what came of it, and leave it to the caller to take it all back."""
    base = _newest(session)
    report = _written(session, brought, options, scope_of(session, intake), progress)
    return {
        "kind": brought.kind,
        "counts": {name: getattr(report, name) for name in COUNTS},
        "warnings": [_told(file, problem) for file, problem in report.warnings],
        "general": [_told(file, problem) for file, problem in report.problems if problem.row == 0],
        "notes": [plain_deep({**note, "file": Path(note["file"]).name}) for note in report.notes],
        "base": base,
        "day": str(options.valid_from),
        "print": _fingerprint(report),
        "fit": not report.rejected,
        "columns": _columns(brought),
        "returned": error_sheet(brought, report, say) if report.rejected else None,
    } | _packed(brought, report)


def apply(session: Session, intake: Intake, brought: tuple[Brought, ImportOptions] | None, progress: Progress) -> Batch:
    """Write what was looked at as one batch under the import's token; what stands already is not written again.

    Raises
    ------
    ConflictError
        Where something was written since the look and the outcome would be another one. Nothing is written then.
    """
    take_turn(session)
    batch = written(session, intake)
    if batch is None:
        if brought is None:
            raise NotFoundError("intake_unknown")
        batch = _as_seen(session, intake, *brought, progress)
    intake.state, intake.batch_id = "applied", batch.id
    let_go(session, intake)
    return batch


def written(session: Session, intake: Intake) -> Batch | None:
    """Return the batch that an import became, if it did."""
    return session.scalar(select(Batch).where(Batch.token == intake.token))


def rows(intake: Intake, outcome: str | None, part: slice) -> list[dict[str, Any]]:
    """Return some of an import's rows, of one outcome or all, as the last look saw them."""
    packed, counts = intake.rows, (intake.report or {}).get("rows", {})
    if packed is None:
        return []
    before = OUTCOMES.index(outcome) if outcome else 0
    first = 1 + sum(counts.get(name, 0) for name in OUTCOMES[:before])
    most = counts.get(outcome, 0) if outcome else sum(counts.values())
    wanted = range(most)[part]
    lines = islice(_lines(packed), first + wanted.start, first + wanted.stop)
    return [orjson.loads(each) for each in lines]


def sample(intake: Intake) -> list[dict[str, Any]]:
    """Return what the preview map draws: places with their outcome."""
    found = None if intake.rows is None else next(_lines(intake.rows), None)
    return [] if found is None else orjson.loads(found)


def _fit(kind: str, columns: Sequence[str]) -> float:
    """Return how well columns fit a kind: the fields found, and those of the kind that are lacking count a little."""
    found = set(rename(columns, kind, {}).values())
    if not found or not found.issuperset(required_names(kind)):
        return 0.0
    return len(found) - len(KINDS[kind]) / 100


def _placed_like(kind: str, sheet: Sheet) -> bool:
    """Tell whether rows lie as those of a kind do: paths along lines, offices at points, persons nowhere."""
    placed = [shape for shape in sheet.geometry or () if shape is not None]
    if kind == "network":
        return bool(placed) and all(shape.geom_type.endswith("LineString") for shape in placed)
    areal = any(shape.geom_type.endswith("Polygon") for shape in placed)
    return not (placed and kind in _PLACELESS) and not (areal and kind in _POINTS)


def _as_seen(session: Session, intake: Intake, brought: Brought, options: ImportOptions, progress: Progress) -> Batch:
    """Write what was looked at; row by row it is compared only where something was written since."""
    seen = intake.report or {}
    moved = _newest(session) != seen["base"]
    report = _written(session, brought, replace(options, detail=moved), scope_of(session, intake), progress)
    counts = {name: getattr(report, name) for name in COUNTS}
    if report.batch is None or counts != seen["counts"] or (moved and _fingerprint(report) != seen["print"]):
        raise ConflictError("intake_moved")
    batch = importing.find(session, report.batch)
    batch.token = intake.token
    return batch


def _written(
    session: Session, brought: Brought, options: ImportOptions, scope: Scope, progress: Progress
) -> ImportReport:
    report = importing.write(session, brought, options, progress)
    if report.batch is not None:
        _require_area(session, report.batch, scope)
    return report


def _require_area(session: Session, batch: int, scope: Scope) -> None:
    """Refuse an import of which anything lies, or lay before, outside the area that its account administers."""
    if scope.areas is None:
        return
    require_within(session, batch, scope)
    profile = deployment.profile(session)
    models: dict[Any, str] = {TARGETS[kind].version: kind for kind in things.KINDS}
    for model in version_models():
        wrote = select(model).where(model.batch_id == batch).limit(1)
        if model not in models and session.scalar(wrote) is not None:
            raise ForbiddenError("whole_city_needed")
        for version in session.scalars(select(model).where(model.superseded_by == batch)):
            Hand(session, profile, batch, version.valid_from, scope).require(models[model], version)


def _day(intake: Intake) -> date:
    """Return the day an import is written for: that of the look, once it is written, else today."""
    if intake.state == "applying":
        return date.fromisoformat((intake.report or {})["day"])
    return date.today()  # noqa: DTZ011 - local dates are what people write down


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(Batch.id))) or 0


def _fingerprint(report: ImportReport) -> str:
    total = sha256()
    for row in report.rows:
        total.update(line([row.file.rpartition("/")[2], row.row, row.outcome, row.label, row.changes]))
    return total.hexdigest()


def _packed(brought: Brought, report: ImportReport) -> dict[str, Any]:
    """Return the rows as they are kept, by outcome and then as they stand in the files, the map's sample first."""
    outcomes = report.rows or _rejected_only(report)
    reasons: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for file, problem in report.problems:
        reasons.setdefault((file, problem.row), []).append(_told(file, problem))
    ordered = sorted(outcomes, key=lambda row: OUTCOMES.index(row.outcome))
    lines = [line(_sampled(brought, outcomes))]
    lines += [line({**asdict(row), "reasons": reasons.get((row.file, row.row), [])}) for row in ordered]
    return {
        "rows": dict(Counter(row.outcome for row in ordered)),
        "box": _box(shape for _, _, shape in _shapes(brought)),
        "packed": zlib.compress(b"\n".join(lines), 6),
    }


def _box(shapes: Iterator[BaseGeometry]) -> list[float] | None:
    placed = list(shapes)
    return shapely.total_bounds(placed).tolist() if placed else None


def _columns(brought: Brought) -> list[dict[str, Any]]:
    """Return the columns of the files with the field each holds and a few of its values, numbers of persons masked."""
    found: dict[str, dict[str, Any]] = {}
    for part in brought.parts if brought.kind != "osm" else ():
        for sheet, note in zip(part.intake.sheets, part.intake.notes, strict=True):
            places = set(geometry_columns(sheet.columns).values()) if sheet.geometry is not None else set()
            for column in sheet.columns[:MOST_COLUMNS]:
                told = found.setdefault(column, {"column": column, "field": note["columns"].get(column), "samples": []})
                told["place"] = column in places and told["field"] is None
                told["samples"] = list(dict.fromkeys([*told["samples"], *_samples(sheet, column)]))[:SAMPLES]
    return list(found.values())


def _samples(sheet: Sheet, column: str) -> list[str]:
    told = (row.get(column) for row in islice(sheet.rows, 50))
    return [str(shown_phone(_plain(value)))[:40] for value in told if value is not None]


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rejected_only(report: ImportReport) -> list[RowOutcome]:
    found = dict.fromkeys((file, problem.row) for file, problem in report.problems if problem.row)
    return [RowOutcome(file, row, "rejected", "") for file, row in found]


def _told(file: str, problem: Problem) -> dict[str, Any]:
    params = {name: plain_deep(value) for name, value in problem.params.items()}
    told = {"file": Path(file).name, "row": problem.row, "field": problem.field, "value": plain(problem.value)}
    return {**told, "code": problem.code, "params": params}


def _sampled(brought: Brought, outcomes: Sequence[RowOutcome]) -> list[dict[str, Any]]:
    """Return places with their outcome: all that are rejected or changed before others, so many as a map bears."""
    said = {(row.file, row.row): row for row in outcomes}
    placed: dict[str, list[tuple[BaseGeometry, str]]] = {name: [] for name in OUTCOMES}
    for file, number, shape in _shapes(brought):
        row = said.get((file, number))
        outcome = row.outcome if row else "unchanged" if outcomes else "new"
        placed[outcome].append((shape, (row.label if row else "") or f"{Path(file).name} {number}"))
    room, features = SAMPLED, []
    for outcome in OUTCOMES:
        found = placed[outcome]
        step = max(1, -(-len(found) // max(room, 1)))
        chosen = found[::step] if room else []
        room -= len(chosen)
        features += [{"geometry": _coarse(shape), "outcome": outcome, "label": label} for shape, label in chosen]
    return features


def _shapes(brought: Brought) -> Iterator[tuple[str, int, BaseGeometry]]:
    for part in brought.parts:
        for row in part.intake.rows:
            if row.geometry is not None and not row.geometry.is_empty:
                yield row.file, row.number, row.geometry


def _coarse(shape: BaseGeometry) -> Any:
    """Return a shape as GeoJSON, a big one with fewer corners: it is looked at, not measured."""
    west, south, east, north = shape.bounds
    if shapely.get_num_coordinates(shape) > 100:
        shape = shapely.simplify(shape, max(east - west, north - south) / COARSEST)
    rounded = shapely.transform(shape, lambda coordinates: coordinates.round(6))
    return orjson.loads(shapely.to_geojson(rounded))


def _lines(packed: bytes) -> Iterator[bytes]:
    return iter(zlib.decompress(packed).split(b"\n"))
