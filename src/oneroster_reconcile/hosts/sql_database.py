"""`Database`: transactions on a product's database, and what it means when one fails."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError, TimeoutError as NoConnection

from oneroster_reconcile.hosts.sql_dialects import dialect_of
from oneroster_reconcile.issues.errors import HostFailed

__all__ = ["Database"]


class Database:
    """An engine, the way it is spoken to, and transactions that are ours from their first statement to their last."""

    def __init__(self, database: str | sa.URL | sa.Engine) -> None:
        self.engine = database if isinstance(database, sa.Engine) else sa.create_engine(database, hide_parameters=True)
        self.dialect = dialect_of(self.engine)

    @property
    def is_absent(self) -> bool:
        """Whether it is a file that is not there: connecting would make it."""
        file = self.engine.url.database
        return self.engine.dialect.name == "sqlite" and bool(file) and file != ":memory:" and not Path(str(file)).exists()

    @contextmanager
    def transaction(self, *, write: bool) -> Generator[sa.Connection]:
        """A connection in a transaction: begun as the engine needs it, done at the end, undone by any error.

        Raises `HostFailed` without the rows; it says whether trying again may help.
        """
        try:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                self.dialect.begin(connection, write=write)
                try:
                    yield connection
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    with suppress(SQLAlchemyError):
                        connection.exec_driver_sql("ROLLBACK")
                    raise
        except (SQLAlchemyError, pl.exceptions.PolarsError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> HostFailed:
        """What went wrong, without the rows: only an engine that cannot work says more than its kind of error."""
        cause = getattr(error, "orig", None) or error
        operational = isinstance(cause, self.engine.dialect.loaded_dbapi.OperationalError)
        said = f": {str(cause).splitlines()[0]}" if operational and str(cause) else ""
        where = self.engine.url.render_as_string(hide_password=True)
        passes = isinstance(error, NoConnection) or self.dialect.passes(cause)
        way_out = "try again later" if passes else "mend what stands against it and try again"
        return HostFailed(f"{where} failed with {type(cause).__name__}{said}. Nothing was stored; {way_out}.", retriable=passes)
