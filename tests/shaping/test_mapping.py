"""Mapping: the source's words become the host's, and nothing else changes."""

from datetime import date

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Unmapped, ValueMapping
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.policy.mapping import MAPPED
from oneroster_reconcile.policy.presets import additive, mirror
from oneroster_reconcile.shaping.mapping import mapped
from oneroster_reconcile.shaping.shape import shape
from oneroster_reconcile.testing.strategies import rosters
from tests.laws.renaming import mapped as with_rows
from tests.reconcile.scene import AS_OF, Product, codes, person, roster, student

ADMINISTRATORS = ("districtAdministrator", "systemAdministrator", "principal", "siteAdministrator")
CEILING = {"user.roles": ValueMapping(values=dict.fromkeys(ADMINISTRATORS, "siteAdministrator"))}
WORDS = st.sampled_from(("student", "teacher", "KG", "01", "12", "school", "term", "homeroom", "x", "y"))
VALUES = st.dictionaries(WORDS, WORDS, max_size=4)
MAPPINGS = st.dictionaries(
    st.sampled_from(MAPPED),
    st.builds(ValueMapping, values=VALUES, complete=st.booleans(), unmapped=st.sampled_from(Unmapped)),
    max_size=3,
)


@given(incoming=rosters(), mappings=MAPPINGS)
def test_mapping_again_changes_nothing_where_the_hosts_words_stand_for_themselves(
    incoming: orr.Roster, mappings: dict[str, ValueMapping]
) -> None:
    """A mapping whose targets are mapped to themselves is idempotent, but for what it counts."""
    mappings = {
        path: evolve(each, values={**each.values, **{word: word for word in each.values.values()}})
        for path, each in mappings.items()
    }
    once = mapped(incoming, mappings)
    folded = once.with_tables({Kind.ENROLLMENT: orr.Table(once.enrollments.row, once.enrollments.frame.unique())})
    assert sorted_rows(mapped(folded, mappings)) == sorted_rows(folded)


@given(incoming=rosters(), mappings=MAPPINGS, seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_change_what_is_mapped(
    incoming: orr.Roster, mappings: dict[str, ValueMapping], seed: int
) -> None:
    """Shuffled rows are mapped to shuffled rows, and the same is said of them."""
    shuffled = with_rows(incoming, lambda frame: frame.sample(fraction=1, shuffle=True, seed=seed))
    first, second = mapped(incoming, mappings), mapped(shuffled, mappings)
    assert sorted_rows(first) == sorted_rows(second)
    assert first.issues == second.issues
    assert first.coverage == second.coverage


@given(incoming=rosters(), mappings=MAPPINGS)
def test_what_no_mapping_names_is_untouched(incoming: orr.Roster, mappings: dict[str, ValueMapping]) -> None:
    """Other kinds and columns are as they were, in the same order; where nothing is complete, so are rows with other values."""
    after = mapped(incoming, mappings)
    for kind in Kind:
        named = [path.partition(".")[2] for path in mappings if path.startswith(f"{kind}.")]
        assert after[kind].frame.drop(named).equals(incoming[kind].frame.drop(named))
    assert mapped(incoming, {path: ValueMapping(values={"nobody says": "this"}) for path in mappings}) == incoming


def sorted_rows(roster: orr.Roster) -> list[list[str]]:
    """All rows, in one order."""
    return [sorted(map(repr, roster[kind].frame.iter_rows())) for kind in Kind]


def test_values_of_every_kind_of_column_are_mapped() -> None:
    """Words by themselves, in lists, in roles, and in the keys of memberships."""
    incoming = roster(
        orgs=[orr.Org(id="s1", name="High", type="ext:campus")],
        sessions=[orr.AcademicSession(id="t1", title="Fall", type="semester")],
        courses=[orr.Course(id="c1", title="Art", grades=("5", "05", "6"))],
        classes=[orr.Class(id="k1", title="Art 1", subjects=("MA", "Art"), subject_codes=("1", "2"))],
        users=[person("u1", "Ann", ("s1", "proctor"))],
        enrollments=[orr.Enrollment(class_="k1", user="u1", role="proctor")],
    )
    after = mapped(
        incoming,
        orr.Policy(
            mappings={
                "org.type": {"ext:campus": "school"},
                "academic_session.type": {"semester": "term"},
                "course.grades": {"5": "05", "6": "06"},
                "class.subjects": {"MA": "Mathematics"},
                "user.roles": {"proctor": "aide"},
                "enrollment.role": {"proctor": "aide"},
            }
        ).mappings,
    )
    assert (after.orgs["s1"].type, after.sessions["t1"].type) == ("school", "term")
    assert (after.courses["c1"].grades, after.classes["k1"].subjects) == (("05", "06"), ("Mathematics", "Art"))
    assert (after.users["u1"].roles[0].role, after.enrollments["k1", "u1", "aide"].role) == ("aide", "aide")


def test_an_administrator_of_whatever_kind_is_that_of_a_school() -> None:
    """The ceiling of roles is a mapping: nobody becomes a district's administrator by a sync."""
    site = Product(evolve(mirror(), mappings=CEILING))
    site.sync(roster(users=[person("u1", "Ann", ("s1", "districtAdministrator"), ("s2", "principal"), ("s2", "teacher"))]))
    assert sorted(role.role for role in site.user("u1").roles) == ["siteAdministrator", "siteAdministrator", "teacher"]


@pytest.mark.parametrize("policy", [mirror(), additive()], ids=["mirror", "additive"])
def test_whom_support_lifted_is_not_lowered(policy: orr.Policy) -> None:
    """A district administrator made by hand stays one, run after run."""
    site = Product(evolve(policy, mappings=CEILING))
    incoming = roster(users=[person("u1", "Ann", ("s1", "districtAdministrator"))])
    site.sync(incoming)
    (role,) = site.user("u1").roles
    site.edit("u1", roles=(role, orr.Role(org=role.org, role="districtAdministrator")))
    assert site.plan(incoming).is_empty
    site.edit("u1", roles=(orr.Role(org=role.org, role="districtAdministrator"),))
    site.sync(incoming)
    site.sync(incoming)
    assert "districtAdministrator" in {each.role for each in site.user("u1").roles}


def test_of_two_roles_that_become_one_the_living_one_counts() -> None:
    """Time comes first: a role that is over does not end the one that it is mapped together with."""
    over = orr.Role(org="s1", role="districtAdministrator", end=date(2026, 1, 1))
    now = orr.Role(org="s1", role="principal", primary=False, end=date(2027, 6, 1))
    shaped = shape(roster(users=[person("u1", roles=(over, now))]), evolve(mirror(), mappings=CEILING), AS_OF, Base())
    assert shaped.users["u1"].roles == (evolve(now, role="siteAdministrator"),)


def test_two_memberships_that_become_one_are_folded() -> None:
    """A person who is aide and proctor of a class, where both are the same at the host, is enrolled once."""
    members = [orr.Enrollment(class_="k1", user="u1", role=role) for role in ("aide", "proctor")]
    site = Product(evolve(mirror(), mappings={"enrollment.role": {"proctor": "aide"}}))
    incoming = roster(users=[student("u1")], classes=[orr.Class(id="k1", title="Art")], enrollments=members)
    site.sync(incoming)
    assert [each.role for each in site.directory.enrollments] == ["aide"]
    assert site.plan(incoming).is_empty


@pytest.mark.parametrize("unmapped", Unmapped)
def test_a_value_that_a_complete_mapping_lacks_is_reported(unmapped: Unmapped) -> None:
    """By policy it stays, or is taken for not supplied; the issue names words that several rows say, and no others."""
    mapping = ValueMapping(values={"05": "05"}, complete=True, unmapped=unmapped)
    users = [
        student("u1", grades=("05",)),
        student("u2", grades=("x", "05")),
        student("u3", grades=("x",)),
        student("u4", grades=("y",)),
    ]
    after = mapped(roster(users=users), {"user.grades": mapping})
    expected = {Unmapped.KEEP: ("x", "05"), Unmapped.BLANK: ()}
    assert (after.users["u1"].grades, after.users["u2"].grades) == (("05",), expected[unmapped])
    (issue,) = after.issues
    assert (issue.code, issue.count, "'x'" in issue.message, "'y'" in issue.message) == ("value_unmapped", 3, True, False)


def test_a_role_that_is_left_out_withdraws_none() -> None:
    """What is not mapped any more is not gone: no role is taken away in that run."""
    site = Product()
    incoming = roster(users=[person("u1", "Ann", ("s1", "ext:coach"), ("s1", "teacher")), person("u2", "Bo", ("s1", "aide"))])
    site.sync(incoming)
    words = ValueMapping(values={"teacher": "teacher", "aide": "aide"}, complete=True, unmapped=Unmapped.BLANK)
    site.policy = evolve(site.policy, mappings={"user.roles": words})
    plan = site.plan(incoming)
    assert plan.is_empty
    assert codes(plan) == ["value_unmapped"]


def test_a_membership_whose_role_nobody_knows_is_left_as_it_is() -> None:
    """It cannot be blank, for it is a key: it is neither made nor taken away."""
    words = ValueMapping(values={"student": "student"}, complete=True, unmapped=Unmapped.BLANK)
    member = orr.Enrollment(class_="k1", user="u1", role="ext:guest")
    incoming = roster(users=[student("u1")], classes=[orr.Class(id="k1", title="Art")], enrollments=[member])
    site = Product()
    site.sync(incoming)
    site.policy = evolve(site.policy, mappings={"enrollment.role": words})
    assert site.plan(incoming).is_empty
    fresh = Product(site.policy)
    fresh.sync(incoming)
    assert len(fresh.directory.enrollments) == 0


def test_keys_that_were_set_aside_are_mapped_too() -> None:
    """A quarantined membership protects the one that it would have become."""
    aside = {Kind.ENROLLMENT: pl.DataFrame({"class_": ["k1"], "user": ["u1"], "role": ["proctor"]})}
    after = mapped(
        evolve(roster(), quarantine=aside, ineligible=aside), {"enrollment.role": ValueMapping(values={"proctor": "aide"})}
    )
    assert after.quarantine[Kind.ENROLLMENT].rows() == after.ineligible[Kind.ENROLLMENT].rows() == [("k1", "u1", "aide")]


def test_only_what_has_words_of_its_own_can_be_mapped() -> None:
    """A path that is none of the list is refused by name."""
    with pytest.raises(ValueError, match=r"'user.email' cannot be mapped"):
        orr.Policy(mappings={"user.email": {}})
