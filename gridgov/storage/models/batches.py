"""Batches: who wrote what, when, from which files; and the deployment's own settings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Batch(Base):
    """One act of writing, all or nothing: an import, an edit, a grid build, an undo.

    `token` stands for the form it came by: the same form sent again finds the batch it made. `note` says why.
    `source_id` says where the files came from.
    """

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    files: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), unique=True)
    token: Mapped[str | None] = mapped_column(unique=True, index=True)
    note: Mapped[str | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))


class ExportRecord(Base):
    """What left the system, in which form, when and by which account; never what stood in it."""

    __tablename__ = "export_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str]
    form: Mapped[str]
    as_of: Mapped[date]
    rows: Mapped[int]


class Deployment(Base):
    """A setting of this deployment kept with its data: working CRS, level profile, unit-grid size."""

    __tablename__ = "deployment"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
