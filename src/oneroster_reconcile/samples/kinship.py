"""What guardians are when their children come, go and change schools."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.roles import role_lists

__all__ = ["Kinship", "kinship"]


@frozen(eq=False)
class Kinship:
    """`changed` has `id, agents, roles` of those who are different now; `left` the ids of guardians who have nothing to do with a school any more."""

    changed: pl.DataFrame
    left: pl.Series


def kinship(
    users: pl.DataFrame, *, gone: pl.Series, placed: pl.DataFrame, born: pl.DataFrame, teaching: pl.DataFrame | None = None
) -> Kinship:
    """The guardians after the children of `gone` left, those of `placed` (`child, org`) came to a school, and those of `born` (`id, child`) got a guardian.

    `teaching` (`id, org`) says where people teach from now on; who is not in it teaches as before.
    """
    teaching = pl.DataFrame(schema={"id": pl.String(), "org": pl.String()}) if teaching is None else teaching
    touched = pl.concat([gone.rename("child"), placed["child"]])
    parents = users.join(touched.to_frame("id"), on="id", how="semi").select(pl.col("agents").explode().alias("id"))
    affected = pl.concat([parents, born.select("id"), teaching.select("id")]).drop_nulls().unique()
    before = users.join(affected, on="id", how="semi").select("id", "agents", "roles")
    pairs = pl.concat([before.select("id", child="agents").explode("child").drop_nulls(), born.select("id", "child")])
    pairs = pairs.join(gone.to_frame("child"), on="child", how="anti")
    agents = pairs.group_by("id", maintain_order=True).agg(agents=pl.col("child").sort())
    roles = role_lists(
        pl.concat(
            [_guardianships(users, pairs, placed), _others(before, teaching), teaching.with_columns(role=pl.lit("teacher"))]
        )
    )
    after = (
        before.select("id")
        .join(agents, on="id", how="left", maintain_order="left")
        .join(roles, on="id", how="left", maintain_order="left")
        .with_columns(pl.col("agents").fill_null([]))
    )
    left = pl.col("roles").is_null()
    same = (after["agents"].eq_missing(before["agents"])) & (after["roles"].eq_missing(before["roles"]))
    return Kinship(after.filter(~left & ~same), after.filter(left)["id"])


def _guardianships(users: pl.DataFrame, pairs: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    stayed = users.join(placed.select(id="child"), on="id", how="anti").select(child="id", org="primary_org")
    schools = pl.concat([stayed.join(pairs, on="child", how="semi"), placed.select("child", "org")])
    held = pairs.join(schools, on="child", how="inner", maintain_order="left_right")
    return held.select("id", "org", role=pl.lit("guardian"))


def _others(before: pl.DataFrame, teaching: pl.DataFrame) -> pl.DataFrame:
    """The roles that do not come from children, without those of teachers who are told anew where they teach."""
    held = before.select("id", "roles").explode("roles").select("id", pl.col("roles").struct.field("org", "role"))
    told = pl.col("id").is_in(teaching["id"].to_list()) & (pl.col("role") == "teacher")
    return held.filter((pl.col("role") != "guardian") & ~told)
