"""What a batch that was never answered has done: as the host remembers it, or else by what the host holds now."""

from typing import assert_never

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.requests import Asking, Look, Recall
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import is_provisional
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.plan.frames import change_id, rows_on
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["complete", "found_out", "is_repeatable", "seen_done"]


def found_out(batch: Batch, source: str, taken: pl.Series, *, recalls: bool) -> Asking[Receipts]:
    """The changes of a batch that are known to have been answered or made; a host that `recalls` knows, of another the rows are read again."""
    if recalls:
        said: Receipts | None = yield Recall(batch.key)
        return Receipts() if said is None else complete(batch, said)
    return seen_done(batch, (yield Look()), source, taken)


def is_repeatable(batch: Batch) -> bool:
    """Whether doing it twice is doing it once, so that it does not matter whether it was done."""
    return batch.action is not Action.MERGE and not (batch.action is Action.CREATE and keys_of(batch.row) == ("id",))


def complete(batch: Batch, answers: Receipts) -> Receipts:
    """The host's answers, one to each change: what it left out was not done, nor what it made without giving an id."""
    frame = answers.frame
    if not frame["id"].sort().equals(batch.frame["id"].sort()):
        frame = batch.frame.select("id").join(frame.unique("id", keep="first"), on="id", how="left", maintain_order="left")
        frame = frame.with_columns(
            ok=pl.col("ok").fill_null(value=False),
            error=pl.when(pl.col("ok").is_null()).then(pl.lit("the host did not answer")).otherwise("error"),
        )
    if not is_repeatable(batch) and batch.action is Action.CREATE:
        nameless = pl.col("ok") & (pl.col("host_id").is_null() | is_provisional(pl.col("host_id")))
        frame = frame.with_columns(
            ok=pl.col("ok") & ~nameless,
            host_id=pl.when(nameless).then(None).otherwise("host_id"),
            error=pl.when(nameless).then(pl.lit("the host gave no id")).otherwise("error"),
        )
    return evolve(answers, frame=frame.select(answers.frame.columns))


def seen_done(batch: Batch, directory: Directory, source: str, taken: pl.Series) -> Receipts:
    """The changes of a batch that the host is seen to have made; of the others nobody can tell, and doing them again does no harm.

    A row that was made is known by the link that the host keeps to its source row, else by being the same in all that the host stores: a host id among `taken`, whose rows were there or made before, is none of them, and of rows
    that are the same as each other each counts once.
    """
    match batch.action:
        case Action.CREATE if keys_of(batch.row) == ("id",):
            return _made(batch, directory, source, taken)
        case Action.CREATE | Action.UPDATE:
            return _done(batch, _wanted(batch, directory))
        case Action.SUSPEND:
            return _done(batch, _in_state(batch, directory, State.SUSPENDED))
        case Action.RESTORE:
            return _done(batch, _in_state(batch, directory, State.ACTIVE))
        case Action.DELETE:
            return _done(batch, _gone(batch.before.select(keys_of(batch.row)), batch.kind, directory))
        case Action.MERGE:
            gone = merging_pairs(batch.frame).select(id="gone")
            return _done(batch, _gone(gone, Kind.USER, directory))
        case Action.LINK | Action.RELINK | Action.UNLINK:
            return Receipts()
        case _:
            assert_never(batch.action)


def _done(batch: Batch, done: pl.Series) -> Receipts:
    return Receipts.done(batch.frame.filter(done)["id"])


def _made(batch: Batch, directory: Directory, source: str, taken: pl.Series) -> Receipts:
    linked = _linked(batch, directory, source)
    rest = batch.frame.join(linked, on="id", how="anti", maintain_order="left")
    others = pl.concat([taken, linked["host_id"]])
    rows = directory[batch.kind].where(~pl.col("id").is_in(others.implode())).frame
    named = [name for name in _stored(batch, directory) if name != "id"]
    found = _numbered(rows.select("id", _said=pl.struct(named)))
    sought = _numbered(rest.select("id", _said=pl.struct(pl.col("after").struct.field(*named))))
    same = sought.join(found.rename({"id": "host_id"}), on=["_said", "_turn"]).select("id", "host_id")
    both = pl.concat([linked, same])
    return Receipts.done(both["id"], both["host_id"])


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows by what they say, those that say the same numbered."""
    said = rows.select("id", pl.col("_said").struct.json_encode())
    return said.sort("id").with_columns(_turn=pl.int_range(pl.len()).over("_said"))


def _linked(batch: Batch, directory: Directory, source: str) -> pl.DataFrame:
    """The rows that the host itself links to the source rows they were made of."""
    asked = batch.frame.select("id", source_id=pl.col("reason").struct.field("source_ids")).explode("source_id")
    known = directory.crosswalk.links(source, batch.kind).select("source_id", "host_id")
    return asked.join(known, on="source_id").select("id", "host_id").unique("id", maintain_order=True)


def _stored(batch: Batch, directory: Directory) -> list[str]:
    """The columns that the host keeps of a kind."""
    return [name for name in directory[batch.kind].frame.columns if name in directory.stored[batch.kind]]


def _wanted(batch: Batch, directory: Directory) -> pl.Series:
    """Which rows are as they shall be."""
    keys, named = list(keys_of(batch.row)), _stored(batch, directory)
    wanted = rows_on(batch.frame, "after")
    beside = wanted.select(*keys, _wanted=pl.struct(named)).join(
        directory[batch.kind].frame.select(*keys, _now=pl.struct(named)), on=keys, how="left", maintain_order="left"
    )
    return beside.select(found=pl.col("_now").is_not_null() & pl.col("_now").eq_missing(pl.col("_wanted")))["found"]


def _in_state(batch: Batch, directory: Directory, state: State) -> pl.Series:
    rows = directory[batch.kind].frame.filter(pl.col("state") == state.value)
    return batch.frame["id"].is_in(rows.select(change_id(batch.kind).alias("id"))["id"].implode())


def _gone(keys: pl.DataFrame, kind: Kind, directory: Directory) -> pl.Series:
    """Which rows are there no more; where the host was not read completely, none is known to be."""
    if not directory.coverage.is_whole(kind):
        return pl.repeat(value=False, n=keys.height, eager=True, dtype=pl.Boolean())
    there = directory[kind].frame.select(keys.columns).with_columns(_there=pl.lit(value=True))
    return keys.join(there, on=keys.columns, how="left", maintain_order="left")["_there"].is_null()
