"""SCIM servers on loopback: a real one, and one that answers as a test tells it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from attrs import field, frozen, mutable
from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

TOKEN = "token-of-the-tests"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@mutable
class Real:
    """A running scim2-server: its address, and the requests that it got, as `GET /Users`."""

    url: str
    requests: list[str] = field(factory=list)
    queries: list[str] = field(factory=list)


@contextmanager
def real_server(*, busy: int = 0, **unsupported: bool) -> Iterator[Real]:
    """scim2-server in a thread; every so many writes it is `busy`, and `patch=False` and the like take features away."""
    config = load_default_service_provider_config()
    for feature, supported in unsupported.items():
        getattr(config, feature).supported = supported
    provider = ScimProvider.from_discovery(load_default_schemas().values(), load_default_resource_types().values(), config=config)
    application = BearerTokenApplication(InMemoryStorage(), provider, bearer_tokens=[TOKEN])
    real = Real(url="")

    def counted(environ: dict[str, Any], start: Any) -> Any:
        real.requests.append(f"{environ['REQUEST_METHOD']} /{environ['PATH_INFO'].split('/')[2]}")
        real.queries.append(environ["QUERY_STRING"])
        writes = sum(not request.startswith("GET") for request in real.requests)
        if busy and writes % busy == 0 and not real.requests[-1].startswith("GET"):
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
            start("429 Too Many Requests", [("Retry-After", "0"), ("Content-Length", "0")])
            return []
        return application(environ, start)

    with make_server("127.0.0.1", 0, counted, handler_class=_Quiet) as server:
        real.url = f"http://127.0.0.1:{server.server_port}/v2"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield real
        finally:
            server.shutdown()
            thread.join()


@frozen(kw_only=True)
class Answer:
    """What the hostile server says to one request; `hangs` keeps the client waiting until the test is over."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(factory=dict)
    hangs: bool = False


@contextmanager
def hostile_server(answers: Callable[[str, str, Any], Answer]) -> Iterator[str]:
    """A server that answers to method, path and body as a function says; gives its address."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            said = answers(self.command, self.path, body)
            if said.hangs:
                over.wait(5)
                return
            text = said.body if isinstance(said.body, bytes) else b"" if said.body is None else json.dumps(said.body).encode()
            self.send_response_only(said.status)
            for name, value in {"Content-Length": str(len(text)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            over.set()
            server.shutdown()
            thread.join()


def page(*resources: Mapping[str, Any], total: int | None = None, start: int = 1) -> dict[str, Any]:
    """A page of a list."""
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(resources) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }
