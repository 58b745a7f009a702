"""A product behind an API of its own, in memory: the stand-in that the host of docs/guides/http-host.md is tested against."""

import json
from collections.abc import Callable
from typing import Any

import httpx

_NEEDS = {"groups": {"school": "schools"}, "members": {"group": "groups", "person": "people"}}
_PAGE = 3


class ProductService:
    """Four collections over HTTP. `spoiled` is asked about each request first, and may answer in the place of the product."""

    def __init__(self, spoiled: Callable[[httpx.Request], httpx.Response | None] = lambda _: None) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in ("schools", "groups", "people", "members")}
        self._answers: dict[str, str] = {}
        self._made = 0
        self._spoiled = spoiled

    def client(self) -> httpx.Client:
        """A client that reaches it."""
        return httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://product.example")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name, _, row_id = request.url.path.strip("/").partition("/")
        answer = self._spoiled(request)
        return answer if answer is not None else getattr(self, request.method.lower())(name, row_id, request)

    def get(self, name: str, _row: str, request: httpx.Request) -> httpx.Response:
        rows, number = list(self.tables[name].values()), int(request.url.params["page"])
        items = rows[(number - 1) * _PAGE : number * _PAGE]
        following = number + 1 if number * _PAGE < len(rows) else None
        return httpx.Response(200, json={"items": items, "total": len(rows), "next": following})

    def post(self, name: str, _row: str, request: httpx.Request) -> httpx.Response:
        row, key = json.loads(request.content), request.headers.get("Idempotency-Key")
        if key is not None and key in self._answers:
            return httpx.Response(200, json={"id": self._answers[key]})
        if not self._refers_to_what_is_there(name, row):
            return httpx.Response(422)
        same = [row_id for row_id, held in self.tables[name].items() if name == "members" and row.items() <= held.items()]
        row_id = same[0] if same else self._new(name, row)
        if key is not None:
            self._answers[key] = row_id
        return httpx.Response(201, json={"id": row_id})

    def patch(self, name: str, row_id: str, request: httpx.Request) -> httpx.Response:
        row = json.loads(request.content)
        if row_id not in self.tables[name]:
            return httpx.Response(404)
        if not self._refers_to_what_is_there(name, row):
            return httpx.Response(422)
        self.tables[name][row_id].update(row)
        return httpx.Response(200, json={})

    def delete(self, name: str, row_id: str, request: httpx.Request) -> httpx.Response:
        wanted = (
            {row_id}
            if row_id
            else {own for own, row in self.tables[name].items() if dict(request.url.params).items() <= row.items()}
        )
        if wanted & {
            row[column]
            for other, needs in _NEEDS.items()
            for column, of in needs.items()
            if of == name
            for row in self.tables[other].values()
        }:
            return httpx.Response(409)
        gone = [own for own in wanted if self.tables[name].pop(own, None) is not None]
        return httpx.Response(204 if gone else 404)

    def _new(self, name: str, row: dict[str, Any]) -> str:
        self._made += 1
        self.tables[name][str(self._made)] = {"id": str(self._made), **row, **({"state": "active"} if name == "people" else {})}
        return str(self._made)

    def _refers_to_what_is_there(self, name: str, row: dict[str, Any]) -> bool:
        return all(row[column] in self.tables[of] for column, of in _NEEDS.get(name, {}).items())
