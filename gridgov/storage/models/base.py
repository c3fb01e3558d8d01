"""What every table shares: valid time, batches, a place on the ground."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from gridgov.storage.types import Shape

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BOX = ("min_x", "min_y", "max_x", "max_y")


class Base(DeclarativeBase):
    """Every table."""

    metadata = MetaData(naming_convention=NAMING)


class Versioned:
    """A version of a thing: what was said of it for half-open local dates, by a batch, until another batch.

    `subject` names the column of the identity it speaks of. Of one identity no two standing versions (superseded by
    no batch) share a day; the database itself refuses it on both engines. `derived` columns say nothing of the thing
    itself: they are worked out anew from what stands.
    """

    subject: ClassVar[str]
    derived: ClassVar[frozenset[str]] = frozenset()

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        """Index the question asked most, and refuse periods that end before they begin."""
        return (
            Index(None, cls.subject, "superseded_by", "valid_from"),
            CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        )


class Located:
    """A geometry with its bounding box, which the engines' spatial indexes pre-select by; shapely decides.

    The box is worked out of the geometry whenever a version is written.
    """

    geometry: Mapped[BaseGeometry | None] = mapped_column(Shape)
    min_x: Mapped[float | None]
    min_y: Mapped[float | None]
    max_x: Mapped[float | None]
    max_y: Mapped[float | None]


def located(geometry: BaseGeometry | None) -> dict[str, Any]:
    """Return the columns of `Located` for a geometry."""
    return {name: values[0] for name, values in all_located([geometry]).items()}


def all_located(geometries: Sequence[BaseGeometry | None]) -> dict[str, list[Any]]:
    """Return the columns of `Located` for many geometries; an empty one is none."""
    shapes = np.array(geometries, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    boxes = shapely.bounds(shapes).astype(object)
    boxes[shapely.is_missing(shapes)] = None
    return {"geometry": shapes.tolist(), **dict(zip(BOX, boxes.T.tolist(), strict=True))}
