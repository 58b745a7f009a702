"""A transaction on a product's own tables: where `MappedSqlHost` reads and writes rows."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial, reduce
from typing import Any, assert_never, cast

import polars as pl
import sqlalchemy as sa

from oneroster_reconcile.hosts.mapped_schema import POSITION, KindTarget, MappedColumn, Target
from oneroster_reconcile.hosts.mapping import Constant, Moment, SourceId, Words
from oneroster_reconcile.hosts.sql_dialects import Dialect, RowReader
from oneroster_reconcile.hosts.sql_pages import pages
from oneroster_reconcile.hosts.sql_staging import Staging
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.canonical import canonical, conform
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import provisional, source_id_of
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import Reference
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table, repeated_key
from oneroster_reconcile.model.tables import Tables

__all__ = ["MappedStore", "Unheld"]

_OWNER = "_owner"
_LINKS = ("source", "kind", "source_id", "host_id")


class Unheld(ValueError):
    """A list that would be read back as another one, for its text holds what parts it."""


class MappedStore:
    """The `Store` that is a product's own tables, for the time of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        targets: Mapping[Kind, KindTarget],
        dialect: Dialect,
        *,
        reader: RowReader | None = None,
    ) -> None:
        self._connection = connection
        self._targets = targets
        self._read = reader or partial(dialect.rows, connection)
        self._staging = Staging(connection, dialect)

    @property
    def stored(self) -> Mapping[Kind, frozenset[str]]:
        """The columns that are kept; of a kind that is not mapped, none."""
        return {kind: self._targets[kind].stored if kind in self._targets else frozenset[str]() for kind in Kind}

    def table(self, kind: Kind) -> Table[Any]:
        """All rows of one kind that are ours and there."""
        target = self._targets[kind]
        return self._with_sets(target, self._rows(target, _selected(target)), sa.true())

    def pieces(self, kind: Kind, rows: int) -> Iterator[Table[Any]]:
        """All rows of one kind that are ours and there, so many at a time."""
        target = self._targets[kind]
        keys = {column.field.name: target.table.c[column.name] for column in target.keys}
        if blank := [target.table.c[column.name].is_(None) for column in target.keys if column.nullable]:
            # Asked for by themselves: nothing is greater than null, so that a later page would lack them without a word.
            _check_keys(target, self._rows(target, _selected(target).where(sa.or_(*blank)).limit(1)))
        for found, where in pages(_selected(target), keys, rows, partial(self._rows, target)):
            yield self._with_sets(target, found, where)

    def around(self, users: pl.Series) -> Tables:
        """Never asked for: what hangs on an account in the product's tables, only the product knows."""
        raise HostFailed(f"{len(users)} accounts cannot be merged in tables that are mapped; merge them in the product")

    def crosswalk(self) -> Crosswalk:
        """The links that the product keeps in columns of its own."""
        linked = [(target, target.mapped.source_id) for target in self._targets.values()]
        queries = [_links(target, link) for target, link in linked if link]
        schema = pl.Schema(dict.fromkeys(_LINKS, pl.String()))
        found = [self._read(query, schema) for query in queries]
        return Crosswalk.of(pl.concat([pl.DataFrame(schema=schema), *found]))

    def held(self, kind: Kind, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of some keys whose rows are there."""
        target = self._targets.get(kind)
        if target is None:
            return keys.clear()
        with self._staged_keys(target, keys) as staged:
            names = [column.read(staged) for column in target.keys]
            query = sa.select(*names).join_from(staged, target.table, _same(target, staged)).where(*target.visible)
            schema = pl.Schema({column.field.name: column.physical for column in target.keys})
            return self._read(query, schema).select(_as_rows(target.keys)).select(keys.columns)

    def referring(self, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """The rows that refer to some ids; what is not mapped refers to nothing."""
        schema = pl.Schema({"referrer": pl.String(), "target": pl.String()})
        owner = self._targets.get(reference.kind)
        if owner is None or reference.name not in owner.stored:
            return pl.DataFrame(schema=schema)
        holder = owner.sets.get(reference.name, owner)
        column = holder.column(reference.part or reference.name)
        if column.delimited:
            return self._named_in(owner, column, reference, ids)
        own: sa.ColumnElement[Any] = sa.null()
        if holder is not owner or owner.has_id:
            own = holder.table.c[holder.key[0]]
        target = self._targets[reference.of]
        with self._staged_keys(target, ids.to_frame("id")) as staged:
            same = holder.table.c[column.name] == staged.c[target.key[0]]
            text = (sa.cast(own, sa.Text()).label("referrer"), sa.cast(holder.table.c[column.name], sa.Text()).label("target"))
            return self._read(sa.select(*text).join_from(holder.table, staged, same).where(*holder.visible), schema)

    def _named_in(self, owner: KindTarget, column: MappedColumn, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """The rows that name some ids in text, which is taken apart here."""
        (key,) = owner.keys
        query = sa.select(key.read(owner.table), column.read(owner.table))
        found = self._read(
            query.where(owner.table.c[column.name].is_not(None), *owner.visible),
            pl.Schema({key.field.name: key.physical, column.field.name: column.physical}),
        )
        named = reference.pairs(found.select(_as_rows((key, column))), pl.col(key.field.name).alias("referrer"))
        return named.filter(pl.col("target").is_in(ids.implode()))

    def create(self, kind: Kind, rows: pl.DataFrame) -> pl.Series:
        """Write new rows, and say which ids the database gave them."""
        if rows.is_empty():
            return pl.Series(dtype=pl.String())
        target = self._targets[kind]
        (key,) = target.keys
        values = _encoded([column for column in target.columns if column is not key], rows)
        given = {**target.constants, **_active(target)}
        if link := target.mapped.source_id:
            ours = pl.col("id").str.starts_with(provisional(link.source, pl.lit("")))
            found = pl.when(ours).then(source_id_of(link.source, pl.col("id"))).alias(link.column)
            values = values.with_columns(rows.select(found))
        insert = sa.insert(target.table).returning(target.table.c[key.name], sort_by_parameter_order=True)
        made = self._connection.execute(insert, [{**row, **given} for row in values.iter_rows(named=True)]).scalars()
        ids = pl.Series([str(own) for own in made], dtype=pl.String())
        self._rest(target, rows.with_columns(ids.alias("id")))
        return ids

    def put(self, kind: Kind, rows: pl.DataFrame) -> None:
        """Write whole rows with their sets, as far as they are stored."""
        if rows.is_empty():
            return
        target = self._targets[kind]
        self._write(target, _encoded(target.columns, rows), _active(target))
        self._rest(target, rows)

    def set_state(self, kind: Kind, keys: pl.DataFrame, state: State) -> None:
        """Set the state of some rows; a word of the product's that means the same stays."""
        target, suspends = self._targets[kind], state is State.SUSPENDED
        mark = target.mapped.state
        if mark is None:
            return
        is_suspended = _suspended(target.table, mark)
        test = ~is_suspended if suspends else is_suspended
        words: tuple[Any, Any] = (mark.suspended, mark.active) if isinstance(mark, Words) else (sa.func.now(), sa.null())
        value = words[0] if suspends else words[1]
        with self._staged_keys(target, keys) as staged:
            there = _exists(target, staged)
            self._connection.execute(sa.update(target.table).where(there, test, *target.visible).values({mark.column: value}))

    def remove(self, kind: Kind, keys: pl.DataFrame) -> None:
        """Take some rows away with their sets, or note since when they are gone."""
        target = self._targets[kind]
        with self._staged_keys(target, keys) as staged:
            there = _exists(target, staged)
            if target.deleted:
                values: dict[str, Any] = {target.deleted: sa.func.now()}
                if target.mapped.source_id:
                    values[target.mapped.source_id.column] = None
                self._connection.execute(sa.update(target.table).where(there, *target.visible).values(values))
                return
            for side in target.sets.values():
                owned = side.table.c[side.key[0]].in_(sa.select(staged))
                self._connection.execute(sa.delete(side.table).where(owned, *side.ours))
            self._connection.execute(sa.delete(target.table).where(there, *target.visible))

    def link(self, links: pl.DataFrame) -> None:
        """Keep some links in the product's column."""
        self._relink(links, keep=True)

    def unlink(self, links: pl.DataFrame) -> None:
        """Keep some links no more."""
        self._relink(links, keep=False)

    def _relink(self, links: pl.DataFrame, *, keep: bool) -> None:
        for (kind,), part in links.group_by("kind", maintain_order=True):
            target = self._targets[Kind(str(kind))]
            link = target.mapped.source_id
            if link is None:
                continue
            column, (key,) = target.table.c[link.column], target.keys
            rows = part.select(key.encoded(pl.col("host_id")).alias(key.name), pl.col("source_id").alias("_link"))
            with self._staging.table({key.name: key.type, "_link": column.type}, rows) as staged:
                same = _same(target, staged)
                value: Any = staged.c["_link"] if keep else sa.null()
                test = sa.true() if keep else column == staged.c["_link"]
                self._connection.execute(sa.update(target.table).where(same, test, *target.visible).values({column: value}))

    def _rest(self, target: KindTarget, rows: pl.DataFrame) -> None:
        """What of whole rows is not in their table's plain columns: states and sets."""
        if rows.is_empty():
            return
        keys = [column.field.name for column in target.keys]
        if target.mapped.state:
            for state in (State.ACTIVE, State.SUSPENDED):
                self.set_state(target.kind, rows.filter(pl.col("state") == state.value).select(keys), state)
        for name, side in target.sets.items():
            self._put_set(target, name, side, rows)

    def _put_set(self, target: KindTarget, name: str, side: Target, rows: pl.DataFrame) -> None:
        """Make the elements of a set as they shall be: those that stay keep whatever else the product knows of them."""
        (key,) = target.keys
        owner = key.encoded(pl.col(key.field.name)).alias(side.key[0])
        places = pl.int_ranges(1, pl.col(name).list.len() + 1, dtype=pl.Int64()).alias(POSITION.name)
        elements = rows.select(owner, name, places).explode(name, POSITION.name).drop_nulls(name)
        parts = elements if side.columns[0].field.name == name else elements.unnest(name)
        encoded = parts.select(side.key[0], *(each.encoded(pl.col(each.field.name)).alias(each.name) for each in side.columns))
        types = {each.name: each.type for each in side.columns} | {side.key[0]: key.type}
        with (
            self._staging.table(types, encoded) as staged,
            self._staging.table({side.key[0]: key.type}, rows.select(owner)) as owners,
        ):
            owned = side.table.c[side.key[0]].in_(sa.select(owners))
            self._connection.execute(sa.delete(side.table).where(owned, ~_exists(side, staged), *side.ours))
        self._write(side, encoded, {}, types)

    def _write(
        self, target: Target, rows: pl.DataFrame, given: Mapping[str, Constant], types: Mapping[str, Any] | None = None
    ) -> None:
        """Change the rows that are there, and add those that are not; what counted as gone is there again."""
        table = target.table
        with self._staging.table(types or {name: table.c[name].type for name in rows.columns}, rows) as staged:
            values: dict[str, Any] = {name: staged.c[name] for name in rows.columns if name not in target.key}
            if target.deleted:
                values[target.deleted] = sa.null()
            if values:
                self._connection.execute(sa.update(table).where(_same(target, staged), *target.ours).values(values))
            added = {**target.constants, **given}
            literals = [sa.literal(value, table.c[name].type) for name, value in added.items()]
            missing = sa.select(*staged.c, *literals).where(~sa.exists().where(_same(target, staged), *target.ours))
            insert = sa.insert(table).from_select([*rows.columns, *added], missing, include_defaults=False)
            self._connection.execute(insert)

    def _rows(self, target: KindTarget, query: "sa.Select[Any]") -> pl.DataFrame:
        """What `_selected` asks of a table, in its own types."""
        schema = pl.Schema({column.field.name: column.physical for column in target.columns})
        if target.mapped.state:
            schema["state"] = pl.String()
        return self._read(query, schema)

    def _with_sets(self, target: KindTarget, found: pl.DataFrame, where: sa.ColumnElement[bool]) -> Table[Any]:
        """Rows of a kind's table, of all of which something is true, with their sets."""
        rows = found.with_columns(_as_rows(target.columns))
        whole = reduce(lambda made, name: self._with_set(made, target, name, where), target.sets, rows)
        row = row_class(target.kind)
        conformed = conform(whole.lazy(), row).collect()
        _check_keys(target, conformed)
        return Table(row, canonical(conformed, row))

    def _with_set(self, rows: pl.DataFrame, target: KindTarget, name: str, where: sa.ColumnElement[bool]) -> pl.DataFrame:
        side, (key,) = target.sets[name], target.keys
        own = side.table.c[side.key[0]]
        query = sa.select(sa.cast(own, sa.Text()).label(_OWNER), *(column.read(side.table) for column in side.columns))
        if target.visible or where is not sa.true():
            query = query.where(own.in_(sa.select(target.table.c[key.name]).where(where, *target.visible)))
        schema = pl.Schema({_OWNER: pl.String(), **{column.field.name: column.physical for column in side.columns}})
        elements = self._read(query.where(*side.ours), schema).with_columns(_as_rows(side.columns))
        parts = [column.field.name for column in side.columns if column.field is not POSITION]
        element = pl.col(name) if parts == [name] else pl.struct(parts)
        placed = elements.sort(POSITION.name) if POSITION.name in schema else elements
        sets = placed.group_by(_OWNER, maintain_order=True).agg(element.alias(name))
        return rows.join(sets, left_on=key.field.name, right_on=_OWNER, how="left", maintain_order="left")

    def _staged_keys(self, target: KindTarget, keys: pl.DataFrame) -> AbstractContextManager[sa.Table]:
        """Keys of rows in a temporary table; what cannot be a key here is left out."""
        rows = _encoded(target.keys, keys).drop_nulls().unique(maintain_order=True)
        return self._staging.table({column.name: column.type for column in target.keys}, rows)


def _as_rows(columns: tuple[MappedColumn, ...]) -> Iterator[pl.Expr]:
    """Columns as rows have them."""
    return (column.decoded(pl.col(column.field.name)).alias(column.field.name) for column in columns)


def _encoded(columns: "tuple[MappedColumn, ...] | list[MappedColumn]", rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as the product's columns take them. Raises Unheld where one cannot."""
    for column in columns:
        if column.delimited and not rows.select(column.holds(pl.col(column.field.name)).all()).item():
            raise Unheld(f"{column.field.name}: holds {column.delimited.separator!r} or another sign that parts its column")
    return rows.select(column.encoded(pl.col(column.field.name)).alias(column.name) for column in columns)


def _selected(target: KindTarget) -> "sa.Select[Any]":
    """The rows of a kind's table that are ours and there, under the names of their fields."""
    named = [*(column.read(target.table) for column in target.columns), *_state(target)]
    return cast("sa.Select[Any]", sa.select(*named)).where(*target.visible)


def _check_keys(target: KindTarget, rows: pl.DataFrame) -> None:
    """Raises HostFailed, naming table and columns, where a row lacks a part of its key, or two have the same."""
    key = ", ".join(column.name for column in target.keys)
    if any(rows[column.field.name].null_count() for column in target.keys):
        raise HostFailed(f"{target.table.name} has a row without its {key}; give it one, or take it away")
    if not rows.is_empty() and repeated_key(rows, row_class(target.kind)):
        raise HostFailed(f"{target.table.name} has two rows with the same {key}; take one away")


def _state(target: KindTarget) -> Iterator[sa.ColumnElement[Any]]:
    """The state as ours has it, where it is stored."""
    if mark := target.mapped.state:
        test = _suspended(target.table, mark)
        yield sa.case((test, State.SUSPENDED.value), else_=State.ACTIVE.value).label("state")


def _suspended(table: sa.Table, mark: Moment | Words) -> sa.ColumnElement[bool]:
    """Whether a row is suspended: never blank."""
    match mark:
        case Moment(name):
            return table.c[name].is_not(None)
        case Words():
            return sa.func.coalesce(table.c[mark.column] == mark.suspended, sa.false())
        case _:
            assert_never(mark)


def _active(target: KindTarget) -> Mapping[str, Constant]:
    """What a new row says of its state."""
    words = target.mapped.state
    return {words.column: words.active} if isinstance(words, Words) else {}


def _links(target: KindTarget, link: SourceId) -> sa.Select[Any]:
    (key,) = target.keys
    values = (sa.literal(link.source), sa.literal(target.kind.value), target.table.c[link.column], target.table.c[key.name])
    named = [sa.cast(value, sa.Text()).label(name) for name, value in zip(_LINKS, values, strict=True)]
    query = cast("sa.Select[Any]", sa.select(*named))
    # Text that is blank is no id; nor is a row linked that nothing identifies, of which the table itself tells.
    given = (sa.cast(target.table.c[link.column], sa.Text()) != "", target.table.c[key.name].is_not(None))
    return query.where(*given, *target.visible)


def _same(target: Target, staged: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a staged row is the same as one of the product's."""
    return sa.and_(*(target.table.c[name] == staged.c[name] for name in target.key))


def _exists(target: Target, staged: sa.Table) -> sa.ColumnElement[bool]:
    return sa.exists().where(_same(target, staged))
