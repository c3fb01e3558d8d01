"""Plans: edits that somebody thinks of, and what they would change."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Plan(Base):
    """A plan: `edits` as they were told, and the `result` as of the inputs with that `hash`."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    as_of: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    pack: Mapped[str]
    edits: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    hash: Mapped[str]
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
