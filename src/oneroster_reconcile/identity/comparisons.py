"""Comparing keys and names: what rules look at, in normal form, and whether it agrees."""

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from oneroster_reconcile.identity.probabilistic import normal_forms
from oneroster_reconcile.identity.probabilistic.nicknames import formal
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.nces import nces_id
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.texts import in_form, normal
from oneroster_reconcile.policy.people import PeoplePolicy

__all__ = ["address", "agreement", "contradiction", "evidence", "form"]

_OF_A_TYPE = "user_ids."
_AS_IT_IS = PeoplePolicy()
_FORMS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "given_name": normal_forms.given,
    "preferred_given_name": normal_forms.given,
    "middle_name": normal_forms.name,
    "family_name": normal_forms.family,
    "preferred_family_name": normal_forms.family,
    "phone": normal_forms.phone,
    "sms": normal_forms.phone,
}
"""The normal forms of the columns that are more than text without case."""


def evidence(rows: pl.LazyFrame, side: Tables, columns: Iterable[str], people: PeoplePolicy = _AS_IT_IS) -> pl.DataFrame:
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
    return rows.select("id", *(form(column, people) for column in wanted)).collect()


def form(column: str, people: PeoplePolicy = _AS_IT_IS) -> pl.Expr:
    """A column as it is compared, under its own name; null where there is nothing worth comparing.

    >>> pl.DataFrame({"family_name": ["de la Cruz", "UNKNOWN"]}).select(form("family_name"))["family_name"].to_list()
    ['cruz', None]
    """
    if column == "birth_date":
        # What systems write for "not known" is no birth date.
        known = normal_forms.birth(pl.col(column).dt.to_string("iso")).is_not_null()
        return pl.when(known).then(pl.col(column)).alias(column)
    if column == "nces_id":
        return nces_id().alias(column)
    if column.startswith(_OF_A_TYPE):
        of_type = pl.element().struct.field("type") == column.removeprefix(_OF_A_TYPE)
        first = pl.col("user_ids").list.eval(pl.element().struct.field("identifier").filter(of_type)).list.first()
        return normal(first).alias(column)
    own = address(pl.col(column), people) if column == "email" else _FORMS.get(column, normal)(pl.col(column))
    return own.alias(column)


def address(text: pl.Expr, people: PeoplePolicy) -> pl.Expr:
    """An e-mail address for comparing: without case, and as the policy folds tags and old domains; null where it only fills the field.

    >>> folding = PeoplePolicy(plus_addressing=True, domain_aliases={"old.edu": "new.edu"})
    >>> pl.DataFrame({"email": [" Ann+Lms@OLD.edu", "noreply@x.edu"]}).select(address(pl.col("email"), folding))["email"].to_list()
    ['ann@new.edu', None]
    """
    plain = normal_forms.email(in_form(text, "NFKC"))
    if people.plus_addressing:
        plain = plain.str.replace(r"^([^@+]+)\+[^@]*@", "${1}@")
    if not people.domain_aliases:
        return plain
    aliases = people.domain_aliases
    domain = normal_forms.domain(plain).replace(list(aliases), list(aliases.values()))
    return pl.concat_str(plain.str.extract(r"^(.+)@"), domain, separator="@")


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
