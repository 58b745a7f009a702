"""Changes as columns: `verb, kind, id, before, after, reason`, and as typed objects when they are iterated."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.records import SLICE, to_object
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.plan.changes import (
    Change,
    Create,
    Delete,
    Link,
    Merge,
    Reason,
    Relink,
    Restore,
    Split,
    Suspend,
    Unlink,
    Update,
)
from oneroster_reconcile.plan.verbs import ACTIONS, Action, Verb

__all__ = [
    "LINK_ROW",
    "REASON",
    "change_id",
    "change_schema",
    "key_name",
    "key_parts",
    "no_changes",
    "rows_on",
    "to_changes",
    "with_rows",
]

REASON = pl.Struct({"situation": pl.String(), "policy": pl.String(), "source_ids": pl.List(pl.String())})
LINK_ROW = pl.Struct({"source": pl.String(), "source_id": pl.String(), "host_id": pl.String()})
VERB = pl.Enum([verb.value for verb in Verb])
KIND = pl.Enum([kind.value for kind in Kind])
_BAR = re.compile(r"(?<!\\)\|")


@cached
def change_schema(kind: Kind, *, link: bool = False) -> pl.Schema:
    """The columns of the changes of one kind; a link's `before` and `after` are rows of the crosswalk, and a merge's name the two host rows as `host_id`."""
    row = LINK_ROW if link else pl.Struct(schema_of(row_class(kind)))
    return pl.Schema({"verb": VERB, "kind": KIND, "id": pl.String(), "before": row, "after": row, "reason": REASON})


def no_changes(kind: Kind, *, link: bool = False) -> pl.DataFrame:
    """The changes of a kind where there are none; made once, as `no_rows` is, and nobody else's.

    >>> _ = no_changes(Kind.USER).drop_in_place("verb")
    >>> no_changes(Kind.USER).columns[0]
    'verb'
    """
    return _no_changes(kind, link=link).clone()


@cached
def _no_changes(kind: Kind, *, link: bool) -> pl.DataFrame:
    return pl.DataFrame(schema=change_schema(kind, link=link))


def change_id(kind: Kind) -> pl.Expr:
    """What a row of this kind is called in plans and receipts: its id, or its key's parts with a bar between.

    A bar or backslash inside a part gets a backslash, so that no two keys are called the same.
    """
    keys = keys_of(row_class(kind))
    if len(keys) == 1:
        return pl.col(keys[0])
    parts = (pl.col(key).str.replace_all("\\", "\\\\", literal=True).str.replace_all("|", "\\|", literal=True) for key in keys)
    return pl.concat_str(parts, separator="|")


def key_parts(name: str) -> list[str]:
    """The parts of the key of a row that plans call so.

    >>> key_parts("k1|u1|student")
    ['k1', 'u1', 'student']
    """
    return [part.replace("\\|", "|").replace("\\\\", "\\") for part in _BAR.split(name)]


def key_name(parts: Iterable[str]) -> str:
    """What plans call a row whose key has these parts.

    >>> key_name(["k1", "u1", "student"])
    'k1|u1|student'
    """
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def rows_on(frame: pl.DataFrame, side: str) -> pl.DataFrame:
    """The rows on one side of some changes, all null where there is none."""
    return frame.select(pl.col(side).struct.unnest())


def with_rows(frame: pl.DataFrame, side: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The changes with other rows on one side; where there was none there is none."""
    return frame.with_columns(pl.when(pl.col(side).is_not_null()).then(rows.to_struct(side)).alias(side))


def to_changes(frame: pl.DataFrame, kind: Kind) -> Iterator[Change]:
    """Typed changes, made slice by slice."""
    row: type[Any] = row_class(kind)
    for part in frame.iter_slices(SLICE):
        for verb, _, _, before, after, reason in part.iter_rows():
            yield _change(Verb(verb), kind, row, before, after, _reason(reason))


def _reason(record: dict[str, Any] | None) -> Reason:
    if record is None:
        return Reason()
    return Reason(record["situation"] or "", record["policy"] or "", tuple(record["source_ids"] or ()))


def _change(verb: Verb, kind: Kind, row: type[Any], before: Any, after: Any, reason: Reason) -> Change:
    action = ACTIONS[verb]
    match action:
        case Action.CREATE:
            return Create(to_object(after, row), reason)
        case Action.UPDATE:
            return Update(to_object(before, row), to_object(after, row), reason)
        case Action.SUSPEND:
            return Suspend(to_object(before, row), reason)
        case Action.RESTORE:
            return Restore(to_object(before, row), reason)
        case Action.DELETE:
            return Delete(to_object(before, row), reason)
        case Action.MERGE | Action.LINK | Action.RELINK | Action.UNLINK:
            return _link_change(verb, kind, before, after, reason)


def _link_change(verb: Verb, kind: Kind, before: Any, after: Any, reason: Reason) -> Change:
    """The change from one link to another, either of which there may be none of; or of one host row into another."""
    if verb is Verb.MERGE:
        return Merge(kind, before["host_id"], after["host_id"], reason)
    if before is None:
        return Link(kind, after["source"], after["source_id"], after["host_id"], reason)
    if after is None:
        gone = Split if verb is Verb.SPLIT else Unlink
        return gone(kind, before["source"], before["source_id"], before["host_id"], reason)
    return Relink(kind, after["source"], after["source_id"], before["host_id"], after["host_id"], reason)
