"""Services that are too slow, too large, or made to do harm: what they give is bounded, named, and proves nothing."""

import gzip
import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import Fault, Trouble, provider
from tests.sources.services import DISTRICT, QUICK, TOKEN, codes, read

SMALL = evolve(orr.PROVIDERS["standard"], page=25)


def test_pages_that_are_too_heavy_are_asked_for_in_halves() -> None:
    """After a 504 half as many rows are asked for, down to pages that any service can give; where none come, that is said."""
    app = provider(DISTRICT, faults=[Fault("users", Trouble.HEAVY)])
    roster = read(app, profile=evolve(SMALL, page=400), pace=evolve(QUICK, attempts=6))
    asked = [int(request.split("limit=")[1].split("&")[0]) for request in app.requests if request.startswith("/users")]
    assert asked == [400, 200, 100, 50, 50, 50]
    assert codes(roster) >= {"collection_unreadable", "page_halved"}


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT, Trouble.HEAVY])
def test_a_page_that_came_late_once_is_read_in_smaller_ones(trouble: Trouble) -> None:
    """Reading goes on from the same place with half as many rows."""
    app = provider(DISTRICT, faults=[Fault("users", trouble, page=1, times=1)])
    roster = read(app, profile=evolve(SMALL, page=60))
    asked = [request.split("&sort")[0] for request in app.requests if request.startswith("/users")]
    assert (
        asked[1:4] == ["/users?limit=60&offset=60", "/users?limit=50&offset=60", "/users?limit=50&offset=110"][: len(asked) - 1]
    )
    assert len(asked) > 2
    assert codes(roster) == {"page_halved"}
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)
    assert len(roster.users) == len(DISTRICT.users)


def test_waits_differ_from_reader_to_reader() -> None:
    """A wait is as long as it is said, and up to half as long again; what the service asks for is kept to the second."""
    short, long = (orr.ReadPace(first_wait=2.0, chance=lambda share=share: share) for share in (0.0, 1.0))
    assert (short.wait(2, None), long.wait(2, None)) == (4.0, 6.0)
    assert (short.wait(2, 7.0), long.wait(2, 7.0)) == (7.0, 7.0)
    assert orr.ReadPace() == orr.ReadPace(chance=lambda: 0.0)


class Answering:
    """A service whose every answer is one that a test writes, in pieces."""

    def __init__(self, pieces: Any, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.pieces, self.headers = pieces, headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in self.pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


HERE = "http://localhost/ims/oneroster/v1p1"


def test_a_gzip_bomb_is_not_unpacked_to_its_end() -> None:
    """Bytes are counted as they are unpacked: a megabyte that grows to a gigabyte is given up at the limit."""
    bomb = gzip.compress(b'{"orgs": [' + b" " * 20_000_000)
    assert len(bomb) < 25_000
    with pytest.raises(orr.SourceUnreadable, match="more than 1,000,000 bytes"):
        read(Answering(lambda: [bomb], {"content-encoding": "gzip"}), url=HERE, pace=evolve(QUICK, bytes=1_000_000))


def test_a_gzip_stream_that_is_broken_is_no_answer() -> None:
    """What cannot be unpacked was not answered."""
    with pytest.raises(orr.SourceUnreadable, match="no answer came"):
        read(Answering(lambda: [b"no gzip"], {"content-encoding": "gzip"}), url=HERE)


def test_an_answer_that_drips_in_is_given_up() -> None:
    """A client's timeout counts from piece to piece; ours counts the whole answer."""

    def dripping() -> Iterator[bytes]:
        for _ in range(1_000):
            time.sleep(0.002)
            yield b" "

    client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=dripping())))
    with pytest.raises(orr.SourceUnreadable, match="TooSlow"):
        orr.read_rest(HERE, auth=TOKEN, client=client, pace=evolve(QUICK, seconds=0.005, attempts=1))


def test_a_service_without_a_last_page_is_left() -> None:
    """Rows that never end are read up to so many pages; what came of them proves nothing."""
    app = provider(DISTRICT)

    class Endless(Sequence[Any]):
        def __len__(self) -> int:
            return 1 << 40

        def __getitem__(self, at: Any) -> Any:
            return [{"sourcedId": f"o{each}", "name": "N", "type": "school"} for each in range(at.start, at.stop)]

    app.objects = {**app.objects, "orgs": Endless()}
    roster = read(app, profile=SMALL, pace=evolve(QUICK, pages=40))
    assert len(roster.orgs) == 40 * 25
    assert not roster.coverage.proves_absence(Kind.ORG)


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "text/csv", "application/xml"])
def test_an_answer_of_another_type_is_named(kind: str) -> None:
    """A page to sign in is no empty collection; what it calls itself is repeated, what it holds is not."""
    with pytest.raises(orr.SourceUnreadable, match=f"no JSON object but {kind}"):
        read(Answering(lambda: [b"<html>hush</html>"], {"content-type": f"{kind}; charset=utf-8"}), url=HERE)


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/ims/oneroster/v1p1/orgs", "http://localhost:81/orgs", "//elsewhere.example/"]
)
def test_a_redirect_to_another_server_is_not_followed(target: str) -> None:
    """Our credentials stay with the server that they are for, be it another port alone."""
    asked = list[str]()

    async def away(scope: Any, receive: Any, send: Any) -> None:
        asked.append(str(dict(scope["headers"])[b"host"]))
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", target.encode())]})
        await send({"type": "http.response.body", "body": b""})

    with pytest.raises(orr.SourceUnreadable, match="redirects to another server"):
        read(away, url=HERE)
    assert set(asked) == {"b'localhost'"}


@pytest.mark.parametrize(("column", "where"), [("grades", "classes"), ("subjects", "courses")])
def test_commas_in_the_items_of_lists_are_said(column: str, where: str) -> None:
    """They are left out, as in files, and it is said; the rows are there all the same."""
    app = provider(DISTRICT)
    app.objects = {**app.objects, where: [{**each, column: ["Art, Music", "Sport"]} for each in app.objects[where]]}
    roster = read(app)
    assert codes(roster) == {"list_item_comma"}
    rows = roster.classes if where == "classes" else roster.courses
    assert rows.frame[column][0].to_list() == ["Art Music", "Sport"]
    assert roster.coverage.proves_absence(Kind.CLASS)


def test_an_id_with_a_comma_in_a_list_proves_nothing() -> None:
    """Without it, it is another id: the collection counts as read in part."""
    app = provider(DISTRICT)
    users = [{**each, "agents": [{"sourcedId": "g,1"}]} for each in app.objects["users"]]
    app.objects = {**app.objects, "users": users}
    roster = read(app)
    assert codes(roster) >= {"list_item_comma", "object_form"}
    assert not roster.coverage.proves_absence(Kind.USER)
