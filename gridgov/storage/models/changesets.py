"""Changes of contacts that wait for a second person, and contacts given back with a reason."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class ChangeSet(Base):
    """Changes of who leads which posts of a tier, from a day on: proposed by one, decided by another.

    Each of the `lines` names a unit, who led it when the change was proposed, and who shall; `state` is proposed,
    approved, declined or withdrawn. Approved ones are a batch, and can be undone as any other.
    """

    __tablename__ = "change_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    tier: Mapped[int]
    effective: Mapped[date]
    document: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(index=True)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))


class ContactReturn(Base):
    """A contact that its holder gives back, with a reason; `state` is open, accepted or declined.

    Unless it is declined, a suggestion never gives him the post again.
    """

    __tablename__ = "contact_return"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    tier: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    cadre_id: Mapped[int] = mapped_column(ForeignKey("cadre.id"), index=True)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    returned_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    returned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None]
