"""Records of coverage runs: what went in, what came out."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from gridgov.storage.models.base import Base


class Run(Base):
    """One coverage run: the same hash means the same digits.

    `inputs` are the hashes of the parts it rests on, its rules and its limits; runs of older versions have none.
    `network` names the `BuiltNetwork` it was computed on.
    """

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    as_of: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    pack: Mapped[str]
    pack_version: Mapped[str]
    hash: Mapped[str] = mapped_column(index=True)
    network: Mapped[str | None]
    code_version: Mapped[str]
    seconds: Mapped[float]
    estimate: Mapped[bool]
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON)
    payload: Mapped[bytes] = deferred(mapped_column(LargeBinary))


class BuiltNetwork(Base):
    """A walking network as it was built for a run, under the hash of all it is built of: only to be quick."""

    __tablename__ = "built_network"

    hash: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    payload: Mapped[bytes]


class RunShare(Base):
    """People and people covered of one unit and one type."""

    __tablename__ = "run_share"
    __table_args__ = (Index(None, "run_id", "level"), Index(None, "run_id", "unit_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    level: Mapped[str]
    type: Mapped[str]
    people: Mapped[float | None]
    people_covered: Mapped[float | None]


class RunGap(Base):
    """A place and a type with uncovered people: one row of the gap list.

    Runs of older versions know of no children, and of those from 60 on more than may be told.
    """

    __tablename__ = "run_gap"
    __table_args__ = (Index(None, "run_id", "people"), Index(None, "run_id", "unit_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    street_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    type: Mapped[str]
    scenario: Mapped[str]
    required: Mapped[bool]
    department: Mapped[str | None]
    people: Mapped[float]
    people_60plus: Mapped[float | None]
    people_0_5: Mapped[float | None]
    people_6_14: Mapped[float | None]
    nearest: Mapped[str | None]
    metres: Mapped[float | None]
    cause: Mapped[str]
    firm: Mapped[bool | None]
