"""Documents that take a while: who asked for which, how far it is, and what came of it until it is let go."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Document(Base):
    """A document that a worker makes under a `job`, for the account that asked.

    The states: `asked`, `made`, `refused` (the `refusal` says why), `dropped`. `content` are its bytes, once made.
    """

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    as_of: Mapped[date]
    kind: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str]
    job: Mapped[str]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    size: Mapped[int | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
