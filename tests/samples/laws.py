"""What is true of the roster of every district, on its first day and after every night."""

from datetime import date

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.samples.levels import GRADES

__all__ = ["breaches"]


def breaches(roster: Roster, year: int) -> list[str]:
    """What is wrong with a roster, in words; nothing where all laws hold."""
    return [
        *_not_canonical(roster),
        *_dangling(roster),
        *_long_ids(roster),
        *_badly_led(roster),
        *_one_sided(roster),
        *_misplaced(roster),
        *_doubled(roster),
        *_wrong_age(roster, year),
        *_wrong_dates(roster),
    ]


def _not_canonical(roster: Roster) -> list[str]:
    """`Table.of` also refuses keys that are blank or there twice."""
    return [
        f"{kind} is not canonical"
        for kind in Kind
        if not Table.of(row_class(kind), roster[kind].frame).frame.equals(roster[kind].frame)
    ]


def _dangling(roster: Roster) -> list[str]:
    found: list[str] = []
    for kind in Kind:
        for field in fields_of(row_class(kind)):
            if field.column.refers:
                column = roster[kind].frame[field.name]
                ids = (column.explode() if field.shape is Shape.SET else column).drop_nulls()
                lost = set(ids) - set(roster[field.column.refers].frame["id"])
                found += [f"{kind}.{field.name} refers to {sorted(lost)[:3]}"] if lost else []
    lost_roles = set(_roles(roster)["org"]) - set(roster.orgs.frame["id"])
    return [*found, *(f"a role refers to {org}" for org in lost_roles)]


def _long_ids(roster: Roster) -> list[str]:
    ids = pl.concat([roster[kind].frame["id"] for kind in (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)])
    return [f"{name} has more than 12 characters" for name in ids.filter(ids.str.len_chars() > 12)]


def _badly_led(roster: Roster) -> list[str]:
    primary = roster.enrollments.frame.filter(pl.col("primary"), pl.col("role") == "teacher")["class_"].to_list()
    classes = roster.classes.frame["id"].to_list()
    found = [] if sorted(primary) == sorted(classes) else ["not every class has exactly one primary teacher"]
    pupils = roster.enrollments.frame.filter((pl.col("role") == "student") & pl.col("primary"))
    return found + (["a student is a primary teacher"] if pupils.height else [])


def _one_sided(roster: Roster) -> list[str]:
    pairs = roster.users.frame.select("id", "agents").explode("agents").drop_nulls()
    one = set(pairs.rows())
    alone = roster.users.frame.filter(pl.col("grades").list.len() > 0, pl.col("agents").list.len() == 0)
    return ["agents are not symmetric"] * (one != {(agent, person) for person, agent in one}) + ["a student has no guardian"] * (
        alone.height > 0
    )


def _misplaced(roster: Roster) -> list[str]:
    """Whoever is in a class has that role in its school; guardians have one in every school of their children, and nowhere else."""
    schools = dict(roster.classes.frame.select("id", "school").iter_rows())
    held = set(_roles(roster).select("id", "org", "role").rows())
    enrolled = {
        (user, schools[class_], role)
        for class_, user, role in roster.enrollments.frame.select("class_", "user", "role").iter_rows()
    }
    students = roster.users.frame.filter(pl.col("grades").list.len() > 0)
    guardians = {
        (agent, org, "guardian") for org, agents in students.select("primary_org", "agents").iter_rows() for agent in agents
    }
    pupils = {(user, org, "student") for user, org in students.select("id", "primary_org").iter_rows()}
    found = [] if enrolled <= held else [f"enrolled without a role: {sorted(enrolled - held)[:3]}"]
    found += (
        []
        if guardians == {role for role in held if role[2] == "guardian"}
        else ["guardians' roles are not those of the children"]
    )
    found += (
        [] if pupils == {role for role in held if role[2] == "student"} else ["students' roles are not those of their schools"]
    )
    primary = _roles(roster).filter("primary").select("id", "org")
    found += ["a person has two primary roles in an org"] * primary.is_duplicated().any()
    homeless = roster.users.where(
        pl.col("primary_org").is_not_null()
        & ~pl.col("roles").list.eval(pl.element().struct.field("org")).list.contains(pl.col("primary_org"))
    )
    return found + ["a primary org is none of the person's"] * (len(homeless) > 0)


def _doubled(roster: Roster) -> list[str]:
    return [
        f"a {name} is there twice"
        for name in ("username", "email", "identifier")
        if roster.users.frame[name].drop_nulls().is_duplicated().any()
    ]


def _wrong_age(roster: Roster, year: int) -> list[str]:
    """Kindergartners are five on the first of September; some were held back for a year, and nobody is ahead of their age."""
    born = dict(roster.demographics.frame.select("user", "birth_date").iter_rows())
    students = roster.users.frame.filter(pl.col("grades").list.len() > 0).select("id", pl.col("grades").list.first())
    if born.keys() != set(students["id"]):
        return ["demographics are not those of the students"]
    ages = [(born[student], GRADES.index(grade)) for student, grade in students.iter_rows()]
    return ["a birth date does not fit its grade"] * any(
        not date(year - 7 - grade, 9, 1) < birth <= date(year - 5 - grade, 9, 1) for birth, grade in ages
    )


def _wrong_dates(roster: Roster) -> list[str]:
    sessions = roster.sessions.frame.select(term="id", starts="start", ends="end")
    terms = roster.classes.frame.select(class_="id", term=pl.col("terms").list.first()).join(sessions, on="term")
    rows = roster.enrollments.frame.filter(pl.col("begin").is_not_null()).join(terms, on="class_")
    wrong = rows.filter(
        (pl.col("begin") < pl.col("starts")) | (pl.col("end") != pl.col("ends")) | (pl.col("begin") >= pl.col("end"))
    )
    return ["an enrollment is not in its term"] * (wrong.height > 0)


def _roles(roster: Roster) -> pl.DataFrame:
    return (
        roster.users.frame.select("id", "roles")
        .explode("roles")
        .select("id", pl.col("roles").struct.field("org", "role", "primary"))
    )
