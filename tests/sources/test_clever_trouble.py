"""Clever when it fails or shares in part: what was not surely read removes nothing, and it is said."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources import clever
from oneroster_reconcile.testing import Fault, Trouble, clever_provider
from tests.sources import syncs
from tests.sources.clever_districts import CLEVER, read
from tests.sources.services import DISTRICT, QUICK, TOKEN, codes
from tests.sources.syncs import lost

PAGE = 40


@pytest.mark.parametrize(("trouble", "code"), [(Trouble.DUPLICATE, "page_repeated"), (Trouble.MISSING, "collection_unreadable")])
def test_pages_that_lie_are_not_believed(trouble: Trouble, code: str) -> None:
    """The page before in the place of the next one, and none where there should be one, make the read partial."""
    roster = read(clever_provider(DISTRICT, faults=[Fault("users", trouble, page=1)]), page=PAGE)
    assert code in codes(roster)
    assert not roster.coverage.proves_absence(Kind.USER)


def test_somebody_who_is_named_and_not_shared_is_not_gone() -> None:
    """A student of a section whom Clever answers with 404 is there: of people, none counts as gone, and it is said."""
    app = clever_provider(DISTRICT, unshared=["s1000000"])
    roster = read(app)
    assert "records_unshared" in codes(roster)
    assert roster.coverage.read(Kind.USER).filtered == 1
    assert roster.coverage.proves_absence(Kind.CLASS)
    assert lost(syncs.CLEVER, roster) == {}

    async def asking() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:  # type: ignore[arg-type]
            answer = await client.get(f"{CLEVER}/users/s1000000", headers={"authorization": "Bearer token"})
            return answer.status_code

    assert asyncio.run(asking()) == 404


def test_a_school_that_is_named_and_not_shared_has_lost_nobody() -> None:
    """In such a school nothing is missed; elsewhere what is gone is gone."""
    school = next(org.id for org in DISTRICT.orgs if org.type == "school")
    roster = read(clever_provider(DISTRICT, unshared=[school]))
    assert roster.coverage.missing(Kind.ENROLLMENT) == {school}
    assert roster.coverage.proves_absence(Kind.ENROLLMENT)
    assert lost(syncs.CLEVER, roster) == {}


@pytest.mark.parametrize(
    ("collection", "told"),
    [
        ("sections", {"students": None}),
        ("sections", {"students": "s1000000"}),
        ("sections", {"teachers": [["t1"]]}),
        ("users", {"roles": None}),
        ("users", {"roles": {"student": "yes"}}),
        ("users", {"name": "Ada Byron"}),
        ("users", {"roles": {"contact": {"student_relationships": ["s1000000"]}}}),
    ],
)
def test_what_has_another_form_makes_the_read_partial(collection: str, told: Mapping[str, Any]) -> None:
    """Neither a section that does not say who is in it, nor a value that cannot be read, is taken for an empty one."""
    app = clever_provider(DISTRICT)
    first, *rest = app.objects[collection]
    app.objects = {**app.objects, collection: [{**first, **told}, *rest]}
    roster = read(app)
    assert "object_form" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)


def test_without_a_token_nothing_is_read() -> None:
    """A token that Clever does not know is said at once, and not six times."""
    app = clever_provider(DISTRICT, token="another")
    with pytest.raises(orr.SourceUnreadable, match="401"):
        read(app)
    assert len(app.requests) == 1


def test_a_district_that_shares_nothing_is_no_empty_roster() -> None:
    """A district without a row in any collection is not one whose people are all gone."""
    with pytest.raises(orr.SourceUnreadable, match="no collection holds a row"):
        read(clever_provider(orr.Roster()))


def test_the_wait_is_as_long_as_the_limit_says() -> None:
    """Where requests were too many, reading goes on when they are counted anew."""
    app = clever_provider(DISTRICT, faults=[Fault("users", Trouble.BUSY, times=1)])
    patient = evolve(QUICK, first_wait=1_000.0, longest_wait=1_000.0, budget=0.5)
    assert read(app, pace=patient).issues == ()


def test_a_secret_goes_nowhere_in_the_clear() -> None:
    """Neither over plain http nor into what is said."""
    with pytest.raises(ValueError, match="in the clear"):
        clever.read_clever(auth=TOKEN, url="http://clever.example")


def test_ids_that_come_twice_make_the_read_partial() -> None:
    """It is read again once; where it stays so, pages that move may hide rows."""
    app = clever_provider(DISTRICT)
    first = app.objects["sections"][0]
    app.objects = {**app.objects, "sections": [first, *app.objects["sections"]]}
    roster = read(app)
    assert "read_drifted" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.CLASS)
    assert sum(request.startswith("/sections") for request in app.requests) == 4


def test_no_more_pages_are_read_than_were_allowed() -> None:
    """A service that never ends is left."""
    roster = read(clever_provider(DISTRICT), page=20, pace=evolve(QUICK, pages=2))
    issue = next(issue for issue in roster.issues if issue.where == "/sections")
    assert "2 pages were read, and there may be more" in issue.message
    assert not roster.coverage.proves_absence(Kind.CLASS)


def test_what_is_no_page_is_no_empty_one() -> None:
    """An answer without a list of data, and a row without an id at the end, say nothing of what comes after."""

    async def pageless(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"users": []}'})

    with pytest.raises(orr.SourceUnreadable, match="no list of data"):
        read(pageless)
    app = clever_provider(DISTRICT)
    app.objects = {**app.objects, "users": [*app.objects["users"], {"id": True, "roles": {"district_admin": {}}}]}
    roster = read(app)
    assert "collection_unreadable" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.USER)
