"""Column types that mean the same on both engines."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

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
        if value is None:
            return None
        if dialect.name == "postgresql":
            return shapely.to_wkb(shapely.set_srid(value, SRID), hex=True, include_srid=True)
        return shapely.to_wkb(value)

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> BaseGeometry | None:  # noqa: ARG002
        """Read a geometry."""
        return None if value is None else shapely.from_wkb(value)
