"""Services that fail, lie or attack: what was not surely read removes nothing, and it is said."""

import json
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import Fault, Trouble, provider
from tests.sources.services import DISTRICT, QUICK, TOKEN, codes, on_loopback, read

SMALL = evolve(orr.PROVIDERS["standard"], page=25)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(Trouble.DUPLICATE, "page_repeated"), (Trouble.MISSING, "total_differs")],
)
def test_pages_that_are_lost_are_missed(trouble: Trouble, code: str) -> None:
    """A page that came again, or empty, leaves a gap that is seen."""
    roster = read(provider(DISTRICT, faults=[Fault("enrollments", trouble, page=2)]), profile=SMALL)
    assert code in codes(roster)
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)


def test_a_collection_that_changed_is_read_again() -> None:
    """Drift that passes leaves no trace; drift that stays is named."""
    passing = provider(DISTRICT, faults=[Fault("users", Trouble.TOTAL, page=1, times=1)])
    assert read(passing, profile=SMALL).issues == ()
    starts = [request for request in passing.requests if request.startswith("/users?limit=25&offset=0")]
    assert len(starts) == 2
    moving = provider(DISTRICT, faults=[Fault("users", Trouble.TOTAL, page=1, times=1)])
    assert "read_drifted" in codes(read(moving, profile=SMALL, pace=evolve(QUICK, rereads=0)))


def test_an_id_that_comes_twice_is_drift() -> None:
    """A row that moved to a later page while it was read may have pushed another out of sight."""
    app = provider(DISTRICT)
    orgs = app.objects["orgs"]
    app.objects = {**app.objects, "orgs": [*orgs, orgs[0]]}
    roster = read(app)
    assert "read_drifted" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.ORG)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    """An answer is read up to so many bytes, a collection up to so many pages."""
    roster = read(provider(DISTRICT), pace=evolve(QUICK, bytes=20_000))
    assert "has more than 20,000 bytes" in " ".join(issue.message for issue in roster.issues)
    roster = read(provider(DISTRICT), profile=SMALL, pace=evolve(QUICK, pages=3))
    assert "3 pages were read, and there may be more" in " ".join(issue.message for issue in roster.issues)
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)


def test_waiting_has_a_budget() -> None:
    """A service that asks for a longer wait than there is time is given up at once."""
    waits = list[float]()

    async def busy(scope: Any, receive: Any, send: Any) -> None:
        waits.append(1.0)
        await send({"type": "http.response.start", "status": 429, "headers": [(b"retry-after", b"3600")]})
        await send({"type": "http.response.body", "body": b"slow down"})

    with pytest.raises(orr.SourceUnreadable, match="429"):
        read(busy, url="http://localhost/ims/oneroster/v1p1", pace=evolve(QUICK, budget=60.0))
    # One request a collection, and no wait.
    assert len(waits) == 7


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"people": []}', "the answer has no orgs"),
        (b'{"orgs": {"sourcedId": "s1"}}', "are no list"),
        (b"[]", "no JSON object"),
        (b'{"orgs": [' + b"1" * 5_000 + b"]}", "no JSON object"),
    ],
)
def test_what_is_no_page_is_no_empty_page(body: bytes, says: str) -> None:
    """An answer without a list under a name that is known is an error: nothing follows from it."""

    async def odd(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    with pytest.raises(orr.SourceUnreadable, match=says):
        read(odd, url="http://localhost/ims/oneroster/v1p1")


def test_a_service_that_is_not_there_is_named() -> None:
    """Nobody listens: the error says so, with the way out, and holds no secret."""
    with on_loopback(provider(DISTRICT)) as url:
        pass
    with pytest.raises(orr.SourceUnreadable, match="no answer came \\(ConnectError\\)"):
        orr.read_rest(url, auth=TOKEN, pace=QUICK)


def test_errors_of_the_program_are_not_taken_for_a_service_that_failed() -> None:
    """What is wrong with a client is the caller's to know."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a fault in the program")

    with pytest.raises(RuntimeError, match="a fault in the program"):
        read(broken)


@pytest.mark.parametrize("text", ["caf\\u00e9", "\\ud800", "two\\nlines", "a\\u0000b"])
def test_text_that_json_can_say_is_read(text: str) -> None:
    """Whatever JSON can say becomes text that a table can hold."""
    app = provider(DISTRICT)
    org = json.loads(f'{{"sourcedId": "s1", "name": "{text}", "type": "school"}}')
    app.objects = {**app.objects, "orgs": [org]}
    assert read(app).orgs["s1"].name
