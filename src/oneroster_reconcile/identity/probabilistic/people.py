"""`people_of`: the people of a roster or a directory, as the frame that matching reads."""

import polars as pl

from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.tables import Tables

__all__ = ["people_of"]

_FAMILY = ("guardian", "parent", "relative")
_AS_THEY_ARE = ("given_name", "preferred_given_name", "middle_name", "family_name", "email", "identifier")


def people_of(side: Tables) -> pl.DataFrame:
    """One row a person, in the columns of `roster_model`.

    Role and school are those of the primary role, or of the first in order. A school is known by its identifier, or else its name: the two sides' ids differ.

    >>> import oneroster_reconcile as orr
    >>> ada = orr.User(id="u1", given_name="Ada", family_name="Byron", roles=(orr.Role(org="s1", role="student"),), grades=("05",))
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school", identifier="042")], users=[ada])
    >>> people_of(roster).select("id", "given_name", "role", "school", "grade").rows()
    [('u1', 'Ada', 'student', '042', '05')]
    """
    users = side[Kind.USER].lazy()
    births = side[Kind.DEMOGRAPHICS].lazy().select(id="user", birth_date="birth_date")
    schools = side[Kind.ORG].lazy().select(org="id", school=pl.coalesce("identifier", "name"))
    facts = users.select(
        "id", *_AS_THEY_ARE, phone=pl.coalesce("phone", "sms"), grade=pl.col("grades").list.first().cast(pl.String)
    )
    return (
        facts.join(births, on="id", how="left")
        .join(_roles(users), on="id", how="left")
        .join(schools, on="org", how="left")
        .drop("org")
        .sort("id")
        .collect()
    )


def _roles(users: pl.LazyFrame) -> pl.LazyFrame:
    """The role that speaks for each person who has any that has not ended, as `id, role, org`; all who are family have one role."""
    living = pl.element().filter(pl.element().struct.field("state") != State.TOBEDELETED.value)
    roles = users.select("id", pl.col("roles").list.eval(living)).explode("roles").drop_nulls("roles")
    parts = roles.select(
        "id", *(pl.col("roles").struct.field(name).cast(pl.String).alias(name) for name in ("role", "org", "primary"))
    )
    second = pl.col("primary") != "true"
    parts = parts.with_columns(role=pl.when(pl.col("role").is_in(_FAMILY)).then(pl.lit("guardian")).otherwise("role"))
    return parts.sort("id", second, "role", "org").unique("id", keep="first", maintain_order=True).select("id", "role", "org")
