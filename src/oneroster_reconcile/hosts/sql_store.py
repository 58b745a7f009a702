"""A transaction on a host's database: where `SqlHost` reads and writes rows."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import polars as pl
import sqlalchemy as sa

from oneroster_reconcile.hosts.sql_dialects import Dialect, RowReader
from oneroster_reconcile.hosts.sql_pages import pages
from oneroster_reconcile.hosts.sql_rows import elements_of, physical_schema, rows_from, table_rows
from oneroster_reconcile.hosts.sql_schema import HostSchema, KindTable, SetTable
from oneroster_reconcile.hosts.sql_staging import Staging
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import Reference, references_to
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables

__all__ = ["SqlStore"]

_ALL: sa.ColumnElement[bool] = sa.true()


class SqlStore:
    """The `Store` that is a database, for the time of one transaction.

    Many rows go into a temporary table first; what is then asked or done is one statement that joins it.
    """

    def __init__(
        self, connection: sa.Connection, schema: HostSchema, dialect: Dialect, *, reader: RowReader | None = None
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._dialect = dialect
        self._read = reader or partial(dialect.rows, connection)
        self._staging = Staging(connection, dialect)

    @property
    def stored(self) -> Mapping[Kind, frozenset[str]]:
        """The columns that are kept."""
        return {kind: table.stored for kind, table in self._schema.kinds.items()}

    def table(self, kind: Kind) -> Table[Any]:
        """Everything of one kind."""
        of = self._schema.kinds[kind]
        return self._rows(of, _ALL)

    def pieces(self, kind: Kind, rows: int) -> Iterator[Table[Any]]:
        """Everything of one kind, so many rows at a time."""
        of = self._schema.kinds[kind]
        keys = {column.name: of.table.c[column.name] for column in of.key}
        for found, where in pages(sa.select(of.table), keys, rows, lambda query: self._read(query, physical_schema(of.columns))):
            yield self._with_sets(of, found, where)

    def around(self, users: pl.Series) -> Tables:
        """The rows that some users are, that belong to them, or that refer to them."""
        of = self._schema.kinds[Kind.USER]
        with self._staged_keys(of, users.to_frame("id")) as staged:
            ids = sa.select(staged.c.id)
            tests: dict[Kind, sa.ColumnElement[bool]] = {Kind.USER: of.table.c.id.in_(ids)}
            for reference in references_to(Kind.USER):
                target, owner = _pointing(self._schema.kinds[reference.kind], reference)
                test = of.table.c.id.in_(sa.select(owner).where(target.in_(ids))) if reference.is_set else target.in_(ids)
                tests[reference.kind] = sa.or_(tests.get(reference.kind, sa.false()), test)
            return Tables(tables={kind: self._rows(self._schema.kinds[kind], test) for kind, test in tests.items()})

    def crosswalk(self) -> Crosswalk:
        """The host's own links."""
        table = self._schema.crosswalk
        schema = pl.Schema({column.name: pl.String() for column in table.c})
        return Crosswalk.of(self._read(sa.select(table), schema))

    def held(self, kind: Kind, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of some keys whose rows are there; the database is asked for those that are not, which are few."""
        of = self._schema.kinds[kind]
        could_be = keys.filter(column.encoded(pl.col(column.field.name)).is_not_null() for column in of.key)
        with self._staged_keys(of, could_be) as staged:
            same = [of.table.c[column.name] == staged.c[column.name] for column in of.key]
            query = sa.select(staged).where(~sa.exists().where(*same))
            found = self._read(query, physical_schema(of.key))
        lost = found.select(column.decoded(pl.col(column.name)).alias(column.field.name) for column in of.key)
        return could_be.join(lost, on=lost.columns, how="anti")

    def referring(self, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """The rows that refer to some ids."""
        of = self._schema.kinds[reference.kind]
        target, referrer = _pointing(of, reference)
        with self._staged_keys(self._schema.kinds[reference.of], ids.to_frame("id")) as staged:
            query = sa.select(referrer.label("referrer"), target.label("target")).join(staged, target == staged.c.id)
            schema = pl.Schema({"referrer": pl.Int64(), "target": pl.Int64()})
            return self._read(query, schema).cast(pl.String())

    def create(self, kind: Kind, rows: pl.DataFrame) -> pl.Series:
        """Write new rows under ids from the table's own sequence."""
        of = self._schema.kinds[kind]
        ids = self._dialect.numbers(self._connection, of.table, rows.height).cast(pl.String())
        self._write(of, rows.with_columns(ids.alias("id")))
        return ids

    def put(self, kind: Kind, rows: pl.DataFrame) -> None:
        """Write whole rows with their sets."""
        of = self._schema.kinds[kind]
        if of.sets:
            with self._staged_keys(of, rows) as staged:
                for each in of.sets:
                    self._connection.execute(sa.delete(each.table).where(each.table.c[each.owner].in_(sa.select(staged))))
        self._write(of, rows)

    def set_state(self, kind: Kind, keys: pl.DataFrame, state: State) -> None:
        """Set the state of some rows."""
        of = self._schema.kinds[kind]
        with self._staged_keys(of, keys) as staged:
            self._connection.execute(sa.update(of.table).where(_among(of, staged)).values(state=state.value))

    def remove(self, kind: Kind, keys: pl.DataFrame) -> None:
        """Take some rows away; their sets go with them by cascade."""
        of, links = self._schema.kinds[kind], self._schema.crosswalk
        with self._staged_keys(of, keys) as staged:
            self._connection.execute(sa.delete(of.table).where(_among(of, staged)))
            if "id" in staged.c:
                gone = links.c.host_id.in_(sa.select(sa.cast(staged.c.id, sa.Text())))
                self._connection.execute(sa.delete(links).where(links.c.kind == kind.value, gone))

    def link(self, links: pl.DataFrame) -> None:
        """Keep some links."""
        self._upsert(self._schema.crosswalk, links.select(column.name for column in self._schema.crosswalk.c).cast(pl.String()))

    def unlink(self, links: pl.DataFrame) -> None:
        """Keep some links no more."""
        table = self._schema.crosswalk
        with self._staged(table, links.select(column.name for column in table.c).cast(pl.String())) as staged:
            self._connection.execute(sa.delete(table).where(sa.tuple_(*table.c).in_(sa.select(staged))))

    def _rows(self, of: KindTable, where: sa.ColumnElement[bool]) -> Table[Any]:
        """The rows of a kind of which something is true, with their sets."""
        return self._with_sets(of, self._read(sa.select(of.table).where(where), physical_schema(of.columns)), where)

    def _with_sets(self, of: KindTable, found: pl.DataFrame, where: sa.ColumnElement[bool]) -> Table[Any]:
        """Rows of a kind's table, of all of which something is true, with their sets."""
        elements = {each.field.name: self._elements(of, each, where) for each in of.sets}
        return Table(row_class(of.kind), rows_from(of, found, elements))

    def _elements(self, of: KindTable, each: SetTable, where: sa.ColumnElement[bool]) -> pl.DataFrame:
        schema = pl.Schema({each.owner: pl.Int64(), **physical_schema(each.columns)})
        (key,) = of.key
        query = sa.select(each.table)
        if where is not _ALL:
            query = query.where(each.table.c[each.owner].in_(sa.select(of.table.c[key.name]).where(where)))
        return self._read(query, schema)

    def _write(self, of: KindTable, rows: pl.DataFrame) -> None:
        """Write whole rows, of which no element of a set is there yet."""
        self._upsert(of.table, table_rows(of, rows))
        for each in of.sets:
            self._upsert(each.table, elements_of(of, each, rows))

    def _upsert(self, table: sa.Table, rows: pl.DataFrame) -> None:
        """Insert rows, or replace those that are there."""
        if rows.is_empty():
            return
        insert = self._dialect.insert(table)
        if self._dialect.fills_by_insert:
            self._dialect.fill(self._connection, _replacing(insert, table), rows)
            return
        with self._staged(table, rows) as staged:
            self._connection.execute(_replacing(insert.from_select(rows.columns, sa.select(staged)), table))

    def _staged_keys(self, of: KindTable, keys: pl.DataFrame) -> AbstractContextManager[sa.Table]:
        """Key columns of rows in a temporary table; what cannot be a key here is left out."""
        encoded = keys.select(column.encoded(pl.col(column.field.name)).alias(column.name) for column in of.key)
        return self._staged(of.table, encoded.drop_nulls().unique(maintain_order=True))

    def _staged(self, like: sa.Table, rows: pl.DataFrame) -> AbstractContextManager[sa.Table]:
        """Some columns of a table's rows in a temporary table."""
        return self._staging.table({name: like.c[name].type for name in rows.columns}, rows)


def _replacing(insert: Any, table: sa.Table) -> Any:
    """An insert that replaces rows which are there."""
    values = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    if not values:
        return insert.on_conflict_do_nothing()
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def _pointing(of: KindTable, reference: Reference) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """The column that refers, and the id of the row it belongs to (null where that row has none of its own)."""
    if reference.is_set:
        each = next(each for each in of.sets if each.field.name == reference.name)
        column = next(column for column in each.columns if reference.part in (None, column.field.name))
        return each.table.c[column.name], each.table.c[each.owner]
    own = of.table.c.id if "id" in of.table.c else sa.null()
    return of.table.c[of.column(reference.name).name], own


def _among(of: KindTable, staged: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a row's key is among the staged ones."""
    key = [of.table.c[column.name] for column in of.key]
    return (key[0] if len(key) == 1 else sa.tuple_(*key)).in_(sa.select(staged))
