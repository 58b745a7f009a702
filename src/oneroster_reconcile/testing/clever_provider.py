"""`clever_provider`: Clever's API (v3), as an ASGI app that shares a roster as well, or as badly, as a test wants it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

from attrs import define, field

from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.testing.clever_districts import CleverObject, clever_district
from oneroster_reconcile.testing.provider import Fault, ProviderApp, Trouble

__all__ = ["CleverApp", "clever_provider"]

_Reply = tuple[int, dict[str, str], bytes]
_MOST = 10_000


def clever_provider(
    roster: Roster,
    *,
    before: Roster | None = None,
    unshared: Iterable[str] = (),
    faults: Iterable[Fault] = (),
    most: int = _MOST,
    token: str = "token",  # noqa: S107
) -> "CleverApp":
    """Clever with this roster as its district, for whoever shows the token; its ids are those of the roster.

    `/events` tells what became of the district since it was `before`. Objects whose ids are `unshared` are named by others and are in no list. A page has
    `most` rows at the most; who asks for more is answered with 413.

    >>> clever_provider(Roster()).requests
    []
    """
    after = clever_district(roster)
    hidden = frozenset(unshared)
    shared = {name: [each for each in objects if each["id"] not in hidden] for name, objects in after.items()}
    events = () if before is None else _events(clever_district(before), after)
    return CleverApp(
        objects={**shared, "events": events},
        path="/v3.1/",
        quirks=frozenset(),
        faults={fault: fault.times for fault in faults},
        token=token,
        most=most,
    )


@define(kw_only=True)
class CleverApp(ProviderApp):
    """The service: its `requests` so far, as `/users?limit=100&starting_after=...`."""

    most: int = field(default=_MOST)

    def _answered(self, scope: Mapping[str, Any]) -> _Reply:
        path, query = scope["path"], scope["query_string"].decode()
        given = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        name, _, single = path.removeprefix(self.path).partition("/")
        self.requests.append(f"/{path.removeprefix(self.path)}?{query}")
        if given.get("authorization") != f"Bearer {self.token}":
            return self._error(401, "Unauthorized")
        if not path.startswith(self.path) or name not in self.objects:
            return self._error(404, "Resource not found")
        if single:
            found = next((each for each in self.objects[name] if each["id"] == single), None)
            return self._error(404, "Resource not found") if found is None else _json(200, {"data": found})
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        return self._behind(name, int(asked.get("limit", "100")), asked.get("starting_after"))

    def _behind(self, name: str, limit: int, after: str | None) -> _Reply:
        """The page behind an id."""
        if limit > self.most:
            return self._error(413, "Payload Too Large")
        objects = self.objects[name]
        start = 0 if after is None else next((i for i, each in enumerate(objects, 1) if each["id"] == after), len(objects))
        trouble = self._trouble(name, -(-start // limit))
        if trouble is Trouble.BUSY:
            counted = {"x-ratelimit-limit": "1200", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}
            return 429, {"content-type": "text/plain", "date": "Thu, 01 Jan 1970 00:00:00 GMT", **counted}, b"slow down"
        if reply := self._failing(trouble):
            return reply
        begin = (
            {Trouble.DUPLICATE: max(0, start - limit), Trouble.MISSING: len(objects)}.get(trouble, start) if trouble else start
        )
        page = objects[begin : begin + limit]
        status, headers, body = _json(200, {"data": [{"data": each} for each in page], "links": self._links(name, limit, begin)})
        return status, headers, body[:-20] if trouble is Trouble.TRUNCATED else body

    def _links(self, name: str, limit: int, begin: int) -> list[CleverObject]:
        page, objects = f"{self.path}{name}", self.objects[name]
        links = [{"rel": "self", "uri": page}]
        if begin + limit < len(objects):
            behind = {"limit": limit, "starting_after": objects[begin + limit - 1]["id"]}
            links.append({"rel": "next", "uri": f"{page}?{urlencode(behind)}"})
        return links

    def _error(self, status: int, minor: str) -> _Reply:
        return _json(status, {"error": minor})


def _json(status: int, told: CleverObject) -> _Reply:
    return status, {"content-type": "application/json"}, json.dumps(told).encode()


_Objects = Mapping[str, Sequence[CleverObject]]


def _events(before: _Objects, after: _Objects) -> Sequence[CleverObject]:
    """What became of each object, in an order in which it may have happened."""
    told = list[tuple[str, CleverObject, CleverObject | None]]()
    for name in after:
        was, now = ({each["id"]: each for each in district[name]} for district in (before, after))
        told += [(f"{name}.created", each, None) for id_, each in now.items() if id_ not in was]
        told += [(f"{name}.updated", each, _previous(was[id_], each)) for id_, each in now.items() if was.get(id_, each) != each]
    for name in reversed([*after]):
        now_there = {each["id"] for each in after[name]}
        told += [(f"{name}.deleted", each, None) for each in before[name] if each["id"] not in now_there]
    return [
        {"id": f"{number:024x}", "type": kind, "data": {"object": each}, **({} if was is None else {"previous_attributes": was})}
        for number, (kind, each, was) in enumerate(told, 1)
    ]


def _previous(was: CleverObject, now: CleverObject) -> CleverObject:
    return {name: was.get(name) for name in {**was, **now} if was.get(name) != now.get(name)}
