"""Column types that mean the same on both engines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import LargeBinary, String, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine, UserDefinedType

SRID = 4490
# Sorts letter by letter on both engines, whatever the database was told of languages.
Code = String().with_variant(String(collation="C"), "postgresql")


class PostgisGeometry(UserDefinedType[str]):
    """PostGIS's geometry, spoken to in hexadecimal EWKB, which it reads and writes as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the column's type in DDL."""
        return f"geometry(Geometry, {SRID})"


class Shape(TypeDecorator[BaseGeometry]):
    """A shapely geometry in EPSG:4490 longitude/latitude: WKB on SQLite, geometry on PostGIS."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type for the engine."""
        return dialect.type_descriptor(PostgisGeometry() if dialect.name == "postgresql" else LargeBinary())

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> str | bytes | None:
        """Write a geometry."""
        return self.written([value], dialect)[0]

    def written(self, shapes: Sequence[BaseGeometry | None], dialect: Dialect) -> list[str | bytes | None]:
        """Write many geometries at once."""
        array = np.array(shapes, dtype=object)
        if dialect.name == "postgresql":
            return list(shapely.to_wkb(shapely.set_srid(array, SRID), hex=True, include_srid=True))
        return list(shapely.to_wkb(array))

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> BaseGeometry | None:  # noqa: ARG002
        """Read a geometry."""
        return None if value is None else shapely.from_wkb(value)


def unread(column: Any) -> Any:
    """Select shapes as they are stored: many are read at once by `read_shapes`, and those not needed never."""
    return type_coerce(column, NullType())


def read_shapes(stored: Sequence[str | bytes | None]) -> list[BaseGeometry | None]:
    """Read shapes that were selected `unread`."""
    return list(shapely.from_wkb(np.array(stored, dtype=object)))
