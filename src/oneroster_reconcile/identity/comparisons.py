"""Comparing keys and names: what exact rules look at, in normal form, and whether it agrees."""

from collections.abc import Iterable

import polars as pl

from oneroster_reconcile.identity.probabilistic import normal_forms
from oneroster_reconcile.identity.probabilistic.nicknames import formal
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables

__all__ = ["agreement", "contradiction", "evidence", "normal"]

_OF_A_TYPE = "user_ids."


def normal(text: pl.Expr) -> pl.Expr:
    """Text for comparing: stripped, without case, and null where nothing is left.

    >>> pl.DataFrame({"email": [" Ada@X.edu ", " "]}).select(normal(pl.col("email")))["email"].to_list()
    ['ada@x.edu', None]
    """
    return text.str.strip_chars().str.to_lowercase().replace("", None)


def evidence(rows: pl.LazyFrame, side: Tables, columns: Iterable[str]) -> pl.DataFrame:
    """Rows as rules see them: `id` and the columns in normal form; the birth dates are those of the side's demographics.

    >>> from oneroster_reconcile.model.roster import Roster
    >>> from oneroster_reconcile.model.users import User, UserId
    >>> roster = Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron", user_ids=(UserId(type="LDAP", identifier="AB"),))])
    >>> evidence(roster.users.lazy(), roster, ["given_name", "user_ids.LDAP"]).rows()
    [('u1', 'ada', 'ab')]
    """
    wanted = list(columns)
    if "birth_date" in wanted:
        births = side[Kind.DEMOGRAPHICS].lazy().select(id="user", birth_date="birth_date")
        rows = rows.join(births, on="id", how="left")
    return rows.select("id", *(_value(column).alias(column) for column in wanted)).collect()


def agreement(column: str) -> pl.Expr:
    """Whether a value is known on both sides (`column` and `<column>_host`) and the same."""
    return _same(column).fill_null(value=False)


def contradiction(column: str) -> pl.Expr:
    """Whether a value is known on both sides and different."""
    return (~_same(column)).fill_null(value=False)


def _same(column: str) -> pl.Expr:
    """Whether two values are the same, null where that is not known.

    A given name of one word is that of which it may be short. Of names with several words nobody knows who leaves out which: where they differ but for
    the first word, they neither agree nor contradict, for sisters may share it.
    """
    ours, theirs = pl.col(column), pl.col(f"{column}_host")
    if column != "given_name":
        return ours == theirs
    first, other = (formal(side).str.split(" ") for side in (ours, theirs))
    related = first.list.set_intersection(other).list.len() > 0
    single = ~(ours.str.contains(" ", literal=True) | theirs.str.contains(" ", literal=True))
    return (
        pl.when((ours == theirs) | (related & single))
        .then(pl.lit(value=True))
        .when(ours.is_not_null() & theirs.is_not_null() & ~related)
        .then(pl.lit(value=False))
    )


def _value(column: str) -> pl.Expr:
    if column == "birth_date":
        return pl.col(column)
    if column == "given_name":
        return normal_forms.given(pl.col(column))
    if column.startswith(_OF_A_TYPE):
        of_type = pl.element().struct.field("type") == column.removeprefix(_OF_A_TYPE)
        return normal(pl.col("user_ids").list.eval(pl.element().struct.field("identifier").filter(of_type)).list.first())
    return normal(pl.col(column))
