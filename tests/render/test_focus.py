"""What of a plan is looked at: by school, verb, kind and person, in the source's ids or the host's."""

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Reason, Verb
from oneroster_reconcile.issues.errors import StalePlan
from oneroster_reconcile.render.focus import Focus
from oneroster_reconcile.render.preview import preview, text_of
from oneroster_reconcile.render.text import plan_text
from tests.reconcile.scene import AS_OF, S1, S2, Product, person, roster
from tests.render.plans import plan_of

COURSE = orr.Course(id="c1", title="Algebra", org="s1")


def product_of_two_schools() -> tuple[Product, orr.ChangePlan]:
    """A plan that makes two schools, each with a class and a student, and a birth date."""
    product = Product()
    incoming = roster(
        orgs=[S1, S2],
        courses=[COURSE],
        classes=[orr.Class(id=f"k{i}", title="Algebra", school=f"s{i}") for i in (1, 2)],
        users=[person(f"u{i}", "Ann", (f"s{i}", "student"), family_name=f"Lee{i}") for i in (1, 2)],
        enrollments=[orr.Enrollment(class_=f"k{i}", user=f"u{i}", role="student") for i in (1, 2)],
        demographics=[orr.Demographics(user="u1", sex="female")],
    )
    return product, product.plan(incoming)


def seen(focus: Focus) -> list[str]:
    """What is looked at, by kind and the last part of its id."""
    _, plan = product_of_two_schools()
    shown = focus.of(plan)
    return [f"{phase.kind} {each.split('/', 1)[-1]}" for phase in shown.phases() for each in phase.frame["id"]]


@pytest.mark.parametrize("school", ["s1", "new:sis/s1"])
def test_a_school_is_all_that_lies_in_it(school: str) -> None:
    """The school, its courses and classes, its people with their demographics and memberships."""
    found = {each.split("|")[0] for each in seen(Focus(school=school))}
    assert found == {"org s1", "course c1", "class k1", "user u1", "demographics u1", "enrollment k1"}


def test_a_person_is_the_account_and_what_is_about_it() -> None:
    """Demographics and memberships as well, and of nobody else."""
    assert {each.split()[0] for each in seen(Focus(person="u1"))} == {"user", "demographics", "enrollment"}
    assert {each.split()[0] for each in seen(Focus(person="u2"))} == {"user", "enrollment"}
    assert seen(Focus(person="nobody")) == []


def test_all_that_is_said_must_be_true() -> None:
    """A verb, a kind and a school together."""
    assert len(seen(Focus(verb=Verb.CREATE))) == 8
    assert seen(Focus(verb=Verb.CREATE, kind=Kind.CLASS, school="s2")) == ["class k2"]
    assert seen(Focus(verb=Verb.SUSPEND)) == []
    assert Focus().is_everything
    assert not Focus(kind=Kind.ORG).is_everything


def test_links_lie_where_their_row_does_and_are_about_their_person() -> None:
    """A link of a school is seen with it, that of a person with the person, by either id."""
    why = Reason("matched", "mirror", ("u1",))
    plan = plan_of(orr.Link(Kind.USER, "sis", "u1", "17", why), orr.Link(Kind.ORG, "sis", "s1", "7", Reason(source_ids=("s1",))))
    assert [link.kind for link in Focus(person="u1").of(plan)] == [Kind.USER]
    assert [link.host_id for link in Focus(person="17").of(plan)] == ["17"]
    assert [link.kind for link in Focus(school="s1").of(plan)] == [Kind.ORG]


def test_what_is_remembered_tells_where_a_class_lies() -> None:
    """A membership of a class that the plan leaves is found by the base."""
    product, _ = product_of_two_schools()
    first = roster(orgs=[S1], classes=[orr.Class(id="k1", title="Algebra", school="s1")], users=[person("u1", "Ann")])
    product.sync(first)
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    plan = product.plan(roster(orgs=[S1], classes=[*first.classes], users=[*first.users], enrollments=[member]))
    school = next(iter(product.directory.orgs)).id
    assert len(Focus(school=school).of(plan, product.state.base)) == 1


def test_a_view_cannot_be_applied() -> None:
    """It lacks what its changes need."""
    product, plan = product_of_two_schools()
    with pytest.raises(StalePlan):
        orr.apply(Focus(kind=Kind.ENROLLMENT).of(plan), product.host, product.state)


def test_a_part_is_shown_with_the_digest_of_the_whole() -> None:
    """How much is shown is said, and what would be approved is the plan."""
    _, plan = product_of_two_schools()
    lines = text_of(preview(plan, seen=Focus(school="s2", kind=Kind.CLASS).of(plan))).splitlines()
    assert f"Shown are 1 of {len(plan)} changes." in lines
    assert lines[-1] == plan_text(plan).splitlines()[-1]
    assert [line for line in lines if line.startswith("+ ")] == ["+ create class new:sis/k2  Algebra"]
    none = text_of(preview(plan, seen=Focus(verb=Verb.DELETE).of(plan)))
    assert f"Shown are 0 of {len(plan)} changes." in none
    assert "+ create" not in none
    assert "No changes" not in none


def test_disputed_people_are_named_before_anything_else() -> None:
    """Whose account is not clear, with an account that may be theirs."""
    key = {"email": "ann@x.org"}
    held = orr.Directory.of(users=[person("11", "Ann", **key), person("12", "Ann", **key)])
    plan = orr.reconcile(roster(users=[person("u1", "Ann", **key)]), held, policy=orr.presets.mirror(), as_of=AS_OF)
    assert plan_text(plan).splitlines()[2] == "people whose account is disputed: 1 (u1 or user/11)"
