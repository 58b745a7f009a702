"""What a host answered, kept beside the rows in the same transaction, so that no batch is done twice."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import polars as pl
import sqlalchemy as sa

from oneroster_reconcile.hosts.sql_dialects import Dialect
from oneroster_reconcile.plan.receipts import Receipts

__all__ = ["Answers", "answers_table"]

_SCHEMA = Receipts().frame.schema


def answers_table(metadata: sa.MetaData, name: str = "answers") -> sa.Table:
    """The table of answers: one row a batch, the receipts as JSON.

    >>> answers_table(sa.MetaData()).c.keys()
    ['key', 'answered_at', 'receipts']
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("receipts", sa.Text(), nullable=False),
    )


class Answers:
    """The answers in a table, for the time of one transaction."""

    def __init__(self, connection: sa.Connection, table: sa.Table, dialect: Dialect) -> None:
        self._connection = connection
        self._table = table
        self._dialect = dialect

    def get(self, key: str) -> Receipts | None:
        """What was answered under a key."""
        text = self._connection.execute(sa.select(self._table.c.receipts).where(self._table.c.key == key)).scalar()
        return None if text is None else _receipts(text)

    def once(self, key: str, answer: Callable[[], Receipts]) -> Receipts:
        """What was answered under a key before, or else what is answered now; without a key, always what is answered now.

        An answer by which nothing was done is not kept: what stood against it may be mended, and the same asked again.
        """
        if not key:
            return answer()
        # The row is claimed first: whoever has the same batch waits here until this transaction ends, and then finds the answer.
        claim = self._dialect.insert(self._table).values(key=key, receipts="").on_conflict_do_nothing()
        if self._connection.execute(claim.returning(self._table.c.key)).first() is None:
            stored = self.get(key)
            return self.once(key, answer) if stored is None else stored
        made = answer()
        of_key = self._table.c.key == key
        kept = sa.update(self._table).where(of_key).values(receipts=_text(made))
        self._connection.execute(kept if made.frame["ok"].any() else sa.delete(self._table).where(of_key))
        return made

    def forget(self, before: datetime) -> int:
        """Drop the answers that were given before a moment, and say how many."""
        old = self._table.c.answered_at < before.astimezone(UTC)
        return self._connection.execute(sa.delete(self._table).where(old)).rowcount


_AS_EXPECTED: Mapping[str, pl.Expr] = {
    "ok": pl.lit(value=True),
    "error": pl.lit(None, pl.String()),
    "host_id": pl.when("ok").then("id"),
}
"""What nearly all receipts say, column by column, each by those before it."""


def _text(receipts: Receipts) -> str:
    """Receipts as columns of JSON, without those that are as expected: row by row, answers take as much room as the rows they are about."""
    frame = receipts.frame
    other = [name for name, value in _AS_EXPECTED.items() if not frame.select(pl.col(name).eq_missing(value).all()).item()]
    return json.dumps({name: frame[name].to_list() for name in ("id", *other)})


def _receipts(text: str) -> Receipts:
    said = json.loads(text)
    frame = pl.DataFrame(said, schema={name: dtype for name, dtype in _SCHEMA.items() if name in said})
    for name, value in _AS_EXPECTED.items():
        frame = frame if name in said else frame.with_columns(value.alias(name))
    return Receipts(frame.select(_SCHEMA.names()))
