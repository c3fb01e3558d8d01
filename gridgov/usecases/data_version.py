"""Which state the data are in: another token whenever anything that pages and maps show has changed."""

import hashlib

from sqlalchemy import String, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

import gridgov
from gridgov.storage.models import Batch, Deployment, Run

# Asked for by every tile, so in one statement, put together once: the latest batch, the latest run, every setting.
_LATEST = (
    select(cast(Batch.id, String).label("key"), cast(Batch.created_at, String).label("value"))
    .order_by(Batch.id.desc())
    .limit(1)
    .subquery()
)
_TOLD = union_all(
    select(literal("batch").label("part"), _LATEST.c.key, _LATEST.c.value),
    select(literal("run"), cast(func.max(Run.id), String), literal("")),
    select(literal("setting"), Deployment.key, cast(Deployment.value, String)),
)


def data_version(session: Session) -> str:
    """Return a token of what is written: every change of data is a batch, every computation a run; and the settings."""
    told = [gridgov.__version__, *sorted(repr(tuple(row)) for row in session.connection().execute(_TOLD))]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
