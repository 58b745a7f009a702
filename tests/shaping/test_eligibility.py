"""Eligibility: what the product cannot take is left as it is, and one cause is said once."""

from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Group, Kind, Requirement
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.policy.presets import additive, mirror
from oneroster_reconcile.shaping.shape import shape
from tests.reconcile.scene import AS_OF, Product, codes, links, person, roster, student

SCHOOLS = Requirement(kind=Kind.ORG, needs=("nces_id",), types={"school"})
EMAIL = Requirement(kind=Kind.USER, needs=("email", "school"))
HIGH = orr.Org(id="s1", name="High", type="school", identifier="060123400567")
MIDDLE = orr.Org(id="s2", name="Middle", type="school", metadata={"national_id": "060123400568"})
BARE = evolve(MIDDLE, metadata={})


def asking(*requires: Requirement, policy: orr.Policy | None = None) -> orr.Policy:
    """A policy with requirements."""
    return evolve(policy or mirror(), requires=requires)


def aside(incoming: orr.Roster, *requires: Requirement, known: orr.Crosswalk | None = None) -> dict[Kind, list[Any]]:
    """The keys of what is kept out, by kind."""
    shaped = shape(incoming, asking(*requires), AS_OF, Base(crosswalk=known or orr.Crosswalk()))
    return {kind: keys.to_series().to_list() for kind, keys in shaped.ineligible.items() if kind is not Kind.ENROLLMENT}


def test_a_new_person_without_an_address_is_not_made() -> None:
    """Nothing is created for who lacks what the product needs, and one issue counts them."""
    plan = Product(asking(EMAIL)).plan(roster(users=[student("u1"), student("u2", "Bo"), student("u3", "Cy", email="cy@x.org")]))
    assert [user["given_name"] for user in plan.changes[Kind.USER]["after"]] == ["Cy"]
    (issue,) = [issue for issue in plan.issues if issue.code == "requirement_unmet"]
    assert (issue.count, issue.examples, issue.resolution) == (2, ("u1", "u2"), orr.Resolution.QUARANTINED)


@pytest.mark.parametrize("policy", [mirror(), additive()], ids=["mirror", "additive"])
def test_a_linked_person_who_lost_the_address_is_left_as_it_is(policy: orr.Policy) -> None:
    """Neither the name nor the memberships of an account change while its row is not eligible; with the address they do."""
    site = Product(asking(EMAIL, policy=policy))
    classes = [orr.Class(id="k1", title="Algebra"), orr.Class(id="k2", title="Band")]
    first = orr.Enrollment(class_="k1", user="u1", role="student")
    site.sync(roster(users=[student("u1", email="a@x.org")], classes=classes, enrollments=[first]))
    renamed, moved = student("u1", "Anna"), [evolve(first, class_="k2")]
    assert site.plan(roster(users=[renamed], classes=classes, enrollments=moved)).is_empty
    plan = site.plan(roster(users=[evolve(renamed, email="a@x.org")], classes=classes, enrollments=moved))
    assert {kind for kind in Kind if not plan.changes[kind].is_empty()} == {Kind.USER, Kind.ENROLLMENT}


def test_an_account_that_may_be_theirs_is_nobody_elses() -> None:
    """Who is not eligible is still compared: the account is not taken, made again or deleted as local."""
    policy = asking(Requirement(kind=Kind.USER, needs=("phone",))).with_rows(Kind.USER, local=orr.Disposition.DELETE)
    held = orr.Directory.of(orgs=[], users=[person("17", "Ann", email="a@x.org")])
    plan = Product(policy, held).plan(roster(orgs=[], users=[person("u1", "Ann", email="a@x.org")]))
    assert plan.is_empty
    assert codes(plan) == ["requirement_unmet"]
    twin = person("u2", "Ann", email="a@x.org", phone="5")
    assert Product(policy, held).plan(roster(orgs=[], users=[person("u1", "Ann", email="a@x.org"), twin])).is_empty


def test_what_is_not_eligible_is_listed_with_what_it_may_be() -> None:
    """Whoever looks for people or schools finds the account that is left alone for their sake; nobody is asked about it."""
    held = orr.Directory.of(orgs=[evolve(HIGH, id="9", identifier="5")], users=[person("17", "Ann", email="a@x.org")])
    policy = asking(Requirement(kind=Kind.USER, needs=("phone",)), SCHOOLS)
    incoming = roster(orgs=[evolve(HIGH, identifier="5"), BARE], users=[person("u1", "Ann", email="a@x.org"), person("u2", "Bo")])
    found = orr.match(incoming, held, policy=policy)
    assert found.review.select("source_id", "host_id", "reason").rows() == [("u1", "17", "ineligible")]
    assert (found.links.rows(), found.unmatched.to_list(), found.issues) == ([], [], ())
    assert found.mapping(Kind.ORG).select("source_id", "host_id", "how").rows() == [
        ("s1", "9", "ineligible"),
        ("s2", None, "unmapped"),
    ]


@pytest.mark.parametrize("likeness", [orr.Likeness.ASK, orr.Likeness.LINK])
def test_whom_likeness_would_link_waits_until_they_are_eligible(likeness: orr.Likeness) -> None:
    """An account that only looks like theirs is left alone, too, and not deleted as local."""
    policy = asking(Requirement(kind=Kind.USER, needs=("username",))).with_rows(Kind.USER, local=orr.Disposition.DELETE)
    bob = person("u1", "Bob", phone="555 010 7788", email="bob@x.org")
    held = orr.Directory.of(orgs=[], users=[evolve(bob, id="17", given_name="Robert", email="rob@y.org")])
    plan = Product(evolve(policy, likeness=likeness), held).plan(roster(orgs=[], users=[bob]))
    assert plan.is_empty
    assert codes(plan) == ["requirement_unmet"]


def test_a_persons_word_holds_for_who_is_not_eligible() -> None:
    """The link is made, and nothing else."""
    held = orr.Directory.of(orgs=[], users=[person("17", "Zoe")])
    site = Product(asking(Requirement(kind=Kind.USER, needs=("phone",))), held)
    site.decisions = (
        orr.Decision(ruling=orr.Ruling.SAME, kind=Kind.USER, source="sis", source_id="u1", host_id="17", by="support"),
    )
    plan = site.sync(roster(orgs=[], users=[person("u1", "Ann")]))
    assert [change.verb for change in plan] == ["link"]
    assert site.user("u1").given_name == "Zoe"


def test_a_school_without_its_number_takes_its_people_along_silently() -> None:
    """One issue for the school, not one a person; its courses, classes and memberships are left out as well."""
    users = [person(f"u{at}", "Ann", ("s2", "student")) for at in range(3)] + [person("t1", "Bo", ("s1", "teacher"))]
    incoming = roster(
        orgs=[HIGH, BARE],
        courses=[orr.Course(id="c2", title="Band", org="s2")],
        classes=[orr.Class(id="k2", title="Band 1", school="s2"), orr.Class(id="k1", title="Art", school="s1")],
        users=users,
        demographics=[orr.Demographics(user="u0")],
        enrollments=[
            orr.Enrollment(class_="k2", user="u0", role="student"),
            orr.Enrollment(class_="k1", user="t1", role="teacher"),
        ],
    )
    plan = Product(asking(SCHOOLS)).plan(incoming)
    made = {kind: plan.changes[kind]["id"].to_list() for kind in Kind if not plan.changes[kind].is_empty()}
    assert made == {
        Kind.ORG: ["new:sis/s1"],
        Kind.CLASS: ["new:sis/k1"],
        Kind.USER: ["new:sis/t1"],
        Kind.ENROLLMENT: ["new:sis/k1|new:sis/t1|teacher"],
    }
    assert [(issue.code, str(issue.subject), issue.count) for issue in plan.issues] == [("nces_missing", "org/s2", 3)]
    assert aside(incoming, SCHOOLS) == {
        Kind.ORG: ["s2"],
        Kind.COURSE: ["c2"],
        Kind.CLASS: ["k2"],
        Kind.USER: ["u0", "u1", "u2"],
        Kind.DEMOGRAPHICS: ["u0"],
    }


def test_a_school_that_lost_its_number_is_left_with_everything_in_it() -> None:
    """Neither the school nor its people are withdrawn, though the policy suspends and deletes what is missing."""
    site = Product(asking(SCHOOLS))
    users = [person("u1", "Ann", ("s2", "student")), person("u2", "Bo", ("s1", "aide"), ("s2", "aide"))]
    classes = [orr.Class(id="k1", title="Art", school="s2")]
    members = [orr.Enrollment(class_="k1", user=user, role="student") for user in ("u1", "u2")]
    site.sync(roster(orgs=[HIGH, MIDDLE], users=users, classes=classes, enrollments=members))
    assert site.plan(roster(orgs=[HIGH, BARE], users=users, classes=classes, enrollments=members)).is_empty
    assert site.plan(roster(orgs=[HIGH, BARE], users=users[1:], classes=[], enrollments=[])).is_empty


def test_somebody_at_two_schools_only_lacks_the_one_that_is_not_accepted() -> None:
    """The role in an accepted school is made, the other is not."""
    site = Product(asking(SCHOOLS))
    site.sync(roster(orgs=[HIGH, BARE], users=[person("u1", "Ann", ("s1", "aide"), ("s2", "aide"))]))
    assert [role.org for role in site.user("u1").roles] == [site.id(Kind.ORG, "s1")]


def test_a_district_is_asked_for_nothing_where_types_name_schools() -> None:
    """`types` limits a requirement; without it, every org needs a number of its form."""
    orgs = [
        orr.Org(id="d1", name="Plum Falls", type="district"),
        orr.Org(id="d2", name="Plum", type="district", identifier="0601234"),
    ]
    assert aside(roster(orgs=orgs), SCHOOLS) == {}
    assert aside(roster(orgs=orgs), evolve(SCHOOLS, types=None)) == {Kind.ORG: ["d1"]}


@pytest.mark.parametrize(
    ("identifier", "national", "expected", "said"),
    [
        ("060123400567", None, False, []),
        ("060123400567", "060123400567", False, []),
        ("060123400567", "060123400999", False, ["nces_disagrees"]),
        ("7", "060123400567", False, []),
        (None, "060123400567", False, []),
        ("60123400567", None, True, ["nces_missing"]),
        (None, "high", True, ["nces_missing"]),
    ],
)
def test_a_school_has_its_number_in_one_of_two_places(
    identifier: str | None, national: str | None, expected: bool, said: list[str]
) -> None:
    """Its identifier where that has the form, else its metadata; where both have, the identifier counts and an issue says so."""
    metadata = {"national_id": national} if national else {}
    school = orr.Org(id="s1", name="High", type="school", identifier=identifier, metadata=metadata)
    shaped = shape(roster(orgs=[school]), asking(SCHOOLS), AS_OF, Base())
    assert bool(shaped.ineligible) is expected
    assert [issue.code for issue in shaped.issues] == said


def test_people_of_an_org_that_is_not_there_are_named_by_it() -> None:
    """The issue names the org and counts its people; who has no role at all is another cause."""
    users = [
        person("u1", "Ann", ("s9", "student")),
        person("u2", "Bo", ("s9", "student")),
        person("u3", "Cy"),
        student("u4", "Di"),
    ]
    shaped = shape(roster(users=users), asking(Requirement(kind=Kind.USER, needs=("school",))), AS_OF, Base())
    assert shaped.ineligible[Kind.USER]["id"].to_list() == ["u1", "u2", "u3"]
    said = [(issue.code, str(issue.subject), issue.count) for issue in shaped.issues]
    assert said == [("requirement_unmet", "user", 1), ("school_unlisted", "org/s9", 2), ("school_without_people", "org/s2", 1)]


def test_orgs_that_were_not_read_are_those_that_are_linked() -> None:
    """A delta without its schools keeps nobody out whose school is known."""
    needs = Requirement(kind=Kind.USER, needs=("school",))
    delta = orr.Coverage(reads={kind: orr.Read(extent=orr.Extent.DELTA) for kind in Kind})
    incoming = roster(orgs=[], users=[student("u1")], coverage=delta)
    assert aside(incoming, needs) == {Kind.USER: ["u1"]}
    assert aside(incoming, needs, known=links((Kind.ORG, "s1", "1"))) == {}


def test_a_school_that_was_set_aside_is_there() -> None:
    """People of a quarantined org are not without a school; where every school has somebody, none is noted."""
    needs = Requirement(kind=Kind.USER, needs=("school",))
    incoming = roster(orgs=[HIGH], users=[student("u1"), person("u2", "Bo", ("s2", "student"))])
    incoming = evolve(incoming, quarantine={Kind.ORG: pl.DataFrame({"id": ["s2"]})})
    shaped = shape(incoming, asking(needs), AS_OF, Base())
    assert (shaped.ineligible, shaped.issues) == ({}, ())


def test_a_guardian_needs_an_address_or_number_of_their_own() -> None:
    """One that two people share is nobody's own, whoever they are; one of the two ways is enough."""
    own = Requirement(kind=Kind.USER, needs=("unique:email|sms",), groups={Group.GUARDIAN})
    users = [
        person("g1", "Ann", ("s1", "guardian"), email="family@x.org"),
        person("g2", "Bo", ("s1", "parent"), email="Family@x.org ", sms="(555) 010-7788"),
        person("g3", "Cy", ("s1", "guardian")),
        person("g4", "Di", ("s1", "guardian"), sms="555-010-1111"),
        person("g5", "Ed", ("s1", "guardian"), sms="5550101111"),
        person("c1", "Flo", ("s1", "student")),
        person("c2", "Gus", ("s1", "student"), email="gus@x.org"),
        person("g6", "Hal", ("s1", "guardian"), email="gus@x.org"),
    ]
    assert aside(roster(users=users), own) == {Kind.USER: ["g1", "g3", "g4", "g5", "g6"]}


def test_two_records_of_one_account_share_an_address_without_harm() -> None:
    """A guardian with a record for each child is one person where both are linked to one account."""
    own = Requirement(kind=Kind.USER, needs=("unique:email",))
    users = [person("g1", "Ann", email="a@x.org"), person("g2", "Ann", email="a@x.org")]
    both = links((Kind.USER, "g1", "7"), (Kind.USER, "g2", "7"))
    assert aside(roster(users=users), own, known=both) == {}
    assert aside(roster(users=users), own, known=links((Kind.USER, "g1", "7"))) == {Kind.USER: ["g1", "g2"]}


def test_records_that_will_have_one_account_share_an_address_without_harm() -> None:
    """Before anything is linked, too; not with a student's record, nor where a part of what makes one account is blank or no text."""
    own = Requirement(kind=Kind.USER, needs=("unique:email",))
    ann = person("g1", "Ann", ("s1", "guardian"), email="a@x.org", phone="555 0101")
    same = evolve(ann, id="g2", given_name="ANN ", phone="5550101", roles=(orr.Role(org="s1", role="teacher"),))

    def out(one_account: tuple[str, ...], *users: orr.User, known: orr.Crosswalk | None = None) -> list[str]:
        policy = evolve(asking(own), people=orr.PeoplePolicy(one_account=one_account))
        shaped = shape(roster(users=users), policy, AS_OF, Base(crosswalk=known or orr.Crosswalk()))
        return sorted(shaped.ineligible[Kind.USER]["id"]) if Kind.USER in shaped.ineligible else []

    contact = ("given_name", "phone", "email")
    assert out(contact, ann, same) == []
    assert out(contact, ann, same, known=links((Kind.USER, "g1", "7"))) == []
    assert out(contact, ann, same, known=links((Kind.USER, "g1", "7"), (Kind.USER, "g2", "8"))) == ["g1", "g2"]
    assert out(contact, ann, evolve(same, phone=None)) == ["g1", "g2"]
    assert out(contact, ann, evolve(same, roles=(orr.Role(org="s1", role="student"),))) == ["g1", "g2"]
    assert out((*contact, "birth_date"), ann, same) == ["g1", "g2"]


def test_what_has_ended_needs_nothing_but_its_id() -> None:
    """An account ends though its row lacks what the living need."""
    site = Product(asking(EMAIL))
    site.sync(roster(users=[student("u1", email="a@x.org")]))
    assert [change.verb for change in site.plan(roster(users=[student("u1", state="tobedeleted")]))] == ["suspend"]


def test_an_entry_of_the_metadata_or_an_id_of_a_type_can_be_required() -> None:
    """`metadata.<key>` and `user_ids.<type>` are asked for like columns."""
    users = [
        person("u1", metadata={"state_id": "7"}),
        person("u2", user_ids=(orr.UserId(type="LDAP", identifier="x"),)),
        person("u3", metadata={"other": "7"}),
    ]
    needs = Requirement(kind=Kind.USER, needs=("metadata.state_id|user_ids.LDAP",))
    assert aside(roster(users=users), needs) == {Kind.USER: ["u3"]}


def test_the_same_number_maps_a_school_wherever_it_stands() -> None:
    """`nces_id` is a key of rules: the source has it in its metadata, the host in its identifier."""
    policy = evolve(mirror(), rules={Kind.ORG: (orr.Rule(keys=("nces_id",)),)})
    held = orr.Directory.of(orgs=[orr.Org(id="9", name="Middle School", type="school", identifier="060123400568")])
    found = orr.match(roster(orgs=[MIDDLE]), held, policy=policy).correlation.links[Kind.ORG]
    assert found.rows() == [("s2", "9", "nces_id alone")]


def test_requirements_are_checked_when_they_are_made() -> None:
    """A need that is no column of the kind is refused by name, as are groups and types of kinds that have none."""
    for broken, named in (
        ({"kind": Kind.USER, "needs": ("mail",)}, "'mail'"),
        ({"kind": Kind.ORG, "needs": ("school",)}, "'school'"),
        ({"kind": Kind.ORG, "needs": (), "groups": {Group.STUDENT}}, "groups are people"),
        ({"kind": Kind.USER, "needs": (), "types": {"school"}}, "have no type"),
        ({"kind": Kind.USER, "needs": ("email|school",)}, "'school' to ask for"),
        ({"kind": Kind.USER, "needs": ("email.home",)}, "'email.home'"),
        ({"kind": Kind.USER, "needs": ("unique:grades",)}, "only texts"),
        ({"kind": Kind.ENROLLMENT, "needs": ("unique:role",)}, "only texts"),
    ):
        with pytest.raises(ValueError, match=named):
            Requirement(**broken)


def test_many_schools_without_a_number_do_not_drown_the_report() -> None:
    """Twenty are named one by one, the rest together; so are orgs that are not there."""
    orgs = [orr.Org(id=f"s{at:02}", name="High", type="school") for at in range(25)]
    shaped = shape(roster(orgs=orgs), asking(SCHOOLS), AS_OF, Base())
    assert (len(shaped.issues), shaped.issues[-1].count) == (21, 5)
    users = [person(f"u{at:02}", "Ann", (f"x{at:02}", "student")) for at in range(25)]
    needs = Requirement(kind=Kind.USER, needs=("school",))
    said = [issue for issue in shape(roster(users=users), asking(needs), AS_OF, Base()).issues if issue.code == "school_unlisted"]
    assert (len(said), said[-1].count) == (21, 5)


def test_without_requirements_nothing_is_looked_at() -> None:
    """A policy that requires nothing leaves the roster as it was; what somebody else set aside stays so."""
    incoming = evolve(roster(users=[student("u1")]), ineligible={Kind.USER: pl.DataFrame({"id": ["u1"]})})
    assert shape(incoming, mirror(), None, Base()) is incoming
    assert Product().plan(incoming).changes[Kind.USER].is_empty()
