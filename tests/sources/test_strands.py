"""Reading in several places at once: whatever comes first, the roster is the same, and what the service asks for is asked of all."""

import asyncio
import threading
from collections.abc import Generator, Mapping
from typing import Any

import httpx
import pytest
from attrs import define, evolve, field
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.exchange import Answer, Ask, Wait
from oneroster_reconcile.sources.session import Session
from oneroster_reconcile.sources.strands import Aside, Strand, Strands, Together, Turn
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, clever_provider, provider
from tests.sources import clever_districts
from tests.sources.services import DISTRICT, QUICK, TOKEN, on_loopback, read

SMALL = evolve(orr.PROVIDERS["standard"], page=25)
SCHOOLS = DISTRICT.classes.frame["school"].unique().sort().to_list()
STAYING = [each for each in Trouble if each is not Trouble.TIMEOUT]
COLLECTIONS = ["academicSessions", "courses", "classes", "users", "enrollments"]


def alike(one: orr.Roster, other: orr.Roster) -> None:
    """Hold two rosters to the same rows in the same order, the same coverage and the same issues."""
    assert all(one[kind].frame.equals(other[kind].frame) for kind in Kind)
    assert one.coverage == other.coverage
    assert one.issues == other.issues


@define
class Shuffled:
    """A service that answers in an order of its own, and counts how many it answers at once."""

    app: Any
    naps: list[int]
    open: int = 0
    most: int = 0
    asked: list[str] = field(factory=list[str])

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        self.asked.append(scope["path"])
        try:
            for _ in range(self.naps[len(self.asked) % len(self.naps)]):
                await asyncio.sleep(0)
            await self.app(scope, receive, send)
        finally:
            self.open -= 1


@settings(max_examples=12)
@given(
    connections=st.integers(2, 6),
    naps=st.lists(st.integers(0, 40), min_size=1, max_size=7),
    fault=st.builds(Fault, st.sampled_from(COLLECTIONS), st.sampled_from(STAYING), page=st.integers(0, 3)),
    quirks=st.sets(st.sampled_from([Quirk.NO_TOTAL, Quirk.NO_LINK, Quirk.CLAMPED]), max_size=2),
    by_school=st.booleans(),
)
def test_several_connections_read_what_one_reads(
    connections: int, naps: list[int], fault: Fault, quirks: set[Quirk], by_school: bool
) -> None:
    """Whatever fails, and in whatever order the answers come: the same rows, the same coverage, the same issues; and never more at once than were allowed."""
    schools = SCHOOLS if by_school else None
    alone = read(provider(DISTRICT, quirks=quirks, faults=[fault]), profile=SMALL, pace=paced(1), schools=schools)
    app = Shuffled(provider(DISTRICT, quirks=quirks, faults=[fault]), naps)
    alike(read(app, profile=SMALL, pace=paced(connections), schools=schools), alone)
    assert app.most <= connections


def paced(connections: int) -> orr.ReadPace:
    """A pace of so many connections, with one wait and no other chance."""
    return evolve(QUICK, attempts=2, connections=connections, chance=lambda: 0.0)


def test_clever_is_read_alike_by_one_connection_and_by_several() -> None:
    """Its collections are read side by side, too."""
    app = Shuffled(clever_provider(DISTRICT), [3, 0, 7])
    alike(clever_districts.read(app, page=40), clever_districts.read(clever_provider(DISTRICT), page=40, pace=paced(1)))
    assert app.most > 1


def test_several_threads_read_what_one_connection_reads() -> None:
    """A client that is called is called from threads, one that is allowed one connection from here alone."""
    threads = set[str]()

    class Seen(httpx.Client):
        def stream(self, *args: Any, **given: Any) -> Any:
            threads.add(threading.current_thread().name)
            return super().stream(*args, **given)

    with on_loopback(provider(DISTRICT)) as url, Seen() as client:
        several = orr.read_rest(url, auth=TOKEN, client=client, profile=SMALL)
        assert threading.current_thread().name not in threads
        threads.clear()
        alike(orr.read_rest(url, auth=TOKEN, client=client, profile=SMALL, pace=paced(1)), several)
    assert threads == {threading.current_thread().name}


def test_what_a_vendor_stands_bounds_the_connections() -> None:
    """Infinite Campus wants one request at a time by day."""
    app = Shuffled(provider(DISTRICT), [5])
    read(app, profile=orr.PROVIDERS["infinite-campus"])
    assert app.most == 1


def test_a_service_that_is_too_busy_is_left_alone_by_all() -> None:
    """While one waits because the service asked for it, nobody asks; and what several wait for at once is taken out of the budget once."""
    session = Session(None, orr.ReadPace(connections=4, budget=150.0))
    strands = Strands[Ask | Wait](session.together([session.read(f"https://sis.example/{number}") for number in range(6)]))
    asked = [*strands.questions()]
    assert [type(step) for _, step in asked] == [Ask] * 4
    for strand, _ in asked:
        strands.answer(strand, Answer(status=429, headers={"retry-after": "100"}, body=b"", at=1.0))
    waiting = [*strands.questions()]
    assert [step for _, step in waiting] == [Wait(100.0)] * 4
    for strand, _ in waiting:
        assert not [*strands.questions()]
        strands.answer(strand, None)
    while not strands.is_done:
        asked = [*strands.questions()]
        assert len(asked) <= 4
        for strand, _ in asked:
            strands.answer(strand, Answer(status=200, headers={}, body=b"{}", at=200.0))
    assert len(strands.result) == 6


def test_a_token_is_fetched_once_for_all() -> None:
    """Where it runs out, or is ended, while several ask: one of them fetches another, and the others take that."""
    app = Expiring(provider(DISTRICT), 9)
    auth = orr.ClientCredentials(id="product", secret="hush", token_url="http://localhost/token")
    roster = read(app, auth=auth, profile=SMALL)
    assert roster.issues == ()
    assert app.app.requests.count("/token") == 2


@define
class Expiring:
    """A service that ends its token once, after so many requests."""

    app: ProviderApp
    after: int

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if len(self.app.requests) >= self.after:
            self.app.token = "another"
        for _ in range(3):
            await asyncio.sleep(0)
        await self.app(scope, receive, send)


def test_reading_that_is_cancelled_leaves_no_request_behind() -> None:
    """Who gives up waiting for the roster has nothing running afterwards."""

    async def endless(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        await asyncio.sleep(3600)

    async def cancelling() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(endless)) as client:
            reading = asyncio.create_task(
                orr.read_rest_async("http://localhost/ims/oneroster/v1p1", auth=TOKEN, client=client, pace=QUICK)
            )
            for _ in range(20):
                await asyncio.sleep(0)
            begun = len(asyncio.all_tasks())
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert len(asyncio.all_tasks()) == 1
            return begun

    assert asyncio.run(cancelling()) >= 4


def test_an_error_in_one_strand_ends_all() -> None:
    """What is wrong with the program is raised, whichever strand meets it."""

    class Broken(httpx.Client):
        def stream(self, *args: Any, **given: Any) -> Any:
            if "users" in given["url"]:
                raise RuntimeError("a fault in the program")
            return super().stream(*args, **given)

    with on_loopback(provider(DISTRICT)) as url, Broken() as client, pytest.raises(RuntimeError, match="a fault in the program"):
        orr.read_rest(url, auth=TOKEN, client=client)


Steps = Generator[Any, Any, Any]


@given(sizes=st.recursive(st.integers(0, 3), lambda each: st.lists(each, max_size=4)), most=st.integers(1, 4), data=st.data())
def test_strands_come_to_the_same_in_whatever_order_they_are_answered(sizes: Any, most: int, data: st.DataObject) -> None:
    """Each question is answered once, results keep their order, and no more go on at once than may."""

    def steps(size: Any) -> Steps:
        if isinstance(size, list):
            return (yield Together(tuple(steps(each) for each in size), most))
        told = list[int]()
        for number in range(size):
            yield Turn(lambda: True)
            told.append((yield number))
        return told

    def meant(size: Any) -> Any:
        return [meant(each) for each in size] if isinstance(size, list) else [*range(size)]

    strands, waiting = Strands[int](steps(sizes)), list[tuple[Strand, int]]()
    while not strands.is_done:
        waiting += strands.questions()
        strand, question = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        strands.answer(strand, question)
    assert strands.result == meant(sizes)
    assert not waiting


@given(sizes=st.lists(st.integers(1, 3), max_size=4), dropped=st.sets(st.integers(0, 3)), data=st.data())
def test_what_goes_on_aside_delays_nobody_and_ends_where_it_is_not_wanted(
    sizes: list[int], dropped: set[int], data: st.DataObject
) -> None:
    """Whoever began it goes on at once; what is no longer wanted is closed with its next answer, and what is wanted comes to its end."""
    ended, closed, unwanted = list[int](), list[int](), set[int]()

    def beside(number: int) -> Steps:
        try:
            for _ in range(sizes[number]):
                yield f"beside {number}"
            ended.append(number)
        except GeneratorExit:
            closed.append(number)
            raise

    def steps() -> Steps:
        for number in range(len(sizes)):
            yield Aside(beside(number), lambda number=number: number not in unwanted)  # type: ignore[misc]
        yield "first"
        unwanted.update(dropped)
        yield Turn(lambda: len(ended) + len(closed) == len(sizes))
        return "done"

    strands = Strands[str](steps())
    waiting = [*strands.questions()]
    assert waiting[0][1] == "first"
    strands.answer(waiting.pop(0)[0], None)
    while not strands.is_done:
        strand, _ = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        strands.answer(strand, None)
        waiting += strands.questions()
    assert (sorted(ended), sorted(closed)) == (
        [n for n in range(len(sizes)) if n not in dropped],
        sorted(dropped & {*range(len(sizes))}),
    )
    assert strands.result == "done"


def test_what_waits_for_its_turn_aside_is_closed_where_it_is_not_wanted() -> None:
    """It does not wait for a turn that nobody gives it."""
    closed, wanted = list[str](), [True]

    def waiting() -> Steps:
        try:
            yield Turn(lambda: False)
        finally:
            closed.append("waiting")

    def steps() -> Steps:
        yield Aside(waiting(), lambda: wanted[0])
        wanted[0] = False
        yield Turn(lambda: bool(closed))

    strands = Strands[str](steps())
    assert (strands.is_done, closed) == (True, ["waiting"])
