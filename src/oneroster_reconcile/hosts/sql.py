"""`SqlHost`: a product's directory in a database of one's own, SQLite or PostgreSQL."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.schema import CreateSchema

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE, in_pieces
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.hosts.sql_answers import Answers
from oneroster_reconcile.hosts.sql_database import Database
from oneroster_reconcile.hosts.sql_schema import host_schema
from oneroster_reconcile.hosts.sql_store import SqlStore
from oneroster_reconcile.hosts.store import perform
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.policy.scope import Scope

__all__ = ["SqlHost"]


class SqlHost:
    """A `HostAdapter` and `AnsweringHost` over SQLAlchemy Core, with the documented schema of `sql_schema`; it answers as `MemoryHost` does.

    Ids are the tables' own numbers, as text. Each batch is one transaction: it is stored for good before it is answered, or not at all. The tables
    are made by the first batch; a database without them is an empty directory, and reading one that is absent leaves no file behind.
    Raises `HostFailed` where the database cannot be read or written; its message holds no person's data.

    >>> SqlHost("sqlite:///nowhere.db").snapshot()
    Directory(0 org, 0 academic_session, 0 course, 0 class, 0 user, 0 demographics, 0 enrollment)
    """

    def __init__(self, database: str | sa.URL | sa.Engine, *, schema: str | None = None) -> None:
        """Take a database by URL or engine; `schema` names a schema of PostgreSQL, which is made where it is missing."""
        self._database = Database(database)
        self.tables = host_schema(schema)
        """The tables, for whoever wants to query them."""

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope, with what that refers to; all of it as of one moment."""
        with self._read() as store:
            if store is None:
                return within(Directory(stored=self._stored), scope)
            tables = {kind: store.table(kind) for kind in Kind}
            return within(Directory(tables=tables, crosswalk=store.crosswalk(), stored=self._stored), scope)

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        """What the host holds, some rows at a time, all of it as of one moment; the transaction lasts as long as somebody reads."""
        with self._read() as store:
            if store is None:
                yield Directory(stored=self._stored)
                return
            whole = Directory(crosswalk=store.crosswalk(), stored=self._stored)
            yield from in_pieces((table for kind in Kind for table in store.pieces(kind, rows)), whole)

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch that nothing speaks against, in one transaction, and answer for each.

        A batch whose key was answered before is answered the same again, and changes nothing.
        """
        with self._database.transaction(write=True) as connection:
            self._make_tables(connection)
            store = SqlStore(connection, self.tables, self._database.dialect)
            return self._answers(connection).once(batch.key, lambda: perform(batch, store))

    def answered(self, key: str) -> Receipts | None:
        """The answer to a batch that was stored."""
        with self._reading(self.tables.answers) as connection:
            return None if connection is None else self._answers(connection).get(key)

    def forget_answers(self, before: datetime) -> int:
        """Drop the answers that were given before a moment, and say how many: nothing asks for them once their run is over."""
        with self._reading(self.tables.answers) as connection:
            if connection is None:
                return 0
        with self._database.transaction(write=True) as connection:
            return self._answers(connection).forget(before)

    def close(self) -> None:
        """Let go of the connections; the next use opens new ones."""
        self._database.engine.dispose()

    @property
    def _stored(self) -> Mapping[Kind, frozenset[str]]:
        return {kind: table.stored for kind, table in self.tables.kinds.items()}

    @contextmanager
    def _read(self) -> Generator[SqlStore | None]:
        """What reads whole tables, or None where there are none yet."""
        with self._reading(self.tables.crosswalk) as connection:
            if connection is None:
                yield None
                return
            with self._database.dialect.reader(connection) as reader:
                yield SqlStore(connection, self.tables, self._database.dialect, reader=reader)

    def _answers(self, connection: sa.Connection) -> Answers:
        return Answers(connection, self.tables.answers, self._database.dialect)

    def _make_tables(self, connection: sa.Connection) -> None:
        if self._has(connection, self.tables.answers):
            return
        if self.tables.metadata.schema is not None:
            connection.execute(CreateSchema(self.tables.metadata.schema, if_not_exists=True))
        self.tables.metadata.create_all(connection)

    def _has(self, connection: sa.Connection, table: sa.Table) -> bool:
        return sa.inspect(connection).has_table(table.name, schema=table.schema)

    @contextmanager
    def _reading(self, table: sa.Table) -> Generator[sa.Connection | None]:
        """A connection that sees one state of the database, or None where it does not have a table of ours yet."""
        if self._database.is_absent:
            yield None
            return
        with self._database.transaction(write=False) as connection:
            yield connection if self._has(connection, table) else None
