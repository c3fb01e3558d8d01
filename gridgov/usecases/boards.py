"""What plans are drawn on: how things stand on a day, decided once and kept, so that an edit costs what it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.errors import GridgovError, InputError
from gridgov.spatial.coverage import Verdicts
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.whatif import WhatIf
from gridgov.storage.current import At
from gridgov.storage.models import Batch
from gridgov.usecases.data_version import data_version
from gridgov.usecases.inputs import Basis, Read, digest, fingerprint, network_of, parts, read


@dataclass
class Board:
    """What was read after a `batch`, and the verdicts `before` any edit.

    `ground` is kept for edits of paths, and so are those that were `laid` last, as the first step, with what was told.
    """

    batch: int | None
    found: Read
    whatif: WhatIf
    before: Verdicts
    ground: Any = None
    laid: tuple[Any, Any] | None = None

    @cached_property
    def hash(self) -> str:
        """The hash of all that was read."""
        return digest(parts(self.found))


Key = tuple[str, str, date, list[object]]

_ALONE, _READING = Lock(), Lock()
_kept: list[tuple[Key, Board]] = []
_grounds: list[tuple[Key, tuple[Read, WalkNetwork | None]]] = []


@contextmanager
def board(session: Session, day: date, pack: RulePack) -> Iterator[Board]:
    """Lend the board of a day and a pack, as long as its data are as they were the one that was lent last.

    One draws at a time in a process. Edits are taken back afterwards; after an error nobody foresaw the board is
    thrown away.

    Raises
    ------
    InputError
        ``no_demand``.
    """
    with _ALONE:
        key = _key(session, day, pack)
        known = [stands for of, stands in _kept if of == key]
        _kept.clear()
        stands = known[0] if known else _of(session, day, pack)
        try:
            yield stands
        except GridgovError:
            _keep(key, stands)
            raise
        _keep(key, stands)


def ground(session: Session, at: At, pack: RulePack) -> tuple[Read, WalkNetwork | None]:
    """Return what is read of a time, and its network; kept, as long as the data are as they were, for the next time.

    Raises
    ------
    InputError
        ``no_demand``.
    """
    if at.batch is not None:
        return _ground(session, at, pack)
    with _READING:
        key = _key(session, at.day, pack)
        known = [stands for of, stands in _grounds if of == key]
        _grounds.clear()
        stands = known[0] if known else _ground(session, at, pack)
        _grounds.append((key, stands))
        return stands


def forget() -> None:
    """Let go of all that is kept for the next time."""
    with _ALONE, _READING:
        _kept.clear()
        _grounds.clear()


def rests_on(session: Session, day: date, pack: RulePack) -> str:
    """Return the hash of all that plans of a day and a pack rest on now; it is read only where no board tells it."""
    key = _key(session, day, pack)
    known = next((stands for of, stands in list(_kept) if of == key), None)
    return fingerprint(session, At(day), pack) if known is None else known.hash


def _key(session: Session, day: date, pack: RulePack) -> Key:
    basis = Basis.of(session, At(day), pack)
    where = session.get_bind().engine.url.render_as_string()
    return where, data_version(session), day, [basis.rules, basis.limits]


def _of(session: Session, day: date, pack: RulePack) -> Board:
    found, network = ground(session, At(day), pack)
    whatif = WhatIf(found.demand, found.supply, found.basis.rules, network)
    return Board(found.basis.demand.batch, found, whatif, whatif.verdicts())


def _ground(session: Session, at: At, pack: RulePack) -> tuple[Read, WalkNetwork | None]:
    batch = at.batch if at.batch is not None else session.scalar(select(func.max(Batch.id)))
    found = read(session, Basis.of(session, At(at.day, batch), pack))
    if not len(found.demand.xy):
        raise InputError("no_demand", day=at.day.isoformat())
    return found, network_of(session, found)


def _keep(key: Key, stands: Board) -> None:
    stands.whatif.restart(keep=0 if stands.laid is None else 1)
    _kept.append((key, stands))
