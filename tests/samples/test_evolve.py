"""`samples.evolve`: what is said to have changed in a night is what is different, no more and no less."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import attrs
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples import District, Night, district, evolve
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.samples.laws import breaches
from tests.samples.truth import difference, known


def check(before: District, night: Night) -> None:
    """The truth is the difference of the two rosters, and the new one keeps every law."""
    for kind in Kind:
        assert known(night.truth, kind) == difference(before.roster, night.district.roster, kind), kind
    assert breaches(night.district.roster, night.district.year) == []
    assert night.district.night == before.night + 1


@settings(max_examples=8)
@given(
    students=st.integers(1, 250), seed=st.integers(0, 1_000), churn=st.sampled_from([0.0, 0.01, 0.1, 0.5]), rollover=st.booleans()
)
def test_the_truth_is_the_difference(students: int, seed: int, churn: float, rollover: bool) -> None:
    """For districts of any size, for much and little churn, night after night and over the new year."""
    day = district(students, seed=seed)
    for night in evolve(day, days=2, seed=seed, churn=churn, rollover=rollover):
        check(day, night)
        day = night.district


def test_the_truth_is_the_difference_in_a_bigger_district() -> None:
    """With several schools a level, where every kind of event occurs: a night, the new school year, and a night in it."""
    first = district(2_000, seed=5)
    (one,) = evolve(first, churn=0.05)
    (two,) = evolve(one.district, rollover=True)
    (three,) = evolve(two.district, churn=0.05)
    check(first, one)
    check(one.district, two)
    check(two.district, three)
    ordinary = {
        "joined", "guardian_joined", "left", "guardian_left", "moved", "switched", "hired", "resigned", "opened",
        "household_changed", "respelled", "renamed", "email_changed", "phone_changed",
    }  # fmt: skip
    assert set(one.truth.events["event"]) == ordinary
    assert set(two.truth.events["event"]) >= {
        "graduated",
        "promoted",
        "joined",
        "guardian_joined",
        "guardian_left",
        "household_changed",
    }


def test_a_night_changes_about_a_hundredth() -> None:
    """A benchmark of one changed row in a hundred needs no more than the default."""
    (night,) = evolve(district(20_000, seed=2))
    rows = sum(len(night.district.roster[kind]) for kind in Kind)
    assert 0.007 <= night.truth.rows / rows <= 0.013


def test_a_night_without_churn_changes_nothing() -> None:
    """Only the date goes on."""
    before = district(200)
    (night,) = evolve(before, churn=0.0)
    assert night.truth.rows == 0
    assert night.truth.events.is_empty()
    assert night.district.roster == before.roster


def test_the_same_arguments_make_the_same_nights() -> None:
    """A night depends on the district and the arguments only, not on what came before in the process."""
    one, two = (list(evolve(district(400, seed=9), days=2, seed=1)) for _ in range(2))
    for night, again in zip(one, two, strict=True):
        assert all(night.district.roster[kind].frame.equals(again.district.roster[kind].frame) for kind in Kind)
        assert night.truth.events.equals(again.truth.events)
    (other, *_) = evolve(district(400, seed=9), seed=2)
    assert other.truth.ids("left") != one[0].truth.ids("left")


def test_each_night_has_draws_of_its_own() -> None:
    """Two nights in a row are not the same people again."""
    for one, two in pairwise(evolve(district(2_000), days=3)):
        assert one.truth.ids("switched") != two.truth.ids("switched")


def test_what_is_given_away_is_never_given_again() -> None:
    """Ids and usernames of those who left do not come back with somebody else."""
    day = district(300, seed=4)
    names = dict(day.roster.users.frame.select("username", "id").iter_rows())
    gone: set[str] = set()
    for night in evolve(day, days=6, churn=0.3):
        gone |= set(night.truth.withdrawn[Kind.USER]["id"])
        users = night.district.roster.users.frame.select("username", "id")
        assert gone.isdisjoint(users["id"])
        assert all(names.setdefault(username, person) == person for username, person in users.iter_rows())


def test_events_are_what_they_say() -> None:
    """Movers are at another school, switchers at the same in other classes, the renamed keep their username."""
    before = district(3_000, seed=6)
    (night,) = evolve(before, churn=0.05)
    old, new = before.roster.users, night.district.roster.users
    assert night.truth.ids("moved")
    assert all(old[person].primary_org != new[person].primary_org for person in night.truth.ids("moved"))
    assert all(old[person] == new[person] for person in night.truth.ids("switched"))
    assert all(
        person not in new for person in night.truth.ids("left") + night.truth.ids("resigned") + night.truth.ids("guardian_left")
    )
    for person in night.truth.ids("renamed"):
        assert old[person].family_name != new[person].family_name
        assert (old[person].username, old[person].email != new[person].email) == (new[person].username, True)
    switched = set(night.truth.ids("switched"))
    counts = [len(side.roster.enrollments.where(pl.col("user").is_in(list(switched)))) for side in (before, night.district)]
    assert counts[0] == counts[1]


def test_the_new_year_changes_classes_and_no_account() -> None:
    """Nobody but seniors, kindergartners, their guardians and new teachers comes or goes; everybody else is a grade on."""
    before = district(2_000, seed=8)
    (night,) = evolve(before, rollover=True)
    after = night.district
    assert (after.year, after.on.isoformat()) == (2027, "2027-08-17")
    seniors = set(before.students.where(pl.col("grades").list.first() == "12").frame["id"])
    assert set(night.truth.ids("graduated")) == seniors
    assert seniors <= set(night.truth.withdrawn[Kind.USER]["id"])
    staff = {person for person in before.roster.users.frame["id"] if person.startswith("t")}
    assert staff <= set(after.roster.users.frame["id"])
    joined = after.roster.users.where(pl.col("id").is_in(night.truth.ids("joined"))).frame
    assert set(joined["grades"].list.first()) == {"KG"}
    assert len(after.students) == 2_000
    assert set(before.roster.classes.frame["id"]).isdisjoint(after.roster.classes.frame["id"])
    both = before.students.frame.select("id", old="username").join(after.students.frame.select("id", new="username"), on="id")
    assert both["old"].equals(both["new"])


@pytest.mark.parametrize(("on", "terms"), [(date(2027, 2, 1), {"y2026", "y2026s"}), (date(2027, 7, 1), set[str]())])
def test_a_late_night_only_fills_classes_that_go_on(on: date, terms: set[str]) -> None:
    """After the fall nobody joins a fall class, and after the year nobody joins any."""
    late = attrs.evolve(district(400, seed=1), on=on)
    (night,) = evolve(late, churn=0.1)
    check(late, night)
    new = night.district.roster
    joined = new.enrollments.frame.filter(pl.col("user").is_in(night.truth.ids("joined")))
    found = joined.join(new.classes.frame.select(class_="id", term=pl.col("terms").list.first()), on="class_")["term"]
    assert set(found) == terms
    assert (joined["begin"] == date(2027, 2, 2)).all()


@pytest.mark.parametrize(
    ("wrong", "said"), [({"days": -1}, "days=-1"), ({"churn": 0.9}, "churn=0.9"), ({"churn": -0.1}, "churn=-0.1")]
)
def test_impossible_nights_are_refused(wrong: dict[str, float], said: str) -> None:
    """At once, not when the first night is asked for; the message names the value."""
    with pytest.raises(ValueError, match=said):
        evolve(district(10), **wrong)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_night_can_be_written_as_a_package(tmp_path: Path, version: str) -> None:
    """Every enrollment is a line of the file."""
    (night,) = evolve(district(100))
    write_csv(night.district.roster, tmp_path, version=version)
    rows = pl.read_csv(tmp_path / "enrollments.csv", infer_schema=False)
    assert rows.height == len(night.district.roster.enrollments)
    assert set(rows["userSourcedId"]) <= set(night.district.roster.users.frame["id"])
