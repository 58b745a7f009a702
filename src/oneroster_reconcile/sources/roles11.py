"""OneRoster 1.1's roles and 1.2's: one role with several orgs there, several roles with one org each here.

The standard defines no mapping between the two; `administrator` becomes the administrator of whatever its org is.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

__all__ = ["role_of_11", "with_role_of_11"]

_SAME: Final = ("aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
_TO_11: Final[Mapping[str, str]] = {
    **{role: role for role in _SAME},
    **dict.fromkeys(
        ("administrator", "districtAdministrator", "siteAdministrator", "systemAdministrator", "principal"), "administrator"
    ),
}


def role_of_11(role: pl.Expr) -> pl.Expr:
    """The 1.1 token of a 1.2 role; what 1.1 has no word for (a counselor, `ext:...`) is an aide there.

    >>> pl.DataFrame({"role": ["principal", "student", "counselor"]}).select(role_of_11(pl.col("role")))["role"].to_list()
    ['administrator', 'student', 'aide']
    """
    return role.replace_strict(_TO_11, default="aide")


def with_role_of_11(users: pl.LazyFrame) -> pl.LazyFrame:
    """The users with `role_11`, the role that leads, and `orgs_11`, the orgs where it is theirs.

    The role at the person's primary org leads, then a primary role, then the first by org.
    """
    roles = (
        users.select("id", "primary_org", "roles")
        .explode("roles")
        .drop_nulls("roles")
        .unnest("roles")
        .filter(pl.col("state") != "tobedeleted")
        .with_columns(
            role_of_11(pl.col("role")).alias("role_11"), at_home=(pl.col("org") == pl.col("primary_org")).fill_null(value=False)
        )
        .sort("at_home", "primary", "org", "role", descending=[True, True, False, False])
    )
    leading = roles.unique("id", keep="first", maintain_order=True).select("id", "role_11")
    orgs = roles.join(leading, on=["id", "role_11"]).group_by("id", "role_11").agg(pl.col("org").unique().sort().alias("orgs_11"))
    return users.join(orgs, on="id", how="left", maintain_order="left")
