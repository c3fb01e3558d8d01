"""Areas of the planners' own: what a city draws for its own ends, beside the units."""

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from gridgov.storage.models.base import Base


class AreaSet(Base):
    """Areas that came in one file, as renewal units: their names, and their `shapes` in that order.

    An account's set is its own unless it is `shared`. `shapes` is one collection as WKB, EPSG:4490.
    """

    __tablename__ = "area_set"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    shared: Mapped[bool] = mapped_column(default=False)
    names: Mapped[list[str]] = mapped_column(JSON)
    shapes: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
