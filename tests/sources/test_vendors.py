"""Each vendor's service as documents and other people's code describe it, read with its profile: the rows and what they prove are those of the plain service."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.providers import RestVersion
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, QUICK, codes, read

PLAIN = read(provider(DISTRICT))
SCHOOL = DISTRICT.classes.frame["school"][0]


def vendor(quirks: Iterable[Quirk] = (), faults: Iterable[Fault] = (), version: RestVersion = "1.1") -> ProviderApp:
    """A service as a vendor has it."""
    return provider(DISTRICT, version=version, quirks=quirks, faults=faults)


def of(name: str, **values: Any) -> orr.Provider:
    """A vendor's profile."""
    return evolve(orr.PROVIDERS[name], **values)


def is_whole(roster: orr.Roster) -> bool:
    """Whether it has every row of the plain service, and proves as much."""
    counted = all(len(roster[kind]) == len(PLAIN[kind]) for kind in Kind)
    return counted and all(roster.coverage.proves_absence(kind) for kind in Kind)


def test_strict_reads_the_standard_and_takes_no_other_names() -> None:
    """The default keeps to the letter: what it reads is whole, and a page under another name is no page."""
    assert is_whole(read(vendor(version="1.2"), profile=of("standard")))
    assert "collection_unreadable" in codes(read(vendor([Quirk.ALIASES]), profile=of("standard")))


def test_classlink_gives_objects_of_1_2_under_1_1() -> None:
    """Its users have roles under the address of 1.1, its keys are those of paths, its cool-downs are in plain text."""
    app = vendor([Quirk.ALIASES, Quirk.NO_LINK], [Fault("users", Trouble.BUSY, times=1)], "1.2")
    app.path = "/ims/oneroster/v1p1/"
    roster = read(app, profile=of("classlink"))
    assert is_whole(roster)
    assert roster.users[PLAIN.users.frame["id"][0]].roles == PLAIN.users[PLAIN.users.frame["id"][0]].roles
    assert not any("v1p2" in request for request in app.requests)


def test_powerschool_clamps_its_pages() -> None:
    """Whatever is asked for, a page has as many rows as it likes: none is lost."""
    roster = read(vendor([Quirk.CLAMPED, Quirk.NO_LINK]), profile=of("powerschool"))
    assert is_whole(roster)
    assert codes(roster) == {"page_clamped"}


def test_infinite_campus_may_withhold_demographics_and_give_a_token_without_its_life() -> None:
    """A permission that is missing makes demographics partial and nothing else; the rest may be asked for in large pages."""
    credentials = orr.ClientCredentials(id="product", secret="hush", token_url="http://localhost/token", posts_secret=True)
    app = vendor([Quirk.NO_EXPIRY], [Fault("demographics", Trouble.FORBIDDEN)])
    roster = read(app, auth=credentials, profile=of("infinite-campus"))
    assert codes(roster) == {"collection_refused"}
    assert [kind for kind in Kind if not roster.coverage.proves_absence(kind)] == [Kind.DEMOGRAPHICS]
    assert any("limit=10000" in request for request in app.requests)


def test_skyward_sorts_nothing_and_ignores_filters() -> None:
    """It is not asked to sort; changes come with everything else, and prove nothing."""
    app = vendor([Quirk.FILTER_IGNORED])
    assert is_whole(read(app, profile=of("skyward")))
    assert not any("sort=" in request for request in app.requests)


def test_skyward_gives_a_person_once_for_each_school() -> None:
    """Rows of one id are one person; a service that repeats ids proves no absence."""
    app = vendor()
    users = list(app.objects["users"])
    app.objects = {**app.objects, "users": [*users, {**users[0], "orgs": [{"sourcedId": SCHOOL, "type": "org", "href": ""}]}]}
    roster = read(app, profile=of("skyward"))
    assert len(roster.users) == len(PLAIN.users)
    assert codes(roster) >= {"read_drifted"}
    assert not roster.coverage.proves_absence(Kind.USER)


def test_aeries_has_no_lists_of_schools_and_prefixes_staff() -> None:
    """Collections are read whole; ids with a prefix are ids."""
    app = vendor([Quirk.NO_SCHOOLS])
    staff = {
        "sourcedId": "TCH_7",
        "status": "active",
        "enabledUser": "true",
        "givenName": "A",
        "familyName": "B",
        "role": "teacher",
    }
    app.objects = {**app.objects, "users": [*app.objects["users"], {**staff, "orgs": [{"sourcedId": SCHOOL}]}]}
    roster = read(app, profile=of("aeries"))
    assert roster.users["TCH_7"].roles[0].org == SCHOOL
    assert roster.coverage.proves_absence(Kind.USER)


def test_ed_fi_announces_nothing_and_has_one_row_for_each_school_of_a_person() -> None:
    """Without total and link a page without rows is the end; grades may be null; its rows of one person have ids of their own."""
    app = vendor([Quirk.NO_TOTAL, Quirk.NO_LINK, Quirk.FLAT_ERRORS], [Fault("demographics", Trouble.FORBIDDEN)], "1.2")
    app.objects = {**app.objects, "classes": [{**each, "grades": None, "subjects": None} for each in app.objects["classes"]]}
    roster = read(app, profile=of("ed-fi", page=50))
    assert all(len(roster[kind]) == len(PLAIN[kind]) for kind in Kind if kind is not Kind.DEMOGRAPHICS)
    assert roster.coverage.proves_absence(Kind.ENROLLMENT)
    assert [issue.message for issue in roster.issues] == [
        "the collection could not be read beyond 0 rows: it was answered with 403, forbidden"
    ]
    assert of("ed-fi").page == 500


@pytest.mark.parametrize("key", ["students", "teachers"])
@pytest.mark.parametrize("name", [name for name, each in orr.PROVIDERS.items() if each.aliases])
def test_wrappers_named_students_or_teachers_are_users(name: str, key: str) -> None:
    """A page of users may stand under the name of a path."""
    users = [{"sourcedId": "u1", "givenName": "A", "familyName": "B", "role": key[:-1], "orgs": [{"sourcedId": SCHOOL}]}]

    def handler(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        wanted = request.url.path.rpartition("/")[2]
        rows = {"orgs": {"orgs": [{"sourcedId": SCHOOL, "name": "High", "type": "school"}]}, "users": {key: users}}
        found = rows.get(wanted, {wanted: []})
        return httpx.Response(200, json={each: value if not offset else [] for each, value in found.items()})

    client = httpx.Client(transport=httpx.MockTransport(handler))
    auth = orr.BearerToken(token="t")
    roster = orr.read_rest("https://sis.example/ims/oneroster/v1p1", auth=auth, client=client, profile=of(name), pace=QUICK)
    assert roster.users["u1"].roles[0].role == key[:-1]


RECORDED = Path(__file__).parents[3] / "shared" / "data" / "digital-agency-jp-rest-json"
"""Answers that the Digital Agency of Japan published (OneRoster 1.2, Japan profile); they are not ours to carry along."""


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers beside the project")
def test_recorded_answers_of_the_japan_profile_are_read() -> None:
    """Flags as booleans, nested metadata, grades of another vocabulary and lists without items: every row comes, and what it lacks is told by others."""
    bodies = {file.stem: file.read_bytes() for file in RECORDED.glob("*.json")}

    def handler(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name not in bodies or int(request.url.params["offset"]):
            return httpx.Response(200, json={name: []})
        return httpx.Response(200, content=bodies[name], headers={"content-type": "application/json"})

    client = httpx.Client(transport=httpx.MockTransport(handler))
    roster = orr.read_rest(
        "https://sis.example/ims/oneroster/rostering/v1p2", auth=orr.BearerToken(token="t"), client=client, pace=QUICK
    )
    assert [len(roster[kind]) for kind in (Kind.ORG, Kind.CLASS, Kind.USER, Kind.ENROLLMENT)] == [1, 1, 1, 1]
    user, class_ = next(iter(roster.users)), next(iter(roster.classes))
    assert (user.given_name, user.state, class_.title) == ("たろう", "active", "1年1組")
    assert dict(user.metadata)["jp"].startswith('{"kana')
    assert codes(roster) == {"collection_empty"}
