"""Looking whether Clever can be read, before a sync is set up."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.testing import Fault, Trouble, clever_provider
from tests.sources.clever_districts import CLEVER
from tests.sources.services import DISTRICT, QUICK, TOKEN, on_loopback


def look(app: Any, auth: orr.BearerToken = TOKEN) -> orr.Connection:
    """What looking at an app in the process gives."""

    async def looking() -> orr.Connection:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await orr.check_clever_connection_async(auth=auth, url=CLEVER, client=client, pace=QUICK)

    return asyncio.run(looking())


def test_a_district_that_is_shared_is_connected() -> None:
    """It asks for one page of each collection at the most, and says when what it saw changed last."""
    app = clever_provider(DISTRICT)
    times = ["2026-08-01T00:00:00.000Z", "2026-08-02T10:00:00.000Z", "yesterday"]
    users = [{**user, "last_modified": time} for user, time in zip(app.objects["users"], times, strict=False)]
    app.objects = {**app.objects, "users": users}
    found = look(app)
    assert isinstance(found, orr.Connected)
    assert list(found.rows) == ["districts", "schools", "terms", "courses", "sections", "users"]
    assert set(found.rows.values()) == {None}
    assert found.newest == datetime(2026, 8, 2, 10, tzinfo=UTC)
    assert all("limit=100" in request for request in app.requests)


def test_courses_and_terms_are_not_needed() -> None:
    """Many districts do not share them."""
    app = clever_provider(DISTRICT)
    app.objects = {**app.objects, "courses": [], "terms": []}
    assert isinstance(look(app), orr.Connected)


def test_a_token_that_is_not_known_is_needed() -> None:
    """It is asked once: the rest is no different."""
    app = clever_provider(DISTRICT)
    assert look(app, orr.BearerToken(token="wrong")) == orr.CredentialsNeeded("it was answered with 401")
    assert len(app.requests) == 1


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.TIMEOUT, Trouble.HTML])
def test_a_service_that_does_not_answer_is_unreachable(trouble: Trouble) -> None:
    """Errors, silence and a page to sign in are not Clever."""
    app = clever_provider(DISTRICT, faults=[Fault(name, trouble) for name in clever_provider(DISTRICT).objects])
    assert isinstance(look(app), orr.Unreachable)


@pytest.mark.parametrize("trouble", [Trouble.FORBIDDEN, Trouble.MISSING])
@pytest.mark.parametrize("name", ["schools", "sections", "users"])
def test_a_district_of_which_a_part_cannot_be_read_is_incomplete(name: str, trouble: Trouble) -> None:
    """Without one of the collections that a sync needs it could not run, and the reason is said."""
    found = look(clever_provider(DISTRICT, faults=[Fault(name, trouble)]))
    assert isinstance(found, orr.Incomplete)
    assert list(found.reasons) == [name]


def test_a_service_that_dies_meanwhile_is_incomplete() -> None:
    """What was not asked for any more is not held against the token."""
    found = look(clever_provider(DISTRICT, faults=[Fault("sections", Trouble.TIMEOUT)]))
    assert isinstance(found, orr.Incomplete)
    assert set(found.reasons) == {"sections", "users"}


def test_a_client_that_is_called_sees_the_same_over_a_socket() -> None:
    """Both drivers give one answer."""
    app = clever_provider(DISTRICT)
    with on_loopback(app) as url:
        assert orr.check_clever_connection(auth=TOKEN, url=f"{url}/v3.1") == look(app)
