"""Why somebody is not simply linked: each cause has a name, names the ids, and stops nobody else."""

from datetime import date

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Adoption, Group, Kind, PeoplePolicy
from tests.reconcile.scene import Product, codes, links, person, roster, student

ANN = person("17", "Ann", email="ann@x.org")
POLICY = orr.presets.mirror()


def product(*held: orr.User, people: PeoplePolicy = POLICY.people, **values: object) -> Product:
    """A product with accounts of its own and a policy about people."""
    return Product(evolve(POLICY, people=people), orr.Directory.of(users=held, **values))  # type: ignore[arg-type]


def made(plan: orr.ChangePlan) -> list[str]:
    """The people that a plan makes."""
    return [change.after.id for change in plan.of(orr.Create, orr.User)]


def linked(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """The pairs of people that a plan links."""
    return [(link.source_id, link.host_id) for link in plan.of(orr.Link) if link.kind is Kind.USER]


def the_issue(plan: orr.ChangePlan, code: str) -> orr.Issue:
    """The only issue of a code."""
    (issue,) = [each for each in plan.issues if each.code == code]
    return issue


def test_each_group_is_adopted_as_the_policy_says() -> None:
    """Teachers are linked, students get accounts of their own though the same rule would find theirs."""
    never = evolve(POLICY.row(Kind.USER), adoption=Adoption.NEVER)
    site = product(ANN, person("18", "Bea", email="bea@x.org"))
    site.policy = site.policy.with_rows(Kind.USER, groups={Group.STUDENT: never})
    plan = site.plan(
        roster(users=[student("u1", "Ann", email="ann@x.org"), person("u2", "Bea", ("s1", "teacher"), email="bea@x.org")])
    )
    assert (linked(plan), made(plan), codes(plan)) == ([("u2", "18")], ["new:sis/u1"], [])


def test_a_group_may_be_adopted_where_others_are_not() -> None:
    """The other way round: the kind says never, the group exact."""
    site = product(ANN, person("18", "Bea", email="bea@x.org"))
    exact = site.policy.row(Kind.USER)
    site.policy = site.policy.with_rows(Kind.USER, adoption=Adoption.NEVER, groups={Group.STUDENT: exact})
    plan = site.plan(
        roster(users=[student("u1", "Ann", email="ann@x.org"), person("u2", "Bea", ("s1", "teacher"), email="bea@x.org")])
    )
    assert (linked(plan), made(plan)) == ([("u1", "17")], ["new:sis/u2"])


def test_a_taken_address_names_the_account_and_the_attribute_and_stops_nobody_else() -> None:
    """SEE-10 and SEE-24."""
    site = product(ANN)
    plan = site.sync(roster(users=[student("u1", "Bea", email="ann@x.org"), student("u2", "Cy")]))
    assert the_issue(plan, "email_taken").examples == ("u1: email of 17",)
    assert made(plan) == ["new:sis/u2"]


def test_a_linked_teacher_who_matches_a_second_account_leaves_both_as_they_are() -> None:
    """SEE-09 and SEE-11: no link, no value of either is changed, while memberships go on; a decision ends it."""
    site = product()
    teacher = person("u1", "Ann", ("s1", "teacher"), email="ann@x.org")
    algebra = orr.Class(id="k1", title="Algebra", school="s1")
    site.sync(roster(users=[teacher], classes=[algebra]))
    site.put(person("99", "Ann", email="ann.new@x.org"))
    lesson = orr.Enrollment(class_="k1", user="u1", role="teacher")
    married = evolve(teacher, family_name="Byron", email="ann.new@x.org")
    incoming = roster(users=[married], classes=[algebra], enrollments=[lesson])
    before, plan = list(site.directory.users), site.sync(incoming)
    assert codes(plan) == ["identity_changed"]
    assert list(site.directory.users) == before
    assert len(site.directory.enrollments) == 1
    own = site.id(Kind.USER, "u1")
    found = orr.match(incoming, site.directory, crosswalk=site.state.base.crosswalk, policy=site.policy)
    assert orr.Disputed("u1", (*sorted(("99", own)),), "identity_changed") in list(found)
    apart = orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u1", host_id="99", by="support")
    site.decisions = (apart,)
    assert codes(site.sync(incoming)) == []
    assert site.user("u1").family_name == "Byron"


def test_two_host_rows_with_one_source_id_are_told_from_two_crosswalks_that_differ() -> None:
    """SEE-16: the host's own doing has a code of its own."""
    twice = links((Kind.USER, "u1", "17"), (Kind.USER, "u1", "18"))
    site = product(ANN, person("18", "Ann"), crosswalk=twice)
    plan = site.sync(roster(users=[student("u1", "Bea")]))
    assert codes(plan) == ["duplicate_source_id"]
    assert {user.given_name for user in site.directory.users} == {"Ann"}


@pytest.mark.parametrize(("ids", "most", "found"), [(7, 7, False), (8, 7, True), (8, None, False), (3, 2, True)])
def test_an_account_with_too_many_source_ids_is_named_with_the_schools(ids: int, most: int | None, found: bool) -> None:
    """SEE-17 to SEE-19: the limit itself is allowed."""
    known = links(*((Kind.USER, f"u{n}", "17") for n in range(ids)))
    site = product(ANN, people=PeoplePolicy(most_source_ids=most), crosswalk=known)
    plan = site.plan(roster(users=[person(f"u{n}", "Ann", ("s1", "teacher")) for n in range(ids)]))
    said = [issue for issue in plan.issues if issue.code == "too_many_source_ids"]
    assert len(said) == found
    for issue in said:
        assert (str(issue.subject), issue.count) == ("user/17", ids)
        assert "u0 (s1), u1 (s1), u2 (s1)" in issue.message


def test_students_of_one_account_who_share_an_address_are_said_to() -> None:
    """SEE-20: the second cause of too many ids."""
    known = links(*((Kind.USER, f"u{n}", "17") for n in range(30)))
    children = [student(f"u{n}", f"Child {n}", email="home@x.org") for n in range(30)]
    plan = product(ANN, crosswalk=known).plan(roster(users=children))
    assert the_issue(plan, "email_shared").count == 30
    assert the_issue(plan, "too_many_source_ids").message.endswith("and 10 more")


def test_students_who_share_an_address_are_never_one_account() -> None:
    """SEE-20: neither linked to the account of the address nor joined with each other."""
    site = product(person("17", "Ann", email="home@x.org"), people=PeoplePolicy(one_account=("email",)))
    plan = site.plan(roster(users=[student("u1", "Ann", email="home@x.org"), student("u2", "Bea", email="home@x.org")]))
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["email_shared"])
    assert made(
        product(people=PeoplePolicy(one_account=("email",))).plan(
            roster(users=[student("u1", email="h@x.org"), student("u2", email="h@x.org")])
        )
    ) == [
        "new:sis/u1",
        "new:sis/u2",
    ]


TWO = (person("17", "Ann", email="ann@home.example"), person("18", "Ann", identifier="9", email="ann@x.org"))
BOTH = student("u1", "Ann", email="ann@home.example", identifier="9")


def test_a_student_is_blocked_by_a_domain_that_the_school_does_not_trust() -> None:
    """SEE-14 and SEE-15: domain and school are named, trust is per school, and the block goes with it."""
    site = product(*TWO, people=PeoplePolicy(trusted_domains={"s1": {"x.org"}, "s2": {"home.example"}}))
    incoming = roster(users=[BOTH])
    plan = site.sync(incoming)
    issue = the_issue(plan, "untrusted_domain")
    assert ("school s1" in issue.message, "home.example" in issue.message, issue.examples) == (True, True, ("u1",))
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["untrusted_domain"])
    assert list(orr.match(incoming, site.directory, policy=site.policy))[:1] == [orr.Blocked("u1", "untrusted_domain")]
    site.policy = evolve(site.policy, people=PeoplePolicy(trusted_domains={"*": {"x.org"}, "s1": {"home.example"}}))
    assert codes(site.plan(incoming)) == ["merge_proposed"]


def test_domains_say_nothing_of_teachers_or_of_a_lone_account() -> None:
    """Only students with several accounts are blocked."""
    people = PeoplePolicy(trusted_domains={})
    assert codes(
        product(*TWO, people=people).plan(roster(users=[evolve(BOTH, roles=(orr.Role(org="s1", role="teacher"),))]))
    ) == ["identity_disputed"]
    assert linked(product(TWO[0], people=people).plan(roster(users=[BOTH]))) == [("u1", "17")]


@pytest.mark.parametrize("domain", ["gmail.com", "Outlook.com", "@yahoo.com "])
def test_where_anybody_gets_an_address_is_never_trusted(domain: str) -> None:
    """SEE-30."""
    with pytest.raises(ValueError, match="anybody gets an address"):
        PeoplePolicy(trusted_domains={"s1": {"x.org", domain}})


def test_a_masked_key_matches_nobody_and_blocks_whom_nothing_else_finds() -> None:
    """SEE-21: two masks are equal, and mean nothing; somebody found by another key is linked."""
    site = product(person("17", "Ann", email="***@x.org"), person("18", "Bea", identifier="9"))
    incoming = roster(users=[student("u1", "Ann", email="***@x.org"), student("u2", "Bea", email="***@x.org", identifier="9")])
    plan = site.plan(incoming)
    assert (linked(plan), made(plan), codes(plan)) == ([("u2", "18")], [], ["masked_match_key"])
    assert list(orr.match(incoming, site.directory, policy=site.policy)) == [
        orr.Matched("u2", "18", "identifier"),
        orr.Blocked("u1", "masked"),
        orr.Orphan("17"),
    ]


def test_a_free_account_is_not_taken_for_local_while_somebody_is_blocked() -> None:
    """It may be theirs."""
    site = product(person("17", "Zoe"))
    site.policy = site.policy.with_rows(Kind.USER, local=orr.Disposition.SUSPEND)
    assert list(site.plan(roster(users=[student("u1", email="***@x.org")])).of(orr.Suspend)) == []
    assert len(list(site.plan(roster(users=[student("u1", email="ann@x.org")])).of(orr.Suspend))) == 1


def test_a_person_without_keys_is_blocked_where_the_policy_requires_one() -> None:
    """Elsewhere they are new; who is never compared needs none."""
    incoming = roster(users=[student("u1"), student("u2", "Bea", username="bea")])
    strict = product(people=PeoplePolicy(key_required=True))
    assert (made(strict.plan(incoming)), codes(strict.plan(incoming))) == (["new:sis/u2"], ["key_missing"])
    assert len(made(product().plan(incoming))) == 2
    strict.policy = strict.policy.with_rows(adoption=Adoption.NEVER)
    assert len(made(strict.plan(incoming))) == 2


def test_addresses_are_folded_as_the_policy_says() -> None:
    """Case and blanks always (EDW-23), tags and old domains where it says so."""
    ours, held = student("u1", "Ann", email=" ANN+lms@old.example"), person("17", "Ann", email="ann@x.org")
    folding = PeoplePolicy(plus_addressing=True, domain_aliases={"Old.example": "x.org"})
    assert linked(product(held, people=folding).plan(roster(users=[ours]))) == [("u1", "17")]
    assert linked(product(held).plan(roster(users=[ours]))) == []


def test_every_cause_is_said_once_however_many_it_affects() -> None:
    """One issue a cause, not a row."""
    held = [person(str(n), f"Host {n}", email=f"p{n}@x.org") for n in range(9)]
    plan = product(*held).plan(roster(users=[student(f"u{n}", f"Source {n}", email=f"p{n}@x.org") for n in range(9)]))
    assert [(issue.code, issue.count) for issue in plan.issues] == [("email_taken", 9)]


def test_the_birth_dates_that_stand_for_unknown_agree_with_nothing() -> None:
    """1900 is what systems write where they know none."""
    births = [orr.Demographics(user=user, birth_date=date(1900, 1, 1)) for user in ("u1", "17")]
    site = product(evolve(ANN, given_name=""), demographics=births[1:])
    plan = site.plan(roster(users=[student("u1", "", email="ann@x.org")], demographics=births[:1]))
    assert (linked(plan), codes(plan)) == ([], ["identity_disputed"])
    assert plan.issues[0].examples == ("u1",)
