"""Rosters and directories go into matching as frames of people."""

from datetime import date

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
