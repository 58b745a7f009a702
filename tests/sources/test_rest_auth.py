"""Who asks: tokens are fetched, renewed and shown nowhere; requests are signed."""

import logging
from typing import Any
from urllib.parse import parse_qs

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.testing import Fault, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, read

SECRET = "s3cr3t-of-the-tests"


def client(**given: Any) -> orr.ClientCredentials:
    """The credentials of a product."""
    return orr.ClientCredentials(id="product", secret=SECRET, token_url="http://localhost/token", **given)


class Tokens:
    """A service whose token endpoint answers as a test says, and that notes what it was sent."""

    def __init__(self, answer: bytes, status: int = 200) -> None:
        self.app = provider(DISTRICT, token="fresh")
        self.answer, self.status = answer, status
        self.asked = list[tuple[dict[bytes, bytes], str]]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/token":
            await self.app(scope, receive, send)
            return
        self.asked.append((dict(scope["headers"]), (await receive())["body"].decode()))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.answer})


def test_a_token_is_fetched_once_with_the_scopes_of_the_version() -> None:
    """The id and secret go into the header, the scopes and the grant into the form."""
    tokens = Tokens(b'{"access_token": "fresh", "expires_in": 3600}')
    read(tokens, url="http://localhost/ims/oneroster/rostering/v1p2", auth=client())
    ((headers, form),) = tokens.asked
    asked = parse_qs(form)
    assert headers[b"authorization"].startswith(b"Basic ")
    assert asked["grant_type"] == ["client_credentials"]
    assert "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly" in asked["scope"][0].split()
    assert SECRET not in form


def test_the_secret_can_go_into_the_form() -> None:
    """Some providers read nothing else."""
    tokens = Tokens(b'{"access_token": "fresh"}')
    read(tokens, url="http://localhost/ims/oneroster/rostering/v1p2", auth=client(posts_secret=True, scopes=["all"]))
    ((headers, form),) = tokens.asked
    assert b"authorization" not in headers
    assert parse_qs(form) == {
        "grant_type": ["client_credentials"],
        "scope": ["all"],
        "client_id": ["product"],
        "client_secret": [SECRET],
    }


@pytest.mark.parametrize(
    "answer", [b'{"access_token": "fresh", "expires_in": 1}', b'{"access_token": "fresh", "expires_in": "20"}']
)
def test_a_token_that_runs_out_is_renewed(answer: bytes) -> None:
    """A token is changed before it ends: one that lives shorter than that margin still serves for a second."""
    tokens = Tokens(answer)
    faults = {Fault("users", Trouble.ERROR, times=1): 1}
    tokens.app.faults = faults  # type: ignore[assignment]
    read(tokens, url="http://localhost/ims/oneroster/rostering/v1p2", auth=client(), pace=orr.ReadPace(first_wait=1.1))
    assert len(tokens.asked) == 2


def test_a_token_that_the_service_ended_is_renewed() -> None:
    """An answer of 401 to a token that should live makes a new one; the read is whole."""
    app = provider(DISTRICT, quirks=[Quirk.NO_EXPIRY])

    async def forgetful(scope: Any, receive: Any, send: Any) -> None:
        if len(app.requests) == 5:
            app.token = "another"
        await app(scope, receive, send)

    roster = read(forgetful, url="http://localhost/ims/oneroster/rostering/v1p2", auth=client())
    assert roster.issues == ()
    assert app.requests.count("/token") == 2


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (b'{"error": "invalid_client"}', 401, "no token was given: it was answered with 401, invalid_client"),
        (b'{"access_token": 7}', 200, "the answer holds none"),
        (b"<html>", 200, "the answer holds none"),
        (b'{"access_token": "a\\r\\nX-Evil: 1"}', 200, "the answer holds none"),
        (b"", 503, "no token was given: it was answered with 503"),
    ],
)
def test_without_a_token_nothing_is_read(answer: bytes, status: int, says: str) -> None:
    """What the token's server says is named, and nothing of what was sent."""
    with pytest.raises(orr.SourceUnreadable) as caught:
        read(Tokens(answer, status), auth=client())
    assert says in str(caught.value)


def test_a_wrong_token_reads_nothing() -> None:
    """Everything is refused: the roster is unreadable, not empty."""
    with pytest.raises(orr.SourceUnreadable, match="401, unauthorisedrequest"):
        read(provider(DISTRICT), auth=orr.BearerToken(token="wrong"))


@pytest.mark.parametrize(
    "auth", [client(), client(posts_secret=True), orr.BearerToken(token=SECRET), orr.OAuth1(key="product", secret=SECRET)]
)
@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.TIMEOUT, Trouble.REDIRECT, Trouble.FORBIDDEN])
def test_no_secret_is_shown(auth: orr.Auth, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a repr, nor a log, an issue, an exception or what led to it holds a secret or a token."""
    caplog.set_level(logging.DEBUG)
    app = provider(DISTRICT, token=SECRET, faults=[Fault("orgs", trouble), Fault("users", trouble)])
    told = [repr(auth), str(auth)]
    for url in ("http://localhost/ims/oneroster/rostering/v1p2", "http://localhost"):
        try:
            told += [str(issue) for issue in read(app, url=url, auth=auth).issues]
        except orr.SourceUnreadable as error:
            told += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    assert SECRET not in " ".join([*told, caplog.text])


@pytest.mark.parametrize(
    "url",
    ["http://sis.example", "ftp://sis.example", "https://a:b@sis.example", "sis.example", "http://10.0.0.1/ims/oneroster/v1p1"],
)
def test_credentials_do_not_go_over_an_open_line(url: str) -> None:
    """Anything but https, or this machine, is refused before anything is sent; so is an address with a password."""
    with pytest.raises(ValueError, match=r"address|clear") as caught:
        orr.read_rest(url, auth=orr.BearerToken(token=SECRET))
    assert "a:b" not in str(caught.value)
    with pytest.raises(ValueError, match=r"address|clear"):
        orr.ClientCredentials(id="product", secret=SECRET, token_url=url)


@pytest.mark.parametrize("signature", ["HMAC-SHA1", "HMAC-SHA256"])
def test_requests_are_signed_with_all_their_parameters(signature: Any) -> None:
    """The signature of every request is the one that its method, address and query make, as the server's side of oauthlib has it."""
    from oauthlib.common import Request
    from oauthlib.oauth1.rfc5849 import signature as signatures

    seen = list[str]()

    class Signed:
        app = provider(DISTRICT)

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
            url = f"http://localhost{scope['path']}?{scope['query_string'].decode()}"
            told = headers["authorization"]
            params = signatures.collect_parameters(uri_query=scope["query_string"].decode(), headers={"Authorization": told})
            given = Request(url, "GET", "", {})
            given.params = [(name, value) for name, value in params if name != "oauth_signature"]
            given.signature = dict(signatures.collect_parameters(headers={"Authorization": told}, exclude_oauth_signature=False))[
                "oauth_signature"
            ]
            verify = signatures.verify_hmac_sha1 if signature == "HMAC-SHA1" else signatures.verify_hmac_sha256
            assert verify(given, SECRET, "")
            seen.append(url)
            bearing = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
            await self.app({**scope, "headers": [*bearing, (b"authorization", b"Bearer token")]}, receive, send)

    roster = read(Signed(), auth=orr.OAuth1(key="product", secret=SECRET, signature=signature))
    assert roster.issues == ()
    assert len(seen) == 8
