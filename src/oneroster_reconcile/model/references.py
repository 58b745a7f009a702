"""References: which columns of a kind hold ids of other rows, by themselves or inside their elements."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeVar

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class

__all__ = ["Reference", "references", "references_to"]

OfId = Callable[[pl.Expr], pl.Expr]
F = TypeVar("F", pl.DataFrame, pl.LazyFrame)


@frozen
class Reference:
    """A column of the rows of a kind that holds ids of rows of the kind `of`; `part` is the part of its elements that does, where those are structs.

    >>> [(each.path, each.of.value) for each in references(Kind.USER)]
    [('primary_org', 'org'), ('roles.org', 'org'), ('agents', 'user')]
    """

    kind: Kind
    field: Field
    of: Kind
    part: str | None = None

    @property
    def name(self) -> str:
        """The column."""
        return self.field.name

    @property
    def path(self) -> str:
        """The column, and the part of its elements: `user`, `agents`, `roles.org`."""
        return f"{self.name}.{self.part}" if self.part else self.name

    @property
    def is_set(self) -> bool:
        """Whether the column holds many ids."""
        return self.field.shape is Shape.SET

    def within(self, element: pl.Expr) -> pl.Expr:
        """The id in one element of the column."""
        return element.struct.field(self.part) if self.part else element

    def found_in(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The ids that some row holds, each once, as `id`."""
        column = rows.select(self.name)
        if self.is_set:
            column = column.filter(pl.col(self.name).list.len() > 0).explode(self.name)
        return column.select(id=self.within(pl.col(self.name))).drop_nulls().unique()

    def pairs(self, rows: F, *kept: str | pl.Expr) -> F:
        """One row a reference: the expressions to keep, and the id referred to as `target`.

        >>> rows = pl.DataFrame({"id": ["1"], "roles": [[{"org": "9", "role": "student"}]]})
        >>> references(Kind.USER)[1].pairs(rows, "id").rows()
        [('1', '9')]
        """
        found = rows.select(*kept, pl.col(self.name).alias("target"))
        if self.is_set:
            found = found.explode("target").with_columns(self.within(pl.col("target")).alias("target"))
        return found.drop_nulls("target")

    def any(self, test: OfId) -> pl.Expr:
        """Whether some id of the column passes a test; false where there is none."""
        if not self.is_set:
            return test(pl.col(self.name)).fill_null(value=False)
        return pl.col(self.name).list.eval(test(self.within(pl.element())).fill_null(value=False)).list.any()

    def mapped(self, change: OfId) -> pl.Expr:
        """The column with every id changed; elements keep their places."""
        if not self.is_set:
            return change(pl.col(self.name)).alias(self.name)
        if self.part is None:
            return pl.col(self.name).list.eval(change(pl.element())).alias(self.name)
        inner = change(pl.field(self.part)).alias(self.part)
        return pl.col(self.name).list.eval(pl.element().struct.with_fields(inner)).alias(self.name)

    def without(self, test: OfId) -> pl.Expr:
        """The column without the ids that pass a test: blank, or left out of its set."""
        if not self.is_set:
            return pl.when(~self.any(test)).then(self.name).alias(self.name)
        rest = pl.col(self.name).list.eval(pl.element().filter(~test(self.within(pl.element())).fill_null(value=False)))
        return pl.when(self.any(test)).then(rest).otherwise(self.name).alias(self.name)


@cache
def references(kind: Kind) -> tuple[Reference, ...]:
    """How rows of a kind refer to others, keys included, in the order of its columns."""
    return tuple(_references(kind))


@cache
def references_to(kind: Kind) -> tuple[Reference, ...]:
    """How rows of a kind are referred to.

    >>> [(each.kind.value, each.path) for each in references_to(Kind.COURSE)]
    [('class', 'course')]
    """
    return tuple(reference for referring in Kind for reference in references(referring) if reference.of is kind)


def _references(kind: Kind) -> Iterator[Reference]:
    for field in fields_of(row_class(kind)):
        if field.column.refers:
            yield Reference(kind, field, field.column.refers)
        for part in field.element:
            if part.column.refers:
                yield Reference(kind, field, part.column.refers, part.name)
