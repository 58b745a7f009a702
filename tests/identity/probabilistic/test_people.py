"""Rosters and directories go into matching as frames of people."""

from datetime import date
from typing import Any

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.identity.probabilistic.matcher import link
from oneroster_reconcile.identity.probabilistic.people import people_of


def side(prefix: str, email: str) -> orr.Roster:
    """A child, her teacher and somebody without a role, under ids of the side's own."""
    org = f"{prefix}-school"
    users = [
        orr.User(
            id=f"{prefix}1",
            given_name="Ottoline",
            family_name="Quackenbush",
            email=email,
            roles=(
                orr.Role(org=f"{prefix}-other", role="student", primary=False),
                orr.Role(org=org, role="student"),
            ),
            grades=("05",),
        ),
        orr.User(
            id=f"{prefix}2", given_name="Grace", family_name="Hill", sms="5550107788", roles=(orr.Role(org=org, role="teacher"),)
        ),
        orr.User(id=f"{prefix}3", given_name="Nobody", family_name="Special"),
    ]
    orgs = [
        orr.Org(id=org, name="Plum Falls High", type="school", identifier="042"),
        orr.Org(id=f"{prefix}-other", name="Elsewhere", type="school"),
    ]
    return orr.Roster.of(orgs=orgs, users=users, demographics=[orr.Demographics(user=f"{prefix}1", birth_date=date(2012, 5, 6))])


def test_a_person_is_known_by_the_primary_role() -> None:
    """The school of the primary role is named by what both sides know; a person without roles has none."""
    columns = ["id", "role", "school", "grade", "birth_date", "phone"]
    assert people_of(side("s", "oq@x.edu")).select(columns).rows() == [
        ("s1", "student", "042", "05", date(2012, 5, 6), None),
        ("s2", "teacher", "042", None, None, "5550107788"),
        ("s3", None, None, None, None, None),
    ]


def test_two_sides_with_ids_of_their_own_are_linked() -> None:
    """What the readers give is all that matching needs."""
    found = link(people_of(side("s", "oq@x.edu")), people_of(side("h", "oq@old.edu")))
    assert ("s1", "h1") in found.links.select("source_id", "host_id").rows()


def test_agents_are_known_by_what_both_sides_know() -> None:
    """Guardians and children name each other, whichever of the two says so, by name and every way to reach them."""
    users = [
        orr.User(id="c", given_name="Ada", family_name="Byron", agents=("m",), email="ada@x.edu"),
        orr.User(id="m", given_name="Anne", family_name="Isabella", phone="555 010 7788", sms="555 010 7799"),
        orr.User(id="f", given_name="George", family_name="Byron", agents=("c", "gone")),
        orr.User(id="x", given_name="No", family_name="Body"),
    ]
    assert people_of(orr.Roster.of(users=users)).select("id", "agents", "agent_contacts").rows() == [
        ("c", "Byron, George\nIsabella, Anne", "555 010 7788\n555 010 7799"),
        ("f", "Byron, Ada", "ada@x.edu"),
        ("m", "Byron, Ada", "ada@x.edu"),
        ("x", None, None),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"user_ids": (orr.UserId(type="LDAP", identifier="ada"), orr.UserId(type="State ID", identifier="S1"))}, "S1"),
        ({"user_ids": (orr.UserId(type="SSID", identifier="S1"),), "user_master_identifier": "M1"}, "S1"),
        ({"user_ids": (orr.UserId(type="Fed", identifier="F1"),), "user_master_identifier": "M1"}, "M1"),
        ({"user_ids": (orr.UserId(type="estate", identifier="E1"),)}, None),
    ],
)
def test_the_states_id_is_found_among_the_others(given: dict[str, Any], expected: str | None) -> None:
    """A user id of a state's type is one, then the master identifier; an account with some other system is not."""
    rows = orr.Roster.of(users=[orr.User(id="u", given_name="Ada", family_name="Byron", **given)])
    assert people_of(rows)["state_id"].to_list() == [expected]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("formerFamilyName", "Milbanke"), ("previous_last_name", "Milbanke"), ("Maiden Name", "Milbanke"), ("nickname", None)],
)
def test_a_former_name_is_found_in_the_metadata(key: str, expected: str | None) -> None:
    """The keys under which systems keep a former family name are known, however they are spelt."""
    user = orr.User(id="u", given_name="Anne", family_name="Byron", metadata={"first": "1", key: "Milbanke"})
    assert people_of(orr.Roster.of(users=[user]))["former_family_name"].to_list() == [expected]
