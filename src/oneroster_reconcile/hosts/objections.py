"""What speaks against the rows of a batch: references to nothing, provisional ids, unknown ids, rows that others still need.

Every host here asks these questions before it writes, so that one bad row fails alone and all hosts answer alike. They are
asked of whole columns; a host answers them as `Holdings`.
"""

from collections.abc import Collection, Iterator
from typing import Protocol

import polars as pl

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.model.canonical import completed, keys_of
from oneroster_reconcile.model.ids import is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references, references_to
from oneroster_reconcile.model.schema import Field, Shape, fields_of
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["Holdings", "batch_keys", "batch_rows", "objections"]


class Holdings(Protocol):
    """**Protocol:** what a host holds, asked for many rows at once. Order does not matter; nothing is changed."""

    def held(self, kind: Kind, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of some keys, in the kind's key columns, whose rows are there."""
        ...

    def referring(self, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """The rows that refer to some ids, as `referrer` (the id; null where the rows have none of their own), `target`."""
        ...


def batch_keys(batch: Batch) -> pl.DataFrame:
    """The key columns of a batch's rows, in its order."""
    names = keys_of(batch.row)
    parts = [pl.coalesce(pl.col("before").struct.field(name), pl.col("after").struct.field(name)).alias(name) for name in names]
    return batch.frame.select("id") if names == ("id",) else batch.frame.select(parts)


def batch_rows(batch: Batch, stored: Collection[str]) -> pl.DataFrame:
    """The rows that a batch asks for, in canonical form and in its order; blank in columns that the host does not store."""
    rows = batch.rows
    return completed(rows.select(name for name in rows.columns if name in stored), batch.row)


def objections(batch: Batch, holdings: Holdings) -> pl.Series:
    """What speaks against each row of a batch, in its order: a short text that names the column, or null."""
    found = list(_objections(batch, holdings))
    first = pl.concat(found).sort("_row", maintain_order=True).unique("_row", keep="first", maintain_order=True)
    return batch.frame.select(_ROW).join(first, on="_row", how="left", maintain_order="left")["error"]


_ROW = pl.int_range(pl.len(), dtype=pl.UInt32).alias("_row")
_FOUND = pl.Schema({"_row": pl.UInt32(), "error": pl.String()})


def _objections(batch: Batch, holdings: Holdings) -> Iterator[pl.DataFrame]:
    if batch.action in LINKING:
        yield from _of_merges(batch, holdings) if batch.action is Action.MERGE else _of_links(batch, holdings)
        return
    yield _where(batch.frame.select(_ROW, "id"), pl.col("id").is_duplicated(), "id: occurs twice in the batch")
    match batch.action:
        case Action.CREATE | Action.UPDATE:
            if batch.action is Action.UPDATE:
                yield _unknown(batch, holdings)
            rows = batch.rows.with_columns(_ROW)
            yield from _malformed(rows, batch)
            for reference in references(batch.kind):
                yield _dangling(reference.path, reference.of, reference.pairs(rows, "_row"), holdings)
        case Action.SUSPEND | Action.RESTORE:
            yield _unknown(batch, holdings)
        case _:
            keys = batch_keys(batch).with_columns(_ROW)
            for key in keys_of(batch.row):
                yield _where(keys, is_provisional(pl.col(key)), f"{key}: is provisional; hosts take real ids only")
            yield _needed(batch.kind, keys.filter(~pl.struct(keys_of(batch.row)).is_duplicated()), holdings)


def _of_links(batch: Batch, holdings: Holdings) -> Iterator[pl.DataFrame]:
    """A link names both its rows, and one that shall be names a row that is there."""
    links = (batch.before if batch.action is Action.UNLINK else batch.after).with_columns(_ROW)
    for name in links.drop("_row").columns:
        yield _where(links, pl.col(name).is_null(), f"{name}: is missing")
    if batch.action is not Action.UNLINK:
        yield _dangling("host_id", batch.kind, links.select("_row", pl.col("host_id").alias("target")).drop_nulls(), holdings)


def _of_merges(batch: Batch, holdings: Holdings) -> Iterator[pl.DataFrame]:
    """An account goes into another one that is there and stays; one that is gone already has gone."""
    pairs = pl.concat(
        [batch.before.select(gone="host_id"), batch.after.select(kept="host_id"), batch.frame.select(_ROW)], how="horizontal"
    )
    gone, kept = pl.col("gone"), pl.col("kept")
    yield _where(pairs, pl.lit(batch.kind is not Kind.USER), "kind: only users go into one another")
    for name in ("gone", "kept"):
        yield _where(pairs, pl.col(name).is_null(), f"{name}: is missing")
    yield _where(pairs, gone.is_duplicated(), "gone: occurs twice in the batch")
    yield _where(pairs, is_provisional(gone), "gone: is provisional; hosts take real ids only")
    yield _where(pairs, kept.is_in(pairs["gone"].implode()), "kept: goes into another in the same batch")
    yield _dangling("kept", batch.kind, pairs.select("_row", target="kept").drop_nulls(), holdings)


def _where(rows: pl.DataFrame, predicate: pl.Expr, error: str) -> pl.DataFrame:
    return rows.filter(predicate).select("_row", pl.lit(error).alias("error"))


def _no_such(name: str, kind: Kind, value: pl.Expr) -> pl.Expr:
    provisional, unknown = f"{name}: is provisional; hosts take real ids only", f"{name}: the host holds no such {kind}"
    return pl.when(is_provisional(value)).then(pl.lit(provisional)).otherwise(pl.lit(unknown)).alias("error")


def _unknown(batch: Batch, holdings: Holdings) -> pl.DataFrame:
    """The rows whose keys the host does not hold."""
    keys = batch_keys(batch)
    held = holdings.held(batch.kind, keys.drop_nulls().unique())
    return (
        keys.with_columns(_ROW)
        .join(held, on=keys.columns, how="anti")
        .select("_row", _no_such(", ".join(keys.columns), batch.kind, pl.concat_str(keys.columns, ignore_nulls=True)))
    )


def _dangling(name: str, kind: Kind, asked: pl.DataFrame, holdings: Holdings) -> pl.DataFrame:
    """The rows that refer to what the host does not hold, of `_row, target`."""
    if asked.is_empty():
        return pl.DataFrame(schema=_FOUND)
    held = holdings.held(kind, asked.select(pl.col("target").alias("id")).unique())
    lost = asked.join(held, left_on="target", right_on="id", how="anti")
    return lost.select("_row", _no_such(name, kind, pl.col("target")))


def _needed(kind: Kind, keys: pl.DataFrame, holdings: Holdings) -> pl.DataFrame:
    """The rows that others still refer to, unless those go in the same batch and nothing keeps them."""
    if not references_to(kind):
        return pl.DataFrame(schema=_FOUND)
    links = pl.concat(_referring(reference, keys["id"], holdings) for reference in references_to(kind))
    leaving = (pl.col("kind") == kind.value) & pl.col("referrer").is_in(keys["id"].implode())
    among, blocked = links.filter(leaving), links.filter(~leaving)
    newly = blocked
    while not newly.is_empty():
        kept = newly.select(pl.col("target").alias("referrer")).unique()
        newly = among.join(kept, on="referrer", how="semi").join(blocked, on="target", how="anti")
        blocked = pl.concat([blocked, newly])
    return keys.join(blocked, left_on="id", right_on="target", how="inner", maintain_order="left_right").select("_row", "error")


def _referring(reference: Reference, ids: pl.Series, holdings: Holdings) -> pl.DataFrame:
    error = f"id: {reference.kind}.{reference.path} still refers to it"
    found = holdings.referring(reference, ids)
    if reference.kind is reference.of:
        found = found.filter(pl.col("referrer") != pl.col("target"))
    return found.with_columns(kind=pl.lit(reference.kind.value), error=pl.lit(error))


def _malformed(rows: pl.DataFrame, batch: Batch) -> Iterator[pl.DataFrame]:
    """The rows that lack a part of their key or hold text that no database takes."""
    tests: list[tuple[pl.Expr, str]] = []
    for field in fields_of(batch.row):
        if field.column.key and field.name != "id":
            tests.append((pl.col(field.name).is_null(), f"{field.name}: is missing"))
        tests.append((_has_nul(field), f"{field.name}: holds a NUL character"))
    # One look at all columns: nearly always nothing is wrong with any.
    found = rows.select(test.any().alias(error) for test, error in tests).row(0)
    for (test, error), is_found in zip(tests, found, strict=True):
        if is_found:
            yield _where(rows, test, error)


def _has_nul(field: Field) -> pl.Expr:
    def nul(text: pl.Expr) -> pl.Expr:
        return text.str.contains("\0", literal=True).fill_null(False)

    value = pl.col(field.name)
    if field.element:
        texts = [pl.element().struct.field(part.name) for part in field.element if part.dtype == pl.String()]
        return value.list.eval(pl.any_horizontal(map(nul, texts))).list.any()
    if field.shape is not Shape.SCALAR:
        return value.list.eval(nul(pl.element())).list.any()
    return nul(value) if field.dtype == pl.String() else pl.lit(False)
