"""What vendors do in another way than the standard, each with the service that does so."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import Fault, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, codes, read

PLAIN = read(provider(DISTRICT))


def serving(version: Any = "1.2", **collections: list[dict[str, Any]]) -> Any:
    """The small district's service with other objects in some collections."""
    app = provider(DISTRICT, version=version)
    app.objects = {**app.objects, **collections}
    return app


@pytest.mark.parametrize("name", orr.PROVIDERS)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_every_profile_reads_a_service_of_the_standard(name: str, version: Any) -> None:
    """A profile allows more than the standard does, never less, and asks for as many rows as it says."""
    profile = orr.PROVIDERS[name]
    app = provider(DISTRICT, version=version)
    roster = read(app, profile=profile)
    assert [len(roster[kind]) for kind in Kind] == [len(PLAIN[kind]) for kind in Kind]
    assert f"limit={profile.page}&" in app.requests[-1]
    assert ("sort=" in app.requests[-1]) is profile.sorts


@pytest.mark.parametrize("name", [name for name, profile in orr.PROVIDERS.items() if profile.aliases])
def test_objects_may_stand_under_the_names_of_paths(name: str) -> None:
    """`students`, `schools` and `terms` are read as users, orgs and sessions."""
    app = provider(DISTRICT, quirks=[Quirk.ALIASES])
    assert len(read(app, profile=orr.PROVIDERS[name]).users) == len(PLAIN.users)


def test_the_standard_knows_no_such_names() -> None:
    """Without a vendor's profile such a page is no page: half of the users may stand in it."""
    roster = read(provider(DISTRICT, quirks=[Quirk.ALIASES]))
    assert "collection_unreadable" in codes(roster)
    assert not len(roster.users)


@pytest.mark.parametrize("quirks", [[], [Quirk.FLAT_ERRORS]])
def test_errors_are_understood_in_either_shape(quirks: list[Quirk]) -> None:
    """1.1's set and 1.2's object name the same minor code."""
    roster = read(provider(DISTRICT, quirks=quirks, faults=[Fault("users", Trouble.FORBIDDEN)]))
    assert [issue.message for issue in roster.issues if issue.code == "collection_refused"] == [
        "the collection could not be read beyond 0 rows: it was answered with 403, forbidden"
    ]


def test_a_plain_429_is_waited_out() -> None:
    """A cool-down says nothing in JSON, and costs nothing where it passes."""
    assert read(provider(DISTRICT, faults=[Fault("orgs", Trouble.BUSY, times=2)])).issues == ()


@pytest.mark.parametrize("quirk", [Quirk.NUMBERS, Quirk.BROKEN_HREFS, Quirk.CSV_NAMES])
def test_other_forms_mean_the_same(quirk: Quirk) -> None:
    """Flags as 0 and 1, years as numbers, addresses that lead nowhere and names of CSV change no row."""
    roster = read(provider(DISTRICT, quirks=[quirk]))
    assert all(roster[kind].frame.equals(PLAIN[kind].frame) for kind in Kind)
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)


@pytest.mark.parametrize(("enabled", "state"), [(0, "suspended"), (1, "active"), (False, "suspended"), ("true", "active")])
def test_flags_are_booleans_texts_or_numbers(enabled: Any, state: str) -> None:
    """`enabledUser` is understood in each form that is seen."""
    user = {"sourcedId": "u1", "enabledUser": enabled, "givenName": "A", "familyName": "B", "roles": [_role()]}
    assert read(serving(users=[user])).users["u1"].state == state


@pytest.mark.parametrize("year", [2027, "2027", 2027.0, "2026-2027"])
def test_a_school_year_is_a_text_or_a_number(year: Any) -> None:
    """All of these are the year that ends in 2027."""
    term = {
        "sourcedId": "t1",
        "title": "T",
        "type": "term",
        "startDate": "2026-08-17",
        "endDate": "2027-06-01",
        "schoolYear": year,
    }
    found = read(serving(academicSessions=[term])).sessions["t1"]
    assert (found.school_year, found.end) == (2027, date(2027, 6, 1))


@pytest.mark.parametrize(
    ("given", "family"), [("preferredFirstName", "preferredLastName"), ("preferredGivenName", "preferredFamilyName")]
)
@pytest.mark.parametrize("agents", ["agents", "agentSourceIds", "agentSourcedIds"])
def test_names_of_either_binding_are_read(given: str, family: str, agents: str) -> None:
    """REST and CSV call the preferred names and the guardians differently, and services mix them."""
    user = {"sourcedId": "u1", "givenName": "A", "familyName": "B", given: "Al", family: "Bo", "roles": [_role()]}
    user[agents] = [{"sourcedId": "g1", "type": "user"}] if agents == "agents" else ["g1"]
    found = read(serving(users=[user])).users["u1"]
    assert (found.preferred_given_name, found.preferred_family_name, found.agents) == ("Al", "Bo", ("g1",))


def test_users_of_1_2_are_understood_under_an_address_of_1_1() -> None:
    """The shape of the objects says what they are, not the address."""
    user = {"sourcedId": "u1", "givenName": "A", "familyName": "B", "roles": [_role("teacher")]}
    app = serving("1.1", users=[user])
    found = read(app, profile=orr.PROVIDERS["classlink"]).users["u1"]
    assert [(role.org, role.role) for role in found.roles] == [(DISTRICT.orgs.frame["id"][0], "teacher")]


def test_users_of_two_shapes_prove_nothing() -> None:
    """Where some users have roles as in 1.1 and others as in 1.2, nobody loses a role for it."""
    names = {"givenName": "A", "familyName": "B"}
    old = {"sourcedId": "u1", **names, "role": "student", "orgs": [{"sourcedId": DISTRICT.orgs.frame["id"][0]}]}
    roster = read(serving(users=[old, {"sourcedId": "u2", **names, "roles": [_role()]}]))
    assert "object_form" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.USER)


def test_a_profile_of_ones_own_is_a_value() -> None:
    """A vendor that nobody knows yet needs no code."""
    own = evolve(orr.PROVIDERS["standard"], name="own", page=5, sorts=False)
    app = provider(DISTRICT)
    read(app, profile=own)
    assert "/orgs?limit=5&offset=0" in app.requests


def _role(role: str = "student") -> dict[str, Any]:
    return {"roleType": "primary", "role": role, "org": {"sourcedId": DISTRICT.orgs.frame["id"][0], "type": "org", "href": ""}}
