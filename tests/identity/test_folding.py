"""Folding: several records of one person become one row, whatever their order."""

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from tests.reconcile.scene import AS_OF, S1, S2, Product, links, person, roster, student

ONE_PERSON = links((Kind.ORG, "s1", "1"), (Kind.ORG, "s2", "2"), (Kind.USER, "u1", "17"), (Kind.USER, "u2", "17"))
ORGS = [evolve(S1, id="1"), evolve(S2, id="2")]


def product(account: orr.User, base: bool = True, **rows: Any) -> Product:
    """A product in which two source records belong to one account."""
    site = Product(directory=orr.Directory.of(orgs=ORGS, users=[account], **rows))
    tables = site.directory.tables if base else {}
    site.state = orr.MemoryState(orr.Base(tables=tables, crosswalk=ONE_PERSON))
    return site


def folded(*records: orr.User) -> orr.User:
    """The account after a run with these records of it."""
    site = product(person("17"), base=False)
    site.sync(roster(users=records))
    return site.directory.users["17"]


def test_sets_are_united() -> None:
    """A teacher of two schools, listed in each under an id of its own, has both roles in one account."""
    account = folded(person("u1", "Ann", ("s1", "teacher")), person("u2", "Ann", ("s2", "teacher")))
    assert [role.org for role in account.roles] == ["1", "2"]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_one_record_speaks_for_all_in_any_order(order: tuple[int, ...]) -> None:
    """Values come from the record with a primary role, then the latest change, then the smallest id; blanks from whoever knows."""
    site = product(person("17"), base=False)
    site.state = orr.MemoryState(orr.Base(crosswalk=ONE_PERSON.including(links((Kind.USER, "u3", "17")))))
    aside = orr.Role(org="s1", role="aide", primary=False)
    records = [
        person("u1", "Late", roles=(aside,), email="late@x.org", date_last_modified=datetime(2026, 9, 2, tzinfo=UTC)),
        person("u2", "Primary", ("s2", "teacher")),
        person("u3", "Later", roles=(aside,), phone="3", date_last_modified=datetime(2026, 9, 3, tzinfo=UTC)),
    ]
    site.sync(roster(users=[records[each] for each in order]))
    account = site.directory.users["17"]
    assert (account.given_name, account.email, account.phone) == ("Primary", "late@x.org", "3")


def test_the_state_is_the_most_alive() -> None:
    """A person who left one school and is in another is active, and what the living record says counts."""
    account = folded(student("u1", "Old", state="tobedeleted"), person("u2", "New", ("s2", "student")))
    assert (account.given_name, account.state) == ("New", orr.State.ACTIVE)
    assert folded(student("u1", state="suspended"), person("u2", state="tobedeleted")).state is orr.State.SUSPENDED


def test_the_element_that_has_not_ended_wins() -> None:
    """The same role over in one record and going on in the other goes on."""
    over, on = (orr.Role(org="s1", role="student", end=end) for end in (AS_OF, date(2027, 6, 1)))
    assert [role.end for role in folded(person("u1", roles=(over,)), person("u2", roles=(on,))).roles] == [date(2027, 6, 1)]


def test_nothing_is_taken_from_a_set_about_which_a_record_is_silent() -> None:
    """One record says nothing of guardians: those of the account stay, though the other lists fewer."""
    account = person("17", "Ann", ("1", "student"), agents=("21", "22"))
    guardians = [person("21", "Gus"), person("22", "Gil")]
    site = Product(directory=orr.Directory.of(orgs=ORGS, users=[account, *guardians]))
    crosswalk = ONE_PERSON.including(links((Kind.USER, "g1", "21"), (Kind.USER, "g2", "22")))
    site.state = orr.MemoryState(orr.Base(tables=site.directory.tables, crosswalk=crosswalk))
    records = [student("u1", agents=("g1",)), student("u2"), person("g1", "Gus"), person("g2", "Gil")]
    site.sync(roster(users=records))
    assert site.directory.users["17"].agents == ("21", "22")
    site.sync(roster(users=[evolve(records[0]), evolve(records[1], agents=("g1",)), *records[2:]]))
    assert site.directory.users["17"].agents == ("21",)


def test_nothing_is_taken_from_demographics_about_which_a_record_is_silent() -> None:
    """Folded demographics are as careful with their sets as folded people."""
    births = [orr.Demographics(user="17", metadata={"a": "1", "b": "1"})]
    site = product(person("17", "Ann", ("1", "student")), demographics=births)
    said = [orr.Demographics(user="u1", metadata={"a": "1"}), orr.Demographics(user="u2")]
    site.sync(roster(users=[student("u1"), student("u2")], demographics=said))
    assert site.directory.demographics["17"].metadata == {"a": "1", "b": "1"}


@pytest.mark.parametrize("lost", ["quarantined", "unread", "gone"])
def test_a_record_that_was_not_read_keeps_what_it_asserts(lost: str) -> None:
    """Of a record that was set aside or may have been missed the roles stay; of one that is gone they go."""
    site = product(person("17", "Ann", ("1", "teacher"), ("2", "teacher")))
    incoming = roster(users=[person("u1", "Ann", ("s1", "teacher"))])
    if lost == "quarantined":
        incoming = evolve(incoming, quarantine={Kind.USER: pl.DataFrame({"id": ["u2"]})})
    if lost == "unread":
        incoming = evolve(incoming, coverage=orr.Coverage.complete().with_read(Kind.USER, orr.Read()))
    site.sync(incoming)
    assert [role.org for role in site.directory.users["17"].roles] == (["1"] if lost == "gone" else ["1", "2"])


@pytest.mark.parametrize("turned", [False, True])
def test_a_membership_by_two_records_is_one(turned: bool) -> None:
    """Both records of a person are in the class: one enrollment, the one that goes on, with the latest end."""
    site = product(person("17", "Ann", ("1", "student")), classes=[orr.Class(id="31", title="Algebra", school="1")])
    site.state = orr.MemoryState(orr.Base(crosswalk=ONE_PERSON.including(links((Kind.CLASS, "k1", "31")))))
    members = [
        orr.Enrollment(class_="k1", user="u1", role="student", begin=date(2026, 8, 17), end=date(2026, 9, 1)),
        orr.Enrollment(class_="k1", user="u2", role="student", begin=date(2026, 9, 1), end=date(2027, 6, 1)),
    ]
    classes = [orr.Class(id="k1", title="Algebra", school="s1")]
    people = [student("u1"), student("u2")]
    site.sync(roster(users=people, classes=classes, enrollments=members[::-1] if turned else members))
    (member,) = site.directory.enrollments
    assert (member.user, member.begin, member.end) == ("17", date(2026, 9, 1), date(2027, 6, 1))
