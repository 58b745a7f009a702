"""What people are at their schools, as the `roles` column holds it."""

import polars as pl

from oneroster_reconcile.model.schema import schema_of
from oneroster_reconcile.model.users import Role

__all__ = ["role_lists"]

# At most one role a person and org is primary (OneRoster 1.2 CSV §4.15): the one that comes first here.
_PRECEDENCE = (
    "principal",
    "siteAdministrator",
    "districtAdministrator",
    "systemAdministrator",
    "counselor",
    "aide",
    "teacher",
    "student",
    "guardian",
)


def role_lists(held: pl.DataFrame) -> pl.DataFrame:
    """The roles that `id, org, role` rows say, one list an id as `id, roles`, in canonical order and sorted by id.

    >>> held = pl.DataFrame({"id": ["t1", "t1"], "org": ["b1", "b1"], "role": ["guardian", "teacher"]})
    >>> [(role["role"], role["primary"]) for role in role_lists(held)["roles"][0]]
    [('guardian', False), ('teacher', True)]
    """
    schema = schema_of(Role)
    standing = pl.col("role").replace_strict(list(_PRECEDENCE), range(len(_PRECEDENCE)), return_dtype=pl.Int64)
    rows = held.unique(["id", "org", "role"]).sort("id", "org", "role")
    primary = rows.select((standing == standing.min().over("id", "org")).alias("primary"))["primary"]
    full = rows.with_columns(
        primary,
        pl.lit(None, pl.Date).alias("begin"),
        pl.lit(None, pl.Date).alias("end"),
        pl.lit("active").cast(schema["state"]).alias("state"),
    )
    return full.group_by("id", maintain_order=True).agg(pl.struct(schema.names()).alias("roles"))
