"""Rows that refer to rows, one pair each: how a host checks what a batch refers to, and what a deletion would leave behind."""

from functools import cache

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references

__all__ = ["Referral", "referrals_of", "referrals_to"]


@frozen
class Referral:
    """Rows of a kind refer to other rows by a reference."""

    kind: Kind
    reference: Reference

    @property
    def name(self) -> str:
        """What receipts call it: `user`, `agents`, `roles.org`."""
        return ".".join(part for part in (self.reference.name, self.reference.part) if part)

    def pairs(self, rows: pl.DataFrame, *kept: str | pl.Expr) -> pl.DataFrame:
        """One row a reference: the expressions to keep, and the id referred to as `target`.

        >>> role = referrals_of(Kind.USER)[1]
        >>> rows = pl.DataFrame({"id": ["1"], "roles": [[{"org": "9", "role": "student"}]]})
        >>> role.name, role.pairs(rows, "id").rows()
        ('roles.org', [('1', '9')])
        """
        found = rows.select(*kept, pl.col(self.reference.name).alias("target"))
        if self.reference.is_set:
            found = found.explode("target").with_columns(self.reference.within(pl.col("target")).alias("target"))
        return found.drop_nulls("target")


@cache
def referrals_of(kind: Kind) -> tuple[Referral, ...]:
    """How rows of a kind refer to others, in the order of its columns."""
    return tuple(Referral(kind, reference) for reference in references(kind))


@cache
def referrals_to(kind: Kind) -> tuple[Referral, ...]:
    """How rows of a kind are referred to.

    >>> [(referral.kind.value, referral.name) for referral in referrals_to(Kind.COURSE)]
    [('class', 'course')]
    """
    return tuple(referral for referring in Kind for referral in referrals_of(referring) if referral.reference.of is kind)
