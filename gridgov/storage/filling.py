"""Many rows into a table, as each engine takes them quickest: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Column, Connection, Dialect, Table, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridgov.storage.types import Shape

_PART = 10_000  # rows written at once: what waits to be written is held twice
_FEW = 50  # rows that are quicker written than a COPY is begun

_Rows = Sequence[Mapping[str, Any]]


def fill(session: Session, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows, each its values by column; what a row doesn't tell is null, or what the column is by default."""
    coming, connection, many = iter(rows), session.connection(), False
    while part := list(islice(coming, _PART)):
        _fill(connection, table, part)
        many = many or len(part) == _PART
    if many and connection.dialect.name == "postgresql":
        # What is asked next in this transaction would be planned as if the table were as small as before.
        connection.exec_driver_sql(f"ANALYZE {connection.dialect.identifier_preparer.quote(table.name)}")


def reserve(session: Session, table: Table, count: int) -> list[int]:
    """Return ids for new rows of a table, in order, that nobody else will take."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return list(connection.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    # SQLite has one writer, and itself takes the number after the highest.
    last = connection.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def _fill(connection: Connection, table: Table, rows: _Rows) -> None:
    told = {name for row in rows for name in row}
    if len(rows) <= _FEW:
        connection.execute(insert(table), [{**dict.fromkeys(told), **row} for row in rows])
        return
    columns = [column for column in table.columns if column.key in told or column.default is not None]
    cells = zip(*(_cells(column, rows, told, connection.dialect) for column in columns), strict=True)
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(quote(column.name) for column in columns)})"
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {into} FROM STDIN", cells)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(cells))


def _copy(connection: Connection, statement: str, cells: Iterator[tuple[Any, ...]]) -> None:
    """Copy rows within the transaction that is under way."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in cells:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _cells(column: Column[Any], rows: _Rows, told: set[str], dialect: Dialect) -> Sequence[Any]:
    """Return one column of some rows as the engine's driver takes it."""
    values = [row.get(column.key) for row in rows] if column.key in told else [_default(column)] * len(rows)
    if isinstance(column.type, Shape):
        return column.type.written(values, dialect)
    write = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if write is None else [write(value) for value in values]


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg(None) if default.is_callable else default.arg  # type: ignore[union-attr]
