"""`Situation`: where a row stands between base, incoming and current."""

from enum import StrEnum

import polars as pl

from oneroster_reconcile.model.kinds import State

__all__ = ["Situation", "situation"]


class Situation(StrEnum):
    """Every row is in exactly one of these; the policy decides what follows."""

    NEW = "new"
    RECREATED = "recreated"
    MATCHED = "matched"
    LINKED = "linked"
    DELETED_AT_HOST = "deleted_at_host"
    LOCAL = "local"
    FOREIGN = "foreign"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    GONE = "gone"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"


def situation() -> pl.Expr:
    """The situation of each joined row, by the first line of the table that fits.

    Reads the flags `_i, _c, _b` (the row is in incoming, current, base), `_how` (of its link), `_inside`, `_unknown`, `_proof`, `_lacking` (the host has no such row) and `_rostered` (the source asserts what the row belongs to), `_lost` (a record of it
    may have been missed), and incoming's `state`.
    """
    present = pl.col("_i") & (pl.col("state") != State.TOBEDELETED.value)
    current, base, proof = pl.col("_c"), pl.col("_b"), pl.col("_proof")
    how = pl.col("_how").fill_null("new")
    matched = ~how.is_in(["linked", "recreated", "new"])
    known = base | how.is_in(["linked", "decided"])
    return (
        pl.when(~pl.col("_inside"))
        .then(_is(Situation.OUT_OF_SCOPE))
        .when(pl.col("_unknown") & ~present)
        .then(_is(Situation.UNKNOWN))
        .when(present & current)
        .then(pl.when(matched).then(_is(Situation.MATCHED)).otherwise(_is(Situation.LINKED)))
        .when(present & known)
        .then(pl.when("_lacking").then(_is(Situation.DELETED_AT_HOST)).otherwise(_is(Situation.UNKNOWN)))
        .when(present)
        .then(pl.when(how == "recreated").then(_is(Situation.RECREATED)).otherwise(_is(Situation.NEW)))
        .when("_i")
        .then(
            pl.when("_lost").then(_is(Situation.UNKNOWN)).when(current).then(_is(Situation.ENDED)).otherwise(_is(Situation.GONE))
        )
        .when(~proof)
        .then(_is(Situation.UNKNOWN))
        .when(current & base)
        .then(_is(Situation.WITHDRAWN))
        .when(current)
        .then(pl.when("_rostered").then(_is(Situation.LOCAL)).otherwise(_is(Situation.FOREIGN)))
        .otherwise(_is(Situation.GONE))
    )


def _is(value: Situation) -> pl.Expr:
    return pl.lit(value.value)
