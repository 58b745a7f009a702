"""What a host answered, kept beside the rows in the same transaction, so that no batch is done twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

import polars as pl
import sqlalchemy as sa

from oneroster_reconcile.hosts.sql_dialects import Dialect
from oneroster_reconcile.plan.receipts import Receipts

__all__ = ["Answers", "answers_table"]


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
        return None if text is None else Receipts(pl.read_json(StringIO(text), schema=Receipts().frame.schema))

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
        kept = sa.update(self._table).where(of_key).values(receipts=made.frame.write_json())
        self._connection.execute(kept if made.frame["ok"].any() else sa.delete(self._table).where(of_key))
        return made

    def forget(self, before: datetime) -> int:
        """Drop the answers that were given before a moment, and say how many."""
        old = self._table.c.answered_at < before.astimezone(UTC)
        return self._connection.execute(sa.delete(self._table).where(old)).rowcount
