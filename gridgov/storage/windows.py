"""Things that may lie in a window of the map, found by the engines' spatial indexes."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, Integer, and_, column, func, inspect, literal_column, select, table
from sqlalchemy.orm import Session

from gridgov.storage.models import Located, UnitVersion
from gridgov.storage.models.base import BOX
from gridgov.storage.types import SRID, unread


def in_window(session: Session, model: type[Located], bounds: Sequence[float]) -> ColumnElement[bool]:
    """Say that a thing's box touches west, south, east and north, degrees in EPSG:4490: GiST, or the R*Tree.

    Both indexes keep boxes a little wider than they are: what they find is decided by whoever draws it.
    """
    west, south, east, north = bounds
    named: Any = inspect(model).local_table
    if session.get_bind().dialect.name == "postgresql":
        window = func.ST_MakeEnvelope(west, south, east, north, SRID)
        return cast("ColumnElement[bool]", unread(model.geometry).bool_op("&&")(window))
    boxes = table(f"{named.name}_rt", column("id", Integer), *(column(name, Float) for name in BOX))
    low_x, low_y, high_x, high_y = (boxes.c[name] for name in BOX)
    found = select(boxes.c.id).where(low_x <= east, high_x >= west, low_y <= north, high_y >= south)
    return cast("ColumnElement[bool]", named.c.id.in_(found))


def large_in_window(bounds: Sequence[float]) -> ColumnElement[bool]:
    """Say that a unit is larger than a building group and its box touches the window: an index holds just those."""
    return and_(UnitVersion.level != literal_column("'building'"), touching(UnitVersion, bounds))


def touching(model: Any, bounds: Sequence[float]) -> ColumnElement[bool]:
    """Say that a thing's box touches the window, told by its columns."""
    west, south, east, north = bounds
    return and_(model.min_x <= east, model.max_x >= west, model.min_y <= north, model.max_y >= south)
