"""Schools: mapped by name or number, by a person's word, or made; what is only near is suggested."""

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Decision, Kind, Ruling
from oneroster_reconcile.policy.presets import mirror
from tests.reconcile.scene import Product, codes, roster

BY_NAME = evolve(mirror(), rules={Kind.ORG: (orr.Rule(keys=("name", "type")),)})


def org(key: str, name: str, kind: str = "school") -> orr.Org:
    """A school, or another org."""
    return orr.Org(id=key, name=name, type=kind)


def site(*held: orr.Org) -> Product:
    """A product that maps schools by their names."""
    return Product(BY_NAME, orr.Directory.of(orgs=held))


def same(source_id: str, host_id: str) -> Decision:
    """A person's word that two schools are one."""
    return Decision(ruling=Ruling.SAME, kind=Kind.ORG, source="sis", source_id=source_id, host_id=host_id, by="support")


def mapping(product: Product, *ours: orr.Org) -> list[tuple[str | None, ...]]:
    """How the schools are mapped: source, host, how."""
    incoming = roster(orgs=ours)
    found = orr.match(
        incoming,
        product.host.snapshot(),
        policy=product.policy,
        crosswalk=product.state.base.crosswalk,
        decisions=product.decisions,
    )
    return found.mapping(Kind.ORG).select("source_id", "host_id", "how").rows()


def test_all_schools_of_both_sides_are_listed_with_how_they_are_mapped() -> None:
    """One row a pair, one a school that has none, whichever side it is on."""
    product = site(org("1", "High "), org("2", "Middle"), org("3", "North"), org("4", "North"), org("5", "Plum", "district"))
    ours = [org("s1", "high"), org("s2", "South"), org("s3", "North"), org("s4", "Plum")]
    product.decisions = (same("s2", "2"),)
    assert mapping(product, *ours) == [
        (None, "5", "unmapped"),
        ("s1", "1", "name + type alone"),
        ("s2", "2", "decided"),
        ("s3", "3", "disputed"),
        ("s3", "4", "disputed"),
        ("s4", None, "new"),
    ]


def test_schools_of_one_name_are_mapped_and_stay_so_when_they_are_renamed() -> None:
    """The first run links them by name, and the link holds from then on: no second school is made."""
    product = site(org("1", "High"))
    product.sync(roster(orgs=[org("s1", "High")]))
    assert product.id(Kind.ORG, "s1") == "1"
    plan = product.sync(roster(orgs=[org("s1", "Lincoln High")]))
    assert [change.verb for change in plan] == ["update"]
    assert mapping(product, org("s1", "Lincoln High")) == [("s1", "1", "linked")]


@pytest.mark.parametrize("held", ["Plum Falls HS", "PLUM FALLS HIGH", "High School Plum-Falls", "Plum Fals High School"])
def test_a_school_of_nearly_the_same_name_is_only_suggested(held: str) -> None:
    """A second one is planned, and an issue names the one that there is; the list shows it as unmapped."""
    product = site(org("1", held), org("2", "Cherry Hill HS"))
    plan = product.plan(roster(orgs=[org("s1", "Plum Falls High School")]))
    assert [change.verb for change in plan] == ["create"]
    (issue,) = plan.issues
    assert (issue.code, str(issue.subject)) == ("school_name_near", "org/s1")
    assert "of 1 of the host" in issue.message
    assert (None, "1", "unmapped") in mapping(product, org("s1", "Plum Falls High School"))


def test_names_that_are_not_near_are_not_suggested() -> None:
    """Neither are those that people keep apart, those that are linked, or any where schools are not compared."""
    assert codes(site(org("1", "Cherry Hill HS")).plan(roster(orgs=[org("s1", "Plum Falls High School")]))) == []
    assert codes(site(org("1", "Public School 112")).plan(roster(orgs=[org("s1", "Public School 113")]))) == []
    product = site(org("1", "Plum Falls HS"))
    product.decisions = (evolve(same("s1", "1"), ruling=Ruling.DISTINCT),)
    assert codes(product.plan(roster(orgs=[org("s1", "Plum Falls High School")]))) == []
    product = Product(mirror().with_rows(Kind.ORG, adoption=orr.Adoption.NEVER), orr.Directory.of(orgs=[org("1", "High Sch")]))
    assert codes(product.plan(roster(orgs=[org("s1", "High School")]))) == []


def test_two_schools_of_one_name_are_for_a_person_to_tell_apart() -> None:
    """Nothing is mapped and nothing is made until somebody says which it is."""
    product = site(org("1", "High"), org("2", "High"))
    plan = product.plan(roster(orgs=[org("s1", "High")]))
    assert plan.is_empty
    assert codes(plan) == ["identity_disputed"]
    product.decisions = (same("s1", "2"),)
    product.sync(roster(orgs=[org("s1", "High")]))
    assert product.id(Kind.ORG, "s1") == "2"


def test_a_persons_word_goes_before_the_name_for_ever() -> None:
    """The school that has the name stays another's, also when the other is renamed to it."""
    product = site(org("1", "High"), org("2", "Academy"))
    product.decisions = (same("s1", "2"),)
    for name in ("High", "Lincoln", "High"):
        product.sync(roster(orgs=[org("s1", name)]))
        assert product.id(Kind.ORG, "s1") == "2"
    product.decisions = ()
    assert product.plan(roster(orgs=[org("s1", "High")])).is_empty


def test_a_word_that_is_taken_back_before_the_run_is_as_if_it_was_never_said() -> None:
    """The plan is worked out without it: the names decide again, or the next word does."""
    product, incoming = site(org("1", "High"), org("2", "Academy")), roster(orgs=[org("s1", "High")])
    plain = product.plan(incoming).digest
    product.decisions = (same("s1", "2"),)
    assert product.plan(incoming).digest != plain
    product.decisions = ()
    assert product.plan(incoming).digest == plain


def test_a_school_that_nobody_maps_is_made_under_its_name() -> None:
    """What is neither found nor decided is new."""
    product = site(org("1", "High"))
    product.sync(roster(orgs=[org("s2", "Middle")]))
    assert product.directory.orgs[product.id(Kind.ORG, "s2")].name == "Middle"


@pytest.mark.parametrize("disposition", ["keep", "flag", "suspend"])
def test_a_mapped_school_that_is_gone_falls_under_the_policy(disposition: str) -> None:
    """Whether anything is said or done about it is a row of the policy."""
    product = Product(BY_NAME.with_rows(Kind.ORG, withdrawn=orr.Disposition(disposition)))
    product.sync(roster(orgs=[org("s1", "High"), org("s2", "Middle")]))
    plan = product.plan(roster(orgs=[org("s2", "Middle")]))
    assert [change.verb for change in plan] == (["suspend"] if disposition == "suspend" else [])
    assert bool(plan.issues) is (disposition == "flag")
    assert ("s1", product.id(Kind.ORG, "s1"), "linked") in mapping(product, org("s2", "Middle"))


def test_courses_are_listed_by_their_titles() -> None:
    """The same list is there for every kind that has ids."""
    held = orr.Directory.of(courses=[orr.Course(id="9", title="Algebra I")])
    incoming = roster(courses=[orr.Course(id="c1", title="Algebra 1")])
    policy = evolve(mirror(), rules={Kind.COURSE: (orr.Rule(keys=("title",)),)})
    assert orr.match(incoming, held, policy=policy).mapping(Kind.COURSE).rows() == [
        (None, None, "9", "Algebra I", "unmapped"),
        ("c1", "Algebra 1", None, None, "new"),
    ]
