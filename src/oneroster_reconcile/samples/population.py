"""Everyone in the district: students, guardians, teachers, and those who are several of these."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.handles import issue_handles
from oneroster_reconcile.samples.people import (
    demographic_rows,
    guardian_rows,
    handle_base,
    newly_hired,
    staff_rows,
    student_rows,
)
from oneroster_reconcile.samples.roles import role_lists
from oneroster_reconcile.samples.staff import AIDE, Staffing

__all__ = ["Population", "classroom_roles", "kin", "populate"]

_TEACHERS_WITH_CHILDREN = 0.08
_NAMES = ("given_name", "given_slug", "family_name", "family_slug")


@frozen(eq=False)
class Population:
    """The rows of `users` and `demographics`, the usernames that are issued, and the staff beyond the teachers."""

    users: pl.DataFrame
    demographics: pl.DataFrame
    handles: pl.DataFrame


def kin(children: pl.DataFrame, guardians: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Children and guardians, each with the `agents` that the other side of the household is to them; every household has both."""
    return _with_agents(children, guardians), _with_agents(guardians, children)


def populate(
    draws: Draws, children: pl.DataFrame, guardians: pl.DataFrame, staffing: Staffing, offices: pl.DataFrame, year: int
) -> Population:
    """Everybody as rows: `children` with their ids and schools, `guardians` with their ids, the teachers and the posts outside the classroom."""
    staff = newly_hired(draws, pl.concat([staffing.teachers["id"], offices["id"]]))
    guardians, staff = _parents(draws, guardians, staff, staffing)
    children, guardians = kin(children, guardians)
    held = pl.concat([_guardianships(children, guardians), classroom_roles(staffing), offices.select("id", "org", "role")])
    roles = role_lists(held)
    desks = pl.concat(
        [staffing.posts.select("teacher", "school"), offices.select("id", "org").rename({"id": "teacher", "org": "school"})]
    )
    staff = (
        staff.join(guardians.select("id", "agents"), on="id", how="left", maintain_order="left")
        .join(roles, on="id", how="left", maintain_order="left")
        .join(
            desks.unique("teacher", keep="first", maintain_order=True).rename({"teacher": "id"}),
            on="id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("agents").fill_null([]))
    )
    guardians = guardians.join(staff, on="id", how="anti").join(roles, on="id", how="left", maintain_order="left")
    groups = [children, staff, guardians]
    names, handles = issue_handles(pl.concat([handle_base(group) for group in groups]))
    children, staff, guardians = _dealt(groups, names.alias("handle"))
    users = pl.concat([student_rows(draws, children), staff_rows(draws, staff), guardian_rows(draws, guardians)])
    return Population(users, demographic_rows(draws, children, year), handles)


def _with_agents(people: pl.DataFrame, agents: pl.DataFrame) -> pl.DataFrame:
    lists = agents.group_by("household", maintain_order=True).agg(pl.col("id").sort().alias("agents"))
    return people.join(lists, on="household", how="left", maintain_order="left")


def _parents(draws: Draws, guardians: pl.DataFrame, staff: pl.DataFrame, staffing: Staffing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some of the guardians are teachers: one person, who is known to the schools by the one id and the guardian's name."""
    teachers = staffing.teachers.height
    wanted = min(max(1, round(_TEACHERS_WITH_CHILDREN * teachers)), guardians.height, teachers)
    parents = guardians[draws.picked(wanted, guardians.height)]
    pairs = parents.select(*_NAMES, was="id").with_columns(id=staff["id"].gather(draws.shuffled(teachers)[:wanted]))
    known = guardians.join(
        pairs.select(pl.col("was").alias("id"), pl.col("id").alias("teacher")), on="id", how="left", maintain_order="left"
    )
    return (
        known.with_columns(id=pl.coalesce("teacher", "id")).drop("teacher"),
        staff.update(pairs.select("id", *_NAMES), on="id"),
    )


def _guardianships(children: pl.DataFrame, guardians: pl.DataFrame) -> pl.DataFrame:
    """A guardian has a role in every school of the children."""
    schools = children.select("household", org="school").unique(maintain_order=True)
    return guardians.select("id", "household").join(schools, on="household").select("id", "org", pl.lit("guardian").alias("role"))


def classroom_roles(staffing: Staffing) -> pl.DataFrame:
    """The roles of those who teach, as `id, org, role`; an aide who teaches is both."""
    taught = staffing.posts.select(pl.col("teacher").alias("id"), pl.col("school").alias("org"), pl.lit("teacher").alias("role"))
    aides = staffing.teachers.filter(pl.col("department") == AIDE).select(
        "id", pl.col("home").alias("org"), pl.lit("aide").alias("role")
    )
    return pl.concat([taught.unique(maintain_order=True), aides])


def _dealt(groups: list[pl.DataFrame], handles: pl.Series) -> list[pl.DataFrame]:
    """Each group with its part of the usernames, which come in the groups' order."""
    ends = [sum(group.height for group in groups[: place + 1]) for place in range(len(groups))]
    return [group.with_columns(handles.slice(end - group.height, group.height)) for group, end in zip(groups, ends, strict=True)]
