"""Rows, three ways: what happens to each situation, and what is remembered of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Authority, Disposition, Kind, Redress, State
from tests.reconcile.scene import AS_OF, S1, Product, codes, person, roster, student

ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1")
MEMBER = orr.Enrollment(class_="k1", user="u1", role="student")


def policy(**row: Any) -> orr.Policy:
    """The same row policy for every kind."""
    return orr.Policy(name="test").with_rows(**row)


@pytest.mark.parametrize(
    ("disposition", "what", "code"),
    [
        (Disposition.KEEP, "no changes", []),
        (Disposition.FLAG, "no changes", ["flagged"]),
        (Disposition.ASK, "no changes", ["needs_decision"]),
        (Disposition.SUSPEND, "1 change: suspend 1 user", []),
        (Disposition.DELETE, "1 change: delete 1 user", []),
    ],
)
@pytest.mark.parametrize("how", ["withdrawn", "ended", "local"])
def test_a_disposition_is_what_the_policy_says(disposition: Disposition, what: str, code: list[str], how: str) -> None:
    """The same choices for an account that was withdrawn, that ended by name, and that was made at the host."""
    site = Product(policy(**{how: disposition}))
    if how == "local":
        site.put(person("17"))
        night = roster(orgs=[])
    else:
        site.sync(roster(orgs=[], users=[person("u1")]))
        night = roster(orgs=[], users=[] if how == "withdrawn" else [person("u1", state="tobedeleted")])
    plan = site.sync(night)
    assert (plan.summary(), codes(plan)) == (what, code)
    assert site.plan(night).is_empty
    assert codes(site.plan(night)) == code


def test_an_issue_names_the_situation_and_counts() -> None:
    """One issue a cause, with up to five examples in order."""
    site = Product(policy(withdrawn=Disposition.FLAG, ended=Disposition.FLAG))
    people = [person(f"u{number}") for number in range(8)]
    site.sync(roster(users=people))
    ended, withdrawn = site.plan(roster(users=[evolve(people[0], state="tobedeleted")])).issues
    assert (ended.message, ended.count) == ("ended user rows are no longer backed by the source and are left as they are", 1)
    assert (withdrawn.message.split()[0], withdrawn.count, len(withdrawn.examples)) == ("withdrawn", 7, 5)
    assert list(withdrawn.examples) == sorted(withdrawn.examples)


def test_an_account_that_comes_back_is_restored() -> None:
    """Withdrawn, suspended, back again: the state is a value, and the source's."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    site.sync(roster())
    assert site.user("u1").state is State.SUSPENDED
    assert site.plan(roster()).is_empty
    assert site.sync(roster(users=[student("u1")])).summary() == "1 change: restore 1 user"


def test_an_account_that_was_restored_by_hand_is_not_suspended_again() -> None:
    """Somebody brought it back though the source lacks it: it is kept, and every run says so."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    site.sync(roster())
    site.edit("u1", state=State.ACTIVE)
    for _ in range(2):
        plan = site.sync(roster())
        assert (plan.is_empty, codes(plan)) == (True, ["restored_at_host"])


def test_an_account_that_was_restored_by_hand_is_still_deleted() -> None:
    """Where the policy deletes, it deletes."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    site.sync(roster())
    site.edit("u1", state=State.ACTIVE)
    site.policy = policy(withdrawn=Disposition.DELETE)
    assert site.plan(roster(orgs=[S1])).counts[orr.Verb.DELETE, Kind.USER] == 1


def test_a_row_that_is_gone_on_both_sides_is_forgotten() -> None:
    """Once both agree that there is nothing, nothing is remembered."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    site.drop(Kind.USER, site.id(Kind.USER, "u1"))
    plan = site.sync(roster())
    assert (plan.is_empty, len(site.state.base.users)) == (True, 0)


@pytest.mark.parametrize("redress", Redress)
def test_what_was_deleted_at_the_host_is_made_again_or_not(redress: Redress) -> None:
    """`recreate` and `respect`, for rows with ids and for memberships."""
    site = Product(policy(deleted_at_host=redress, withdrawn=Disposition.DELETE))
    incoming = roster(
        orgs=[], users=[person("u1"), person("u2", "Bo")], classes=[evolve(ALGEBRA, school=None)], enrollments=[MEMBER]
    )
    site.sync(incoming)
    site.drop(Kind.ENROLLMENT, site.id(Kind.CLASS, "k1"))
    site.drop(Kind.USER, site.id(Kind.USER, "u2"))
    plan = site.sync(incoming)
    if redress is Redress.RESPECT:
        assert (plan.is_empty, codes(plan)) == (True, ["deleted_at_host", "deleted_at_host"])
        assert (len(site.state.base.users), len(site.state.base.enrollments)) == (2, 1)
    else:
        assert plan.summary() == "2 changes: create 1 user, enroll 1 enrollment"
        assert {change.reason.situation for change in plan} == {"recreated", "deleted_at_host"}
        assert site.plan(incoming).is_empty


def test_members_of_a_class_that_the_host_made_are_its_own_business() -> None:
    """In every preset: a hand-added member of a rostered class is local, one of a home-made class is foreign."""
    site = Product()
    incoming = roster(users=[student("u1"), student("u2", "Bo")], classes=[ALGEBRA], enrollments=[MEMBER])
    site.sync(incoming)
    bo = site.id(Kind.USER, "u2")
    site.put(orr.Class(id="club", title="Chess club"))
    site.put(*(orr.Enrollment(class_=each, user=bo, role="student") for each in ("club", site.id(Kind.CLASS, "k1"))))
    plan = site.sync(incoming)
    assert [change.before.class_ for change in plan] == [site.id(Kind.CLASS, "k1")]
    assert [member.class_ for member in site.directory.enrollments if member.user == bo] == ["club"]


def test_a_row_that_is_still_referred_to_is_not_deleted() -> None:
    """A school that ends while a class of the host's own is in it stays, and an issue says so."""
    site = Product(policy(withdrawn=Disposition.DELETE))
    site.sync(roster(orgs=[S1]))
    site.put(orr.Class(id="club", title="Chess club", school=site.id(Kind.ORG, "s1")))
    plan = site.sync(roster(orgs=[]))
    assert (plan.is_empty, codes(plan)) == (True, ["still_referenced"])
    assert (len(site.directory.orgs), len(site.state.base.orgs)) == (1, 1)
    site.drop(Kind.CLASS, "club")
    assert site.sync(roster(orgs=[])).summary() == "1 change: delete 1 org"


def test_a_row_that_is_kept_keeps_what_it_refers_to() -> None:
    """A chain is kept as a whole: the school for the club, the district for the school; the other school goes."""
    site = Product(policy(withdrawn=Disposition.DELETE))
    orgs = [
        orr.Org(id="d", name="District", type="district"),
        evolve(S1, parent="d"),
        orr.Org(id="s9", name="Nine", type="school", parent="d"),
    ]
    site.sync(roster(orgs=orgs))
    site.put(orr.Class(id="club", title="Chess club", school=site.id(Kind.ORG, "s1")))
    plan = site.sync(roster(orgs=[]))
    assert [change.before.name for change in plan] == ["Nine"]
    (issue,) = plan.issues
    assert (issue.code, issue.count) == ("still_referenced", 2)


def test_a_membership_of_a_person_who_cannot_be_made_is_refused() -> None:
    """Without a complete snapshot nothing is made because it seems to be missing; what hangs on it is refused too, and said."""
    coverage = orr.Coverage.complete().with_read(Kind.USER, orr.Read())
    directory = orr.Directory.of(coverage=coverage)
    incoming = roster(
        users=[student("u1", agents=("u2",)), student("u2", "Bo")],
        classes=[ALGEBRA],
        enrollments=[MEMBER],
        demographics=[orr.Demographics(user="u1")],
    )
    plan = orr.reconcile(incoming, directory, policy=orr.presets.mirror(), as_of=AS_OF)
    assert plan.summary() == "3 changes: create 2 orgs, create 1 class"
    assert codes(plan) == ["creation_refused"] * 3
    assert plan.acknowledgements.is_empty


def test_a_reference_to_what_will_not_exist_is_blank() -> None:
    """A class whose course is refused is made without it, and gets it when the course is there."""
    coverage = orr.Coverage.complete().with_read(Kind.COURSE, orr.Read())
    incoming = roster(courses=[orr.Course(id="c1", title="Algebra")], classes=[evolve(ALGEBRA, course="c1")])
    site = Product()
    plan = orr.reconcile(
        incoming, evolve(site.directory, coverage=coverage), base=site.state.base, policy=site.policy, as_of=AS_OF
    )
    (made,) = plan.of(orr.Create, orr.Class)
    assert (made.after.course, made.after.school) == (None, "new:sis/s1")
    orr.apply(plan, site.host, site.state)
    assert site.sync(incoming).summary() == "2 changes: create 1 course, update 1 class"


# Values


@pytest.mark.parametrize(
    ("authority", "hand", "source", "expected"),
    [
        (Authority.SOURCE, "hand", "first", "first"),
        (Authority.SOURCE, "hand", "second", "second"),
        (Authority.SOURCE, "hand", None, "hand"),
        (Authority.STICKY, "hand", "first", "hand"),
        (Authority.STICKY, "hand", "second", "second"),
        (Authority.STICKY, None, "first", None),
        (Authority.STICKY, "hand", None, "hand"),
        (Authority.ON_CREATE, "first", "second", "first"),
        (Authority.NEVER, "hand", "second", "hand"),
    ],
)
def test_who_owns_a_value_decides(authority: Authority, hand: str | None, source: str | None, expected: str | None) -> None:
    """Source: always the source's. Sticky: a local edit, a cleared value too, until the source changes. On create, never: the host's."""
    site = Product(policy(values={"phone": authority}))
    site.sync(roster(users=[student("u1", phone="first")]))
    site.edit("u1", phone=hand)
    site.sync(roster(users=[student("u1", phone=source)]))
    assert site.user("u1").phone == expected
    assert site.plan(roster(users=[student("u1", phone=source)])).is_empty


@pytest.mark.parametrize(
    ("authority", "made"), [(Authority.ON_CREATE, "first"), (Authority.NEVER, None), (Authority.STICKY, "first")]
)
def test_a_new_row_takes_what_the_policy_lets_it(authority: Authority, made: str | None) -> None:
    """A value whose authority is `never` is not even written when the row is made."""
    site = Product(policy(values={"phone": authority}))
    site.sync(roster(users=[student("u1", phone="first")]))
    assert site.user("u1").phone == made
    assert site.plan(roster(users=[student("u1", phone="first")])).is_empty


def test_a_state_of_the_hosts_own_is_active_when_the_row_is_made() -> None:
    """Where the state is `never` the source's, a suspended person gets an active account."""
    site = Product(policy(values={"state": Authority.NEVER}))
    site.sync(roster(users=[student("u1", state="suspended")]))
    assert site.user("u1").state is State.ACTIVE


def test_a_sticky_value_with_a_lost_base_is_kept_and_said() -> None:
    """Without a base nobody can tell a local edit from an old value: it stays, and an issue says so every night."""
    site = Product(policy(authority=Authority.STICKY))
    incoming = roster(users=[student("u1", phone="first", email="a@x.org")])
    site.sync(incoming)
    site.edit("u1", phone="hand", email=None)
    site.state = orr.MemoryState(orr.Base(crosswalk=site.state.base.crosswalk))
    plan = site.sync(incoming)
    assert codes(plan) == ["local_value_kept"]
    assert (site.user("u1").phone, site.user("u1").email) == ("hand", "a@x.org")
    assert codes(site.plan(incoming)) == ["local_value_kept"]
    assert site.state.base.users[site.id(Kind.USER, "u1")].phone is None


def test_a_value_found_equal_is_remembered() -> None:
    """With a lost base what agrees is acknowledged, and from then on a change of the source's counts."""
    site = Product(policy(authority=Authority.STICKY))
    site.sync(roster(users=[student("u1", phone="first")]))
    site.state = orr.MemoryState(orr.Base(crosswalk=site.state.base.crosswalk))
    assert site.sync(roster(users=[student("u1", phone="first")])).is_empty
    site.sync(roster(users=[student("u1", phone="second")]))
    assert site.user("u1").phone == "second"


def test_what_the_host_does_not_store_is_not_compared() -> None:
    """A host without a column for phones has an empty plan when only phones differ, and is remembered without them."""
    frame = orr.Table.of(orr.User, []).frame.drop("phone", "metadata")
    site = Product(directory=orr.Directory.of(users=frame))
    incoming = roster(users=[student("u1", phone="1", metadata={"a": "1"})])
    site.sync(incoming)
    assert site.plan(incoming).is_empty
    assert site.plan(roster(users=[student("u1", phone="2")])).is_empty
    assert site.state.base.users[site.id(Kind.USER, "u1")].phone is None


def test_a_host_that_stores_no_state_comes_to_rest() -> None:
    """Only columns that the directory stores take part, the state too: else no plan would ever be empty."""
    site = Product(directory=orr.Directory.of(users=orr.Table.of(orr.User, []).frame.drop("state")))
    incoming = roster(users=[student("u1", state="suspended")])
    site.sync(incoming)
    assert site.plan(incoming).is_empty


def test_the_date_of_the_last_change_makes_no_change() -> None:
    """Provenance is not compared."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    assert site.plan(roster(users=[student("u1", date_last_modified=datetime(2026, 9, 30, tzinfo=UTC))])).is_empty


def test_a_dry_run_of_the_same_inputs_is_the_same_plan() -> None:
    """Nothing is kept between runs but what was recorded; the order of rows plays no part."""
    people = [student("u1"), student("u2", "Bo"), person("u3", "Cy", ("s2", "student"), ("s1", "student"))]
    one, other = (Product().plan(roster(users=each)) for each in (people, people[::-1]))
    assert one == other
    assert one.digest == other.digest


def test_a_future_day_ends_what_will_have_ended() -> None:
    """`as_of` is an argument: the same roster on another day is another plan."""
    site = Product()
    member = evolve(MEMBER, end=date(2026, 12, 19))
    incoming = roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[member])
    site.sync(incoming)
    assert site.plan(incoming, as_of=date(2026, 12, 18)).is_empty
    assert site.plan(incoming, as_of=date(2026, 12, 19)).summary() == "1 change: unenroll 1 enrollment"
