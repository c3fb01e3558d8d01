"""Many numbers told to the database as one value: a mark for each takes longer to write than the rows to find."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Integer, String, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session


def among(session: Session, column: Any, numbers: Iterable[int]) -> Any:
    """Say that a column is one of some numbers, however many."""
    wanted = sorted(numbers)  # in the order of the table's pages, mostly
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(cast(bindparam(None, wanted, unique=True), ARRAY(Integer)))
    told = bindparam(None, json.dumps(wanted), String, unique=True)
    return column.in_(select(func.json_each(told).table_valued("value").c.value))
