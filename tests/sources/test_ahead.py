"""Pages that are asked for before their turn: the roster is that of one connection, and no more answers wait than there are connections."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.exchange import Answer, Ask, Wait
from oneroster_reconcile.sources.listing import Listing, read_collection
from oneroster_reconcile.sources.objects import Collection
from oneroster_reconcile.sources.session import Session
from oneroster_reconcile.sources.strands import Strands
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, QUICK, TOKEN, codes, on_loopback, read
from tests.sources.test_strands import Shuffled, alike, paced

STANDARD = evolve(orr.PROVIDERS["standard"], connections=8)
STAYING = [each for each in Trouble if each is not Trouble.TIMEOUT]
PASSING = [Trouble.ERROR, Trouble.BUSY, Trouble.TRUNCATED, Trouble.HTML, Trouble.TOTAL]
QUIRKS = [Quirk.NO_LINK, Quirk.NO_TOTAL, Quirk.CLAMPED, Quirk.FOREIGN_LINKS]
LARGE = ("users", "enrollments")
NAPS = st.lists(st.integers(0, 30), min_size=1, max_size=7)


@frozen
class Odd:
    """A service that changes its mind behind some row: there it gives fewer rows than it is asked for, or gives up pages that are too large."""

    app: ProviderApp
    behind: int = 0
    clamps: int = 1_000
    heavy: int = 1_000

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        asked = dict(parse_qsl(scope["query_string"].decode()))
        if int(asked.get("offset", "0")) < self.behind:
            await self.app(scope, receive, send)
        elif int(asked["limit"]) > self.heavy:
            await send({"type": "http.response.start", "status": 504, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            query = {**asked, "limit": min(int(asked["limit"]), self.clamps)}
            await self.app({**scope, "query_string": urlencode(query).encode()}, receive, send)


@settings(max_examples=12)
@given(
    connections=st.integers(2, 8),
    naps=NAPS,
    page=st.integers(10, 60),
    faults=st.lists(st.builds(Fault, st.sampled_from(LARGE), st.sampled_from(STAYING), page=st.integers(0, 8)), max_size=1),
    quirks=st.sets(st.sampled_from(QUIRKS), max_size=2),
)
def test_any_number_of_connections_gives_the_roster_of_one(
    connections: int, naps: list[int], page: int, faults: list[Fault], quirks: set[Quirk]
) -> None:
    """Many small pages, whatever fails and however the service differs: the same rows, coverage and issues, and never more requests at once than were allowed."""
    profile = evolve(STANDARD, page=page)
    alone = read(provider(DISTRICT, quirks=quirks, faults=faults), profile=profile, pace=paced(1))
    app = Shuffled(provider(DISTRICT, quirks=quirks, faults=faults), naps)
    alike(read(app, profile=profile, pace=paced(connections)), alone)
    assert app.most <= connections


@settings(max_examples=8)
@given(
    connections=st.integers(2, 8),
    naps=NAPS,
    behind=st.integers(0, 300),
    clamps=st.sampled_from([7, 33, 1_000]),
    heavy=st.sampled_from([55, 1_000]),
)
def test_a_service_that_changes_its_mind_gives_the_roster_that_it_gives_one(
    connections: int, naps: list[int], behind: int, clamps: int, heavy: int
) -> None:
    """Where pages become shorter, or have to be made smaller, what was asked for before is not taken."""
    profile, pace = evolve(STANDARD, page=60), evolve(paced(1), attempts=3)
    alone = read(Odd(provider(DISTRICT), behind, clamps, heavy), profile=profile, pace=pace)
    app = Shuffled(Odd(provider(DISTRICT), behind, clamps, heavy), naps)
    alike(read(app, profile=profile, pace=evolve(pace, connections=connections)), alone)
    assert ("page_halved" in codes(alone)) == (heavy < 60)


@settings(max_examples=6)
@given(connections=st.integers(2, 8), naps=NAPS, trouble=st.sampled_from(PASSING), page=st.integers(1, 8))
def test_trouble_that_passes_costs_nothing_whichever_page_meets_it(
    connections: int, naps: list[int], trouble: Trouble, page: int
) -> None:
    """A page that was asked for before its turn is asked for again like any other."""
    app = Shuffled(provider(DISTRICT, faults=[Fault("enrollments", trouble, page=page, times=2)]), naps)
    roster = read(app, profile=evolve(STANDARD, page=25), pace=evolve(QUICK, connections=connections, rereads=2))
    assert roster.issues == ()
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)


def test_pages_of_one_collection_are_asked_for_at_once_and_each_once() -> None:
    """With a total that is announced, all connections are busy with one long collection; nothing is asked for that one connection would not ask for."""
    profile = evolve(STANDARD, page=10)
    alone = provider(DISTRICT)
    read(alone, profile=profile, pace=paced(1))
    app = Shuffled(provider(DISTRICT), [9])
    read(app, profile=profile, pace=paced(6))
    assert sorted(app.app.requests) == sorted(alone.requests)
    last = [request.partition("?")[0] for request in app.app.requests[-6:]]
    assert (set(last), app.most) == ({"/enrollments"}, 6)


def test_pages_that_only_links_lead_to_are_read_one_after_the_other() -> None:
    """Nobody knows where the page after next lies."""
    app = provider(DISTRICT, quirks=[Quirk.NO_TOTAL])
    app.objects = {name: rows if name == "enrollments" else rows[:5] for name, rows in app.objects.items()}
    seen = Shuffled(app, [9])
    read(seen, profile=evolve(STANDARD, page=10), pace=paced(8))
    long = [request for request in app.requests if request.startswith("/enrollments")]
    assert long == sorted(long, key=lambda each: int(dict(parse_qsl(each.partition("?")[2]))["offset"]))
    assert seen.most <= 7


def test_several_threads_read_ahead() -> None:
    """A client that is called reads the same."""
    with on_loopback(provider(DISTRICT)) as url:
        several, alone = (
            orr.read_rest(url, auth=TOKEN, profile=evolve(STANDARD, page=15), pace=paced(connections)) for connections in (8, 1)
        )
    alike(several, alone)


ORGS = [{"sourcedId": f"o{number}", "name": "High", "type": "school"} for number in range(200)]


def answer_to(ask: Ask | Wait) -> Answer:
    """The page of orgs that is asked for."""
    assert isinstance(ask, Ask)
    asked = dict(parse_qsl(urlsplit(ask.url).query))
    begin, limit = int(asked["offset"]), int(asked["limit"])
    body = json.dumps({"orgs": ORGS[begin : begin + limit]}).encode()
    return Answer(status=200, headers={"x-total-count": str(len(ORGS))}, body=body, at=1.0)


@pytest.mark.parametrize("connections", [1, 2, 5])
def test_no_more_answers_wait_to_be_taken_in_than_there_are_connections(connections: int) -> None:
    """While the page whose turn it is does not come, so many others are read as there are connections beside it, and then no more."""
    session = Session(None, paced(connections))
    reading = read_collection(session, "https://sis.example", Collection("orgs"), evolve(STANDARD, page=10))
    strands = Strands[Ask | Wait](reading)
    (first,) = strands.questions()
    strands.answer(first[0], answer_to(first[1]))
    (turn, asked), *others = strands.questions()
    assert len(others) == connections - 1
    for strand, ask in others:
        strands.answer(strand, answer_to(ask))
    assert [*strands.questions()] == []
    strands.answer(turn, answer_to(asked))
    while not strands.is_done:
        for strand, ask in [*strands.questions()]:
            strands.answer(strand, answer_to(ask))
    assert isinstance(strands.result, Listing)
    assert (strands.result.rows, strands.result.is_whole, strands.result.issues) == (200, True, ())
