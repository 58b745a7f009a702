"""Reading PostgreSQL through Arrow (ADBC): whole tables as columns, with no Python object a row.

It is a second connection, to the same database as the first: it takes over the first one's view of the data, and of its settings those that
decide which tables are meant and who reads.
"""

from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any

import polars as pl
import sqlalchemy as sa

__all__ = ["ArrowReader"]

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SETTINGS = ("search_path", "role")


class ArrowReader:
    """Reads queries through Arrow, as of the moment that the transaction of another connection sees.

    Its errors are psycopg's, so that nobody has to know who reads; they hold no rows and no secrets.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def beside(cls, connection: sa.Connection) -> "Generator[ArrowReader]":
        """A reader for as long as the transaction of a psycopg connection lasts."""
        from adbc_driver_manager import AdbcConnection, Error

        names = [f"current_setting('{name}')" for name in _SETTINGS]
        moment, *values = connection.exec_driver_sql(f"SELECT pg_export_snapshot(), {', '.join(names)}").one()
        postgresql: Any = import_module("adbc_driver_postgresql")
        try:
            with closing(postgresql.connect(_conninfo(connection))) as database, closing(AdbcConnection(database)) as own:
                reader = cls(own)
                reader._run(_BEGIN)
                reader._run(f"SET TRANSACTION SNAPSHOT {_literal(moment)}")
                for name, value in zip(_SETTINGS, values, strict=True):
                    reader.read(f"SELECT set_config('{name}', {_literal(value)}, true)")
                yield reader
        except Error as error:
            raise _translated(error) from None

    def read(self, query: str) -> pl.DataFrame:
        """All rows of a query."""
        from psycopg import OperationalError

        with self._statement(query) as statement:
            stream, _ = statement.execute_query()
            try:
                return pl.DataFrame(stream)
            except pl.exceptions.ComputeError:
                raise OperationalError("reading through Arrow broke off") from None

    def _run(self, command: str) -> None:
        with self._statement(command) as statement:
            statement.execute_update()

    @contextmanager
    def _statement(self, text: str) -> Generator[Any]:
        from adbc_driver_manager import AdbcStatement

        made: Any = AdbcStatement(self._connection)
        with closing(made) as statement:
            statement.set_sql_query(text)
            yield statement


def _conninfo(connection: sa.Connection) -> str:
    """What a connection was made with, however the engine came by it."""
    from psycopg.conninfo import make_conninfo

    driver: Any = connection.connection.driver_connection
    return make_conninfo(**driver.info.get_parameters(), password=driver.info.password)


def _literal(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _translated(error: Any) -> Exception:
    """The error that psycopg would have raised."""
    from psycopg import OperationalError
    from psycopg.errors import lookup

    try:
        kind = lookup(error.sqlstate) if error.sqlstate else OperationalError
    except KeyError:
        kind = OperationalError
    return kind("reading through Arrow failed")
