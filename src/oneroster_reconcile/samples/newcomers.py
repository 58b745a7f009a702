"""Children who are new to the district: of families that moved in, or younger and older siblings of those who are here."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.households import ONE_CHILD, settle
from oneroster_reconcile.samples.names import slug
from oneroster_reconcile.samples.people import demographic_rows, guardian_rows, handle_base, student_rows
from oneroster_reconcile.samples.population import kin
from oneroster_reconcile.samples.roles import role_lists

__all__ = ["Newcomers", "admit", "only_children"]


@frozen(eq=False)
class Newcomers:
    """The new rows of `users` and `demographics`; `born` says as `id, child` who of those that are here already got a child."""

    students: pl.DataFrame
    guardians: pl.DataFrame
    demographics: pl.DataFrame
    born: pl.DataFrame


def only_children(users: pl.DataFrame) -> pl.DataFrame:
    """Students without a sibling here, as `id, school, grade, agents, family_name`: whoever becomes one will not have the age of another."""
    alone = users.filter(pl.col("agents").list.len() == 1, pl.col("grades").list.len() == 0).select(first=pl.col("id"))
    students = users.filter(pl.col("grades").list.len() > 0)
    return students.select(
        "id",
        "agents",
        "family_name",
        school="primary_org",
        grade=pl.col("grades").list.first(),
        first=pl.col("agents").list.first(),
    ).join(alone, on="first", how="semi", maintain_order="left")


def admit(draws: Draws, desk: Desk, places: pl.DataFrame, siblings: pl.DataFrame, year: int) -> Newcomers:
    """Children for `places` (`school, grade`), each with new guardians, and `siblings` (`school, grade, agents, family_name`) with those of the family."""
    homes = settle(draws, places.height + siblings.height, sizes_of_families=ONE_CHILD)
    children = homes.children.with_columns(
        desk.ids("s", homes.children.height),
        *pl.concat([places.select("school", "grade"), siblings.select("school", "grade")]).get_columns(),
    )
    guardians = homes.guardians.filter(pl.col("household") < places.height)
    guardians = guardians.with_columns(desk.ids("g", guardians.height))
    newly, guardians = kin(children.head(places.height), guardians)
    added = children.tail(siblings.height).with_columns(
        siblings["agents"],
        siblings["family_name"],
        pl.Series("family_slug", [slug(name) for name in siblings["family_name"]], dtype=pl.String()),
    )
    children = pl.concat([newly, added.select(newly.columns)])
    schools = newly.select("household", org="school")
    held = guardians.join(schools, on="household").select("id", "org", role=pl.lit("guardian"))
    guardians = guardians.join(role_lists(held), on="id", how="left", maintain_order="left")
    children = children.with_columns(desk.handles(handle_base(children)))
    guardians = guardians.with_columns(desk.handles(handle_base(guardians)))
    return Newcomers(
        student_rows(draws, children),
        guardian_rows(draws, guardians),
        demographic_rows(draws, children, year),
        added.select(pl.col("agents").alias("id"), pl.col("id").alias("child")).explode("id"),
    )
