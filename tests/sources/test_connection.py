"""Looking whether a service can be read, before a sync is set up."""

from datetime import UTC, datetime
from typing import Any

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.sources.auth import scopes_of
from oneroster_reconcile.testing import Fault, Trouble, provider
from tests.sources.services import DISTRICT, TOKEN, look, on_loopback


def test_a_service_that_can_be_read_is_connected() -> None:
    """It says how many rows there are, and asks for one page of each collection at the most."""
    app = provider(DISTRICT)
    found = look(app)
    assert isinstance(found, orr.Connected)
    assert found.rows["enrollments"] == len(DISTRICT.enrollments)
    assert found.newest is None
    assert len(app.requests) <= 8


def test_the_age_of_the_data_is_that_of_its_latest_change() -> None:
    """Times of change are read in whatever form they are; what is none is passed over."""
    app = provider(DISTRICT)
    times = ["2026-08-01T00:00:00.000Z", "2026-08-02", "yesterday"]
    orgs = [{**org, "dateLastModified": time} for org, time in zip(app.objects["orgs"], times, strict=False)]
    app.objects = {**app.objects, "orgs": orgs}
    found = look(app)
    assert isinstance(found, orr.Connected)
    assert found.newest == datetime(2026, 8, 2, tzinfo=UTC)


def test_credentials_that_are_not_known_are_needed() -> None:
    """A wrong token, or one that may read nothing, is a matter of credentials."""
    assert isinstance(look(provider(DISTRICT), orr.BearerToken(token="wrong")), orr.CredentialsNeeded)
    forbidden = [Fault(name, Trouble.FORBIDDEN) for name in provider(DISTRICT).objects]
    assert look(provider(DISTRICT, faults=forbidden)) == orr.CredentialsNeeded("it was answered with 403, forbidden")


def test_credentials_for_which_no_token_is_given_are_needed() -> None:
    """The token's server refuses: that is not a service that is out of reach."""

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b'{"error": "invalid_client"}'})

    credentials = orr.ClientCredentials(id="a", secret="b", token_url="http://localhost/token")
    assert look(refusing, credentials) == orr.CredentialsNeeded("no token was given: it was answered with 401, invalid_client")


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.TIMEOUT, Trouble.HTML, Trouble.REDIRECT])
def test_a_service_that_does_not_answer_is_unreachable(trouble: Trouble) -> None:
    """Errors, silence, a page to sign in and a redirect are no OneRoster service."""
    everywhere = [Fault(name, trouble) for name in provider(DISTRICT).objects]
    assert isinstance(look(provider(DISTRICT, faults=everywhere)), orr.Unreachable)


@pytest.mark.parametrize("name", ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"])
@pytest.mark.parametrize("trouble", [Trouble.FORBIDDEN, Trouble.MISSING, Trouble.TRUNCATED])
def test_a_service_of_which_a_part_cannot_be_read_is_incomplete(name: str, trouble: Trouble) -> None:
    """Without one of the collections that a sync needs it could not run, and the reason is said."""
    found = look(provider(DISTRICT, faults=[Fault(name, trouble)]))
    if name == "orgs" and trouble is not Trouble.MISSING:
        # The version is looked for there.
        assert isinstance(found, orr.CredentialsNeeded | orr.Unreachable)
        return
    assert isinstance(found, orr.Incomplete)
    assert list(found.reasons) == [name]


def test_a_service_that_dies_meanwhile_is_incomplete() -> None:
    """What was not asked for any more is not held against the credentials."""
    found = look(provider(DISTRICT, faults=[Fault("users", Trouble.TIMEOUT)]))
    assert isinstance(found, orr.Incomplete)
    assert set(found.reasons) == {"users", "enrollments"}


def test_demographics_are_not_needed() -> None:
    """Many districts do not share them."""
    assert isinstance(look(provider(DISTRICT, faults=[Fault("demographics", Trouble.FORBIDDEN)])), orr.Connected)


def test_it_can_be_asked_over_a_socket() -> None:
    """The client that is called finds the same."""
    with on_loopback(provider(DISTRICT)) as url:
        assert isinstance(orr.check_connection(url, auth=TOKEN), orr.Connected)


def test_the_scopes_are_those_of_the_token() -> None:
    """The service may grant others than were asked for; one that names none granted what was asked; of a token that somebody gave us they are not known."""
    app, credentials = provider(DISTRICT), orr.ClientCredentials(id="a", secret="b", token_url="http://localhost/token")

    async def granting(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/token":
            await app(scope, receive, send)
            return
        token = b'{"access_token": "token", "expires_in": 60, "scope": "roster-core.readonly  demographics"}'
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": token})

    found = [look(granting, credentials), look(app, credentials), look(app, TOKEN)]
    assert [each.scopes for each in found if isinstance(each, orr.Connected)] == [
        ("roster-core.readonly", "demographics"),
        scopes_of("1.2"),
        (),
    ]
