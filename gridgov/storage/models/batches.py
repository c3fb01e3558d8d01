"""Batches: who wrote what, when, from which files; and the deployment's own settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Batch(Base):
    """One act of writing, all or nothing: an import, a grid build, an undo."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    files: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), unique=True)


class Deployment(Base):
    """A setting of this deployment kept with its data: working CRS, level profile, unit-grid size."""

    __tablename__ = "deployment"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
