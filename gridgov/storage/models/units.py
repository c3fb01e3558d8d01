"""Units on the five levels, grids, gates, and how units lie on grids."""

from datetime import date

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base, Located, Versioned
from gridgov.storage.types import Code


class Unit(Base):
    """The identity of a place on one level; everything else about it is a version."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(index=True)


class UnitVersion(Versioned, Located, Base):
    """What was said of a unit for a time. A code is an attribute; unknown people are null, never 0."""

    __tablename__ = "unit_version"
    subject = "unit_id"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    level: Mapped[str]
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    parent_code: Mapped[str | None]
    orphan: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str | None]
    management: Mapped[str | None]
    people: Mapped[float | None]
    households: Mapped[float | None]
    floor_area: Mapped[float | None]
    year: Mapped[int | None]
    age_0_2: Mapped[float | None]
    age_3_5: Mapped[float | None]
    age_6_11: Mapped[float | None]
    age_12_14: Mapped[float | None]
    age_15_59: Mapped[float | None]
    age_60_79: Mapped[float | None]
    age_80: Mapped[float | None]
    address: Mapped[str | None]
    office_phone: Mapped[str | None]
    panorama: Mapped[str | None]
    consent_date: Mapped[date | None]
    purpose: Mapped[str | None]


# The spatial index of a city's units holds 20 buildings for every other: those are found by level and box instead.
LARGE = text("superseded_by IS NULL AND level <> 'building'")
Index(
    "ix_unit_version_large",
    UnitVersion.level,
    *(getattr(UnitVersion, name) for name in ("min_x", "max_x", "min_y", "max_y")),
    sqlite_where=LARGE,
    postgresql_where=LARGE,
)


class Grid(Base):
    """The identity of a governance grid."""

    __tablename__ = "grid"

    id: Mapped[int] = mapped_column(primary_key=True)


class GridVersion(Versioned, Located, Base):
    """A grid for a time: a closed polygon of one community, basic or special."""

    __tablename__ = "grid_version"
    subject = "grid_id"

    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    kind: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)


class Gate(Base):
    """The identity of a gate."""

    __tablename__ = "gate"

    id: Mapped[int] = mapped_column(primary_key=True)


class GateVersion(Versioned, Located, Base):
    """A gate on a compound's wall for a time, and who may pass."""

    __tablename__ = "gate_version"
    subject = "gate_id"

    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[str]
    hours: Mapped[str | None]


class UnitGrid(Base):
    """How a unit lies on a governance grid: within, contains or crosses, with the share of the unit's area."""

    __tablename__ = "unit_grid"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    relation: Mapped[str]
    share: Mapped[float]


class UnitCell(Base):
    """How a unit lies on the unit grid; a cell's code alone tells its place (gridgov.spatial.grids)."""

    __tablename__ = "unit_cell"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    cell: Mapped[str] = mapped_column(index=True)
    share: Mapped[float]


class UnitShare(Base):
    """The share of a compound's area in each community it crosses; the one recorded as its parent leads."""

    __tablename__ = "unit_share"
    __table_args__ = (Index(None, "batch_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    share: Mapped[float]
    leads: Mapped[bool]
