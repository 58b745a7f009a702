"""People as rows of the `users` and `demographics` tables."""

import polars as pl

from oneroster_reconcile.model.canonical import conform
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.schema import schema_of
from oneroster_reconcile.model.users import User, UserId
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.households import birth_dates
from oneroster_reconcile.samples.levels import GRADES
from oneroster_reconcile.samples.names import ORIGINS, families, given
from oneroster_reconcile.samples.roles import role_lists
from oneroster_reconcile.samples.schools import DOMAIN

__all__ = [
    "GUARDIAN_MAIL",
    "STAFF_MAIL",
    "STUDENT_MAIL",
    "demographic_rows",
    "fresh_ids",
    "guardian_rows",
    "handle_base",
    "newly_hired",
    "phones",
    "staff_rows",
    "student_rows",
]

STUDENT_MAIL = f"@students.{DOMAIN}"
STAFF_MAIL = f"@{DOMAIN}"
GUARDIAN_MAIL = "@mail.example"
_NAMES = ("id", "given_name", "family_name")
_RACES = sorted({origin.race for origin in ORIGINS} - {"hispanic_or_latino_ethnicity"})
_HISPANIC = "hispanic_or_latino_ethnicity"


def fresh_ids(letter: str, first: int, count: int) -> pl.Series:
    """So many ids: the letter and a number each, from `first` on.

    >>> fresh_ids("s", 1000000, 2).to_list()
    ['s1000000', 's1000001']
    """
    return pl.select(pl.format("{}{}", pl.lit(letter), pl.int_range(first, first + count)).alias("id"))["id"]


def handle_base(people: pl.DataFrame) -> pl.Series:
    """Given name and surname in plain letters: a username before it has a number."""
    return people.select(pl.format("{}.{}", "given_slug", "family_slug").alias("base"))["base"]


def phones(draws: Draws, count: int) -> pl.Series:
    """Telephone numbers of the 555 exchange, which belong to nobody."""
    area = pl.Series([f"+1-{code}-555-" for code in range(201, 990)]).gather(draws.below(789, count))
    line = pl.Series([f"{number:04}" for number in range(10_000)]).gather(draws.below(10_000, count))
    return (area + line).alias("phone")


def newly_hired(draws: Draws, ids: pl.Series) -> pl.DataFrame:
    """Adults of these ids, with their names, sex and origin."""
    origin = draws.weighted([origin.weight for origin in ORIGINS], len(ids))
    female = draws.chance(0.72, len(ids))
    surname = families().drawn(draws, origin)
    names = pl.DataFrame({"family_name": families().names.gather(surname), "family_slug": families().slugs.gather(surname)})
    return pl.concat([ids.to_frame("id"), given(female, origin, draws.below(10_000, len(ids))), names], how="horizontal")


def student_rows(draws: Draws, people: pl.DataFrame) -> pl.DataFrame:
    """Students as users. `people` has `id, handle, school, grade, agents, female` and the names."""
    schools = people["school"].unique().sort()
    roles = role_lists(schools.to_frame("id").with_columns(org="id", role=pl.lit("student")))
    said = pl.Series(draws.chance(0.02, people.height))
    rows = people.join(roles.rename({"id": "school"}), on="school", how="left", maintain_order="left").select(
        *_NAMES,
        "middle_name",
        "agents",
        "roles",
        preferred_given_name=pl.when(pl.Series(draws.chance(0.05, people.height))).then("middle_name"),
        pronouns=pl.when(said).then(pl.when("female").then(pl.lit("she/her")).otherwise(pl.lit("he/him"))),
        username="handle",
        email=pl.col("handle") + STUDENT_MAIL,
        identifier=pl.lit("4") + pl.col("id").str.slice(1),
        primary_org="school",
        grades=pl.concat_list(pl.Series(GRADES).gather(people["grade"])),
    )
    return conform(rows.lazy(), User).collect()


def guardian_rows(draws: Draws, people: pl.DataFrame) -> pl.DataFrame:
    """Guardians as users. `people` has `id, handle, agents, roles` and the names; one in eight gives no e-mail address."""
    reached = pl.Series(draws.chance(0.88, people.height))
    rows = people.select(
        *_NAMES,
        "agents",
        "roles",
        username="handle",
        email=pl.when(reached).then(pl.col("handle") + GUARDIAN_MAIL),
        phone=phones(draws, people.height),
    )
    return conform(rows.lazy(), User).collect()


def staff_rows(draws: Draws, people: pl.DataFrame) -> pl.DataFrame:
    """Staff as users. `people` has `id, handle, school, agents, roles` and the names; who has children here gives a telephone number."""
    user_ids = schema_of(User)["user_ids"]
    parts = schema_of(UserId).names()
    rows = people.select(
        *_NAMES,
        "agents",
        "roles",
        username="handle",
        email=pl.col("handle") + STAFF_MAIL,
        phone=pl.when(pl.col("agents").list.len() > 0).then(phones(draws, people.height)),
        identifier=pl.lit("7") + pl.col("id").str.slice(1),
        primary_org="school",
        user_ids=pl.concat_list(pl.struct(type=pl.lit("LDAP"), identifier="handle").struct.rename_fields(parts)).cast(user_ids),
    )
    return conform(rows.lazy(), User).collect()


def demographic_rows(draws: Draws, people: pl.DataFrame, year: int) -> pl.DataFrame:
    """The demographics of students. `people` has `id, grade, born, female, origin`."""
    count = people.height
    origin = people["origin"].to_numpy()
    native = pl.Series([origin.race for origin in ORIGINS]).gather(origin)
    other = pl.Series(_RACES).gather(draws.below(len(_RACES), count))
    # Who is Hispanic says a race too, or none.
    white = (native == _HISPANIC) & pl.Series(draws.chance(0.6, count))
    races = pl.select(
        first=pl.when(white).then(pl.lit("white")).otherwise(native),
        second=pl.when(pl.Series(draws.chance(0.06, count))).then(other).otherwise(pl.lit("")),
    )
    flags = races.select(
        *(((pl.col("first") == name) | (pl.col("second") == name)).alias(name) for name in _RACES),
        demographic_race_two_or_more_races=(pl.col("second") != "") & (pl.col("second") != pl.col("first")),
        hispanic_or_latino_ethnicity=(native == _HISPANIC) | pl.Series(draws.chance(0.03, count)),
    )
    known = people.select(
        user="id",
        birth_date=birth_dates(year, people["grade"].to_numpy(), people["born"].to_numpy()),
        sex=pl.when("female").then(pl.lit("female")).otherwise(pl.lit("male")),
    )
    return conform(pl.concat([known, flags], how="horizontal").lazy(), Demographics).collect()
