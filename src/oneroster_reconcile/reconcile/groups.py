"""Rows by the group of the person they are about, each with the policy row that decides about them."""

from collections.abc import Iterator, Sequence

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.side import standing
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group, group_of_roles
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.choices import Authority
from oneroster_reconcile.policy.rows import RowPolicy

__all__ = ["by_policy", "grouped"]

_PERSON = {Kind.USER: "id", Kind.DEMOGRAPHICS: "user"}
"""The column that names the person, of the kinds whose group is theirs."""


def grouped(rows: pl.DataFrame, kind: Kind, policy: RowPolicy, sides: Sequence[Tables]) -> pl.DataFrame:
    """The rows with their `_group`: that of the person's roles on the first of the sides that has any, or of the membership's role.

    `_frozen` says who is in another group on the second side, the host's, than on the first.
    """
    if kind is Kind.ENROLLMENT and policy.groups:
        return rows.with_columns(_group=group_of_roles(pl.concat_list("role")), _frozen=pl.lit(value=False))
    if kind not in _PERSON or not (policy.groups or not policy.role_changes):
        return rows.with_columns(_group=pl.lit(None, pl.String()), _frozen=pl.lit(value=False))
    names = [f"_group_{number}" for number in range(len(sides))]
    for name, side in zip(names, sides, strict=True):
        of = side.users.lazy().select(pl.col("id").alias(_PERSON[kind]), group_of_roles(standing("role")).alias(name))
        rows = rows.join(of.collect(), on=_PERSON[kind], how="left", maintain_order="left")
    changes = kind is Kind.USER and len(sides) > 1
    differs = (pl.col(names[0]) != pl.col(names[1])).fill_null(value=False) if changes else pl.lit(value=False)
    return rows.with_columns(_group=pl.coalesce(names), _frozen=differs).drop(names)


def by_policy(rows: pl.DataFrame, policy: RowPolicy) -> Iterator[tuple[pl.DataFrame, RowPolicy]]:
    """Grouped rows apart by the policy row that decides about them; `_invited` rows, `_frozen` ones where roles do not change, and those whose values people `_keep`, have authorities of their own."""
    marks = [name for name in ("_group", "_frozen", "_invited", "_keeps") if name in rows.columns]
    is_plain = not policy.groups and policy.role_changes and not policy.invited
    keeps = "_keeps" in marks and not rows["_keeps"].eq("").all()
    if rows.is_empty() or (is_plain and not keeps):
        yield rows, policy
        return
    for values, part in rows.group_by(marks, maintain_order=True):
        of = dict(zip(marks, values, strict=True))
        row = policy.of(None if of["_group"] is None else Group(str(of["_group"])))
        authorities = dict(row.values)
        authorities |= row.invited if of.get("_invited") else {}
        frozen = bool(of["_frozen"]) and not row.role_changes
        authorities |= {"roles": Authority.NEVER} if frozen else {}
        authorities |= dict.fromkeys(str(of["_keeps"]).split(","), Authority.NEVER) if of.get("_keeps") else {}
        yield part.with_columns(_frozen=pl.lit(frozen)), evolve(row, values=authorities)
