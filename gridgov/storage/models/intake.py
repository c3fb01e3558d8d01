"""What people bring: where files come from, and an import while it is looked at."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Source(Base):
    """Where files of a kind come from again and again: how they are read, and how old they may grow.

    `mapping` is column → field, as somebody told it once; `stale_days` is this source's own age limit, if it has one.
    """

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    crs: Mapped[str | None]
    encoding: Mapped[str | None]
    level: Mapped[str | None]
    stale_days: Mapped[int | None]


class Intake(Base):
    """An import under way: what somebody brought, how it is to be read, and what would come of it.

    `report` tells the counts, problems and notes of the last look, `rows` (zlib of a JSON line each) what becomes of
    every row, `returned` is the workbook of rows to mend. Once it is applied
    the batch says the rest; the files are let go.
    """

    __tablename__ = "intake"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True, index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    kind: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    rows: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    returned: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))


class Upload(Base):
    """A file that came through the browser, for one import; any worker on any machine finds its bytes here."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), index=True)
    name: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]


class UploadPart(Base):
    """A few megabytes of an uploaded file, in order."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    number: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
