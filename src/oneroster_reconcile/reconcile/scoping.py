"""What a policy's scope leaves out beside schools: groups, grades, terms, and rows by conditions on their columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

import polars as pl

from oneroster_reconcile.identity.correlation import IDENTIFIED
from oneroster_reconcile.identity.side import standing
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group, in_groups
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.columns import METADATA
from oneroster_reconcile.policy.scope import Scope, Where

__all__ = ["left_out"]


def left_out(scope: Scope, sides: Sequence[Tables], terms: Iterable[str]) -> Mapping[Kind, pl.Series]:
    """The host ids, a kind, of the rows that the scope leaves out by what they hold; kinds of which it asks nothing are not named.

    `sides` are incoming, current and base: for each column, the first that says anything in it speaks for the row. `terms` are those of the scope by host id.
    """
    asked = {kind: list(_asked(kind, scope, terms)) for kind in IDENTIFIED}
    return {kind: _left_out(kind, tests, _columns(kind, scope), sides) for kind, tests in asked.items() if tests}


def _left_out(kind: Kind, tests: Sequence[pl.Expr], columns: Sequence[str], sides: Sequence[Tables]) -> pl.Series:
    seen = [
        side[kind].lazy().select("id", *(_texts(kind, column).alias(f"{column}|{place}") for column in columns))
        for place, side in enumerate(sides)
    ]
    rows = reduce(lambda left, right: left.join(right, on="id", how="full", coalesce=True), seen)
    said = rows.select("id", *(_first([f"{column}|{place}" for place in range(len(sides))]).alias(column) for column in columns))
    return said.filter(~pl.all_horizontal(tests)).select("id").collect()["id"].sort()


def _first(names: Sequence[str]) -> pl.Expr:
    told = [pl.when(pl.col(name).list.len() > 0).then(name) for name in names]
    return pl.coalesce(*told, pl.lit([], pl.List(pl.String())))


def _asked(kind: Kind, scope: Scope, terms: Iterable[str]) -> Iterator[pl.Expr]:
    """What a row of a kind must fulfil, in the columns that `_columns` names."""
    if kind is Kind.USER and scope.groups is not None:
        yield in_groups(pl.col("roles"), scope.groups)
    if kind is Kind.USER and scope.grades is not None:
        yield ~in_groups(pl.col("roles"), {Group.STUDENT}) | _holds("grades", pl.element().is_in(sorted(scope.grades)))
    if kind is Kind.CLASS and scope.terms is not None:
        yield _holds("terms", pl.element().is_in(sorted(terms)))
    if included := [_fits(where) for where in scope.include if where.kind is kind]:
        yield pl.any_horizontal(included)
    yield from (~_fits(where) for where in scope.exclude if where.kind is kind)


def _columns(kind: Kind, scope: Scope) -> list[str]:
    """The columns that are looked at."""
    named = [where.column for where in (*scope.include, *scope.exclude) if where.kind is kind]
    if kind is Kind.USER:
        named += ["roles"] * (scope.groups is not None or scope.grades is not None) + ["grades"] * (scope.grades is not None)
    if kind is Kind.CLASS:
        named += ["terms"] * (scope.terms is not None)
    return sorted(set(named))


def _fits(where: Where) -> pl.Expr:
    return _holds(where.column, pl.element().str.contains(where.pattern))


def _holds(column: str, test: pl.Expr) -> pl.Expr:
    return pl.col(column).list.eval(test).list.any()


def _texts(kind: Kind, column: str) -> pl.Expr:
    """A column as a list of texts, blank for what is not supplied; of roles the tokens of those that have not ended."""
    if column.startswith(METADATA):
        entry = pl.element().struct
        return pl.col("metadata").list.eval(entry.field("value").filter(entry.field("key") == column.removeprefix(METADATA)))
    (field,) = (each for each in fields_of(row_class(kind)) if each.name == column)
    if column == "roles":
        return standing("role")
    if field.shape is Shape.SCALAR:
        return pl.concat_list(pl.col(column).cast(pl.String)).list.drop_nulls()
    return pl.col(column).list.eval(pl.element().cast(pl.String))
