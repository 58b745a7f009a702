"""A value, three ways: what a column becomes, and what is remembered of it."""

import polars as pl

from oneroster_reconcile.model.schema import Field, is_blank
from oneroster_reconcile.policy.choices import Authority

__all__ = ["decided", "remembered"]


def decided(field: Field, authority: Authority, *, incoming: pl.Expr, base: pl.Expr, current: pl.Expr) -> pl.Expr:
    """The desired value of a row that both sides have."""
    silent, forgotten = is_blank(incoming, field.shape), is_blank(base, field.shape)
    match authority:
        case Authority.SOURCE:
            return pl.when(silent).then(current).otherwise(incoming)
        case Authority.STICKY:
            return (
                pl.when(silent)
                .then(current)
                .when(~forgotten & incoming.ne_missing(base))
                .then(incoming)
                .when(~forgotten | ~is_blank(current, field.shape))
                .then(current)
                .otherwise(incoming)
            )
        case Authority.ON_CREATE | Authority.NEVER:
            return current


def remembered(field: Field, *, incoming: pl.Expr, base: pl.Expr, desired: pl.Expr) -> pl.Expr:
    """What the base shall hold: what the source says where the host comes to hold it, else what it held."""
    said = ~is_blank(incoming, field.shape) & incoming.eq_missing(desired)
    return pl.when(said).then(incoming).otherwise(base)
