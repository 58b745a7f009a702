"""`diff`: arithmetic between two directories, with no policy in it."""

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, State
from tests.reconcile.scene import S1, S2, person

ANN = person("1", "Ann", ("s1", "student"))


def verbs(current: list[orr.User], desired: list[orr.User]) -> list[str]:
    """What takes some people to others."""
    return sorted(orr.diff(orr.Directory.of(users=current), orr.Directory.of(users=desired))[Kind.USER]["verb"])


@pytest.mark.parametrize(
    ("current", "desired", "expected"),
    [
        ([ANN], [ANN], []),
        ([], [ANN], ["create"]),
        ([ANN], [], ["delete"]),
        ([ANN], [evolve(ANN, given_name="Anne")], ["update"]),
        ([ANN], [person("1", "Ann", ("s2", "student"))], ["transfer"]),
        ([ANN], [person("1", "Ann", ("s1", "teacher"))], ["update"]),
        ([ANN], [person("1", "Ann", ("s1", "student"), ("s2", "student"))], ["update"]),
        ([ANN], [evolve(ANN, state=State.SUSPENDED)], ["suspend"]),
        ([evolve(ANN, state=State.SUSPENDED)], [ANN], ["restore"]),
        ([evolve(ANN, state=State.SUSPENDED)], [evolve(ANN, given_name="Anne")], ["restore", "update"]),
        ([ANN], [evolve(ANN, given_name="Anne", state=State.SUSPENDED)], ["suspend", "update"]),
        ([], [evolve(ANN, state=State.SUSPENDED)], ["create"]),
        ([evolve(ANN, state=State.SUSPENDED)], [evolve(ANN, given_name="Anne", state=State.SUSPENDED)], ["update"]),
        ([ANN], [evolve(ANN, id="2")], ["create", "delete"]),
    ],
)
def test_every_difference_is_a_change(current: list[orr.User], desired: list[orr.User], expected: list[str]) -> None:
    """What is equal makes none; a state and a value that both differ make one each."""
    assert verbs(current, desired) == expected


def test_the_changes_of_one_row_follow_on_each_other() -> None:
    """A restore leads to where the update begins, an update to where the suspension begins."""
    asleep, renamed = evolve(ANN, state=State.SUSPENDED), evolve(ANN, given_name="Anne")
    for current, desired, order in (
        (asleep, renamed, ["restore", "update"]),
        (ANN, evolve(renamed, state=State.SUSPENDED), ["update", "suspend"]),
    ):
        frame = orr.diff(orr.Directory.of(users=[current]), orr.Directory.of(users=[desired]))[Kind.USER]
        first, second = (frame.row(by_predicate=pl.col("verb") == verb, named=True) for verb in order)
        assert first["after"] == second["before"]
        assert (first["before"]["state"], second["after"]["state"]) == (current.state, desired.state)


def test_rows_are_compared_however_the_directories_were_made() -> None:
    """A patched directory and one made anew give the same changes."""
    current = orr.Directory.of(orgs=[S1, S2])
    renamed = orr.Table.of(orr.Org, [evolve(S1, name="Upper")]).frame
    patched = current.with_tables({Kind.ORG: current.orgs.patched(renamed, orr.Table.of(orr.Org, [S2]).frame.select("id"))})
    anew = orr.Directory.of(orgs=[evolve(S1, name="Upper")])
    one, other = (orr.diff(current, each)[Kind.ORG].sort("id") for each in (patched, anew))
    assert one.equals(other)
    assert one["verb"].to_list() == ["update", "delete"]
    assert all(frame.is_empty() for frame in orr.diff(current, current).values())


def test_memberships_are_begun_and_ended() -> None:
    """Enrollments have verbs of their own, and their ids are their keys."""
    members = [orr.Enrollment(class_="k", user=user, role="student") for user in ("1", "2")]
    changes = orr.diff(orr.Directory.of(enrollments=members[:1]), orr.Directory.of(enrollments=members[1:]))[Kind.ENROLLMENT]
    assert sorted(changes.select("verb", "id").rows()) == [("enroll", "k|2|student"), ("unenroll", "k|1|student")]
