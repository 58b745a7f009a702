"""One person, several records of the source: one account where all that the policy names agrees, and no other way."""

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Adoption, Group, Kind, PeoplePolicy
from oneroster_reconcile.model.coverage import Read
from tests.reconcile.scene import Product, codes, person, roster, student

CONTACT = PeoplePolicy(one_account=("given_name", "family_name", "email", "phone"))
STAFF = person("u1", "Ann", ("s1", "teacher"), email="ann@x.org", phone="555 010 7788")
MOTHER = evolve(STAFF, id="u2", given_name="ann ", phone="(555) 010-7788", roles=(orr.Role(org="s1", role="guardian"),))


def product(*held: orr.User, people: PeoplePolicy = CONTACT) -> Product:
    """A product whose policy joins people who agree in name and contact."""
    return Product(evolve(orr.presets.mirror(), people=people), orr.Directory.of(users=held))


def test_staff_who_are_guardians_get_one_account_with_both_roles() -> None:
    """CTG-10: in one run, and the next one has nothing to do."""
    site, incoming = product(), roster(users=[STAFF, MOTHER])
    plan = site.sync(incoming)
    (ann,) = site.directory.users
    assert (codes(plan), {role.role for role in ann.roles}) == ([], {"teacher", "guardian"})
    assert site.id(Kind.USER, "u1") == site.id(Kind.USER, "u2") == ann.id
    assert site.plan(incoming).is_empty


def test_a_teacher_of_two_schools_is_one_profile_with_both() -> None:
    """EDW-17."""
    second = evolve(STAFF, id="u9", roles=(orr.Role(org="s2", role="teacher"),))
    site = product()
    site.sync(roster(users=[STAFF, second]))
    (ann,) = site.directory.users
    assert len(ann.roles) == 2


def test_a_second_record_gets_the_account_that_the_first_has() -> None:
    """CTG-11, over nights: the link is a change of the plan with a reason, and the children hang on one account."""
    site = product()
    site.sync(roster(users=[STAFF]))
    children = [student("c1", "Cy", agents=("u1",)), student("c2", "Di", agents=("u2",))]
    plan = site.sync(roster(users=[STAFF, MOTHER, *children]))
    (made,) = [link for link in plan.of(orr.Link) if link.source_id == "u2"]
    assert "one_account" in made.reason.policy
    assert [child.agents for child in site.directory.users if child.agents] == [(site.id(Kind.USER, "u1"),)] * 2


def test_nobody_is_linked_to_an_account_that_was_deleted() -> None:
    """A second record of somebody whose account the product deleted, which the policy respects: a link to it could never be made, and would be planned every night."""
    rows = {
        **orr.presets.mirror().rows,
        Kind.USER: evolve(orr.presets.mirror().row(Kind.USER), deleted_at_host=orr.Redress.RESPECT),
    }
    site = product()
    site.policy = evolve(site.policy, rows=rows)
    site.sync(roster(users=[STAFF]))
    site.drop(Kind.USER, site.id(Kind.USER, "u1"))
    plan = site.sync(roster(users=[STAFF, MOTHER]))
    assert plan.is_empty
    (told,) = plan.notes.rows(named=True)
    assert (told["source_ids"], told["situation"]) == (["u1", "u2"], "deleted_at_host")


@pytest.mark.parametrize("aside", [True, False])
def test_nobody_gets_an_account_beside_that_of_a_record_that_was_not_read(aside: bool) -> None:
    """The account still says what the record said: whether the second record is that person's waits for the first to be read."""
    site = product()
    site.sync(roster(users=[STAFF]))
    less = roster(users=[MOTHER])
    if aside:
        less = evolve(less, quarantine={Kind.USER: pl.DataFrame({"id": ["u1"]})})
    else:
        less = evolve(less, coverage=less.coverage.with_read(Kind.USER, Read()))
    plan = site.plan(less)
    assert (plan.is_empty, codes(plan)) == (True, ["identity_disputed"])
    assert [link.source_id for link in site.plan(roster(users=[STAFF, MOTHER])).of(orr.Link)] == ["u2"]


@pytest.mark.parametrize(
    ("field", "value"), [("email", "ann@home.example"), ("phone", None), ("email", None), ("family_name", "Byron")]
)
def test_one_field_that_differs_keeps_them_apart_and_is_named(field: str, value: str | None) -> None:
    """CTG-12 and CTG-15: a blank on one side is no agreement."""
    site = product()
    plan = site.sync(roster(users=[STAFF, evolve(MOTHER, **{field: value})]))
    (issue,) = plan.issues
    assert (issue.code, issue.examples, issue.count) == ("near_duplicate", ("u1 + u2",), 2)
    assert f"differ in {field} alone" in issue.message
    assert len(site.directory.users) == 2


def test_nobody_is_joined_without_a_policy_that_says_so() -> None:
    """The default is two accounts, and no word of it."""
    plan = product(people=PeoplePolicy()).plan(roster(users=[STAFF, MOTHER]))
    assert (len(list(plan.of(orr.Create, orr.User))), codes(plan)) == (2, [])


@pytest.mark.parametrize(
    "roles", [(), (orr.Role(org="s1", role="student"),), (orr.Role(org="s1", role="student"), orr.Role(org="s2", role="aide"))]
)
def test_no_student_is_joined_with_anybody(roles: tuple[orr.Role, ...]) -> None:
    """Nor is somebody whose roles are not known (SEE-20)."""
    plan = product().plan(roster(users=[STAFF, evolve(MOTHER, roles=roles)]))
    assert len(list(plan.of(orr.Create, orr.User))) == 2


def test_two_records_that_match_one_account_are_one_claimant() -> None:
    """CTG-07: both are linked to it, where two people would be a dispute."""
    held = person("17", "Ann", email="ann@x.org")
    site = product(held)
    plan = site.sync(roster(users=[STAFF, MOTHER]))
    assert sorted((link.source_id, link.host_id) for link in plan.of(orr.Link) if link.kind is Kind.USER) == [
        ("u1", "17"),
        ("u2", "17"),
    ]
    assert codes(plan) == []
    assert codes(product(held, people=PeoplePolicy()).plan(roster(users=[STAFF, MOTHER]))) == ["identity_disputed"]


def test_a_person_is_reviewed_if_one_of_their_records_is() -> None:
    """The strictest of the groups decides for all."""
    site = product(person("17", "Ann", email="ann@x.org"))
    reviewed = evolve(site.policy.row(Kind.USER), adoption=Adoption.REVIEWED)
    site.policy = site.policy.with_rows(Kind.USER, groups={Group.GUARDIAN: reviewed})
    plan = site.plan(roster(users=[STAFF, MOTHER]))
    assert (codes(plan), list(plan.of(orr.Link, orr.User)), plan.issues[0].count) == (["adoption_proposed"], [], 2)


def test_a_decision_keeps_two_records_apart_for_good() -> None:
    """CTG-13: the second gets an account of its own, and no later run merges them."""
    site, incoming = product(), roster(users=[STAFF, MOTHER])
    site.sync(incoming)
    own = site.id(Kind.USER, "u1")
    site.decisions = (
        orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u2", host_id=own, by="support"),
    )
    site.sync(incoming)
    assert len({site.id(Kind.USER, each) for each in ("u1", "u2")}) == 2
    assert site.plan(incoming).is_empty


def test_two_accounts_that_are_two_stay_two() -> None:
    """CTG-13: links are not touched though the records come to agree; a third record has two to choose from, and waits."""
    site = product()
    site.sync(roster(users=[STAFF, evolve(MOTHER, email="ann@home.example")]))
    assert len(site.directory.users) == 2
    third = evolve(MOTHER, id="u3")
    plan = site.sync(roster(users=[STAFF, MOTHER, third]))
    assert (len(site.directory.users), codes(plan)) == (2, ["identity_disputed"])


def test_a_likeness_of_one_record_is_a_likeness_of_all() -> None:
    """The first record is compared, and the others wait with it."""
    bob = evolve(STAFF, given_name="Bob", email="bob.ames@x.org")
    held = evolve(bob, id="17", given_name="Robert", email="robert.ames@y.org")
    site = product(held, evolve(held, id="18", given_name="Zoe", family_name="Varga", phone=None, email=None))
    site.policy = evolve(site.policy, likeness=orr.Likeness.ASK)
    plan = site.plan(roster(users=[bob, evolve(MOTHER, given_name="BOB", email="bob.ames@x.org")]))
    assert list(plan.of(orr.Create, orr.User)) == []
    assert [(issue.code, issue.examples) for issue in plan.issues] == [("match_likely", ("u1", "u2"))]


@given(
    st.lists(
        st.tuples(st.sampled_from(("ann@x.org", "bo@x.org", None)), st.sampled_from(("teacher", "guardian", "student"))),
        max_size=6,
    )
)
def test_accounts_are_as_many_as_people(records: list[tuple[str | None, str]]) -> None:
    """Adults of one known address are one, everybody else is one each; and so it stays."""
    site = product(people=PeoplePolicy(one_account=("email",)))
    users = [person(f"u{n}", "Ann", ("s1", role), email=email) for n, (email, role) in enumerate(records)]
    adults = [email for email, role in records if role != "student"]
    expected = len(records) - len(adults) + adults.count(None) + len(set(adults) - {None})
    site.sync(roster(users=users))
    assert len(site.directory.users) == expected
    assert site.plan(roster(users=users)).is_empty
