"""A demo ready to be shown: built, laid onto grids, its coverage computed, an account for each role."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.demo.build import build
from gridgov.errors import ConflictError
from gridgov.storage.current import At
from gridgov.storage.database import setting
from gridgov.storage.models import Batch
from gridgov.usecases import accounts, covering, deployment, gridding

MARK = "demo"


def make_ready(
    session: Session,
    size: str,
    today: date,
    *,
    folder: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Build everything the demo shows into an empty database; refuse one that holds other data."""
    if session.scalar(select(func.count(Batch.id))):
        raise ConflictError("demo_elsewhere")
    tell = progress or _silent
    truth = build(session, size, today, folder=folder, progress=tell)
    deployment.keep(session, deployment.DEMO_COUNTS, [asdict(tally) for tally in truth.tallies])
    tell("unit grid")
    gridding.build(session, today)
    tell("coverage")
    covering.run(session, At(today))
    accounts.prepare_demo(session, At(today))
    deployment.keep(session, MARK, {"size": size, "today": today.isoformat()})


def found(session: Session) -> dict[str, Any] | None:
    """Return which demo stands in the database and for which day, or None."""
    kept: dict[str, Any] | None = setting(session, MARK)
    return kept


def _silent(_step: str) -> None:
    """Tell nobody how far the building is."""
