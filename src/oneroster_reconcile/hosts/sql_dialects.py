"""What SQLite and PostgreSQL do differently: begin, take many rows, hand out ids and read back.

Everything else is SQLAlchemy Core, the same for both.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, Protocol

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.util import find_tables

from oneroster_reconcile.hosts.sql_arrow import ArrowReader

__all__ = ["Dialect", "RowReader", "dialect_of"]

RowReader = Callable[[sa.ClauseElement, pl.Schema], pl.DataFrame]
"""What answers a query with its rows, in some types."""

_SLICE = 10_000
_READ_SLICE = 50_000
_VALUES = 900
"""So many values one statement of SQLite has, of as many rows as fit: a third of what inserting costs is to begin a statement for each row. By default no SQLite takes fewer than 999."""
_CACHE = 64 * 1024
"""So many kilobytes of the file SQLite keeps at hand, at the most. Its own 2,000 hold an index of some 50,000 rows, and what a new row refers to is anywhere in those."""
_PLAIN: Mapping[pl.DataType, pl.DataType] = {pl.Date(): pl.String(), pl.Boolean(): pl.Int64()}
"""What SQLite has in place of some types."""
_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PROTOCOL,
)
"""Primary result codes of SQLite. Its extended codes have these as their last byte."""
# The line; serialization and deadlocks; disk, memory and connections used up; locks; cancelled, shutting down or starting; the system's I/O.
_PASSING_STATES = ("08", "40", "53", "55P03", "57", "58")


class Dialect(Protocol):
    """**Protocol:** one database engine. Every method works inside the transaction that `begin` opened."""

    @property
    def insert(self) -> Any:
        """The engine's `INSERT`, which knows `ON CONFLICT`."""
        ...

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        """Open a transaction that sees one state of the database; one that writes waits its turn first."""
        ...

    def check_at_once(self, connection: sa.Connection) -> None:
        """Have constraints checked by each statement, where they are put off to the end of the transaction otherwise."""
        ...

    @property
    def fills_by_insert(self) -> bool:
        """Whether `fill` does what its insert says where rows are there already; else it only takes new ones."""
        ...

    def fill(self, connection: sa.Connection, insert: sa.Insert, rows: pl.DataFrame) -> None:
        """Insert many rows, whose columns are those of the insert's table."""
        ...

    def numbers(self, connection: sa.Connection, table: sa.Table, count: int) -> pl.Series:
        """As many new ids of a table, ascending, none of which was ever given before."""
        ...

    def rows(self, connection: sa.Connection, query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
        """All rows of a query, in these types."""
        ...

    @contextmanager
    def reader(self, connection: sa.Connection) -> Generator[RowReader]:
        """What reads whole tables, as of the moment that the transaction sees."""
        ...

    def passes(self, error: BaseException) -> bool:
        """Whether an error of the driver is about the moment (a lock, the line, the disk), and not about what was asked."""
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
    """SQLite through the standard library: dates are ISO text, booleans are numbers.

    SQLite itself gathers each column as one JSON text, which polars parses: nothing is made for each row. An Arrow driver would be a second copy of SQLite in
    the process, and when one copy closes the file, the locks of the other are gone (https://sqlite.org/howtocorrupt.html, section 2.2).
    """

    insert = staticmethod(sqlite.insert)
    fills_by_insert = True

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "temp_store = MEMORY", f"cache_size = {-_CACHE}"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        if write:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def check_at_once(self, connection: sa.Connection) -> None:
        """SQLite cannot: what a product's tables put off fails the batch."""

    def fill(self, connection: sa.Connection, insert: sa.Insert, rows: pl.DataFrame) -> None:
        plain = rows.with_columns(pl.col(pl.Date()).cast(pl.String()), pl.col(pl.Boolean()).cast(pl.Int64()))
        one = str(insert.compile(dialect=connection.dialect, column_keys=rows.columns))
        several = max(1, _VALUES // rows.width)
        driver: Any = connection.connection.driver_connection
        for part in plain.iter_slices(_SLICE):
            whole = part.height - part.height % several
            driver.executemany(_repeated(one, rows.width, several), _pieces(part[:whole], several))
            driver.executemany(one, _pieces(part[whole:], 1))

    def numbers(self, connection: sa.Connection, table: sa.Table, count: int) -> pl.Series:
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar() or 0
        return pl.int_range(last + 1, last + 1 + count, eager=True)

    def rows(self, connection: sa.Connection, query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
        stored = pl.Schema({name: _PLAIN.get(dtype, dtype) for name, dtype in schema.items()})
        columns = ", ".join(f'json_group_array("{name}")' for name in schema)
        driver: Any = connection.connection.driver_connection
        texts = driver.execute(f"SELECT {columns} FROM ({_text(connection, query)})").fetchone()  # noqa: S608
        found = pl.DataFrame(_column(name, dtype, text) for (name, dtype), text in zip(stored.items(), texts, strict=True))
        return found.with_columns(
            *(pl.col(name).str.to_date("%Y-%m-%d") for name, dtype in schema.items() if dtype == pl.Date()),
            *(pl.col(name).cast(pl.Boolean()) for name, dtype in schema.items() if dtype == pl.Boolean()),
        )

    @contextmanager
    def reader(self, connection: sa.Connection) -> Generator[RowReader]:
        yield partial(self.rows, connection)

    def passes(self, error: BaseException) -> bool:
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _PASSING


class _Postgresql:
    """PostgreSQL through psycopg: rows go in by COPY."""

    insert = staticmethod(postgresql.insert)
    fills_by_insert = False

    def begin(self, connection: sa.Connection, *, write: bool) -> None:
        connection.exec_driver_sql("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def check_at_once(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")

    def fill(self, connection: sa.Connection, insert: sa.Insert, rows: pl.DataFrame) -> None:
        quote = connection.dialect.identifier_preparer
        table: Any = insert.table
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

    @contextmanager
    def reader(self, connection: sa.Connection) -> Generator[RowReader]:
        with ArrowReader.beside(connection) as arrow:

            def read(query: sa.ClauseElement, schema: pl.Schema) -> pl.DataFrame:
                if _hides_rows(connection, query):
                    return self.rows(connection, query, schema)
                return arrow.read(_text(connection, query)).cast(schema)

            yield read

    def passes(self, error: BaseException) -> bool:
        from psycopg import OperationalError

        state: str | None = getattr(error, "sqlstate", None)
        # An error without a state was never the server's: the line broke, or there was none.
        return isinstance(error, OperationalError) if state is None else state.startswith(_PASSING_STATES)


def _text(connection: sa.Connection, query: sa.ClauseElement) -> str:
    """A query with its values in it, for a driver that is given no parameters."""
    of_engine: Any = type(connection.dialect)
    plain = of_engine(paramstyle="named")  # with others the sign for per cent is doubled
    return str(query.compile(dialect=plain, compile_kwargs={"literal_binds": True}))


def _hides_rows(connection: sa.Connection, query: sa.ClauseElement) -> bool:
    """Whether row security decides what is seen: it may ask for settings of the connection, which no other connection has."""
    quote = connection.dialect.identifier_preparer
    tables = [quote.format_table(table) for table in find_tables(query, include_joins=True)]
    asked = [sa.func.row_security_active(sa.cast(name, postgresql.REGCLASS)) for name in tables]
    return any(connection.execute(sa.select(*asked)).one())


def _repeated(statement: str, width: int, rows: int) -> str:
    """An insert of one row as one of several."""
    row = f"({', '.join('?' * width)})"
    return statement.replace(f"VALUES {row}", f"VALUES {', '.join([row] * rows)}", 1)


def _pieces(rows: pl.DataFrame, several: int) -> list[list[Any]]:
    """The values of rows, one after the other, in lists of so many rows; column by column they are made faster than as rows."""
    values: list[Any] = [None] * (rows.height * rows.width)
    for place, column in enumerate(rows.iter_columns()):
        values[place :: rows.width] = column.to_list()
    size = several * rows.width
    return [values[first : first + size] for first in range(0, len(values), size)]


def _column(name: str, dtype: pl.DataType, text: str) -> pl.Series:
    """A column of the elements of a JSON array."""
    return pl.Series(name, [text]).str.json_decode(pl.List(dtype)).explode(empty_as_null=False)


def _read(cursor: Any, schema: pl.Schema) -> pl.DataFrame:
    """The rows of a driver's cursor as columns, slice by slice, with no row objects between."""
    slices: Iterator[list[Any]] = iter(lambda: cursor.fetchmany(_READ_SLICE), [])
    parts = (pl.DataFrame(rows, schema=schema, orient="row") for rows in slices)
    return pl.concat(chain([pl.DataFrame(schema=schema)], parts))
