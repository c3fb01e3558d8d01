"""Plans: edits that somebody thinks of, and what they would change."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Plan(Base):
    """A plan: `edits` as they were told, and the `result` as of the inputs with that `hash`.

    Its figures speak of some `areas` (units with all below them), None for the whole city. An account's plan is its
    own unless it is `shared`; `version` counts how often it was saved. `asked` is the question of the siting page that
    it answers, as its address says it, where it came from there.
    """

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
    areas: Mapped[list[int] | None] = mapped_column(JSON)
    shared: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    asked: Mapped[dict[str, str] | None] = mapped_column(JSON)


class Premises(Base):
    """Premises that an account brought in a file as candidates for sites: a name, a place as WKT, and a cost each."""

    __tablename__ = "premises"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rows: Mapped[list[list[Any]]] = mapped_column(JSON, deferred=True)
