"""`provider`: a OneRoster service over REST, as an ASGI app that serves a roster as well, or as badly, as a test wants it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import polars as pl
from attrs import define, evolve, field, frozen

from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.csv_writer import file_rows
from oneroster_reconcile.sources.layout import METADATA, files_of
from oneroster_reconcile.sources.objects import COLLECTIONS, LISTS, RENAMED, list_of, object_of
from oneroster_reconcile.sources.providers import RestVersion

__all__ = ["Fault", "ProviderApp", "Quirk", "Trouble", "provider"]

_Object: TypeAlias = dict[str, Any]
_PATHS: Mapping[RestVersion, str] = {"1.1": "/ims/oneroster/v1p1/", "1.2": "/ims/oneroster/rostering/v1p2/"}


class Quirk(StrEnum):
    """How a service differs from the standard though nothing fails.

    >>> Quirk("no_total") is Quirk.NO_TOTAL
    True
    """

    NO_TOTAL = "no_total"
    NO_LINK = "no_link"
    FOREIGN_LINKS = "foreign_links"
    CLAMPED = "clamped"
    """Pages of 7 rows, whatever was asked for."""
    ALIASES = "aliases"
    """Users as `students`, orgs as `schools`, sessions as `terms`."""
    NUMBERS = "numbers"
    """Flags as 0 and 1, years as numbers."""
    BROKEN_HREFS = "broken_hrefs"
    CSV_NAMES = "csv_names"
    """`preferredGivenName` and `agentSourceIds`, as CSV and a vendor call them."""
    FLAT_ERRORS = "flat_errors"
    NO_EXPIRY = "no_expiry"
    """Tokens that do not say how long they live."""
    FILTER_IGNORED = "filter_ignored"
    """All rows, whatever was asked for."""
    FILTER_REFUSED = "filter_refused"
    NO_SCHOOLS = "no_schools"
    """Lists of single schools are not there."""


class Trouble(StrEnum):
    """What goes wrong with an answer.

    >>> Trouble.TRUNCATED.value
    'truncated'
    """

    ERROR = "error"
    BUSY = "busy"
    """429 in plain text, which asks for no wait."""
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    DUPLICATE = "duplicate"
    """The rows of the page before, in the place of this one's."""
    MISSING = "missing"
    """No rows, though there are some."""
    TOTAL = "total"
    """A total that is larger by one."""
    FORBIDDEN = "forbidden"
    REDIRECT = "redirect"
    """To another server."""
    HTML = "html"
    HEAVY = "heavy"
    """504 where more than 10 rows are asked for."""
    DEEP = "deep"
    """JSON that is nested deeper than anybody reads."""


@frozen
class Fault:
    """Trouble with the answers for a collection, or for a school's part of it (`schools/s1/classes`), from its page number `page` on, so many `times` (None: always).

    >>> Fault("users", Trouble.ERROR, page=2, times=1).collection
    'users'
    """

    collection: str
    trouble: Trouble
    page: int = field(default=0, kw_only=True)
    times: int | None = field(default=None, kw_only=True)


def provider(
    roster: Roster,
    *,
    version: RestVersion = "1.2",
    quirks: Iterable[Quirk] = (),
    faults: Iterable[Fault] = (),
    token: str = "token",  # noqa: S107
) -> "ProviderApp":
    """A service that serves this roster to whoever shows the token, which anybody gets at `/token`.

    It runs under any ASGI server, or in the process, as `httpx.AsyncClient(transport=httpx.ASGITransport(app))`.

    >>> provider(Roster(), quirks=[Quirk.NO_TOTAL]).requests
    []
    """
    return ProviderApp(
        objects={each.name: tuple(_objects(roster, each.name, version)) for each in COLLECTIONS},
        path=_PATHS[version],
        quirks=frozenset(quirks),
        faults={fault: fault.times for fault in faults},
        token=token,
    )


@define(kw_only=True)
class ProviderApp:
    """The service: its `requests` so far, as `/users?limit=100&offset=0`."""

    objects: Mapping[str, Sequence[_Object]] = field(repr=False)
    path: str
    quirks: frozenset[Quirk]
    faults: dict[Fault, int | None]
    token: str = field(repr=False)
    requests: list[str] = field(factory=list[str])
    now: datetime | None = None
    """What its clock says; it tells no time where there is none."""

    async def __call__(
        self, scope: Mapping[str, Any], _receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            raise NotImplementedError("the provider speaks HTTP alone")
        status, headers, body = self._answered(scope)
        await asyncio.sleep(0)
        told = headers if self.now is None else headers | {"date": format_datetime(self.now.astimezone(UTC), usegmt=True)}
        coded = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": coded})
        await send({"type": "http.response.body", "body": body})

    def _answered(self, scope: Mapping[str, Any]) -> "_Reply":
        path, query = scope["path"], scope["query_string"].decode()
        given = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        if path == "/token":
            self.requests.append(path)
            lives = {} if Quirk.NO_EXPIRY in self.quirks else {"expires_in": 3600}
            return _json(200, {"access_token": self.token, "token_type": "bearer", **lives})
        name = path.removeprefix(self.path)
        self.requests.append(f"/{name}?{query}")
        if given.get("authorization") != f"Bearer {self.token}":
            return self._error(401, "unauthorisedrequest")
        found = _Found.of(self, name) if path.startswith(self.path) else None
        if found is None:
            return self._error(404, "unknownobject")
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        if "filter" in asked and Quirk.FILTER_REFUSED in self.quirks:
            return self._error(400, "invalid_filter_field")
        if "filter" in asked and Quirk.FILTER_IGNORED not in self.quirks:
            found = found.where(asked["filter"])
        return self._page(found, int(asked.get("limit", "100")), int(asked.get("offset", "0")))

    def members(self, class_: str, role: str) -> Sequence[_Object]:
        """Who is in a class in this role."""
        enrolled = [each for each in self.objects["enrollments"] if each["class"]["sourcedId"] == class_ and each["role"] == role]
        ids = {each["user"]["sourcedId"] for each in enrolled}
        return [each for each in self.objects["users"] if each["sourcedId"] in ids]

    def _page(self, found: "_Found", limit: int, offset: int) -> "_Reply":
        size = min(limit, 7) if Quirk.CLAMPED in self.quirks else limit
        trouble = self._trouble(found.path, -(-offset // size))
        if trouble is Trouble.HEAVY and limit > 10:
            return 504, {"content-type": "text/html"}, b"<html>Gateway Timeout</html>"
        if reply := self._failing(trouble):
            return reply
        rows = found.rows
        begin = {Trouble.DUPLICATE: max(0, offset - size), Trouble.MISSING: len(rows)}.get(trouble, offset) if trouble else offset
        page = [self._quirky(each) for each in rows[begin : begin + size]]
        key = _ALIASES.get(found.key, found.key) if Quirk.ALIASES in self.quirks else found.key
        status, headers, body = _json(200, {key: page})
        headers |= self._paging(found.path, limit, offset + size, len(rows) + (trouble is Trouble.TOTAL))
        return status, headers, body[:-20] if trouble is Trouble.TRUNCATED else body

    def _trouble(self, name: str, page: int) -> Trouble | None:
        for fault, left in self.faults.items():
            if fault.collection == name and fault.page <= page and left != 0:
                self.faults[fault] = None if left is None else left - 1
                return fault.trouble
        return None

    def _failing(self, trouble: Trouble | None) -> "_Reply | None":
        match trouble:
            case Trouble.ERROR:
                return self._error(500, "internal_server_error")
            case Trouble.FORBIDDEN:
                return self._error(403, "forbidden")
            case Trouble.BUSY:
                return 429, {"content-type": "text/plain", "retry-after": "0"}, b"slow down"
            case Trouble.TIMEOUT:
                raise TimeoutError
            case Trouble.REDIRECT:
                return 302, {"location": "https://elsewhere.example/"}, b""
            case Trouble.HTML:
                return 200, {"content-type": "text/html"}, b"<html>Sign in</html>"
            case Trouble.DEEP:
                return 200, {"content-type": "application/json"}, b'{"users":' + b"[" * 200_000
            case _:
                return None

    def _paging(self, name: str, limit: int, behind: int, total: int) -> dict[str, str]:
        headers = {} if Quirk.NO_TOTAL in self.quirks else {"x-total-count": str(total)}
        if Quirk.NO_LINK in self.quirks:
            return headers
        server = "https://elsewhere.example" if Quirk.FOREIGN_LINKS in self.quirks else ""
        first = f'<{server}{self.path}{name}?limit={limit}&offset=0>; rel="first"'
        more = f', <{server}{self.path}{name}?limit={limit}&offset={behind}>; rel="next"' if behind < total else ""
        return headers | {"link": first + more}

    def _error(self, status: int, minor: str) -> "_Reply":
        if Quirk.FLAT_ERRORS in self.quirks:
            return _json(status, {"statusInfoSet": [{"imsx_codeMajor": "failure", "imsx_codeMinor": minor}]})
        named = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
        told = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_CodeMinor": {"imsx_codeMinorField": [named]}}
        return _json(status, told)

    def _quirky(self, served: _Object) -> _Object:
        """An object as this service has it."""
        if Quirk.NUMBERS in self.quirks:
            numbers = {"true": 1, "false": 0}
            served = {name: numbers.get(value, value) if isinstance(value, str) else value for name, value in served.items()}
            served = {
                name: int(value) if name == "schoolYear" and isinstance(value, str) else value for name, value in served.items()
            }
        if Quirk.CSV_NAMES in self.quirks:
            served = {_CSV_NAMES.get(name, name): value for name, value in served.items()}
        return _without_hrefs(served) if Quirk.BROKEN_HREFS in self.quirks else served


@frozen
class _Found:
    """The rows at a path, and the key that they stand under."""

    path: str
    key: str
    rows: Sequence[_Object]

    @classmethod
    def of(cls, app: ProviderApp, path: str) -> "_Found | None":
        """What lies at a path, None where nothing does."""
        if path in app.objects:
            return cls(path, path, app.objects[path])
        of, _, rest = path.partition("/")
        school, _, name = rest.rpartition("/")
        if of == "classes" and name in _PEOPLE and any(each["sourcedId"] == school for each in app.objects["classes"]):
            return cls(path, "users", app.members(school, name[:-1]))
        known = {org["sourcedId"] for org in app.objects["orgs"]}
        if of != "schools" or school not in known or name not in _OF_SCHOOLS or Quirk.NO_SCHOOLS in app.quirks:
            return None
        key = _OF_SCHOOLS[name]
        return cls(path, key, [each for each in app.objects[key] if _lies_in(each, school, name)])

    def where(self, condition: str) -> "_Found":
        """The rows that a comparison lets pass: of text with text, as moments in one form are compared, too."""
        told = _CONDITION.fullmatch(condition)
        if told is None:
            return evolve(self, rows=())
        name, operator, value = told.groups()
        return evolve(
            self, rows=[each for each in self.rows if _OPERATORS[operator](_text(each, name), value.replace("''", "'"))]
        )


def _text(served: _Object, name: str) -> str:
    """The text of a field, which may lie in another."""
    outer, _, inner = name.partition(".")
    found = served.get(outer, "")
    return str((object_of(found) or {}).get(inner, "") if inner else found)


_OF_SCHOOLS = {"classes": "classes", "enrollments": "enrollments", "students": "users", "teachers": "users"}
_PEOPLE = ("students", "teachers")
_CONDITION = re.compile(r"([\w.]+)(>=|<=|!=|>|<|=)'(.*)'")
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {">=": ge, "<=": le, "!=": ne, ">": gt, "<": lt, "=": eq}


def _lies_in(served: _Object, school: str, name: str) -> bool:
    """Whether an object is of a school; of people also whether they are there what is asked for."""
    if "school" in served:
        return bool(served["school"]["sourcedId"] == school)
    if "roles" not in served:
        return served.get("role") == name[:-1] and any(org["sourcedId"] == school for org in served.get("orgs", ()))
    return any(role["role"] == name[:-1] and role["org"]["sourcedId"] == school for role in served["roles"])


_Reply: TypeAlias = tuple[int, dict[str, str], bytes]
_ALIASES = {"users": "students", "orgs": "schools", "academicSessions": "terms"}
_CSV_NAMES = {
    "preferredFirstName": "preferredGivenName",
    "preferredLastName": "preferredFamilyName",
    "agents": "agentSourceIds",
}


def _json(status: int, told: _Object) -> _Reply:
    return status, {"content-type": "application/json"}, json.dumps(told).encode()


def _without_hrefs(value: Any) -> Any:
    if (items := list_of(value)) is not None:
        return [_without_hrefs(each) for each in items]
    told = object_of(value)
    if told is None:
        return value
    return {name: "http://localhost/undefined" if name == "href" else _without_hrefs(each) for name, each in told.items()}


def _objects(roster: Roster, name: str, version: RestVersion) -> Iterator[_Object]:
    """The objects of a collection; users of 1.2 with their roles and profiles."""
    sets: Mapping[str, Mapping[str, list[_Object]]] = {}
    if name == "users" and version == "1.2":
        sets = {"roles": _by_user(roster, "roles"), "userProfiles": _by_user(roster, "userProfiles")}
    for row in _rows(roster, name, version):
        served = _object(row)
        parts = {key: [_part(key, part) for part in of.get(row["sourcedId"] or "", ())] for key, of in sets.items()}
        yield served | {key: part for key, part in parts.items() if part}


def _rows(roster: Roster, name: str, version: RestVersion) -> Iterator[_Object]:
    frame = file_rows(roster, name, files_of(version)[name]).with_columns(pl.all().cast(pl.String)).collect()
    return frame.iter_rows(named=True)


def _by_user(roster: Roster, name: str) -> Mapping[str, list[_Object]]:
    found = dict[str, list[_Object]]()
    for row in _rows(roster, name, "1.2"):
        found.setdefault(row["userSourcedId"], []).append(row)
    return found


def _part(key: str, row: _Object) -> _Object:
    if key == "roles":
        return _object({name: value for name, value in row.items() if name not in ("sourcedId", "userSourcedId")})
    known = {name: row[name] for name in ("profileType", "vendorId", "applicationId", "description")}
    credential = {"type": row["credentialType"], "username": row["username"]}
    return {"profileId": row["sourcedId"], **_object(known), "credentials": [credential]}


def _object(row: _Object) -> _Object:
    """The object of a row of CSV."""
    told = dict[str, Any]({"status": "active"})
    metadata = {name.removeprefix(METADATA): text for name, text in row.items() if name.startswith(METADATA) and text is not None}
    for name, text in row.items():
        if text is not None and not name.startswith(METADATA):
            told[RENAMED.get(name, name)] = _value(name, text)
    return told | ({"metadata": metadata} if metadata else {})


def _value(name: str, text: str) -> Any:
    if name == "userIds":
        pairs = (item.strip("{}").split(":", 1) for item in text.split(","))
        return [{"type": pair[0], "identifier": pair[1]} if len(pair) == 2 else {"identifier": pair[0]} for pair in pairs]
    items = text.split(",") if name in LISTS else [text]
    values = [
        _reference(RENAMED[name], item) if name.endswith(("SourcedId", "SourcedIds")) and name in RENAMED else item
        for item in items
    ]
    return values if name in LISTS else values[0]


def _reference(kind: str, sourced_id: str) -> Any:
    if kind == "userProfile":
        return sourced_id
    return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}
