"""Many numbers told to the database as one value: a mark for each takes longer to write than the rows to find."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Integer, String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session


def among(session: Session, column: Any, numbers: Iterable[int]) -> Any:
    """Say that a column is one of some numbers, however many."""
    wanted = sorted(numbers)  # in the order of the table's pages, mostly
    if session.get_bind().dialect.name == "postgresql":
        # Written out here, for the driver takes ten times as long; unnested, or it would be read anew for each row.
        listed = bindparam(None, f"{{{','.join(map(str, wanted))}}}", String, unique=True)
        return column.in_(select(func.unnest(cast(listed, ARRAY(Integer)))))
    told = bindparam(None, json.dumps(wanted), String, unique=True)
    return column.in_(select(func.json_each(told).table_valued("value").c.value))
