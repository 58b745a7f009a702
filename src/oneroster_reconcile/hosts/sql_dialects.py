"""What SQLite and PostgreSQL do differently: begin, take many rows, hand out ids and read back.

Everything else is SQLAlchemy Core, the same for both.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Protocol

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["Dialect", "dialect_of"]

_SLICE = 10_000
_READ_SLICE = 50_000


class Dialect(Protocol):
    """**Protocol:** one database engine. Every method works inside the transaction that `begin` opened."""

    @property
    def insert(self) -> Any:
        """The engine's `INSERT`, which knows `ON CONFLICT`."""
        ...

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        """Open a transaction that sees one state of the database; one that writes waits its turn first."""
        ...

    def fill(self, connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        """Insert many rows, whose columns are those of the table."""
        ...

    def numbers(self, connection: sa.Connection, table: sa.Table, count: int) -> pl.Series:
        """As many new ids of a table, ascending, none of which was ever given before."""
        ...

    def rows(self, connection: sa.Connection, query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
        """All rows of a query without parameters, in these types."""
        ...


def dialect_of(engine: sa.Engine) -> Dialect:
    """What speaks to an engine.

    Raises ValueError for engines other than SQLite and PostgreSQL through psycopg.
    """
    name, driver = engine.dialect.name, engine.dialect.driver
    if (name, driver) == ("sqlite", "pysqlite"):
        return _Sqlite()
    if (name, driver) == ("postgresql", "psycopg"):
        return _Postgresql()
    raise ValueError(f"SqlHost does not speak {name}+{driver}; use sqlite:///file.db or postgresql+psycopg://host/database")


class _Sqlite:
    """SQLite through the standard library: dates are ISO text, booleans are numbers."""

    insert = staticmethod(sqlite.insert)

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "temp_store = MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        if write:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def fill(self, connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        plain = rows.with_columns(pl.col(pl.Date()).cast(pl.String()), pl.col(pl.Boolean()).cast(pl.Int64()))
        statement = str(sa.insert(table).compile(dialect=connection.dialect, column_keys=rows.columns))
        for part in plain.iter_slices(_SLICE):
            connection.exec_driver_sql(statement, part.rows())

    def numbers(self, connection: sa.Connection, table: sa.Table, count: int) -> pl.Series:
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar() or 0
        return pl.int_range(last + 1, last + 1 + count, eager=True)

    def rows(self, connection: sa.Connection, query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
        plain: dict[pl.DataType, pl.DataType] = {pl.Date(): pl.String(), pl.Boolean(): pl.Int64()}
        driver: Any = connection.connection.driver_connection
        stored = pl.Schema({name: plain.get(dtype, dtype) for name, dtype in schema.items()})
        found = _read(driver.execute(_text(connection, query)), stored)
        return found.with_columns(
            *(pl.col(name).str.to_date("%Y-%m-%d") for name, dtype in schema.items() if dtype == pl.Date()),
            *(pl.col(name).cast(pl.Boolean()) for name, dtype in schema.items() if dtype == pl.Boolean()),
        )


class _Postgresql:
    """PostgreSQL through psycopg: rows go in by COPY."""

    insert = staticmethod(postgresql.insert)

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        connection.exec_driver_sql("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def fill(self, connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        quote = connection.dialect.identifier_preparer
        columns = ", ".join(quote.quote(name) for name in rows.columns)
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {quote.format_table(table)} ({columns}) FROM STDIN") as copy:
            for row in rows.iter_rows():
                copy.write_row(row)
        connection.exec_driver_sql(f"ANALYZE {quote.format_table(table)}")

    def numbers(self, connection: sa.Connection, table: sa.Table, count: int) -> pl.Series:
        name = connection.dialect.identifier_preparer.format_table(table)
        sequence = sa.func.nextval(sa.func.pg_get_serial_sequence(name, "id"))
        found = connection.execute(sa.select(sequence).select_from(sa.func.generate_series(1, count)))
        return pl.Series(sorted(found.scalars()), dtype=pl.Int64())

    def rows(self, connection: sa.Connection, query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
        driver: Any = connection.connection.driver_connection
        with driver.cursor("oneroster_reconcile") as cursor:
            cursor.execute(_text(connection, query))
            return _read(cursor, schema)


def _text(connection: sa.Connection, query: sa.ClauseElement) -> str:
    return str(query.compile(dialect=connection.dialect))


def _read(cursor: Any, schema: pl.Schema) -> pl.DataFrame:
    """The rows of a driver's cursor as columns, slice by slice, with no row objects between."""
    slices: Iterator[list[Any]] = iter(lambda: cursor.fetchmany(_READ_SLICE), [])
    parts = (pl.DataFrame(rows, schema=schema, orient="row") for rows in slices)
    return pl.concat(chain([pl.DataFrame(schema=schema)], parts))
