"""Merging: what becomes of rows when one account goes into another. It is the reference for hosts, for what is remembered, and for plans alike."""

from collections.abc import Collection
from typing import TypeVar

import polars as pl

from oneroster_reconcile.model.canonical import canonical, keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references, references_to
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables

__all__ = ["MERGED", "PAIRS", "merged", "merged_links", "names_one_of"]

T = TypeVar("T", bound=Tables)

PAIRS = pl.Schema({"gone": pl.String(), "kept": pl.String()})
"""Merges as a frame: the account that goes, and the one that it goes into. No account is in both columns, and none goes twice."""

MERGED = tuple(kind for kind in Kind if kind is Kind.USER or any(each.kind is kind for each in references_to(Kind.USER)))
"""The kinds of which a merge changes rows."""


def merged(tables: T, pairs: pl.DataFrame) -> T:
    """The tables in which each account of `gone` has gone into its `kept`.

    Memberships and demographics of `gone` become those of `kept`, and whoever had `gone` as a guardian has `kept`; where `kept` has the like, its own stands. Of the accounts themselves the sets (roles, guardians,
    external ids, profiles, metadata) are united, element by element, and every other value stays as `kept` has it; where there is no row of `kept`, that of `gone` takes its place. Doing it again changes nothing.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> from oneroster_reconcile.model.tables import tables_of
    >>> held = Tables(tables=tables_of({Kind.ENROLLMENT: [Enrollment(class_="k1", user="18", role="student")]}))
    >>> [row.user for row in merged(held, pl.DataFrame([("18", "17")], schema=PAIRS, orient="row")).enrollments]
    ['17']
    """
    if pairs.is_empty():
        return tables
    return tables.with_tables({kind: Table(row_class(kind), _merged(kind, tables[kind].frame, pairs)) for kind in MERGED})


def merged_links(crosswalk: Crosswalk, pairs: pl.DataFrame) -> Crosswalk:
    """The links after the merges: those to an account that goes are to the one that it goes into."""
    links = crosswalk.frame
    moved = (pl.col("kind") == Kind.USER.value) & pl.col("host_id").is_in(pairs["gone"].implode())
    if pairs.is_empty() or not links.select(moved.any()).item():
        return crosswalk
    return Crosswalk.of(links.with_columns(pl.when(moved).then(_renamed(pl.col("host_id"), pairs)).otherwise("host_id")))


def names_one_of(users: pl.Series, kind: Kind, columns: Collection[str] | None = None) -> pl.Expr:
    """Whether a row is one of some users, or refers to one; `columns` are those that are at hand, where not all are."""
    own = [among(users)(pl.col("id"))] if kind is Kind.USER else []
    refers = [each for each in references(kind) if each.of is Kind.USER and (columns is None or each.name in columns)]
    return pl.any_horizontal(pl.lit(value=False), *own, *(each.any(among(users)) for each in refers))


def _renamed(ids: pl.Expr, pairs: pl.DataFrame) -> pl.Expr:
    return ids.replace(pairs["gone"], pairs["kept"])


def _merged(kind: Kind, rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows of one kind; those that the merges do not touch stay where they are."""
    row, keys = row_class(kind), list(keys_of(row_class(kind)))
    refers = [each for each in references(kind) if each.of is Kind.USER]
    owner = "id" if kind is Kind.USER else next(each.name for each in refers if each.field.column.key)
    gone = pairs["gone"].implode()
    touched = names_one_of(pl.concat([pairs["gone"], pairs["kept"]]), kind)
    if not rows.select(touched.any()).item():
        return rows
    # Its own row stands before those that come to it, and of those the smallest id's.
    first = [pl.col(owner).is_in(gone), pl.col(owner)]
    found = rows.filter(touched).sort(first)
    found = found.with_columns(each.mapped(lambda ids: _renamed(ids, pairs)) for each in refers)
    found = found.with_columns(_renamed(pl.col(owner), pairs).alias(owner)) if owner == "id" else found
    alone = found.unique(keys, keep="first", maintain_order=True)
    if kind is Kind.USER:
        for each in (each for each in fields_of(row) if each.shape is Shape.SET):
            alone = _with_union(alone, found, each)
        alone = alone.with_columns(pl.col(each.name).list.set_difference(pl.concat_list("id")) for each in refers)
    return pl.concat([rows.filter(~touched), canonical(alone.select(rows.columns), row)])


def _with_union(alone: pl.DataFrame, found: pl.DataFrame, part: Field) -> pl.DataFrame:
    """The accounts with one set united; of elements with the same key the first row's stands."""
    elements = found.select("id", part.name).filter(pl.col(part.name).list.len() > 0).explode(part.name)
    element = pl.col(part.name)
    own = [element.struct.field(name).alias(f"_key_{name}") for name in part.element_key] or [element.alias("_key")]
    keyed = elements.with_columns(own)
    names = [name for name in keyed.columns if name.startswith("_key")]
    united = keyed.unique(["id", *names], keep="first", maintain_order=True).group_by("id", maintain_order=True).agg(part.name)
    joined = alone.drop(part.name).join(united, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.col(part.name).fill_null([]))
