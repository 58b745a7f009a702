"""`HostAdapter`: the one port that a product implements."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.canonical import canonical, conform, keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.changes import Change
from oneroster_reconcile.plan.frames import to_changes
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope

__all__ = ["AsyncHostAdapter", "Batch", "HostAdapter"]


@frozen(eq=False)
class Batch:
    """Changes of one action and kind, with real host ids throughout.

    `frame` has the columns `verb, kind, id, before, after, reason`, where `before` and `after` are structs of the kind's schema. `id` is what receipts
    answer to; of a creation it is provisional, and the host answers with the id it gave. Of links and merges `before` and `after` are `source, source_id, host_id`; a merge
    names the account that goes as `before.host_id` and the one that it goes into as `after.host_id`, and `model.merging.merged` says what becomes of what hangs on them. Iterating gives typed changes.

    >>> from oneroster_reconcile.plan.frames import change_schema
    >>> len(Batch(Action.CREATE, Kind.USER, pl.DataFrame(schema=change_schema(Kind.USER))))
    0
    """

    action: Action
    kind: Kind
    frame: pl.DataFrame
    key: str = ""
    """What names the batch for good: the same whenever these changes of this plan are sent, and no other's. Fit for an `Idempotency-Key`."""

    @property
    def before(self) -> pl.DataFrame:
        """The rows as the plan found them, in the kind's schema; all null for a creation."""
        return self.frame.select(pl.col("before").struct.unnest())

    @property
    def after(self) -> pl.DataFrame:
        """The rows as they shall be, in the kind's schema; all null for a deletion."""
        return self.frame.select(pl.col("after").struct.unnest())

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The rows as they shall be, in canonical form and under the ids that receipts answer to, whoever made the batch; made once, for all who look at them.

        Raises ValueError for links and merges, which have no rows.
        """
        own = self.after.with_columns(self.frame["id"]) if keys_of(self.row) == ("id",) else self.after
        return canonical(conform(own.lazy(), self.row).collect(), self.row)

    @property
    def row(self) -> type[Any]:
        """The class of the rows."""
        return row_class(self.kind)

    def __iter__(self) -> Iterator[Change]:
        return to_changes(self.frame, self.kind)

    def __len__(self) -> int:
        return self.frame.height


class HostAdapter(Protocol):
    """**Protocol:** a product's accounts, classes and enrollments.

    `snapshot` returns every row under the scope (schools by host id), with a `Coverage` that admits what could not be read; it
    never leaves rows out silently. `apply` is given one action and kind at a time, in the plan's order and with real ids only, and answers for each change
    whether it was done; what it answers with ok it has stored for good. It raises `HostFailed` when it cannot tell: then nothing of the
    batch counts as done. Applying a change that is already so is done, not an error. What else a host can do, `capabilities` names.

    >>> class ReadOnly:
    ...     def snapshot(self, scope: Scope = Scope()) -> Directory:
    ...         return Directory()
    ...     def apply(self, batch: Batch) -> Receipts:
    ...         return Receipts.failed(batch.frame["id"], "this host is read-only")
    >>> host: HostAdapter = ReadOnly()
    >>> len(host.snapshot().users)
    0
    """

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope."""
        ...

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch and answer for each."""
        ...


class AsyncHostAdapter(Protocol):
    """**Protocol:** a `HostAdapter` whose methods are awaited; `apply_async` asks it the same things in the same order.

    >>> class ReadOnly:
    ...     async def snapshot(self, scope: Scope = Scope()) -> Directory:
    ...         return Directory()
    ...     async def apply(self, batch: Batch) -> Receipts:
    ...         return Receipts.failed(batch.frame["id"], "this host is read-only")
    >>> host: AsyncHostAdapter = ReadOnly()
    """

    async def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope."""
        ...

    async def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch and answer for each."""
        ...
