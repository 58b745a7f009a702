"""Changes as columns: `verb, kind, id, before, after, reason`, and as typed objects when they are iterated."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any

import attrs
import polars as pl

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.records import SLICE, from_frame, grouped, instances
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
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action, Verb

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
_ACTIONS = {verb.value: action.value for verb, action in ACTIONS.items()}
_CLASSES: Mapping[Action, type[Any]] = {
    Action.CREATE: Create,
    Action.UPDATE: Update,
    Action.SUSPEND: Suspend,
    Action.RESTORE: Restore,
    Action.DELETE: Delete,
}
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
    return chain.from_iterable(_typed(part, action, kind) for action, part in _alike(frame))


def _alike(frame: pl.DataFrame) -> Iterator[tuple[Action, pl.DataFrame]]:
    """Slices of the changes, with the same done in all of a slice."""
    for part in frame.iter_slices(SLICE):
        begun = 0
        runs = part["verb"].cast(pl.String()).replace_strict(_ACTIONS).rle().struct.unnest()
        for number, action in runs.iter_rows():
            yield Action(action), part.slice(begun, number)
            begun += number


def _typed(part: pl.DataFrame, action: Action, kind: Kind) -> Iterator[Change]:
    """The changes of rows with which the same is done."""
    if action in LINKING:
        verbs, sides = map(Verb, part["verb"].to_list()), (part[side].to_list() for side in ("before", "after"))
        return map(_link_change, verbs, repeat(kind), *sides, _reasons(part["reason"]))
    made = _CLASSES[action]
    rows = {side: from_frame(rows_on(part, side), row_class(kind)) for side in ("before", "after") if hasattr(made, side)}
    return instances(made, part.height, {**rows, "reason": _reasons(part["reason"])})


def _reasons(column: pl.Series) -> Iterable[Reason]:
    """The reasons; where rows have the same one for all of them, as those without ids of their own mostly have, it is one object."""
    situation, policy, sources = (column.struct.field(each.name) for each in attrs.fields(Reason))
    lengths = sources.list.len().fill_null(0).to_list()
    said = [_texts(situation), _texts(policy)]
    if not any(lengths) and all(isinstance(each, repeat) for each in said):
        return repeat(Reason(next(said[0]), next(said[1])))
    source_ids = grouped(sources.explode(empty_as_null=False, keep_nulls=False).to_list(), lengths)
    return instances(Reason, len(column), {"situation": said[0], "policy": said[1], "source_ids": source_ids})


def _texts(column: pl.Series) -> Iterator[str]:
    """Texts, blank where there is none; one that all rows have is the same for all of them."""
    filled = column.fill_null("")
    return repeat(filled[0]) if (filled == filled[0]).all() else iter(filled.to_list())


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
