"""Elements, three ways: a set is merged one element at a time, each with an evidence of its own."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Authority, Disposition, Kind
from tests.reconcile.scene import AS_OF, Product, person, roster, student

KEEPING = orr.ElementPolicy()
DELETING = orr.ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE, local=Disposition.DELETE)
GUARDIANS = [person("g1", "Gus"), person("g2", "Gil"), person("g3", "Guy")]


def family(*agents: str, **values: Any) -> orr.Roster:
    """A child with guardians."""
    return roster(users=[student("u1", agents=agents, **values), *GUARDIANS])


def product(element: orr.ElementPolicy, authority: Authority = Authority.SOURCE) -> Product:
    """A product with one policy for the elements of every set."""
    row = orr.RowPolicy(element=element, authority=authority, withdrawn=Disposition.KEEP)
    return Product(orr.Policy(name="test", rows=dict.fromkeys(Kind, row)))


def agents(site: Product) -> list[str]:
    """The child's guardians by their ids at the source, and those whom only the host knows."""
    names = {host: source for source, host in site.state.base.crosswalk.links("sis", Kind.USER).iter_rows()}
    return sorted(names.get(each, each) for each in site.user("u1").agents)


def test_a_guardian_added_by_hand_survives() -> None:
    """`mirror` withdraws the guardian whom the source no longer names and leaves the one that a person added."""
    site = Product()
    site.sync(family("g1", "g2"))
    site.put(person("hand", "Han"))
    site.edit("u1", agents=(*site.user("u1").agents, "hand"))
    plan = site.sync(family("g1"))
    assert plan.summary() == "1 change: update 1 user"
    assert agents(site) == ["g1", "hand"]
    assert site.plan(family("g1")).is_empty


def test_a_guardian_added_by_hand_goes_where_the_policy_says_so() -> None:
    """`element.local = delete` makes the set the source's alone."""
    site = product(DELETING)
    site.sync(family("g1"))
    site.edit("u1", agents=(site.id(Kind.USER, "g1"), site.id(Kind.USER, "g2")))
    site.sync(family("g1"))
    assert agents(site) == ["g1"]


def test_a_source_that_is_silent_about_a_set_takes_nothing_from_it() -> None:
    """Blank means not supplied: the last guardian is not taken away by an empty cell."""
    site = product(DELETING)
    site.sync(family("g1"))
    assert site.plan(family()).is_empty
    assert agents(site) == ["g1"]


@pytest.mark.parametrize("authority", [Authority.ON_CREATE, Authority.NEVER])
def test_a_set_of_the_hosts_own_is_left_alone(authority: Authority) -> None:
    """Elements follow the authority of their column."""
    site = product(DELETING, authority)
    site.sync(family("g1"))
    before = agents(site)
    site.sync(family("g2"))
    assert agents(site) == before == (["g1"] if authority is Authority.ON_CREATE else [])


@pytest.mark.parametrize(("authority", "after"), [(Authority.SOURCE, ["g1", "g2"]), (Authority.STICKY, ["g2"])])
def test_an_element_that_was_taken_away_by_hand_comes_back_or_not(authority: Authority, after: list[str]) -> None:
    """A sticky set keeps the local removal, as it keeps a local edit."""
    site = product(KEEPING, authority)
    site.sync(family("g1", "g2"))
    site.edit("u1", agents=(site.id(Kind.USER, "g2"),))
    site.sync(family("g1", "g2"))
    assert agents(site) == after
    assert site.plan(family("g1", "g2")).is_empty


def test_an_element_that_was_kept_is_not_taken_for_local_later() -> None:
    """A withdrawn guardian who was kept is withdrawn still when the policy changes its mind."""
    site = product(KEEPING)
    site.sync(family("g1", "g2"))
    site.sync(family("g1"))
    assert agents(site) == ["g1", "g2"]
    site.policy = orr.presets.mirror()
    site.sync(family("g1"))
    assert agents(site) == ["g1"]


def test_a_guardian_who_was_quarantined_is_not_withdrawn() -> None:
    """A row that was set aside counts as present, and so does every link to it."""
    site = Product()
    site.sync(family("g1", "g2"))
    incoming = roster(users=[student("u1", agents=("g1", "g2")), GUARDIANS[0], GUARDIANS[2]])
    aside = orr.Table.of(orr.User, [GUARDIANS[1]]).frame.select("id")
    site.sync(evolve(incoming, quarantine={Kind.USER: aside}))
    assert agents(site) == ["g1", "g2"]
    assert site.directory.users[site.id(Kind.USER, "g2")].state is orr.State.ACTIVE


def test_a_set_that_could_not_be_translated_is_not_complete() -> None:
    """A guardian whom nobody knows may be anybody: no other guardian is withdrawn for it."""
    site = Product()
    site.sync(family("g1", "g2"))
    site.sync(family("g1", "nobody"))
    assert agents(site) == ["g1", "g2"]


def test_terms_come_and_go() -> None:
    """A class's terms are a set like any other."""
    sessions = [orr.AcademicSession(id=each, title=each, type="term") for each in ("t1", "t2")]
    site = Product()
    both, one = (
        roster(sessions=sessions, classes=[orr.Class(id="k1", title="Algebra", terms=terms)]) for terms in (("t1", "t2"), ("t2",))
    )
    site.sync(both)
    assert site.sync(one).summary() == "1 change: update 1 class"
    assert [each.terms for each in site.directory.classes] == [(site.id(Kind.SESSION, "t2"),)]


def roles(site: Product) -> list[tuple[str, str]]:
    """The roles of the account as (name of org, role)."""
    return sorted((site.directory.orgs[role.org].name, role.role) for role in site.user("u1").roles)


def test_a_role_that_support_added_survives_and_a_withdrawn_one_goes() -> None:
    """Roles are told apart by org and name."""
    site = Product()
    site.sync(roster(users=[person("u1", "Ann", ("s1", "teacher"), ("s2", "teacher"))]))
    s2 = site.id(Kind.ORG, "s2")
    site.edit("u1", roles=(*site.user("u1").roles, orr.Role(org=s2, role="principal")))
    site.sync(roster(users=[person("u1", "Ann", ("s1", "teacher"))]))
    assert roles(site) == [("High", "teacher"), ("Middle", "principal")]


@pytest.mark.parametrize("how", ["by date", "by name"])
@pytest.mark.parametrize(
    ("element", "left"), [(DELETING, [("Middle", "student")]), (KEEPING, [("High", "student"), ("Middle", "student")])]
)
def test_a_role_that_has_ended_goes_where_the_policy_says_so(
    how: str, element: orr.ElementPolicy, left: list[tuple[str, str]]
) -> None:
    """An end of a role is an end of its own, by its date or by its status."""
    site = product(element)
    site.sync(roster(users=[person("u1", "Ann", ("s1", "student"), ("s2", "student"))]))
    over = orr.Role(org="s1", role="student", **({"end": AS_OF} if how == "by date" else {"state": "tobedeleted"}))  # type: ignore[arg-type]
    incoming = roster(users=[person("u1", roles=(over, orr.Role(org="s2", role="student")))])
    site.sync(incoming)
    assert roles(site) == left
    assert {role.state for role in site.user("u1").roles} == {orr.State.ACTIVE}
    assert site.plan(incoming).is_empty


def test_a_new_person_is_made_without_the_roles_that_are_over() -> None:
    """What has ended is not begun."""
    site = Product()
    ended = orr.Role(org="s1", role="student", end=date(2026, 6, 1))
    site.sync(roster(users=[person("u1", roles=(ended, orr.Role(org="s2", role="student")))]))
    assert roles(site) == [("Middle", "student")]


def test_a_part_of_an_element_is_a_value_like_any_other() -> None:
    """The source moves the end of a role; a date that was set by hand is the source's again, unless it is sticky."""
    until, by_hand = date(2027, 6, 1), date(2027, 1, 31)

    def incoming(end: date | None) -> orr.Roster:
        return roster(users=[person("u1", roles=(orr.Role(org="s1", role="student", end=end),))])

    for authority, expected in ((Authority.SOURCE, until), (Authority.STICKY, by_hand)):
        site = product(KEEPING, authority)
        site.sync(incoming(until))
        (role,) = site.user("u1").roles
        site.edit("u1", roles=(evolve(role, end=by_hand),))
        site.sync(incoming(until))
        assert site.user("u1").roles[0].end == expected
        site.sync(incoming(date(2027, 7, 1)))
        assert site.user("u1").roles[0].end == date(2027, 7, 1)
        assert site.plan(incoming(None)).is_empty


def test_entries_of_metadata_are_merged_one_by_one() -> None:
    """An entry that the product keeps for itself survives; one that the source withdraws goes; one that it changes is changed."""
    site = Product()
    site.sync(roster(users=[student("u1", metadata={"lunch": "1", "bus": "7"})]))
    site.edit("u1", metadata={"lunch": "1", "bus": "7", "theme": "dark"})
    site.sync(roster(users=[student("u1", metadata={"bus": "8"})]))
    assert site.user("u1").metadata == {"bus": "8", "theme": "dark"}


def test_profiles_and_user_ids_are_sets() -> None:
    """A changed login is a value of the profile; a changed external id is another element."""
    profile = orr.UserProfile(id="p", profile_type="lms", vendor_id="v", credential_type="c", username="ann")
    site = Product()
    site.sync(roster(users=[student("u1", profiles=(profile,), user_ids=(orr.UserId(type="ldap", identifier="1"),))]))
    changed = student("u1", profiles=(evolve(profile, username="anne"),), user_ids=(orr.UserId(type="ldap", identifier="2"),))
    site.sync(roster(users=[changed]))
    assert (site.user("u1").profiles[0].username, [each.identifier for each in site.user("u1").user_ids]) == ("anne", ["2"])


def test_roles_that_were_read_in_part_are_not_withdrawn() -> None:
    """Where roles are a collection of their own, its coverage counts."""
    site = Product()
    site.sync(roster(users=[person("u1", "Ann", ("s1", "teacher"), ("s2", "teacher"))]))
    part = evolve(orr.Coverage.complete(), roles=orr.Read())
    one_role = [person("u1", "Ann", ("s1", "teacher"))]
    assert site.plan(roster(users=one_role, coverage=part)).is_empty
    whole = evolve(part, roles=orr.Read(extent=orr.Extent.COMPLETE))
    assert site.plan(roster(users=one_role, coverage=whole)).summary() == "1 change: update 1 user"


def test_a_role_in_a_school_that_was_not_read_is_not_withdrawn() -> None:
    """Where the users of one school are missing, roles there prove nothing."""
    site = Product()
    site.sync(roster(users=[person("u1", "Ann", ("s1", "teacher"), ("s2", "teacher"))]))
    read = orr.Read(extent=orr.Extent.COMPLETE, missing=frozenset({"s2"}))
    coverage = orr.Coverage.complete().with_read(Kind.USER, read)
    assert site.plan(roster(users=[person("u1", "Ann", ("s1", "teacher"))], coverage=coverage)).is_empty
