"""`diff`: what takes one directory to another. Arithmetic only: no policy is here."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import row_class, schema_of, state
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import KIND, REASON, VERB, change_id, change_schema, no_changes
from oneroster_reconcile.plan.verbs import Verb

__all__ = ["diff"]

_NO_REASON = pl.lit(None, REASON).alias("reason")


def diff(current: Directory, desired: Directory) -> Mapping[Kind, pl.DataFrame]:
    """The changes of each kind, as frames of `verb, kind, id, before, after, reason`; reasons are blank, for arithmetic has none.

    A row whose state and values both change takes two changes: a restore comes before its update, a suspension after it.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> desired = Directory.of(orgs=[Org(id="1", name="High", type="school")])
    >>> diff(Directory(), desired)[Kind.ORG].select("verb", "id").rows()
    [('create', '1')]
    """
    return side_by_side(lambda kind: _changes(kind, current[kind], desired[kind]), Kind)


def _changes(kind: Kind, current: Table[object], desired: Table[object]) -> pl.DataFrame:
    if desired is current:
        return no_changes(kind)
    left, right = _touched(kind, current, desired)
    if left.is_empty():
        return _made(_alone(right, kind, "after"), kind)
    if right.is_empty():
        return _unmade(_alone(left, kind, "before"), kind)
    rows = _side_by_side(kind, left, right)
    before, after = pl.col("before").is_not_null(), pl.col("after").is_not_null()
    parts = [_made(rows.filter(~before), kind), _unmade(rows.filter(~after), kind)]
    both = rows.filter(before & after)
    return pl.concat([*parts, *_altered(both, kind)]) if not both.is_empty() else pl.concat(parts)


def _touched(kind: Kind, current: Table[object], desired: Table[object]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of both that may differ: of a table patched from the other, those that were touched."""
    if desired.origin is None or desired.origin[0] is not current:
        return current.frame, desired.frame
    keys, patch = list(keys_of(row_class(kind))), desired.origin[1]
    if not len(current):
        return current.frame, patch.upserts
    touched = pl.concat([patch.upserts.select(keys), patch.removed.select(keys)])
    return current.lazy().join(touched.lazy(), on=keys, how="semi").collect(), patch.upserts


def _alone(rows: pl.DataFrame, kind: Kind, side: str) -> pl.DataFrame:
    """Rows that only one side has, as `id, before, after`; in order, for of a first sync this is everything, which is put in order but once."""
    named = rows.select(change_id(kind).alias("_id"), pl.struct(schema_of(row_class(kind)).names()).alias(side))
    other = pl.lit(None, named.schema[side]).alias("before" if side == "after" else "after")
    return named.sort("_id").select(pl.col("_id").alias("id"), *(other, side) if side == "after" else (side, other))


def _side_by_side(kind: Kind, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The rows of both as `id, before, after`."""
    keys, row = list(keys_of(row_class(kind))), pl.struct(schema_of(row_class(kind)).names())
    sides = [side.select(*keys, row.alias(name)) for side, name in ((left, "before"), (right, "after"))]
    return sides[0].join(sides[1], on=keys, how="full", coalesce=True).select(change_id(kind).alias("id"), "before", "after")


def _made(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    return _as_changes(rows, kind, Verb.ENROLL if kind is Kind.ENROLLMENT else Verb.CREATE)


def _unmade(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    return _as_changes(rows, kind, Verb.UNENROLL if kind is Kind.ENROLLMENT else Verb.DELETE)


def _altered(rows: pl.DataFrame, kind: Kind) -> list[pl.DataFrame]:
    """The changes of rows that are on both sides: a restore, an update, a suspension."""
    was, becomes = pl.col("before").struct.field("state"), pl.col("after").struct.field("state")
    restored = rows.filter((was == State.SUSPENDED.value) & (becomes == State.ACTIVE.value))
    suspended = rows.filter((was == State.ACTIVE.value) & (becomes == State.SUSPENDED.value))
    active = state(State.ACTIVE)
    lived = pl.when(was != becomes).then(active).otherwise(was)
    updated = rows.with_columns(_with_state("before", lived), _with_state("after", lived)).filter(
        pl.col("before").ne_missing(pl.col("after"))
    )
    return [
        _as_changes(restored.with_columns(_with_state("before", active).alias("after")), kind, Verb.RESTORE),
        _as_changes(updated, kind, _update_verb(kind)),
        _as_changes(suspended.with_columns(_with_state("after", active).alias("before")), kind, Verb.SUSPEND),
    ]


def _with_state(side: str, value: pl.Expr) -> pl.Expr:
    return pl.col(side).struct.with_fields(value.alias("state"))


def _update_verb(kind: Kind) -> pl.Expr:
    """An update of a person who leaves an org and joins another is a transfer."""
    if kind is not Kind.USER:
        return pl.lit(Verb.UPDATE.value)
    before, after = (
        pl.col(side).struct.field("roles").list.eval(pl.element().struct.field("org")) for side in ("before", "after")
    )
    leaves, joins = before.list.set_difference(after).list.len() > 0, after.list.set_difference(before).list.len() > 0
    return pl.when(leaves & joins).then(pl.lit(Verb.TRANSFER.value)).otherwise(pl.lit(Verb.UPDATE.value))


def _as_changes(rows: pl.DataFrame, kind: Kind, verb: Verb | pl.Expr) -> pl.DataFrame:
    if rows.is_empty():
        return no_changes(kind)
    named = pl.lit(verb.value) if isinstance(verb, Verb) else verb
    return rows.select(
        named.cast(VERB).alias("verb"), pl.lit(kind.value, KIND).alias("kind"), "id", "before", "after", _NO_REASON
    ).cast(change_schema(kind))
