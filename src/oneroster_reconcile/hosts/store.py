"""What a host of ours does with a batch, whatever it keeps its rows in."""

from collections.abc import Mapping
from typing import Protocol, assert_never

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.objections import Holdings, batch_keys, batch_rows, objections
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.merging import MERGED, merged, merged_links
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["Store", "perform"]


class Store(Holdings, Protocol):
    """**Protocol:** where rows are kept. What is written has been checked: keys are there and references hold."""

    @property
    def stored(self) -> Mapping[Kind, frozenset[str]]:
        """The columns that are kept."""
        ...

    def around(self, users: pl.Series) -> Tables:
        """The rows that some users are, that belong to them, or that refer to them; of every other kind none."""
        ...

    def crosswalk(self) -> Crosswalk:
        """The links that are kept."""
        ...

    def create(self, kind: Kind, rows: pl.DataFrame) -> pl.Series:
        """Write new rows, which have provisional ids, and say in their order which ids they have now, none of which was ever used before."""
        ...

    def put(self, kind: Kind, rows: pl.DataFrame) -> None:
        """Write whole rows: those that are there are replaced."""
        ...

    def set_state(self, kind: Kind, keys: pl.DataFrame, state: State) -> None:
        """Set the state of the rows with these keys."""
        ...

    def remove(self, kind: Kind, keys: pl.DataFrame) -> None:
        """Take away the rows with these keys that are there, and the links to them."""
        ...

    def link(self, links: pl.DataFrame) -> None:
        """Keep some links, as `source, kind, source_id, host_id`."""
        ...

    def unlink(self, links: pl.DataFrame) -> None:
        """Keep these links no more, those of them that are there."""
        ...


def perform(batch: Batch, store: Store) -> Receipts:
    """Make the changes of a batch that nothing speaks against, and answer for each."""
    errors = objections(batch, store)
    # A batch that nothing speaks against is taken as it is, with what was made of its rows to look at them.
    done = evolve(batch, frame=batch.frame.filter(errors.is_null())) if errors.count() else batch
    return _answers(batch, errors, _performed(done, store))


def _performed(batch: Batch, store: Store) -> pl.Series | None:
    """Write what was checked; the host's ids of what was created."""
    match batch.action:
        case Action.CREATE:
            return _created(batch, store)
        case Action.UPDATE:
            store.put(batch.kind, batch_rows(batch, store.stored[batch.kind]))
        case Action.SUSPEND:
            store.set_state(batch.kind, batch_keys(batch), State.SUSPENDED)
        case Action.RESTORE:
            store.set_state(batch.kind, batch_keys(batch), State.ACTIVE)
        case Action.DELETE:
            store.remove(batch.kind, batch_keys(batch))
        case Action.MERGE:
            _merged(batch, store)
        case Action.LINK | Action.RELINK | Action.UNLINK:
            _linked(batch, store)
        case _:
            assert_never(batch.action)
    return None


def _merged(batch: Batch, store: Store) -> None:
    """Put accounts into others: what comes to those is written, then what went is taken away."""
    pairs = batch.frame.select(gone=pl.col("before").struct.field("host_id"), kept=pl.col("after").struct.field("host_id"))
    before = store.around(pl.concat([pairs["gone"], pairs["kept"]]))
    after, links = merged(before, pairs), store.crosswalk()
    for kind in MERGED:
        store.put(kind, after[kind].frame)
    store.link(merged_links(links, pairs).frame.join(links.frame, on=links.frame.columns, how="anti"))
    for kind in reversed(MERGED):
        store.remove(kind, before[kind].frame.select(before[kind].key).join(after[kind].frame, on=before[kind].key, how="anti"))
    stale = pl.col("kind").eq(Kind.USER.value) & pl.col("host_id").is_in(pairs["gone"].implode())
    store.unlink(links.frame.filter(stale))


def _linked(batch: Batch, store: Store) -> None:
    of_kind = pl.lit(batch.kind.value).alias("kind")
    if batch.action is not Action.LINK:
        store.unlink(batch.before.with_columns(of_kind))
    if batch.action is not Action.UNLINK:
        store.link(batch.after.with_columns(of_kind))


def _created(batch: Batch, store: Store) -> pl.Series | None:
    rows = batch_rows(batch, store.stored[batch.kind])
    if keys_of(batch.row) != ("id",):
        store.put(batch.kind, rows)
        return None
    return store.create(batch.kind, rows)


def _answers(batch: Batch, errors: pl.Series, host_ids: pl.Series | None) -> Receipts:
    """The receipts of a batch of which all was done but the rows with errors."""
    asked = batch.frame.select("id").with_columns(errors.alias("error")).with_row_index("_row")
    done = asked.filter(pl.col("error").is_null()).select("_row", pl.col("id").alias("host_id"))
    given = done if host_ids is None else done.with_columns(host_ids.alias("host_id"))
    frame = asked.join(given, on="_row", how="left", maintain_order="left")
    return Receipts(frame.select("id", "host_id", pl.col("error").is_null().alias("ok"), "error"))
