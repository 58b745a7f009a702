"""Where rows lie: in which orgs, by their own word or by that of the row that owns them."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.model.kinds import Kind

__all__ = ["ORGS", "OWNERS"]

ORGS: Mapping[Kind, pl.Expr] = {
    Kind.ORG: pl.concat_list("id"),
    Kind.COURSE: pl.concat_list("org"),
    Kind.CLASS: pl.concat_list("school"),
    Kind.USER: pl.col("roles").list.eval(pl.element().struct.field("org")),
}
"""The orgs that a row of a kind lies in, for the kinds that say so themselves."""
OWNERS: Mapping[Kind, Mapping[str, Kind]] = {
    Kind.ENROLLMENT: {"class_": Kind.CLASS, "user": Kind.USER},
    Kind.DEMOGRAPHICS: {"user": Kind.USER},
}
"""What identifies the rows of the kinds that have no ids; they lie where the first of these lies."""
