"""Writing versions: adding, revising, ending, undoing. Nothing is deleted; a batch supersedes, another stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, NotFoundError
from gridgov.storage.among import among
from gridgov.storage.filling import fill, reserve
from gridgov.storage.models import Base, Batch, ContactVersion, Versioned
from gridgov.storage.models.base import BOX
from gridgov.storage.resting import refuse_hung_on_nothing, refuse_later, refuse_left_hanging

V = TypeVar("V", bound=Versioned)
WITHOUT_TURN = "without_turn"
ONE_WRITER = 0x67726964  # any number, the same in all processes: SQLite has one writer by itself


@dataclass(frozen=True)
class Revision:
    """A standing version and what replaces it from a day on; `values` None ends it that day."""

    version: Versioned
    start: date
    values: dict[str, Any] | None
    end: date | None = None


def open_batch(session: Session, kind: str, files: Sequence[str] = (), digest: str | None = None, **more: Any) -> Batch:
    """Begin a batch: everything written under it comes and goes together; one batch at a time is written."""
    take_turn(session)
    batch = Batch(kind=kind, files=list(files), digest=digest, created_at=datetime.now(UTC), counts={}, **more)
    session.add(batch)
    session.flush()
    return batch


def take_turn(session: Session) -> None:
    """Wait until nobody else writes; what is read from now on is what the writing will rest on.

    Who only tries something out may do without (`trying`).
    """
    if session.get_bind().dialect.name == "postgresql" and not session.info.get(WITHOUT_TURN):
        session.execute(select(func.pg_advisory_xact_lock(ONE_WRITER)))


def add_identities(session: Session, identity: type[Base], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Make new identities, in order, and return their ids."""
    table: Any = inspect(identity).local_table
    ids = reserve(session, table, len(rows))
    fill(session, table, ({**row, "id": number} for row, number in zip(rows, ids, strict=True)))
    return ids


def add_versions(session: Session, model: type[Versioned], batch: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write new versions under a batch; each row holds the identity's id, the period and the attributes."""
    table: Any = inspect(model).local_table
    fill(session, table, rows, batch_id=batch)


def replace(
    session: Session, model: type[Versioned], batch: int, gone: Sequence[int], rows: Iterable[dict[str, Any]]
) -> None:
    """Supersede standing versions by their ids, and write what takes their place."""
    _supersede(session, model, batch, gone)
    add_versions(session, model, batch, rows)


def revise(session: Session, model: type[Versioned], batch: int, revisions: Sequence[Revision]) -> None:
    """Supersede standing versions: what held before the day is kept as it was, the rest is replaced or ends."""
    rows = [row for revision in revisions for row in _replacing(revision)]
    replace(session, model, batch, [revision.version.id for revision in revisions], rows)


def undo(session: Session, batch_id: int, *, account: int | None = None) -> Batch:
    """Take a whole batch back by a new batch; refuse where a later batch rests on what it wrote."""
    take_turn(session)
    undone = session.get(Batch, batch_id)
    if undone is None:
        raise NotFoundError("batch_unknown", batch=batch_id)
    earlier = session.scalar(select(Batch.id).where(Batch.undoes == batch_id))
    if earlier is not None:
        raise ConflictError("batch_undone", batch=batch_id, by=earlier)
    written = {model: _standing_heirs(session, model, batch_id) for model in version_models()}
    refuse_left_hanging(session, written, batch_id)
    taking_back = open_batch(session, "undo", undone.files, undoes=batch_id, account_id=account)
    counts = [_take_back(session, model, ids, batch_id, taking_back.id) for model, ids in written.items()]
    refuse_hung_on_nothing(session, batch_id, taking_back.id)
    taking_back.counts = {"ended": sum(gone for gone, _ in counts), "restored": sum(back for _, back in counts)}
    session.flush()
    return taking_back


def mark_contacts(session: Session, ids: Sequence[int], **derived: bool) -> None:
    """Write what was worked out of some standing contacts; no version of theirs says it."""
    if ids:
        marked = update(ContactVersion).where(among(session, ContactVersion.id, ids)).values(**derived)
        session.execute(marked)


def version_models() -> list[type[Versioned]]:
    """Return every version table's model, in a fixed order."""
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Versioned)]
    return sorted(models, key=lambda model: str(inspect(model).local_table))


def attributes(version: Versioned) -> dict[str, Any]:
    """Return everything a version says, without its own id, batches and period, without box or what is derived."""
    model: Any = type(version)
    return {name: getattr(version, name) for name in attribute_names(model)}


@cache
def attribute_names(model: Any) -> tuple[str, ...]:
    """Return the columns that say something of a thing."""
    own = {"id", "batch_id", "superseded_by", "valid_from", "valid_to", *BOX, *model.derived}
    return tuple(column.key for column in inspect(model).columns if column.key not in own)


def _replacing(revision: Revision) -> list[dict[str, Any]]:
    old = revision.version
    kept = attributes(old)
    rows = []
    if old.valid_from < revision.start:
        rows.append({**kept, "valid_from": old.valid_from, "valid_to": revision.start})
    if revision.values is not None:
        end = revision.end if revision.end is not None else old.valid_to
        rows.append({**kept, **revision.values, "valid_from": revision.start, "valid_to": end})
    return rows


def _supersede(session: Session, model: Any, batch: int, ids: Sequence[int]) -> None:
    if ids:
        gone = update(model).where(among(session, model.id, ids)).values(superseded_by=batch)
        session.execute(gone.execution_options(synchronize_session=False))


def _standing_heirs(session: Session, model: Any, batch_id: int) -> list[int]:
    """Return the standing versions that a batch wrote, or that an undo of a later batch wrote again in their place."""
    undone_by = dict(session.execute(select(Batch.undoes, Batch.id).where(Batch.undoes.is_not(None))).all())
    period = (getattr(model, model.subject), model.valid_from, model.valid_to)
    ids: list[int] = []
    rows: list[Any] = list(
        session.execute(select(model.id, model.superseded_by, *period).where(model.batch_id == batch_id))
    )
    while rows:
        ids += [row.id for row in rows if row.superseded_by is None]
        gone = [row for row in rows if row.superseded_by is not None]
        later = {row.superseded_by for row in gone} - undone_by.keys() - {batch_id}
        refuse_later(session, later, batch_id)
        heirs = {(undone_by.get(row.superseded_by), *row[2:5]) for row in gone}
        again = select(model.id, model.superseded_by, *period, model.batch_id)
        by_undo = session.execute(again.where(model.batch_id.in_(sorted({heir[0] for heir in heirs if heir[0]}))))
        rows = [row for row in by_undo if (row.batch_id, *row[2:5]) in heirs]
    return ids


def _take_back(session: Session, model: Any, written: Sequence[int], batch_id: int, by: int) -> tuple[int, int]:
    _supersede(session, model, by, written)
    before = select(model).where(model.superseded_by == batch_id, model.batch_id != batch_id)
    replaced = list(session.scalars(before))
    restored = [{**attributes(old), "valid_from": old.valid_from, "valid_to": old.valid_to} for old in replaced]
    add_versions(session, model, by, restored)
    return len(written), len(restored)
