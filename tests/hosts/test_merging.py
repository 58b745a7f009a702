"""Merging two accounts, in examples of what `model.merging` says and of what is refused; the kit tries it on every host."""

from datetime import date

import pytest

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.users import Role, User, UserId
from tests.hosts.batches import link, made, merge


def user(key: str, *schools: str, **values: object) -> User:
    """A student of these schools."""
    return User(
        id=key, given_name=key, family_name="Ames", roles=tuple(Role(org=org, role="student") for org in schools), **values
    )  # type: ignore[arg-type]


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost()


@pytest.fixture
def people(host: HostAdapter) -> list[str]:
    """Two accounts of one student and one of a guardian of the second, with what hangs on them: the ids of the one that goes, the one that stays, the guardian."""
    s1, s2 = made(host, Org(id="new:s1", name="High", type="school"), Org(id="new:s2", name="Middle", type="school"))
    (guardian,) = made(host, user("new:g", s1))
    gone, kept = made(
        host,
        user("new:gone", s1, s2, phone="1", agents=(guardian,), user_ids=(UserId(identifier="g"),)),
        user("new:kept", s1, email="k@x.org", metadata={"a": "1"}),
    )
    (child,) = made(host, user("new:child", s1, agents=(gone,)))
    one, two = made(host, Class(id="new:k1", title="One", school=s1), Class(id="new:k2", title="Two", school=s2))
    begin = date(2026, 9, 1)
    made(
        host,
        Enrollment(class_=one, user=gone, role="student", begin=begin),
        Enrollment(class_=two, user=gone, role="student", begin=begin),
        Enrollment(class_=one, user=kept, role="student"),
    )
    made(host, Demographics(user=gone, birth_date=date(2012, 3, 4)))
    host.apply(link(Kind.USER, ("sis", "u1", gone), ("sis", "u2", kept)))
    return [gone, kept, guardian, child]


def test_what_hangs_on_an_account_goes_with_it(host: HostAdapter, people: list[str]) -> None:
    """Memberships, demographics, guardians and links are the other account's; what that one has of its own stands."""
    gone, kept, guardian, child = people
    assert host.apply(merge((gone, kept))).failures.is_empty()
    held = host.snapshot()
    assert gone not in held.users
    assert {
        row.user: row.begin for row in held.enrollments if row.role == "student" and held.classes[row.class_].title == "One"
    } == {kept: None}
    assert [row.begin for row in held.enrollments if held.classes[row.class_].title == "Two"] == [date(2026, 9, 1)]
    assert [row.user for row in held.demographics] == [kept]
    assert held.users[child].agents == (kept,)
    stays = held.users[kept]
    assert (stays.phone, stays.email, stays.metadata) == (None, "k@x.org", {"a": "1"})
    assert (stays.agents, [one.identifier for one in stays.user_ids], len(stays.roles)) == ((guardian,), ["g"], 2)
    assert held.crosswalk.links("sis", Kind.USER).rows() == [("u1", kept), ("u2", kept)]


def test_its_own_demographics_win(host: HostAdapter, people: list[str]) -> None:
    """The account that stays keeps what it says of the person."""
    gone, kept, *_ = people
    made(host, Demographics(user=kept, birth_date=date(2011, 1, 1)))
    host.apply(merge((gone, kept)))
    assert [(row.user, row.birth_date) for row in host.snapshot().demographics] == [(kept, date(2011, 1, 1))]


def test_nobody_is_their_own_guardian(host: HostAdapter, people: list[str]) -> None:
    """A guardian's account that goes into the child's is no guardian of it."""
    gone, _, guardian, _ = people
    host.apply(merge((guardian, gone)))
    assert host.snapshot().users[gone].agents == ()


def test_a_merge_that_cannot_be_meant_fails_alone(host: HostAdapter, people: list[str]) -> None:
    """Into nobody, into itself, into what goes itself, under an id that is not real; the rest is done."""
    gone, kept, guardian, child = people
    answers = host.apply(merge((gone, kept), (child, "404"), (guardian, guardian), ("new:x", kept), ("405", "new:y")))
    assert answers.frame["ok"].to_list() == [True, False, False, False, False]
    assert answers.frame["error"].to_list()[1:] == [
        "kept: the host holds no such user",
        "kept: goes into another in the same batch",
        "gone: is provisional; hosts take real ids only",
        "kept: is provisional; hosts take real ids only",
    ]
    assert not host.apply(merge((kept, child), kind=Kind.CLASS)).frame["ok"].any()
    assert not host.apply(merge((None, child))).frame["ok"].any()
