"""One service and who asks it: tokens, retries, and what an answer says. It asks through an exchange and does no I/O itself."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, assert_never
from urllib.parse import quote, urljoin, urlsplit

from oneroster_reconcile.sources.answers import body_of, called, minor_of, moment_of, retry_after
from oneroster_reconcile.sources.auth import Auth, BearerToken, ClientCredentials, OAuth1, scopes_of
from oneroster_reconcile.sources.exchange import Answer, Ask, Exchange, NoAnswer, Wait
from oneroster_reconcile.sources.objects import Json
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.pages import PageFolder
from oneroster_reconcile.sources.room import Room
from oneroster_reconcile.sources.strands import Together, Turn

__all__ = ["Failed", "Session", "is_same_server"]

T = TypeVar("T")

_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_LATE = frozenset({"ReadTimeout", "TimeoutError", "TooSlow"})
_REDIRECTS = 3
_EARLY = 30.0
"""A token is changed so many seconds before it runs out: clocks differ, and requests take time."""
_TOKEN_BYTES = 1 << 20


class Failed(Exception):
    """What was asked for cannot be had; the reason quotes nothing that was sent or that came. `status` is the answer's, 0 where none came."""

    def __init__(self, reason: str, status: int = 0, *, is_of_token: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.status, self.is_of_token = reason, status, is_of_token

    @property
    def is_refused(self) -> bool:
        """Whether the service knows what was asked for and does not give it to us."""
        return self.status in (401, 403, 404)

    @property
    def is_nowhere(self) -> bool:
        """Whether nothing lies where it was asked for, if ever something did."""
        return self.status in (400, 404, 410, 422)


class _Busy(Exception):
    """An answer that may be another one later."""

    def __init__(self, failed: Failed, after: float | None, *, is_late: bool = False) -> None:
        super().__init__(failed)
        self.failed, self.after = failed, after
        self.is_of_size = is_late or failed.status in (502, 504)
        """Whether less may be had where this much was not."""
        self.is_of_all = failed.status == 429 or after is not None
        """Whether it is meant for whoever asks, and not for this request alone."""


class Session:
    """What is known of a service while it is read, in however many places: the token, the waiting that is left, and the time of the last answer."""

    def __init__(
        self, auth: Auth | None, pace: ReadPace, accept: str = "application/json", pages: PageFolder | None = None
    ) -> None:
        self.pace = pace
        self.pages = pages
        """Where pages are kept until everything is read, if they are."""
        self.room = Room(pace.connections)
        """For pages that are asked for and not yet taken in."""
        self._accept = accept
        self._version = ""
        self._auth = auth
        self._left = pace.budget
        self._token = ""
        self._until = 0.0
        self._now = 0.0
        self._open = 0
        self._pauses = list[float]()
        self._is_renewing = False
        self.scopes: tuple[str, ...] = ()
        """What the token lets its bearer do, where there is one that was fetched."""
        self.began: datetime | None = None
        """When the first answer was given, by the service's clock; None where it does not say."""

    def __repr__(self) -> str:
        return f"Session({self._auth!r})"

    def begin(self, version: str) -> None:
        """Speak this version from now on; the scopes of a token are of one version."""
        self._version = version
        self._token = ""

    def read(self, url: str) -> Exchange[tuple[Json, Answer]]:
        """The JSON object at an address, with its answer.

        Raises Failed.
        """
        return (yield from self.decode(url, body_of))

    def decode(
        self, url: str, decoded: Callable[[Answer], T | None], lighter: Callable[[], str] | None = None
    ) -> Exchange[tuple[T, Answer]]:
        """What an answer is decoded to, with the answer; what is no JSON object is asked for again. `lighter` gives the address of less, for a service that took too long over this.

        Raises Failed.
        """
        asked = [url]

        def less() -> None:
            asked[0] = asked[0] if lighter is None else lighter()

        return (yield from self._patiently(lambda: self._decode_once(asked[0], decoded), less))

    def fetch(self, url: str) -> Exchange[Answer]:
        """The whole answer at an address, whatever it holds.

        Raises Failed.
        """
        return (yield from self._patiently(lambda: self._fetch_once(url)))

    def _patiently(self, once: Callable[[], Exchange[T]], less: Callable[[], None] | None = None) -> Exchange[T]:
        for attempt in range(1, self.pace.attempts + 1):
            try:
                return (yield from once())
            except _Busy as busy:
                if less is not None and busy.is_of_size and attempt < self.pace.attempts:
                    less()
                wait = self.pace.wait(attempt, busy.after)
                if attempt == self.pace.attempts or not self._affords(wait, busy):
                    raise busy.failed from None
                yield from self._pause(wait, busy)
        raise AssertionError("a pace has one attempt at least")

    def _affords(self, wait: float, busy: _Busy) -> bool:
        """Take a wait out of the budget, if it is in there; of one that others wait for already, what goes beyond theirs."""
        costs = max(0.0, wait - max(self._pauses, default=0.0)) if busy.is_of_all else wait
        if costs > self._left:
            return False
        self._left -= costs
        return True

    def _pause(self, wait: float, busy: _Busy) -> Exchange[None]:
        """Wait, and have everybody else wait where the service means all."""
        until = self._now + wait
        if busy.is_of_all:
            self._pauses.append(wait)
        try:
            yield Wait(wait)
            self._now = max(self._now, until)
        finally:
            if busy.is_of_all:
                self._pauses.remove(wait)

    def end(self, failures: Iterable[Failed | None]) -> None:
        """Forget the pages that were kept, unless more would be had by reading on: what was refused will not be."""
        if self.pages is not None:
            self.pages.clear(all_of_them=not any(each is not None and not each.is_refused for each in failures))

    def together(self, steps: Sequence[Exchange[T]]) -> Exchange[Sequence[T]]:
        """What all of these come to, in their order; as many go on at once as there are connections."""
        found: Sequence[T] = yield Together(tuple(steps), self.pace.connections)
        return found

    def _decode_once(self, url: str, decoded: Callable[[Answer], T | None]) -> Exchange[tuple[T, Answer]]:
        answer = yield from self._fetch_once(url)
        told = decoded(answer)
        if told is None:
            raise _Busy(Failed(f"the answer is no JSON object{called(answer)}", answer.status), None)
        return told, answer

    def _fetch_once(self, url: str) -> Exchange[Answer]:
        answer, token = yield from self._authorised(url)
        if answer.status == 401 and isinstance(self._auth, ClientCredentials):
            # Some providers end a token before its time. Somebody else may have changed it meanwhile.
            self._token = "" if self._token == token else self._token
            answer, _ = yield from self._authorised(url)
        _check(answer)
        if answer.is_cut:
            raise Failed(f"the answer has more than {self.pace.bytes:,} bytes", answer.status)
        return answer

    def _authorised(self, url: str) -> Exchange[tuple[Answer, str]]:
        """The answer to a request with our credentials, and the token; a redirect is followed on the same server, and nowhere else."""
        for _ in range(_REDIRECTS):
            yield from self._admitted()
            token = self._token
            ask = Ask(method="GET", url=url, headers=self._headers(url), most=self.pace.bytes, within=self.pace.seconds)
            answer = yield from self._ask(ask)
            self.date(answer)
            if not 300 <= answer.status < 400:
                return answer, token
            target = urljoin(url, answer.headers.get("location", ""))
            if not is_same_server(url, target):
                raise Failed("the service redirects to another server, where our credentials do not go", answer.status)
            url = target
        raise Failed("the service redirects again and again", 310)

    def date(self, answer: Answer) -> None:
        """Take in when an answer was given, now or in a read that broke off."""
        moment = moment_of(answer.headers.get("date", ""))
        self.began = min(filter(None, (self.began, moment)), default=None)

    def _admitted(self) -> Exchange[None]:
        """Have a token that is good, and a free connection: what is sent is written when it is sent, since tokens and signatures grow old."""
        while True:
            match self._auth:
                case ClientCredentials() as credentials if not self._token or self._now >= self._until:
                    if self._is_renewing:
                        yield Turn(lambda: not self._is_renewing)
                    else:
                        yield from self._renew(credentials)
                case _ if not self._is_free():
                    yield Turn(self._is_free)
                case _:
                    return

    def _is_free(self) -> bool:
        return self._open < self.pace.connections and not self._pauses

    def _renew(self, credentials: ClientCredentials) -> Exchange[None]:
        """Fetch a token for everybody."""
        self._is_renewing = True
        try:
            yield from self._patiently(lambda: self._fetch_token(credentials))
        finally:
            self._is_renewing = False

    def _headers(self, url: str) -> Mapping[str, str]:
        accept = {"Accept": self._accept}
        match self._auth:
            case None:
                return accept
            case BearerToken(token=token):
                return {**accept, "Authorization": f"Bearer {token}"}
            case OAuth1() as signing:
                return {**accept, **signing.signed(url)}
            case ClientCredentials():
                return {**accept, "Authorization": f"Bearer {self._token}"}
            case _:
                assert_never(self._auth)

    def _fetch_token(self, credentials: ClientCredentials) -> Exchange[None]:
        wanted = " ".join(credentials.scopes or scopes_of(self._version))
        form = {"grant_type": "client_credentials", "scope": wanted}
        headers = {"Accept": "application/json"}
        if credentials.posts_secret:
            form |= {"client_id": credentials.id, "client_secret": credentials.secret}
        else:
            # RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
            pair = f"{quote(credentials.id, safe='')}:{quote(credentials.secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        try:
            answer = yield from self._ask(
                Ask(method="POST", url=credentials.token_url, headers=headers, form=form, most=_TOKEN_BYTES)
            )
            _check(answer)
        except Failed as failed:
            raise Failed(f"no token was given: {failed.reason}", failed.status, is_of_token=True) from None
        except _Busy as busy:
            raise _Busy(Failed(f"no token was given: {busy.failed.reason}", busy.failed.status), busy.after) from None
        told = body_of(answer) or {}
        token = told.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Failed("no token was given: the answer holds none", answer.status, is_of_token=True)
        lives, granted = told.get("expires_in"), told.get("scope")
        # RFC 6749 §5.1: an answer that names no scope gives those that were asked for.
        self.scopes = tuple((granted if isinstance(granted, str) and granted.strip() else wanted).split())
        self._token = token
        self._until = answer.at + max(_seconds(lives, credentials.lifetime) - _EARLY, 1.0)

    def _ask(self, ask: Ask) -> Exchange[Answer]:
        if not self._is_free():
            yield Turn(self._is_free)
        self._open += 1
        try:
            answer: Answer = yield ask
        except NoAnswer as none:
            raise _Busy(Failed(f"no answer came ({none})"), None, is_late=str(none) in _LATE) from None
        finally:
            self._open -= 1
        self._now = max(self._now, answer.at)
        return answer


def is_same_server(url: str, other: str) -> bool:
    """Whether two addresses are of one server: scheme, host and port.

    >>> is_same_server("https://sis.example/a", "https://sis.example:443/b"), is_same_server("https://sis.example/", "http://sis.example/")
    (True, False)
    """
    ports = {"http": 80, "https": 443}
    try:
        ours, theirs = (
            (parts.scheme, parts.hostname, parts.port or ports.get(parts.scheme)) for parts in map(urlsplit, (url, other))
        )
    except ValueError:
        return False
    return ours == theirs


def _check(answer: Answer) -> None:
    status = answer.status
    if status in _TRY_AGAIN:
        raise _Busy(Failed(f"it was answered with {status}{minor_of(answer)}", status), retry_after(answer))
    if not 200 <= status < 300:
        raise Failed(f"it was answered with {status}{minor_of(answer)}", status)


def _seconds(value: object, otherwise: float) -> float:
    """How long a token lives: providers give a number, its text, or nothing."""
    if isinstance(value, str) and value.isdigit() and len(value) < 10:
        return float(value)
    return float(value) if isinstance(value, int | float) and 0 < value < 1e9 else otherwise
