"""Resolution: provisional ids in rows become the ids that the host gave."""

from collections.abc import Callable, Mapping
from functools import reduce

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.canonical import canonical_set
from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.ids import is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references

__all__ = ["Ids", "referring", "resolved", "until_resolved", "waiting", "without_waiting"]


@frozen(eq=False)
class Ids:
    """The ids that the host has given so far, a kind: source ids, and so provisional ones, are unique within a kind only."""

    given: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])

    def including(self, kind: Kind, provisional: pl.Series, real: pl.Series) -> "Ids":
        """These and more."""
        more = pl.DataFrame({"provisional": provisional, "real": real})
        return Ids({**self.given, kind: pl.concat([self.given[kind], more]) if kind in self.given else more})

    def of(self, kind: Kind) -> Callable[[pl.Expr], pl.Expr]:
        """What turns ids of a kind into real ones, where the host has given them."""
        given = self.given.get(kind)
        return (lambda ids: ids) if given is None else lambda ids: ids.replace(given["provisional"], given["real"])


def resolved(rows: pl.DataFrame, kind: Kind, ids: Ids) -> pl.DataFrame:
    """Whole rows with every provisional id replaced that the host has answered to, own keys included."""
    if not ids.given:
        return rows
    own = [ids.of(kind)(pl.col("id")).alias("id")] if "id" in rows.columns else []
    refer = references(kind)
    rows = rows.with_columns(*own, *(reference.mapped(ids.of(reference.of)) for reference in refer))
    # Only sets of ids may be in another order now; what else is canonical still is.
    return reduce(canonical_set, dict.fromkeys(each.field for each in refer if each.is_set), rows)


def waiting(kind: Kind, *, of: Kind | None = None) -> pl.Expr:
    """Whether a row refers to a row that the host has not made, of one kind or of any."""
    found = (reference.any(is_provisional) for reference in references(kind) if of in (None, reference.of))
    return pl.any_horizontal(pl.lit(value=False), *found)


def referring(kind: Kind) -> pl.Expr | None:
    """A hash of what the `after` of changes refers to beside what identifies it; None where that is nothing, so that no row is ever sent with less."""
    held = [pl.col("after").struct.field(each.name) for each in references(kind) if not each.field.column.key]
    return row_hash(held) if held else None


def without_waiting(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """New rows without the references that wait: blank, or left out of their set."""
    return rows.with_columns(each.without(is_provisional) for each in references(kind) if not each.field.column.key)


def until_resolved(rows: pl.DataFrame, before: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Rows as they shall be, but for columns with a reference that waits: those stay as they are, so that nobody is left in no school."""
    beside = pl.concat([rows, before.select(pl.all().name.suffix("_before"))], how="horizontal")
    kept = [
        pl.when(each.any(is_provisional)).then(f"{each.name}_before").otherwise(each.name).alias(each.name)
        for each in references(kind)
        if not each.field.column.key
    ]
    return beside.with_columns(kept).select(rows.columns)
