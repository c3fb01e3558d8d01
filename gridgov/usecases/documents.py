"""Documents that a worker makes: asked for on a page, made once, kept for whoever asked, let go after a week.

A making leaves nothing but its result: killed at any moment it is done again, and only the job that a document waits
for may keep something in it.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, GridgovError, NotFoundError
from gridgov.storage.current import Scope
from gridgov.storage.models import Document
from gridgov.usecases import accounts
from gridgov.usecases.intaking import plain

WALLMAP = "wallmap"
ASKED, MADE, REFUSED, DROPPED = "asked", "made", "refused", "dropped"
KEPT = timedelta(days=7)
AT_ONCE, MOST = 5, 20
SHOWN_TO = {"governance": frozenset({"coordinator", "viewer"}), "coverage": frozenset({"planner", "viewer"})}


def ask(session: Session, account: int, day: date, options: Mapping[str, Any], job: str) -> Document:
    """Ask for a document under a job; ConflictError ``documents_many`` where enough are waited for, or kept."""
    own = listed(session, account)
    if sum(one.state == ASKED for one in own) >= AT_ONCE or len(own) >= MOST:
        raise ConflictError("documents_many", most=AT_ONCE, kept=MOST)
    asked = Document(
        token=secrets.token_urlsafe(16),
        account_id=account,
        created_at=datetime.now(UTC),
        as_of=day,
        kind=WALLMAP,
        options=dict(options),
        state=ASKED,
        job=job,
    )
    session.add(asked)
    session.flush()
    return asked


def listed(session: Session, account: int) -> list[Document]:
    """Return an account's documents that aren't let go, the newest first."""
    wanted = select(Document).where(Document.account_id == account, Document.state != DROPPED)
    return list(session.scalars(wanted.order_by(Document.id.desc())))


def find(session: Session, token: str) -> Document | None:
    """Return a document by what it is known by, if there is one."""
    return session.scalar(select(Document).where(Document.token == token, Document.state != DROPPED))


def own(session: Session, token: str, account: int) -> Document:
    """Return an account's own document; NotFoundError for another's as for none."""
    found = find(session, token)
    if found is None or found.account_id != account:
        raise NotFoundError("document_unknown")
    return found


def awaits(document: Document | None, job: str) -> bool:
    """Tell whether a document still waits for a job."""
    return document is not None and document.state == ASKED and document.job == job


def keep(document: Document, content: bytes) -> None:
    """Keep a document's bytes."""
    document.content, document.size, document.state = content, len(content), MADE


def break_off(document: Document, error: GridgovError) -> None:
    """Keep why a document came to nothing."""
    document.refusal = {"code": error.code, "params": {name: plain(told) for name, told in error.params.items()}}
    document.state = REFUSED


def drop(document: Document) -> None:
    """Let a document go."""
    document.content, document.state = None, DROPPED


def let_old_go(session: Session, now: datetime) -> int:
    """Let the documents of more than a week ago go, and return how many."""
    old = list(session.scalars(select(Document).where(Document.state != DROPPED, Document.created_at < now - KEPT)))
    for one in old:
        drop(one)
    return len(old)


def scope_of(session: Session, document: Document) -> Scope:
    """Return what the account that asked may see today of what its document shows; nothing once it was closed."""
    if not accounts.is_open(session, document.account_id):
        return Scope.nothing()
    roles = SHOWN_TO[str(document.options["show"])]
    return accounts.scope_of(accounts.grants_of(session, document.account_id), roles)
