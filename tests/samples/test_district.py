"""`samples.district`: a district hangs together, is believable, and is the same everywhere."""

import hashlib
from datetime import date
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples import District, district
from tests.samples.laws import breaches


@cache
def town() -> District:
    return district(3_000, seed=11)


@settings(max_examples=12)
@given(students=st.integers(1, 400), seed=st.integers(0, 2**32), year=st.integers(2000, 2060))
def test_a_district_of_any_size_keeps_every_law(students: int, seed: int, year: int) -> None:
    """References resolve, keys are unique, tables are canonical, classes are led, families agree, ages fit."""
    made = district(students, seed=seed, year=year)
    assert breaches(made.roster, year) == []
    assert len(made.students) == students


def test_a_bigger_district_keeps_every_law() -> None:
    """With several schools a level there are teachers of several schools and guardians of several."""
    assert breaches(town().roster, 2026) == []


def test_the_same_arguments_make_the_same_district() -> None:
    """Frame by frame and in the same order of rows."""
    one, two = district(500, seed=3), district(500, seed=3)
    assert all(one.roster[kind].frame.equals(two.roster[kind].frame) for kind in Kind)


@pytest.mark.parametrize("other", [{"seed": 4}, {"seed": 3, "year": 2027}])
def test_another_seed_or_year_makes_another_district(other: dict[str, int]) -> None:
    """What does not depend on chance, such as the courses, stays; the people do not."""
    one, two = district(500, seed=3), district(500, **other)
    assert one.roster.courses == two.roster.courses
    assert one.roster.users != two.roster.users
    assert one.roster.enrollments != two.roster.enrollments


def test_a_district_is_the_same_on_every_machine() -> None:
    """The digest of one district is fixed here; a change of it is a change of every figure that names a generated district."""
    roster = district(1_000, seed=1).roster
    text = [
        roster.users.frame.select("id", "given_name", "family_name", "username", "phone").write_csv(),
        roster.demographics.frame.select("user", "birth_date", "sex", "asian").write_csv(),
        roster.classes.frame.select("id", "title", "school").write_csv(),
        roster.enrollments.frame.select("class_", "user", "primary", "begin", "end").write_csv(),
    ]
    assert (
        hashlib.sha256("".join(text).encode()).hexdigest() == "6aacb8c6aa4ddd6a702c79edbaf48b729d13abc7627f4d5fabe14544ec1c0178"
    )


def test_sizes_are_believable() -> None:
    """About nine enrollments a student, classes of 15 to 32, a school for about 400 to 1,600 students, one teacher for 12 to 25."""
    roster = town().roster
    assert 8.5 <= len(roster.enrollments) / 3_000 <= 9.5
    students = roster.enrollments.frame.filter(pl.col("role") == "student")
    sizes = students.group_by("class_").len()["len"]
    assert 15 <= sizes.mean() <= 27
    assert sizes.max() <= 32
    homerooms = roster.classes.frame.filter(pl.col("class_type") == "homeroom")["id"].to_list()
    assert students.filter(pl.col("class_").is_in(homerooms)).height == len(
        town().students.where(pl.col("grades").list.first().is_in(["KG", "01", "02", "03", "04", "05"]))
    )
    teachers = roster.enrollments.frame.filter(pl.col("role") == "teacher")["user"].n_unique()
    assert 12 <= 3_000 / teachers <= 25
    assert 1.2 <= roster.users.frame.filter(pl.col("id").str.starts_with("g")).height / 3_000 * 1.8 <= 1.6


def test_secondary_students_have_six_or_seven_classes_a_term() -> None:
    """Elementary students have a homeroom and four specials, the others a full timetable in fall and in spring."""
    roster = town().roster
    terms = roster.classes.frame.select(class_="id", term=pl.col("terms").list.first().str.slice(5))
    grades = roster.users.frame.select(user="id", grade=pl.col("grades").list.first())
    seats = roster.enrollments.frame.filter(pl.col("role") == "student").join(terms, on="class_").join(grades, on="user")
    counts = seats.group_by("user", "grade").agg(fall=(pl.col("term") != "s").sum(), spring=(pl.col("term") != "f").sum())
    young = pl.col("grade").is_in(["KG", "01", "02", "03", "04", "05"])
    assert set(counts.filter(young)["fall"]) == {5}
    assert set(counts.filter(~young)["fall"]) == {6, 7}
    assert counts["fall"].equals(counts["spring"])


def test_siblings_share_guardians_address_and_mostly_a_surname() -> None:
    """Children with the same guardians go to the same school at the same level; twins share the birth date and nobody else is as close."""
    users, born = (
        town().roster.users.frame,
        town().roster.demographics.frame.select(pl.col("user").alias("id"), "birth_date"),
    )
    students = users.filter(pl.col("grades").list.len() > 0).select(
        "id", "family_name", "given_name", "primary_org", "grades", first=pl.col("agents").list.first()
    )
    families = students.join(born, on="id").group_by("first").agg(pl.all())
    families = families.filter(pl.col("id").list.len() > 1)
    assert families.height > 700
    assert (families["family_name"].list.n_unique() == 1).mean() > 0.95
    assert (families["given_name"].list.n_unique() == families["given_name"].list.len()).all()
    twins = families.filter(pl.col("birth_date").list.n_unique() < pl.col("birth_date").list.len())
    assert 20 <= twins.height <= 120
    gaps = (
        families.select(pl.col("birth_date").list.unique().list.sort().list.diff(null_behavior="drop").explode().dt.total_days())
        .to_series()
        .drop_nulls()
    )
    assert gaps.min() > 270


def test_some_people_are_several_things() -> None:
    """Teachers who are guardians, aides who teach, teachers of several schools, co-teachers beside the primary one."""
    roster = town().roster
    roles = roster.users.frame.select("id", "roles").explode("roles").select("id", pl.col("roles").struct.field("org", "role"))
    by_person = roles.group_by("id").agg(pl.col("role").unique().sort())
    kinds = {tuple(found) for found in by_person["role"]}
    assert {("guardian", "teacher"), ("aide", "teacher"), ("principal",), ("counselor",), ("districtAdministrator",)} <= kinds
    schools = roles.filter(pl.col("role") == "teacher").group_by("id").len()
    assert schools.filter(pl.col("len") > 1).height > 0
    teachers = (
        roster.enrollments.frame.filter(pl.col("role") == "teacher").group_by("class_").agg(pl.col("primary").sum(), pl.len())
    )
    assert teachers.filter(pl.col("len") == 2).height > 20


def test_names_have_many_origins() -> None:
    """Diacritics, hyphens, particles and apostrophes occur; usernames have none of them."""
    users = town().roster.users.frame
    names = " ".join(users["family_name"].to_list() + users["given_name"].to_list())
    assert all(sign in names for sign in "áñøư-'")
    assert any(name.startswith(("de la ", "van ", "von ")) for name in users["family_name"])
    assert users["username"].str.contains(r"^[a-z]+\.[a-z]+\d*$").all()


def test_the_calendar_follows_the_year() -> None:
    """The school year runs from 17 August to 17 June of the next year, and its semesters meet."""
    sessions = district(10, year=2030).roster.sessions
    assert (sessions["y2030"].start, sessions["y2030"].end, sessions["y2030"].school_year) == (
        date(2030, 8, 17),
        date(2031, 6, 17),
        2031,
    )
    assert sessions["y2030f"].end == sessions["y2030s"].start


def test_a_district_without_students_is_refused() -> None:
    """The message names the value."""
    with pytest.raises(ValueError, match="students=0"):
        district(0)
