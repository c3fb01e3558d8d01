"""Which state the data are in: another token whenever anything that pages and maps show has changed."""

import hashlib

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

import gridgov
from gridgov.storage.models import Batch, Deployment, Run


def data_version(session: Session) -> str:
    """Return a token of what is written: every change of data is a batch, every computation a run; and the settings."""
    batch = select(Batch.id, cast(Batch.created_at, String)).order_by(Batch.id.desc()).limit(1)
    run = select(func.max(Run.id))
    settings = select(Deployment.key, cast(Deployment.value, String)).order_by(Deployment.key)
    told = (
        gridgov.__version__,
        [tuple(row) for row in session.execute(batch)],
        session.scalar(run),
        [tuple(row) for row in session.execute(settings)],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
