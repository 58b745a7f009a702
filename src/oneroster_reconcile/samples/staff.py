"""Who works in the district: teachers as the sections need them, and the people who run the schools."""

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.courses import SUBJECTS
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.levels import LEVELS
from oneroster_reconcile.samples.people import fresh_ids
from oneroster_reconcile.samples.schools import DISTRICT, Schools

__all__ = ["AIDE", "NO_TEACHERS", "Staffing", "administrators", "fill", "posts"]

AIDE = "Aide"
_SPECIAL = "Special Education"
NO_TEACHERS = pl.DataFrame(schema={"id": pl.String(), "department": pl.String(), "home": pl.String()})
"""Teachers by the department they were hired for and their school, which is blank for those who go from school to school."""


@frozen(eq=False)
class Staffing:
    """`posts` with the `teacher` of each, and all teachers with the last `hired` of them new."""

    posts: pl.DataFrame
    teachers: pl.DataFrame
    hired: int


def posts(draws: Draws, sections: pl.DataFrame) -> pl.DataFrame:
    """What there is to teach, as `section, school, department, home, load, primary`.

    Every section has one primary post; some have a second one, for a teacher of special education or an aide who teaches too.
    """
    described = pl.DataFrame(
        {
            "subject": range(len(SUBJECTS)),
            "department": [subject.department for subject in SUBJECTS],
            "load": [subject.load for subject in SUBJECTS],
            "itinerant": [subject.itinerant for subject in SUBJECTS],
            "homeroom": [subject.is_homeroom for subject in SUBJECTS],
            "core": [subject.semesters and not subject.itinerant for subject in SUBJECTS],
        }
    )
    rows = sections.with_row_index("section").join(described, on="subject", how="left", maintain_order="left")
    luck = pl.Series(draws.uniform(rows.height))
    home = pl.when("itinerant").then(pl.lit("")).otherwise("school")
    led = rows.select("section", "school", "department", home.alias("home"), "load", primary=pl.lit(value=True))
    special = rows.filter(pl.col("core") & (luck < 0.09)).select(
        "section",
        "school",
        pl.lit(_SPECIAL).alias("department"),
        pl.col("school").alias("home"),
        pl.lit(5, pl.Int64).alias("load"),
        primary=pl.lit(value=False),
    )
    aided = rows.filter(pl.col("homeroom") & (luck < 0.06)).select(
        "section",
        "school",
        pl.lit(AIDE).alias("department"),
        pl.col("school").alias("home"),
        pl.lit(1, pl.Int64).alias("load"),
        primary=pl.lit(value=False),
    )
    return pl.concat([led, special, aided])


def fill(wanted: pl.DataFrame, teachers: pl.DataFrame, first: int) -> Staffing:
    """Give every post to a teacher of its department and school, in order of their ids, and hire where they are too few."""
    place = pl.int_range(pl.len()).over("department", "home")
    slots = wanted.with_columns(slot=place // pl.col("load"))
    demand = slots.select("department", "home", "slot").unique(maintain_order=True)
    known = teachers.sort("id").with_columns(slot=place)
    matched = demand.join(known, on=["department", "home", "slot"], how="left", maintain_order="left")
    vacant = matched.filter(pl.col("id").is_null()).drop("id")
    hired = vacant.with_columns(fresh_ids("t", first, vacant.height))
    everyone = pl.concat([matched.drop_nulls("id"), hired.select(matched.columns)])
    filled = slots.join(everyone, on=["department", "home", "slot"], how="left", maintain_order="left")
    return Staffing(
        filled.select("section", "school", "primary", teacher="id"),
        pl.concat([teachers, hired.select(teachers.columns)]),
        vacant.height,
    )


def administrators(schools: Schools, students: int) -> pl.DataFrame:
    """The posts outside the classroom, one a row as `org, role`."""
    rows: list[tuple[str, str]] = [(DISTRICT, "systemAdministrator")]
    rows += [(DISTRICT, "districtAdministrator")] * max(1, students // 10_000)
    for school, level in zip(schools.ids, np.asarray(LEVELS, dtype=object)[schools.level], strict=True):
        rows += [(school, "principal")]
        rows += [(school, "siteAdministrator")] * level.deputies
        rows += [(school, "counselor")] * level.counselors
        rows += [(school, "aide")] * level.aides
    return pl.DataFrame(rows, schema=["org", "role"], orient="row")
