"""Requests to a SCIM server and what its answers mean (RFC 7644)."""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, cast

import httpx
from attrs import frozen

from oneroster_reconcile.hosts.scim_json import Resource, entries, part
from oneroster_reconcile.hosts.scim_resources import operations
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.coverage import Extent, Read

__all__ = ["Listing", "Refused", "ScimClient"]

_SCIM = "application/scim+json"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_TRY_AGAIN = (408, 429, 502, 503, 504)
_MISSING = (404, 410)
# RFC 7644 §3.12: anything else that stands there may hold a person's data.
_TYPES = frozenset(
    {
        "invalidFilter",
        "tooMany",
        "uniqueness",
        "mutability",
        "invalidSyntax",
        "invalidPath",
        "noTarget",
        "invalidValue",
        "sensitive",
    }
)
_WAYS_OUT: Mapping[int, str] = MappingProxyType(
    {
        401: "Give a token that is valid still",
        403: "Give the token the right to read and write users and groups",
        404: "Give the address under which /Users lies, such as https://product.example/scim/v2",
    }
)


class Refused(Exception):
    """What was sent is refused, for a reason of its own: the rest may go on. `status` is the answer's, or 0 where nothing was sent; the text holds no person's data."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason

    @property
    def is_missing(self) -> bool:
        """Whether there is no such resource, or, of what shall be taken out of one, nothing there."""
        return self.status in _MISSING or self.reason.endswith("noTarget")


@frozen(kw_only=True, eq=False)
class Listing:
    """All resources of a type, as far as they could be read."""

    resources: tuple[Resource, ...]
    read: Read


class ScimClient:
    """One SCIM server, spoken to through httpx: redirects are not followed, and the token is shown nowhere.

    >>> ScimClient("https://product.example/scim/v2", token="secret")
    ScimClient('https://product.example/scim/v2')
    """

    def __init__(self, url: str, *, token: str | None = None, client: httpx.Client | None = None, page: int = 100) -> None:
        self.url = _checked(url, token).rstrip("/")
        self._headers = {"Accept": _SCIM} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._own = client is None
        self._http = client or httpx.Client(timeout=httpx.Timeout(30.0))
        self._page = page

    def __repr__(self) -> str:
        return f"ScimClient({self.url!r})"

    def close(self) -> None:
        """Let go of the connections, unless the caller brought them."""
        if self._own:
            self._http.close()

    def listing(self, path: str, **query: str) -> Listing:
        """Every resource of a type, page by page; the read is complete only where the pages add up to a total that stayed the same."""
        found: dict[str, Resource] = {}
        totals: set[int] = set()
        rejected = seen = 0
        for total, resources in self._pages(path, query):
            totals.add(total)
            seen += len(resources)
            for each in resources:
                if isinstance(each.get("id"), str):
                    found[str(each["id"])] = each
                else:
                    rejected += 1
        steady = len(totals) == 1 and seen == len(found) + rejected == max(totals)
        extent = Extent.COMPLETE if steady else Extent.PARTIAL
        read = Read(extent=extent, rows=len(found), expected=max(totals, default=None), rejected=rejected)
        return Listing(resources=tuple(found.values()), read=read)

    def get(self, path: str) -> Resource:
        """One resource."""
        return self._asked("GET", path)

    def create(self, path: str, resource: Resource) -> Resource:
        """Make a resource; what comes back has its id."""
        made = self._asked("POST", path, resource)
        if not isinstance(made.get("id"), str):
            raise HostFailed(f"{self.url}: POST {path} was answered without the id of what it made")
        return made

    def change(self, path: str, before: Resource, after: Resource) -> None:
        """Turn a resource as it was read into another: by PATCH where the server can, else by PUT; nothing is sent where nothing differs."""
        changes = operations(before, after)
        if not changes:
            return
        version = part(before, "meta").get("version")
        guard = {"If-Match": str(version)} if version and self._can("etag") else {}
        if self.patches:
            self._asked("PATCH", path, {"schemas": [_PATCH], "Operations": changes}, guard)
        else:
            self._asked("PUT", path, after, guard)

    def patch(self, path: str, changes: list[dict[str, Any]]) -> None:
        """Send operations that need no look at the resource."""
        self._asked("PATCH", path, {"schemas": [_PATCH], "Operations": changes})

    def delete(self, path: str) -> None:
        """Take a resource away; one that is gone already has gone."""
        try:
            self._asked("DELETE", path)
        except Refused as refused:
            if not refused.is_missing:
                raise

    @property
    def patches(self) -> bool:
        """Whether the server takes PATCH."""
        return self._can("patch")

    @property
    def filters(self) -> bool:
        """Whether the server takes filters."""
        return self._can("filter")

    def _can(self, feature: str) -> bool:
        return part(self._config, feature).get("supported") is True

    @cached_property
    def _config(self) -> Resource:
        """What the server says that it can do; one that says nothing can do what every server must."""
        try:
            return self.get("/ServiceProviderConfig")
        except Refused:
            return {}

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[tuple[int, list[Resource]]]:
        start = 1
        while True:
            params = {**query, "startIndex": str(start), "count": str(self._page)}
            try:
                answer = self._asked("GET", path, params=params)
            except Refused as refused:
                raise HostFailed(
                    f"{self.url}: GET {path} failed: {refused}. {_WAYS_OUT.get(refused.status, '')}".strip()
                ) from None
            total, page = answer.get("totalResults"), entries(answer, "Resources")
            if not isinstance(total, int):
                raise HostFailed(f"{self.url}: GET {path} was answered with what is no list of SCIM. {_WAYS_OUT[404]}.")
            yield total, page
            start += len(page)
            if not page or start > total:
                return

    def _asked(
        self,
        method: str,
        path: str,
        body: Resource | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Resource:
        sent = {**self._headers, **(headers or {})} | ({"Content-Type": _SCIM} if body is not None else {})
        try:
            answer = self._http.request(method, self.url + path, json=body, headers=sent, params=params, follow_redirects=False)
        except httpx.HTTPError as error:
            # Not its text, which may quote what was sent; nor as its cause, for that holds the request with its token.
            raise HostFailed(
                f"{self.url}: {method} {_type(path)} got no answer ({type(error).__name__})", retriable=True
            ) from None
        return self._understood(method, path, answer)

    def _understood(self, method: str, path: str, answer: httpx.Response) -> Resource:
        where, status = f"{self.url}: {method} {_type(path)} was answered with", answer.status_code
        if status in _TRY_AGAIN:
            raise HostFailed(f"{where} {_named(status)}", retriable=True, retry_after=_seconds(answer))
        if status in (401, 403):
            raise HostFailed(f"{where} {_named(status)}. {_WAYS_OUT[status]}.")
        if answer.is_redirect or answer.is_informational:
            raise HostFailed(f"{where} a redirect, which is not followed. Give the address that it leads to, if you trust it.")
        if status >= 500:
            raise HostFailed(f"{where} {_named(status)}")
        told = _body(answer)
        if answer.is_client_error:
            label = (told or {}).get("scimType")
            raise Refused(status, f"{_named(status)}{f', {label}' if label in _TYPES else ''}")
        if told is None and answer.content:
            raise HostFailed(f"{where} what is not SCIM. {_WAYS_OUT[404]}.")
        return told or {}


def _checked(url: str, token: str | None) -> str:
    """The address, if it holds no secret, and a token goes over it that nobody else reads."""
    parsed = httpx.URL(url)
    if parsed.userinfo or parsed.query:
        raise ValueError("the address holds a password or a query; give the bare address, and the token as `token`")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError(f"{url!r} is no address; give one such as https://product.example/scim/v2")
    if token and parsed.scheme == "http" and not _is_here(parsed.host):
        raise ValueError(f"{url!r} would send the token in the clear; give an address that begins with https")
    return url


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _type(path: str) -> str:
    """The type of resource in a path, without the id."""
    return "/" + path.split("/")[1]


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _seconds(answer: httpx.Response) -> float | None:
    """How long the server asks to wait: it says seconds, or a moment, which counts from the one that it answered at."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        waits = parsedate_to_datetime(said) - parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(waits.total_seconds(), 0.0)


def _body(answer: httpx.Response) -> Resource | None:
    try:
        told: object = answer.json()
    except ValueError:
        return None
    return cast("Resource", told) if isinstance(told, dict) else None
