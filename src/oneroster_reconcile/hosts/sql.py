"""`SqlHost`: a product's directory in a database of one's own, SQLite or PostgreSQL."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateSchema

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.hosts.sql_dialects import dialect_of
from oneroster_reconcile.hosts.sql_schema import host_schema
from oneroster_reconcile.hosts.sql_store import SqlStore
from oneroster_reconcile.hosts.store import perform
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.policy.scope import Scope

__all__ = ["SqlHost"]


class SqlHost:
    """A `HostAdapter` over SQLAlchemy Core, with the documented schema of `sql_schema`; it answers as `MemoryHost` does.

    Ids are the tables' own numbers, as text. Each batch is one transaction: it is stored for good before it is answered, or not at all. The tables
    are made by the first batch; a database without them is an empty directory, and reading one that is absent leaves no file behind.
    Raises `HostFailed` where the database cannot be read or written; its message holds no person's data.

    >>> SqlHost("sqlite:///nowhere.db").snapshot()
    Directory(0 org, 0 academic_session, 0 course, 0 class, 0 user, 0 demographics, 0 enrollment)
    """

    def __init__(self, database: str | sa.URL | sa.Engine, *, schema: str | None = None) -> None:
        """Take a database by URL or engine; `schema` names a schema of PostgreSQL, which is made where it is missing."""
        self._engine = database if isinstance(database, sa.Engine) else sa.create_engine(database, hide_parameters=True)
        self._dialect = dialect_of(self._engine)
        self.tables = host_schema(schema)
        """The tables, for whoever wants to query them."""

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope, with what that refers to; all of it as of one moment."""
        stored = {kind: table.stored for kind, table in self.tables.kinds.items()}
        if self._is_absent():
            return within(Directory(stored=stored), scope)
        with self._transaction(write=False) as connection:
            if not sa.inspect(connection).has_table("crosswalk", schema=self.tables.metadata.schema):
                return within(Directory(stored=stored), scope)
            store = SqlStore(connection, self.tables, self._dialect)
            tables = {kind: store.table(kind) for kind in Kind}
            return within(Directory(tables=tables, crosswalk=store.crosswalk(), stored=stored), scope)

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch that nothing speaks against, in one transaction, and answer for each."""
        with self._transaction(write=True) as connection:
            self._make_tables(connection)
            return perform(batch, SqlStore(connection, self.tables, self._dialect))

    def close(self) -> None:
        """Let go of the connections; the next use opens new ones."""
        self._engine.dispose()

    def _make_tables(self, connection: sa.Connection) -> None:
        name = self.tables.metadata.schema
        if sa.inspect(connection).has_table("crosswalk", schema=name):
            return
        if name is not None:
            connection.execute(CreateSchema(name, if_not_exists=True))
        self.tables.metadata.create_all(connection)

    def _is_absent(self) -> bool:
        """Whether the database is a file that is not there: connecting would make it."""
        file = self._engine.url.database
        return self._engine.dialect.name == "sqlite" and bool(file) and file != ":memory:" and not Path(str(file)).exists()

    @contextmanager
    def _transaction(self, *, write: bool) -> Generator[sa.Connection]:
        """A connection in a transaction of ours: begun as the engine needs it, done at the end, undone by any error."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                self._dialect.begin(connection, write=write)
                try:
                    yield connection
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    with suppress(SQLAlchemyError):
                        connection.exec_driver_sql("ROLLBACK")
                    raise
        except (SQLAlchemyError, pl.exceptions.PolarsError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise HostFailed(self._failure(error)) from None

    def _failure(self, error: Exception) -> str:
        """What went wrong, without the rows: only an engine that cannot work says more than its kind of error."""
        cause = getattr(error, "orig", None) or error
        operational = isinstance(cause, self._engine.dialect.loaded_dbapi.OperationalError)
        said = f": {str(cause).splitlines()[0]}" if operational and str(cause) else ""
        where = self._engine.url.render_as_string(hide_password=True)
        return f"{where} failed with {type(cause).__name__}{said}. Nothing was stored; mend the database and try again."
