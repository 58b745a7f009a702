"""What a host must hold after its answer to a batch: what it said was done, and nothing else."""

from typing import Any, assert_never

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.objections import batch_keys, batch_rows
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.merging import merged, merged_links
from oneroster_reconcile.model.schema import row_class, state
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["consequences"]


def consequences(held: Directory, batch: Batch, answers: Receipts) -> Directory:
    """What a host that held `held` holds when it did what it answered with ok, row by row, and left the rest alone.

    >>> from oneroster_reconcile.model.users import User
    >>> from oneroster_reconcile.testing.batches import batch_of, frame_of
    >>> batch = batch_of(Action.CREATE, Kind.USER, frame_of([User(id="new:1", given_name="Ada", family_name="Byron")]))
    >>> list(consequences(Directory(), batch, Receipts.done(batch.frame["id"], pl.Series(["17"]))).users)[0].id
    '17'
    >>> len(consequences(Directory(), batch, Receipts.failed(batch.frame["id"], "full")).users)
    0
    """
    ok = answers.frame["ok"]
    done = Batch(batch.action, batch.kind, batch.frame.filter(ok))
    match batch.action:
        case Action.CREATE:
            return _written(held, done, answers.frame.filter(ok)["host_id"])
        case Action.UPDATE:
            return _written(held, done, None)
        case Action.SUSPEND:
            return _in_state(held, done, State.SUSPENDED)
        case Action.RESTORE:
            return _in_state(held, done, State.ACTIVE)
        case Action.DELETE:
            return _without(held, done)
        case Action.LINK | Action.RELINK | Action.UNLINK:
            return _linked(held, done)
        case Action.MERGE:
            pairs = merging_pairs(done.frame)
            return evolve(merged(held, pairs), crosswalk=merged_links(held.crosswalk, pairs))
        case _:
            assert_never(batch.action)


def _written(held: Directory, done: Batch, host_ids: pl.Series | None) -> Directory:
    rows = batch_rows(done, held.stored[done.kind])
    if host_ids is not None and _is_identified(done.kind):
        rows = rows.with_columns(host_ids.alias("id"))
    return _patched(held, done.kind, rows.unique(held[done.kind].key, keep="last", maintain_order=True))


def _in_state(held: Directory, done: Batch, value: State) -> Directory:
    table = held[done.kind]
    rows = table.frame.join(batch_keys(done), on=table.key, how="semi")
    return _patched(held, done.kind, rows.with_columns(state(value).alias("state")))


def _without(held: Directory, done: Batch) -> Directory:
    kind, keys = done.kind, batch_keys(done)
    rest = held[kind].frame.join(keys, on=held[kind].key, how="anti")
    after = held.with_tables({kind: Table[Any](held[kind].row, rest)})
    if not _is_identified(kind):
        return after
    gone = (pl.col("kind") == kind.value) & pl.col("host_id").is_in(keys["id"].implode())
    return evolve(after, crosswalk=held.crosswalk.excluding(held.crosswalk.frame.filter(gone)))


def _linked(held: Directory, done: Batch) -> Directory:
    of_kind = pl.lit(done.kind.value).alias("kind")
    links = held.crosswalk
    if done.action is not Action.LINK:
        links = links.excluding(done.before.with_columns(of_kind).select(links.frame.columns))
    if done.action is not Action.UNLINK:
        links = links.including(Crosswalk.of(done.after.with_columns(of_kind)))
    return evolve(held, crosswalk=links)


def _patched(held: Directory, kind: Kind, rows: pl.DataFrame) -> Directory:
    table = held[kind]
    rest = table.frame.join(rows, on=table.key, how="anti")
    return held.with_tables({kind: Table[Any](table.row, pl.concat([rest, rows]))})


def _is_identified(kind: Kind) -> bool:
    """Whether rows of a kind have ids, which the host gives."""
    return keys_of(row_class(kind)) == ("id",)
