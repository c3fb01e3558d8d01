"""Many rows into a table, as each engine takes them quickest: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Column, Connection, Dialect, Table, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridgov.storage.models.base import all_located
from gridgov.storage.types import Shape

_PART = 10_000  # rows written at once: what waits to be written is held twice
_FEW = 50  # rows that are quicker written than a COPY is begun

_Rows = Sequence[Mapping[str, Any]]
_Columns = Mapping[str, Sequence[Any]]


def fill(session: Session, table: Table, rows: Iterable[Mapping[str, Any]], **common: Any) -> None:
    """Write rows, each its values by column; what a row doesn't tell is null, or what the column is by default.

    `common` is what all rows say; a place tells its box. PostgreSQL takes rows in while the next are made ready, so
    what makes them mustn't ask the database.
    """
    coming = iter(rows)
    parts = iter(lambda: list(islice(coming, _PART)), [])
    _fill(session, table, ((len(part), _turned(table, part)) for part in parts), common)


def fill_columns(session: Session, table: Table, columns: _Columns, **common: Any) -> None:
    """Write rows that are told by columns, all as long; `common` is what all rows say."""
    count = len(next(iter(columns.values())))
    parts = (
        (min(_PART, count - at), {name: values[at : at + _PART] for name, values in columns.items()})
        for at in range(0, count, _PART)
    )
    _fill(session, table, parts, common)


def reserve(session: Session, table: Table, count: int) -> list[int]:
    """Return ids for new rows of a table, in order, that nobody else will take."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return list(connection.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    # SQLite has one writer, and itself takes the number after the highest.
    last = connection.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def _fill(session: Session, table: Table, parts: Iterable[tuple[int, _Columns]], common: Mapping[str, Any]) -> None:
    """Write rows part by part, each so many rows by columns."""
    connection, many = session.connection(), False
    copies = connection.dialect.name == "postgresql"
    with ThreadPoolExecutor(1) as aside:
        before: Future[None] | None = None
        for count, told in parts:
            columns = _whole(table, count, told, common)
            cells = None if count <= _FEW else _cells(table, columns, connection.dialect)
            if before is not None:
                before.result()
            before = aside.submit(_copy, connection, table, cells) if cells and copies else None
            if before is None:
                _insert(connection, table, columns, cells)
            many = many or count == _PART
        if before is not None:
            before.result()
    if many and copies:
        # What is asked next in this transaction would be planned as if the table were as small as before.
        connection.exec_driver_sql(f"ANALYZE {connection.dialect.identifier_preparer.quote(table.name)}")


def _turned(table: Table, rows: _Rows) -> _Columns:
    """Return the columns that some rows tell, each with its values."""
    names = set[str]().union(*rows)
    return {column.key: [row.get(column.key) for row in rows] for column in table.columns if column.key in names}


def _whole(table: Table, count: int, told: _Columns, common: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return columns with those that all rows have alike, that have a value by default, or follow from a place."""
    found = {**told, **(all_located(told["geometry"]) if "geometry" in told else {})}
    given = {column.key: _default(column) for column in table.columns if column.default is not None} | dict(common)
    return found | {name: [value] * count for name, value in given.items() if name in common or name not in found}


def _cells(table: Table, columns: _Columns, dialect: Dialect) -> dict[str, Sequence[Any]]:
    """Return columns by their names in the database, with their values as the engine's driver takes them."""
    return {table.columns[name].name: _bound(table.columns[name], values, dialect) for name, values in columns.items()}


def _bound(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    if isinstance(column.type, Shape):
        return column.type.written(values, dialect)
    write = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if write is None else [write(value) for value in values]


def _insert(connection: Connection, table: Table, columns: _Columns, cells: _Columns | None) -> None:
    if cells is None:
        rows = zip(*columns.values(), strict=True)
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    marks = ", ".join("?" * len(cells))
    connection.exec_driver_sql(
        f"INSERT INTO {_into(connection, table, cells)} VALUES ({marks})", list(zip(*cells.values(), strict=True))
    )


def _copy(connection: Connection, table: Table, cells: _Columns) -> None:
    """Copy rows within the transaction that is under way."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = f"COPY {_into(connection, table, cells)} FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in zip(*cells.values(), strict=True):
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _into(connection: Connection, table: Table, cells: Iterable[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"{quote(table.name)} ({', '.join(map(quote, cells))})"


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg(None) if default.is_callable else default.arg  # type: ignore[union-attr]
