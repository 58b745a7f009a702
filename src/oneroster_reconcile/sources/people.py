"""The people of a package: their state, and what is theirs in other files or columns gathered into sets of theirs."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.model.schema import fields_of
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.sources.repeats import unique_rows

__all__ = ["administrators", "unplaced", "with_sets"]

_ADMINISTRATOR = pl.col("role_11") == "administrator"


def with_sets(users: pl.DataFrame, files: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The users, one row each, with their state, roles and profiles; `files` are the rows that were read, by the name of their file."""
    roles = _roles_of_11(users, files.get("orgs")) if "role_11" in users.columns else _roles_of_12(files.get("roles"))
    accounts = users.with_columns(_state())
    return _gathered(_gathered(accounts, roles, "roles"), _profiles(files.get("userProfiles")), "profiles")


def administrators(users: pl.DataFrame) -> pl.DataFrame:
    """Those whose roles the types of orgs decide: 1.1's administrators."""
    return users.filter(_ADMINISTRATOR) if "role_11" in users.columns else users.clear()


def unplaced(users: pl.DataFrame, orgs: pl.DataFrame | None) -> pl.DataFrame:
    """The administrators at an org of which nobody knows what it is."""
    found = administrators(users)
    if found.is_empty():
        return found
    known = _known(orgs)["id"].implode()
    return found.filter(pl.col("orgs_11").list.eval(~pl.element().is_in(known)).list.any())


def _known(orgs: pl.DataFrame | None) -> pl.DataFrame:
    """The orgs whose type is known, with `is_district`."""
    if orgs is None:
        return pl.DataFrame(schema={"id": pl.String, "is_district": pl.Boolean})
    return orgs.drop_nulls("type").select("id", is_district=pl.col("type").str.to_lowercase() == "district")


def _state() -> pl.Expr:
    """Ended by name, else suspended where `enabledUser` is false (which is not a deletion), else active."""
    suspended = (pl.col("state") == "active") & pl.col("enabled").eq_missing(other=False)
    return pl.when(suspended).then(pl.lit("suspended", dtype=_DTYPES["state"])).otherwise("state").alias("state")


def _roles_of_11(users: pl.DataFrame, orgs: pl.DataFrame | None) -> pl.DataFrame:
    """The roles that 1.1's `role` and `orgSourcedIds` make: one an org.

    Each is primary: the mark says which role leads at its org, and here there is one an org. `administrator` has no heir in 1.2: it becomes
    a districtAdministrator where the org is a district, else a siteAdministrator, and is left out where nobody knows what the org is.
    """
    known = _known(orgs)
    at_district = pl.col("orgs_11").is_in(known.filter("is_district")["id"].implode())
    administrator = pl.when(at_district).then(pl.lit("districtAdministrator")).otherwise(pl.lit("siteAdministrator"))
    role = pl.when(_ADMINISTRATOR).then(administrator).otherwise("role_11")
    said = users.select("role_11", "orgs_11", user=pl.col("id")).explode("orgs_11").drop_nulls("orgs_11")
    said = said.filter(~_ADMINISTRATOR | pl.col("orgs_11").is_in(known["id"].implode()))
    blanks = {field.name: pl.lit(_OF_EACH_11.get(field.name), dtype=field.dtype) for field in fields_of(Role)}
    return said.select("user", **{**blanks, "org": pl.col("orgs_11"), "role": role})


def _roles_of_12(roles: pl.DataFrame | None) -> pl.DataFrame | None:
    return None if roles is None else roles.with_columns((pl.col("primary") != "secondary").fill_null(value=True))


def _profiles(profiles: pl.DataFrame | None) -> pl.DataFrame | None:
    """The profiles that are not ended: one has no state of its own in the model."""
    return None if profiles is None else profiles.filter(pl.col("state") == "active").drop("state")


def _gathered(users: pl.DataFrame, elements: pl.DataFrame | None, column: str) -> pl.DataFrame:
    """The users with a set of theirs, which comes as one row an element with the id of its `user`, as a column."""
    field = next(field for field in fields_of(User) if field.name == column)
    if elements is None:
        return users.with_columns(pl.lit([], dtype=field.dtype).alias(column))
    parts = pl.struct(part.name for part in field.element)
    if elements["user"].equals(users["id"]):
        return users.with_columns(elements.select(pl.concat_list(parts).alias(column)))
    sets = _by_user(unique_rows(elements, ["user", *field.element_key]), parts.alias(column))
    if sets["user"].equals(users["id"]):
        return users.with_columns(sets[column])
    owning = users["id"].is_in(sets["user"].implode())
    owners, others = users.filter(owning), users.filter(~owning).with_columns(pl.lit([], dtype=field.dtype).alias(column))
    if owners["id"].equals(sets["user"]):
        # In the order of the users, as nearly always: a join would copy every set, which costs more than all the rest.
        return pl.concat([owners.with_columns(sets[column]), others])
    return pl.concat([owners.join(sets, left_on="id", right_on="user", maintain_order="left"), others])


def _by_user(elements: pl.DataFrame, collected: pl.Expr) -> pl.DataFrame:
    """The elements of each user as one row, the users in the order in which they come."""
    # Those of one user stand together, nearly always: to number such runs takes a fraction of what looking for their users takes.
    begins = pl.col("user").ne_missing(pl.col("user").shift())
    numbered = elements.with_columns(_run=begins.cum_sum().set_sorted())
    runs = numbered.group_by("_run", maintain_order=True).agg(pl.col("user").first(), collected).drop("_run")
    if runs["user"].hash().n_unique() == runs.height:
        return runs
    return elements.group_by("user", maintain_order=True).agg(collected)


_DTYPES = {field.name: field.dtype for field in fields_of(User)}
_OF_EACH_11 = {"primary": True, "state": "active"}
