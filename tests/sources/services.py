"""Services for the tests: a small district over REST, in the process or on loopback, and one whose answers a test writes itself."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx

import oneroster_reconcile as orr
from oneroster_reconcile.samples import district

TOKEN = orr.BearerToken(token="token")
DISTRICT = district(30).roster
QUICK = orr.ReadPace(attempts=3, first_wait=0.0)


def read(app: Any, *, url: str = "http://localhost", auth: orr.Auth = TOKEN, **given: Any) -> orr.Roster:
    """The roster of an app in the process, read by the client that is awaited."""

    async def reading() -> orr.Roster:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await orr.read_rest_async(url, auth=auth, client=client, pace=given.pop("pace", QUICK), **given)

    return asyncio.run(reading())


def look(app: Any, auth: orr.Auth = TOKEN) -> orr.Connection:
    """What looking at an app in the process gives."""

    async def looking() -> orr.Connection:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await orr.check_connection_async("http://localhost", auth=auth, client=client, pace=QUICK)

    return asyncio.run(looking())


@contextmanager
def on_loopback(app: Any) -> Iterator[str]:
    """The app behind a real socket; gives its address. A request that the app gives up is answered with nothing."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
            scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers}
            self.rfile.read(int(self.headers.get("Content-Length") or 0))

            async def send(event: Mapping[str, Any]) -> None:
                if event["type"] == "http.response.start":
                    self.send_response_only(event["status"])
                    for name, value in event["headers"]:
                        self.send_header(name.decode(), value.decode())
                else:
                    self.send_header("Content-Length", str(len(event["body"])))
                    self.end_headers()
                    self.wfile.write(event["body"])

            async def receive() -> Mapping[str, Any]:
                return {"type": "http.request"}

            try:
                asyncio.run(app(scope, receive, send))
            except TimeoutError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def codes(roster: orr.Roster) -> set[str]:
    """The codes of what was found."""
    return {issue.code for issue in roster.issues}
