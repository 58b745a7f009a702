"""Values that pass from one row to another: given up before they are taken, for a host may let no two rows have the same."""

from collections.abc import Collection, Iterable, Iterator
from hashlib import blake2b

import polars as pl

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import ACTIONS, Action, Verb

__all__ = ["following", "moving", "placeholder", "releases"]

_LONGEST = 20
"""So many waves a chain takes; what hangs on a longer one goes through a placeholder, or a shifted numbering would take a batch a row."""


def moving(plan: ChangePlan, kind: Kind, stopped: pl.DataFrame) -> pl.DataFrame:
    """The changes of a kind by which a value can come to a row or leave it, and of each whether it is `stopped`: not sent."""
    about = [verb.value for verb, action in ACTIONS.items() if action in (Action.CREATE, Action.UPDATE, Action.DELETE)]
    named = stopped.filter(pl.col("kind") == kind.value).select(pl.col("verb").cast(pl.String), "id", stopped=True).unique()
    changes = plan.frame(kind).with_columns(pl.col("verb").cast(pl.String)).filter(pl.col("verb").is_in(about))
    beside = changes.join(named, on=["verb", "id"], how="left", maintain_order="left")
    return beside.with_columns(pl.col("stopped").fill_null(value=False))


def following(changes: pl.DataFrame, kind: Kind, columns: Collection[str], refused: Iterable[Id]) -> frozenset[Id]:
    """These rows, which stay as they are, and all that cannot be as they shall for it: they want what one of these has, or one that waits for these itself."""
    found = set(refused)
    had: dict[Id, list[tuple[str, str]]] = {}
    takers: dict[tuple[str, str], list[Id]] = {}
    moves = _moves(changes, _known(kind, columns)) if found else _moves(changes.clear(), [])
    for row, column, now, then in moves.select("id", "column", "_now", "_next").iter_rows():
        had.setdefault(row, []).extend([] if now is None else [(column, now)])
        takers.setdefault((column, then), []).append(row)
    pending = list(found)
    while pending:
        waiting = {taker for value in had.get(pending.pop(), ()) for taker in takers.get(value, ())} - found
        found |= waiting
        pending += waiting
    return frozenset(found)


def releases(changes: pl.DataFrame, kind: Kind, columns: Collection[str]) -> Iterator[pl.DataFrame]:
    """Updates, wave by wave, after which what rows are about to take is free: those that have it go to their next value once that is free itself.

    Those that go round in a circle, or that are deleted, have a placeholder meanwhile. Upper and lower case are the same here, as they are for many hosts.

    Raises ValueError where a column is not text that a row of the kind has.
    """
    pending = _passing(changes, _known(kind, columns))
    rows = changes.filter(pl.col("id").is_in(pending["id"].implode())).with_columns(verb=pl.lit(Verb.UPDATE.value)).sort("id")
    rows = rows.cast({"verb": changes.schema["verb"]})
    for number in range(_LONGEST):
        if pending.is_empty():
            return
        wanted = pending.select("column", _next="_now").unique()
        free = pending.join(wanted, on=["column", "_next"], how="anti").filter("stays")
        ready = free if number else pl.concat([free, pending.filter(~pl.col("stays"))])
        if ready.is_empty():
            break
        rows, wave = _moved(rows, ready.with_columns(value=pl.when("stays").then("value").otherwise(_placeholders(ready, kind))))
        yield wave
        pending = pending.join(ready, on=["id", "column"], how="anti")
    if not pending.is_empty():
        yield _moved(rows, pending.with_columns(value=_placeholders(pending, kind)))[1]


def placeholder(kind: Kind, row: str, column: str, like: str) -> str:
    """What a row has for a moment in the place of a value: an address where that was one, and always the same.

    >>> placeholder(Kind.USER, "17", "email", "ada@plum.example")
    'released-b7488d29784c5e2c@released.invalid'
    """
    name = "released-" + blake2b(f"{kind}\n{column}\n{row}".encode(), digest_size=8).hexdigest()
    return f"{name}@released.invalid" if "@" in like else name


def _known(kind: Kind, columns: Collection[str]) -> list[str]:
    texts = {each.name for each in fields_of(row_class(kind)) if each.dtype == pl.String() and not each.column.key}
    if unknown := sorted(set(columns) - texts):
        raise ValueError(f"unique({kind}) names {', '.join(unknown)}; name columns of text that a {kind} has")
    return sorted(columns)


def _passing(changes: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The values that one row gives up and another takes."""
    every = _moves(changes, columns)
    taken = every.select("column", _now="_next").drop_nulls().unique()
    return every.join(taken, on=["column", "_now"], how="semi").sort("id", "column")


def _moves(changes: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The values that change, as `id, column, was, value, stays`, and folded as `_now, _next`."""
    moves = [
        changes.select(
            "id",
            column=pl.lit(each),
            was=pl.col("before").struct.field(each),
            value=pl.col("after").struct.field(each),
            stays=pl.col("after").is_not_null(),
        )
        for each in columns
    ]
    empty = pl.DataFrame(schema={"id": pl.String, "column": pl.String, "was": pl.String, "value": pl.String, "stays": pl.Boolean})
    every = pl.concat([empty, *moves]).with_columns(
        _now=pl.col("was").str.to_lowercase(), _next=pl.col("value").str.to_lowercase()
    )
    return every.filter(pl.col("_now").ne_missing(pl.col("_next")))


def _placeholders(rows: pl.DataFrame, kind: Kind) -> pl.Series:
    named = (placeholder(kind, *row) for row in rows.select("id", "column", "was").iter_rows())
    return pl.Series("value", list(named), dtype=pl.String)


def _moved(rows: pl.DataFrame, to: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows as they are then, and the updates that bring them there: `id, column, value`."""
    after = pl.col("before")
    for (column,), of in to.group_by("column", maintain_order=True):
        hit = pl.col("id").is_in(of["id"].implode())
        value = pl.col("id").replace_strict(of["id"], of["value"], default=None, return_dtype=pl.String)
        now = pl.when(hit).then(value).otherwise(after.struct.field(str(column)))
        after = after.struct.with_fields(now.alias(str(column)))
    wave = rows.with_columns(after=after).filter(pl.col("id").is_in(to["id"].implode()))
    later = rows.with_columns(before=after)
    return later, wave
