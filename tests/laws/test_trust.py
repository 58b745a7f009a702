"""Merges that the policy makes where the school trusts every address: exactly those, and nothing that a person's word would not do."""

import pytest
from attrs import evolve, frozen
from hypothesis import given, strategies as st

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.changes import Merge
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.presets import mirror
from oneroster_reconcile.policy.scope import Scope
from tests.laws.runs import applied, law, planned
from tests.laws.worlds import World

SCHOOLS = {"s1": {"one.example"}, "s2": {"two.example"}}
POLICY = evolve(mirror(), people=PeoplePolicy(trusted_domains=SCHOOLS, merges_trusted=True))


@frozen
class Account:
    """An account that has a student's number."""

    domain: str | None
    given: str
    role: str
    state: State
    pinned: bool

    def fits(self, school: str) -> bool:
        """Whether nobody need be asked about it."""
        known = self.domain is not None and self.domain in SCHOOLS[school]
        return known and self.given == "Ann" and self.role == "student" and self.state is State.ACTIVE and not self.pinned


@frozen
class Student:
    """A student of one school with an address of a domain, and the accounts that may be theirs."""

    school: str
    domain: str | None
    accounts: tuple[Account, ...]

    @property
    def is_united(self) -> bool:
        """Whether the accounts become one without anybody's word."""
        own = self.domain is None or self.domain in SCHOOLS[self.school]
        return own and len(self.accounts) > 1 and all(each.fits(self.school) for each in self.accounts)


GOOD = Account("one.example", "Ann", "student", State.ACTIVE, pinned=False)
ODD = (
    evolve(GOOD, domain="two.example"),
    evolve(GOOD, domain=None),
    evolve(GOOD, given="Zoe"),
    evolve(GOOD, role="teacher"),
    evolve(GOOD, state=State.SUSPENDED),
    evolve(GOOD, pinned=True),
)
domains = st.sampled_from(("one.example", "one.example", "one.example", "two.example", None))
accounts = st.sampled_from((*(GOOD for _ in range(9)), *ODD))
students = st.builds(
    Student,
    school=st.sampled_from(("s1", "s1", "s2")),
    domain=domains,
    accounts=st.lists(accounts, max_size=3).map(tuple),
)


def world_of(people: list[Student]) -> World:
    """The people with their accounts: 1.0, 1.1, ... are those of the second."""
    users, held, decisions = list[User](), list[User](), list[Decision]()
    for number, one in enumerate(people):
        role = (Role(org=one.school, role="student"),)
        email = one.domain and f"u{number}@{one.domain}"
        users.append(
            User(id=f"u{number}", given_name="Ann", family_name=f"Ames {number}", identifier=f"{number}", email=email, roles=role)
        )
        for place, each in enumerate(one.accounts):
            key, values = f"{number}.{place}", {"given_name": each.given, "family_name": f"Ames {number}", "state": each.state}
            email = each.domain and f"a{key}@{each.domain}"
            roles = (Role(org="7", role=each.role),)
            held.append(User(id=key, identifier=f"{number}", email=email, roles=roles, **values))  # type: ignore[arg-type]
            if each.pinned:
                decisions.append(Decision(ruling=Ruling.PIN, kind=Kind.USER, host_id=key, by="support"))
    schools = [Org(id=each, name=each, type="school") for each in SCHOOLS]
    directory = Directory.of(orgs=[Org(id="7", name="Own", type="school")], users=held)
    return World(Roster.of(source="sis", orgs=schools, users=users), directory, Base(), POLICY, decisions=tuple(decisions))


@law
@given(people=st.lists(students, max_size=4))
def test_what_trust_merges_is_what_a_person_would_have_been_asked_about(people: list[Student]) -> None:
    """The merges are those of students all of whose accounts fit; the rest of the plan is that of a policy which asks, where somebody said yes to just these; and what follows comes to rest."""
    world = world_of(people)
    merges = {
        f"{number}.{place}": f"{number}.0"
        for number, one in enumerate(people)
        for place in range(1, len(one.accounts))
        if one.is_united
    }
    plan = planned(world)
    assert {each.gone: each.kept for each in plan.of(Merge)} == merges
    said = [
        Decision(ruling=Ruling.MERGE, kind=Kind.USER, host_id=kept, other=gone, by="support") for gone, kept in merges.items()
    ]
    asking = evolve(POLICY, people=evolve(POLICY.people, merges_trusted=False))
    asked = evolve(world, policy=asking, decisions=(*world.decisions, *said))
    assert [str(each) for each in plan if not isinstance(each, Merge)] == [
        str(each) for each in planned(asked) if not isinstance(each, Merge)
    ]
    assert plan.issues == planned(asked).issues
    after = applied(world, host=MemoryHost(world.directory))
    assert after.receipts.failures.is_empty()
    assert planned(evolve(world, directory=after.directory, base=after.base)).is_empty


@law
@given(people=st.lists(students, max_size=3))
def test_trust_merges_nothing_where_something_may_be_hidden(people: list[Student]) -> None:
    """A read that was not complete on either side, or a scope, leaves every merge to a person."""

    world = world_of(people)
    partial = Coverage.complete().with_read(Kind.USER, Read(extent=Extent.PARTIAL))
    lesser = (
        evolve(world, roster=evolve(world.roster, coverage=partial)),
        evolve(world, directory=evolve(world.directory, coverage=partial)),
        evolve(world, policy=evolve(world.policy, scope=Scope(schools=frozenset({"s1"})))),
    )
    assert [list(planned(each).of(Merge)) for each in lesser] == [[], [], []]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("more", [1, 2])
def test_one_account_that_speaks_against_it_leaves_all_to_a_person(odd: Account, more: int) -> None:
    """However many of the others fit."""
    alone, beside = (Student("s1", None, rows) for rows in ((GOOD,) * 2, (*(GOOD for _ in range(more)), odd)))
    assert len(list(planned(world_of([alone])).of(Merge))) == 1
    assert list(planned(world_of([beside])).of(Merge)) == []
