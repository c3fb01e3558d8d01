"""What rests on what, looked at when a batch is taken back: nothing is left standing on what doesn't stand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError
from gridgov.storage.among import among
from gridgov.storage.models import Base, Batch, BranchVersion, UnitVersion, Versioned

Stretch = tuple[date, date | None]


def refuse_left_hanging(session: Session, leaving: dict[Any, list[int]], batch_id: int) -> None:
    """Refuse to take a batch back where something a later batch wrote rests on days of a thing that would be gone."""
    later: set[int] = set()
    going = {model: set(numbers) for model, numbers in leaving.items()}
    for model, numbers in going.items():
        lost = _lost(session, model, numbers, batch_id)
        for other, rested, version in _resting(session, model, lost):
            stays = version.batch_id > batch_id and version.id not in going[other]
            if stays and any(_meet(stretch, _days(version)) for stretch in lost[rested]):
                later.add(version.batch_id)
    refuse_later(session, later, batch_id)


def refuse_hung_on_nothing(session: Session, batch_id: int, by: int) -> None:
    """Refuse what an undo restored, where a later batch ended what it would rest on again."""
    later: set[int] = set()
    for model in _models():
        restored = session.execute(_told(model).where(model.batch_id == by)).all()
        for target, rested in _needed(model, restored).items():
            later |= _ended_since(session, target, rested, (batch_id, by))
    refuse_later(session, later, batch_id)


def refuse_later(session: Session, later: Iterable[int], batch_id: int) -> None:
    """Refuse to take a batch back for some later ones, and tell each by its number, kind and files."""
    numbers = sorted(later)
    if numbers:
        wanted = select(Batch.id, Batch.kind, Batch.files).where(Batch.id.in_(numbers)).order_by(Batch.id)
        told = tuple((number, kind, tuple(files)) for number, kind, files in session.execute(wanted))
        raise ConflictError("batch_built_upon", batch=batch_id, later=told)


def _lost(session: Session, model: Any, gone: set[int], batch_id: int) -> dict[int, list[Stretch]]:
    """Return the days on which things stand now and wouldn't any more, by identity."""
    own = _by_numbers(session, model, model.id, gone)
    subject = getattr(model, model.subject)
    stay: dict[int, list[Stretch]] = defaultdict(list)
    for version in _by_numbers(session, model, subject, {getattr(version, model.subject) for version in own}):
        restored = version.superseded_by == batch_id and version.batch_id != batch_id
        if restored or (version.superseded_by is None and version.id not in gone):
            stay[getattr(version, model.subject)].append(_days(version))
    lost: dict[int, list[Stretch]] = defaultdict(list)
    for version in own:
        identity = getattr(version, model.subject)
        lost[identity] += _without(_days(version), stay[identity])
    return {identity: stretches for identity, stretches in lost.items() if stretches}


def _resting(session: Session, model: Any, identities: Iterable[int]) -> Iterator[tuple[Any, int, Any]]:
    """Yield what stands and speaks of some things: its table, the thing it speaks of, and the version."""
    wanted = set(identities)
    for other in _models():
        for name in _references(other, model):
            for version in _by_numbers(session, other, getattr(other, name), wanted):
                if version.superseded_by is None:
                    yield other, getattr(version, name), version
    if model is UnitVersion:
        for branch in session.execute(_told(BranchVersion).where(BranchVersion.superseded_by.is_(None))):
            yield from ((BranchVersion, unit, branch) for unit in wanted.intersection(branch.compounds))


def _needed(model: Any, restored: Sequence[Any]) -> dict[Any, dict[int, list[Stretch]]]:
    """Return what some versions of a table speak of, and on which days."""
    found: dict[Any, dict[int, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
    for version in restored:
        for target in _models():
            for name in _references(model, target):
                if getattr(version, name) is not None:
                    found[target][getattr(version, name)].append(_days(version))
        for unit in getattr(version, "compounds", ()):
            found[UnitVersion][unit].append(_days(version))
    return found


def _ended_since(session: Session, model: Any, rested: dict[int, list[Stretch]], undoing: tuple[int, int]) -> set[int]:
    """Return the later batches that took away the days that something rests on."""
    batch_id, by = undoing
    stand: dict[int, list[Stretch]] = defaultdict(list)
    ended: list[Any] = []
    for version in _by_numbers(session, model, getattr(model, model.subject), rested):
        if version.superseded_by is None:
            stand[getattr(version, model.subject)].append(_days(version))
        elif version.superseded_by > batch_id and version.superseded_by != by:
            ended.append(version)
    later = set()
    for version in ended:
        identity = getattr(version, model.subject)
        bare = [day for stretch in rested[identity] for day in _without(stretch, stand[identity])]
        if any(_meet(stretch, _days(version)) for stretch in bare):
            later.add(version.superseded_by)
    return later


def _references(model: Any, to: Any) -> list[str]:
    """Return the columns of a table that name things of another, not which thing its own versions are of."""
    identity = f"{next(iter(inspect(to).columns[to.subject].foreign_keys)).column.table.name}.id"
    return [
        column.key
        for column in inspect(model).columns
        if column.key != model.subject and any(key.target_fullname == identity for key in column.foreign_keys)
    ]


def _told(model: Any) -> Any:
    """Select what is looked at here of a table: never a geometry, and as the database has it now."""
    names = ["id", "batch_id", "superseded_by", "valid_from", "valid_to", model.subject]
    names += [name for target in _models() for name in _references(model, target)]
    names += ["compounds"] if model is BranchVersion else []
    return select(*(getattr(model, name) for name in dict.fromkeys(names)))


def _by_numbers(session: Session, model: Any, column: Any, numbers: Iterable[int]) -> list[Any]:
    wanted = list(numbers)
    return list(session.execute(_told(model).where(among(session, column, wanted)))) if wanted else []


def _days(version: Any) -> Stretch:
    return version.valid_from, version.valid_to


def _meet(one: Stretch, other: Stretch) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])


def _without(stretch: Stretch, others: Sequence[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch of days outside some others."""
    left: list[Stretch] = []
    start, end = stretch
    for begin, until in sorted(others, key=lambda other: other[0]):
        if not _meet((start, end), (begin, until)):
            continue
        if start < begin:
            left.append((start, begin))
        if until is None:
            return left
        start = until
    return [*left, (start, end)] if end is None or start < end else left


def _models() -> list[Any]:
    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Versioned)]
