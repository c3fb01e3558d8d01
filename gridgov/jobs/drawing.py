"""Making a document as a worker does it: from what the account that asked may see, kept, recorded as an export."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from gridgov.errors import GridgovError, NotFoundError
from gridgov.jobs.following import Follower
from gridgov.jobs.queue import Queue
from gridgov.reports.brief import Made
from gridgov.reports.wallmap import wallmap_pdf
from gridgov.storage.current import At
from gridgov.storage.database import reading, writing
from gridgov.storage.models import Document
from gridgov.storage.models.accounts import Account
from gridgov.usecases import browsing, documents, exporting
from gridgov.usecases.wallmaps import WallMap, wall_map


def draw(engine: Engine, queue: Queue, token: str, job: str) -> None:
    """Make a document that waits for a job; an error on purpose is kept with it, for people to read."""
    with reading(engine) as session:
        document = documents.find(session, token)
        session.expunge_all()
    if document is None or not documents.awaits(document, job):
        return
    tell = Follower(queue, job, stopped="document_stopped")
    try:
        content = _made(engine, document, tell)
        tell("keeping", 0, 1)
    except GridgovError as error:
        with writing(engine) as session:
            kept = documents.find(session, token)
            if kept is not None and documents.awaits(kept, job):
                documents.break_off(kept, error)
        return
    with writing(engine) as session:
        kept = documents.find(session, token)
        if kept is not None and documents.awaits(kept, job):
            documents.keep(kept, content)
            exporting.record(session, kept.kind, "pdf", At(kept.as_of), 1, kept.account_id)


def _made(engine: Engine, document: Document, tell: Follower) -> bytes:
    """Read what a document shows and typeset it; no transaction is open while that takes its time."""
    asked: dict[str, Any] = document.options
    tell("gathering", 0, 1)
    with reading(engine) as session:
        told = _read(session, document, asked)
        by = session.get_one(Account, document.account_id).name
        session.expunge_all()
    made = Made(datetime.now().astimezone(), by)
    return wallmap_pdf(told, str(asked["paper"]), made, str(asked["locale"]), tell)


def _read(session: Any, document: Document, asked: dict[str, Any]) -> WallMap:
    scope, at = documents.scope_of(session, document), At(document.as_of)
    unit = None if asked["unit"] is None else browsing.unit_by_code(session, str(asked["unit"]), at, scope)
    if asked["unit"] is not None and unit is None:
        raise NotFoundError("unit_unknown", unit=asked["unit"])
    area = None if unit is None else unit.unit_id
    return wall_map(session, at, scope, str(asked["show"]), area, asked["type"], asked.get("pack"))
