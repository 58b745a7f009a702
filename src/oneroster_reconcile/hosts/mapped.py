"""`MappedSqlHost`: a product's own tables as a host, by a mapping."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.exc import DataError, IntegrityError

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE, in_pieces
from oneroster_reconcile.hosts.mapped_schema import KindTarget, targets
from oneroster_reconcile.hosts.mapped_store import MappedStore, Unheld
from oneroster_reconcile.hosts.mapping import Mapped
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.hosts.sql_answers import Answers, answers_table
from oneroster_reconcile.hosts.sql_database import Database
from oneroster_reconcile.hosts.store import perform
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Shape, fields_of
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action
from oneroster_reconcile.policy.scope import Scope

__all__ = ["AnsweringMappedSqlHost", "MappedSqlHost"]


class MappedSqlHost:
    """A `HostAdapter` over tables that a product has already, in SQLite or PostgreSQL; it is `LimitedHost`, for it does what the mapping knows of.

    Each batch is one transaction. A row that the database refuses, for a constraint or a value of the product's, fails alone. The mapping is held against the
    database before the first use; raises `MappingUnreadable` with everything that does not fit, and `HostFailed` as `SqlHost` does.

    >>> engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    >>> with engine.begin() as connection:
    ...     _ = connection.exec_driver_sql("CREATE TABLE accounts (account_id INTEGER PRIMARY KEY, first TEXT, last TEXT)")
    ...     _ = connection.exec_driver_sql("INSERT INTO accounts VALUES (7, 'Ada', 'Byron')")
    >>> columns = {"id": "account_id", "given_name": "first", "family_name": "last"}
    >>> host = MappedSqlHost(engine, {Kind.USER: Mapped("accounts", columns=columns)})
    >>> host.snapshot().users["7"].given_name
    'Ada'
    """

    def __init__(self, database: str | sa.URL | sa.Engine, mapping: Mapping[Kind, Mapped], *, schema: str | None = None) -> None:
        self._database = Database(database)
        self._mapping = dict(mapping)
        self._schema = schema
        self._found: Mapping[Kind, KindTarget] | None = None

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds that the product knows, for the scope of a policy."""
        return frozenset(self._mapping)

    def can(self, action: Action, kind: Kind) -> bool:
        """Whether the mapping has what an action needs. Accounts are never merged: what hangs on one, only the product knows."""
        mapped = self._mapping.get(kind)
        if mapped is None or action is Action.MERGE:
            return False
        if action in LINKING:
            return mapped.source_id is not None
        return mapped.state is not None or action not in (Action.SUSPEND, Action.RESTORE)

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the product holds under the scope, all of it as of one moment; everything, where rows cannot be told apart by school."""
        with self._read() as store:
            directory = self._whole(store).with_tables({kind: store.table(kind) for kind in self._mapping})
        placed = "roles" in directory.stored[Kind.USER] and "school" in directory.stored[Kind.CLASS]
        return within(directory, scope) if placed else directory

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        """What the product holds, some rows at a time, all of it as of one moment; the transaction lasts as long as somebody reads."""
        with self._read() as store:
            kinds = [kind for kind in Kind if kind in self._mapping]
            yield from in_pieces((table for kind in kinds for table in store.pieces(kind, rows)), self._whole(store))

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch that neither we nor the database object to, in one transaction, and answer for each."""
        if refusal := self._refusal(batch):
            return Receipts.failed(batch.frame["id"], refusal)
        with self._database.transaction(write=True) as connection:
            return self._answer(connection, batch)

    def close(self) -> None:
        """Let go of the connections; the next use opens new ones."""
        self._database.engine.dispose()

    def _answer(self, connection: sa.Connection, batch: Batch) -> Receipts:
        store = MappedStore(connection, self._targets(connection), self._database.dialect)
        self._database.dialect.check_at_once(connection)
        return _settled(connection, _as_stored(batch, store.stored[batch.kind]), store)

    @contextmanager
    def _read(self) -> Generator[MappedStore]:
        """What reads whole tables."""
        with self._database.transaction(write=False) as connection:
            found = self._targets(connection)
            with self._database.dialect.reader(connection) as reader:
                yield MappedStore(connection, found, self._database.dialect, reader=reader)

    def _whole(self, store: MappedStore) -> Directory:
        """What is to be said of a snapshot beside its rows."""
        return Directory(coverage=Coverage.complete(self._mapping), crosswalk=store.crosswalk(), stored=store.stored)

    def _targets(self, connection: sa.Connection) -> Mapping[Kind, KindTarget]:
        if self._found is None:
            self._found = targets(self._mapping, sa.inspect(connection), self._schema)
        return self._found

    def _refusal(self, batch: Batch) -> str | None:
        if not self.can(batch.action, batch.kind):
            return f"the product's tables are not mapped for this: {batch.action} {batch.kind}"
        link = self._mapping[batch.kind].source_id
        if batch.action in LINKING and link:
            given = pl.concat([batch.before["source"], batch.after["source"]]).drop_nulls()
            if (given != link.source).any():
                return f"the product keeps links of {link.source} only"
        return None


class AnsweringMappedSqlHost(MappedSqlHost):
    """A `MappedSqlHost` with a table of answers beside the product's, so that no batch is done twice; the first batch makes it.

    >>> host = AnsweringMappedSqlHost("sqlite:///nowhere.db", {}, answers="roster_answers")
    >>> host.kinds
    frozenset()
    """

    def __init__(
        self,
        database: str | sa.URL | sa.Engine,
        mapping: Mapping[Kind, Mapped],
        *,
        answers: str,
        schema: str | None = None,
    ) -> None:
        super().__init__(database, mapping, schema=schema)
        self._table = answers_table(sa.MetaData(schema=schema), answers)

    def answered(self, key: str) -> Receipts | None:
        """The answer to a batch that was stored."""
        with self._database.transaction(write=False) as connection:
            there = sa.inspect(connection).has_table(self._table.name, schema=self._table.schema)
            return self._answers(connection).get(key) if there else None

    def forget_answers(self, before: datetime) -> int:
        """Drop the answers that were given before a moment, and say how many."""
        with self._database.transaction(write=True) as connection:
            self._table.create(connection, checkfirst=True)
            return self._answers(connection).forget(before)

    def _answer(self, connection: sa.Connection, batch: Batch) -> Receipts:
        self._table.create(connection, checkfirst=True)
        return self._answers(connection).once(batch.key, lambda: super(AnsweringMappedSqlHost, self)._answer(connection, batch))

    def _answers(self, connection: sa.Connection) -> Answers:
        return Answers(connection, self._table, self._database.dialect)


def _as_stored(batch: Batch, stored: frozenset[str]) -> Batch:
    """The batch with what is not stored left blank, so that nothing is asked about it."""
    if batch.action in LINKING:
        return batch
    blank = [
        pl.lit(None if each.shape is Shape.SCALAR else [], each.dtype).alias(each.name)
        for each in fields_of(batch.row)
        if each.name not in stored and each.name != "state"
    ]
    after = pl.col("after").struct.with_fields(blank)
    return evolve(batch, frame=batch.frame.with_columns(pl.when(pl.col("after").is_not_null()).then(after).alias("after")))


def _settled(connection: sa.Connection, batch: Batch, store: MappedStore) -> Receipts:
    """Perform a batch; where the database refuses it, perform its halves, so that what is at fault fails alone."""
    driver = connection.dialect.loaded_dbapi
    connection.exec_driver_sql("SAVEPOINT settled")
    try:
        receipts = perform(batch, store)
    # Rows that go in by COPY are refused by the driver itself.
    except (IntegrityError, DataError, driver.IntegrityError, driver.DataError, Unheld) as error:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT settled")
        if len(batch) == 1:
            return Receipts.failed(batch.frame["id"], _refused(error))
        half = len(batch) // 2
        parts = (evolve(batch, frame=batch.frame[:half]), evolve(batch, frame=batch.frame[half:]))
        return Receipts.concat([_settled(connection, part, store) for part in parts])
    connection.exec_driver_sql("RELEASE SAVEPOINT settled")
    return receipts


def _refused(error: Exception) -> str:
    return str(error) if isinstance(error, Unheld) else f"the database refuses it: {_constraint(getattr(error, 'orig', error))}"


def _constraint(error: Any) -> str:
    """The kind of a refusal and, where the driver says so, the constraint or column; never a value."""
    diagnosis = getattr(error, "diag", None)
    named = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "column_name", None)
    said = str(error).partition(": ")[2] if getattr(error, "sqlite_errorcode", None) else ""
    return " ".join(part for part in (type(error).__name__, named or said) if part)
