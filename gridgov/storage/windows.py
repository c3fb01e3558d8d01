"""Things that may lie in a window of the map, found by the engines' spatial indexes."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, Integer, column, func, inspect, select, table
from sqlalchemy.orm import Session

from gridgov.storage.models import Located
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
