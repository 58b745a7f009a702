"""What a plan takes away: rows that go, and elements that are left out of sets; and what one plan takes that another does not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class
from oneroster_reconcile.model.verbs import REMOVING, Verb

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["Losses", "losses", "lost_beyond", "metadata_lost", "removes"]

_SCHEMA = pl.Schema({"kind": pl.String(), "id": pl.String(), "verb": pl.String(), "column": pl.String(), "element": pl.String()})
_ALTERING = (Verb.UPDATE.value, Verb.TRANSFER.value)


def _is_gone() -> pl.Expr:
    return pl.col("verb").cast(pl.String).is_in(sorted(REMOVING))


def _sets(kind: Kind) -> list[Field]:
    return [each for each in fields_of(row_class(kind)) if each.shape is Shape.SET]


def _elements(side: str, field: Field) -> pl.Expr:
    """The elements of a set column as texts: ids, or their keys' parts with bars between."""
    column = pl.col(side).struct.field(field.name)
    if not field.element:
        return column
    parts = [pl.element().struct.field(part).cast(pl.String) for part in field.element_key]
    return column.list.eval(pl.concat_str(parts, separator="|"))


def _left_out(field: Field) -> pl.Expr:
    """The elements that are there before and no more after."""
    return _elements("before", field).list.set_difference(_elements("after", field))


def removes(kind: Kind) -> pl.Expr:
    """Whether a change takes something away: the row itself, or an element of one of its sets."""
    left_out = [_left_out(each).list.len() > 0 for each in _sets(kind)]
    altered = pl.col("verb").cast(pl.String).is_in(_ALTERING)
    return _is_gone() | (altered & pl.any_horizontal(pl.lit(value=False), *left_out))


@frozen(eq=False)
class Losses:
    """What is taken away, as `kind, id, verb, column, element`: a row that goes has blanks for the last two, an element that goes the verb `update`.

    >>> Losses().counts
    {}
    """

    frame: pl.DataFrame = pl.DataFrame(schema=_SCHEMA)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows and elements go, such as `suspend user` or `user.roles`, in a fixed order.

        >>> Losses(pl.DataFrame([("user", "17", "suspend", None, None)], schema=_SCHEMA, orient="row")).counts
        {'suspend user': 1}
        """
        row = pl.format("{} {}", "verb", pl.col("kind").str.replace_all("_", " "))
        named = self.frame.select(
            what=pl.when(pl.col("column").is_null()).then(row).otherwise(pl.format("{}.{}", "kind", "column"))
        )
        return dict(named.group_by("what").len().sort("what").iter_rows())

    def summary(self) -> str:
        """The counts in one line."""
        return ", ".join(f"{what} {number:,}" for what, number in self.counts.items()) or "nothing"

    def __len__(self) -> int:
        return self.frame.height


def losses(plan: "ChangePlan") -> Losses:
    """What a plan takes away.

    >>> from datetime import date
    >>> from oneroster_reconcile.plan.plan import ChangePlan
    >>> len(losses(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))))
    0
    """
    parts = [part for kind in Kind for part in _of_kind(plan.frame(kind), kind)]
    return Losses(pl.concat([pl.DataFrame(schema=_SCHEMA), *parts]).sort(_SCHEMA.names()))


def _of_kind(changes: pl.DataFrame, kind: Kind) -> list[pl.DataFrame]:
    if changes.is_empty():
        return []
    nothing = pl.lit(None, pl.String())
    rows = changes.filter(_is_gone()).select(kind=pl.lit(kind.value), id="id", verb="verb", column=nothing, element=nothing)
    altered = changes.filter(pl.col("verb").cast(pl.String).is_in(_ALTERING))
    elements = [
        altered.select(
            kind=pl.lit(kind.value), id="id", verb=pl.lit(Verb.UPDATE.value), column=pl.lit(each.name), element=_left_out(each)
        )
        .filter(pl.col("element").list.len() > 0)
        .explode("element")
        for each in _sets(kind)
    ]
    return [part.cast(_SCHEMA) for part in (rows, *elements)]


def lost_beyond(plan: "ChangePlan", other: "ChangePlan") -> Losses:
    """What one plan takes away that another keeps, such as what a reset would lose where an edit would do.

    A row that the other deletes is lost either way. Both plans are made for the same roster and host.

    >>> from datetime import date
    >>> from oneroster_reconcile.plan.plan import ChangePlan
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))
    >>> lost_beyond(plan, plan).summary()
    'nothing'
    """
    mine, theirs = losses(plan).frame, losses(other).frame
    more = mine.join(theirs, on=_SCHEMA.names(), how="anti", nulls_equal=True, maintain_order="left")
    deleted = theirs.filter(pl.col("verb") == Verb.DELETE.value)
    return Losses(more.join(deleted, on=["kind", "id"], how="anti", maintain_order="left"))


def metadata_lost(plan: "ChangePlan", key: str) -> pl.DataFrame:
    """What the rows that a plan deletes have in their metadata under a key, as `kind, id, value`: how many licences go with them, where the host notes licences there.

    >>> from datetime import date
    >>> from oneroster_reconcile.plan.plan import ChangePlan
    >>> metadata_lost(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), "licences").height
    0
    """
    kinds = [kind for kind in Kind if any(each.name == "metadata" for each in fields_of(row_class(kind)))]
    entry = pl.col("before").struct.field("metadata").list.eval(pl.element().filter(pl.element().struct.field("key") == key))
    value = entry.list.first().struct.field("value")
    parts = [
        plan.frame(kind)
        .filter(pl.col("verb").cast(pl.String) == Verb.DELETE.value)
        .select(kind=pl.lit(kind.value), id="id", value=value)
        for kind in kinds
    ]
    return pl.concat(parts).drop_nulls("value").sort("kind", "id")
