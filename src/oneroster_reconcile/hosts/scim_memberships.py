"""Who is in which class, as members of Groups: the class's own for students, one beside it for each other role."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import polars as pl

from oneroster_reconcile.hosts.scim_client import Refused, ScimClient
from oneroster_reconcile.hosts.scim_json import Resource, entries
from oneroster_reconcile.hosts.scim_known import OWN_ROLE, Known
from oneroster_reconcile.hosts.scim_marks import ROLE, Mark
from oneroster_reconcile.hosts.scim_resources import SCHEMAS, edited, members_of
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Memberships", "title_beside"]

_MEMBERS = 100
"""How many members go into one request."""
_GONE = "class_: the host holds no such class"


def title_beside(title: str, role: str) -> str:
    """The name of the Group of those who have a role in a class.

    >>> title_beside("Algebra I", "teacher")
    'Algebra I (teacher)'
    """
    return f"{title} ({role})"


class Memberships:
    """Adds members to Groups and takes them out, many of one Group at a time."""

    def __init__(self, client: ScimClient, known: Known) -> None:
        self.client, self.known = client, known

    def change(self, rows: pl.DataFrame, *, add: bool) -> Iterator[tuple[int, str]]:
        """Make or end memberships, `_row, class_, user, role`; what failed, by row."""
        for (class_, role), part in rows.group_by("class_", "role", maintain_order=True):
            try:
                group = self._group(str(class_), str(role), make=add)
            except Refused as refused:
                yield from ((row, _why(refused)) for row in part["_row"])
                continue
            if group is not None:
                for members in part.iter_slices(_MEMBERS):
                    yield from self._changed(group, members, add=add)

    def rename(self, class_: Class) -> None:
        """Give the Groups beside a class's own its title."""
        for role, own in self.known.roles_beside(class_.id):
            group = self.client.get(_path(own))
            self.client.change(_path(own), group, edited(group, Class(id=own, title=title_beside(class_.title, role))))

    def remove(self, class_: Id) -> None:
        """Take away the Groups beside a class's own."""
        for _, own in self.known.roles_beside(class_):
            self.client.delete(_path(own))
            self.known.forget(own)

    def _group(self, class_: Id, role: str, *, make: bool) -> Id | None:
        """The Group of a role in a class; none where nobody has the role and nobody shall."""
        if role == OWN_ROLE:
            return class_
        if (class_, role) not in self.known.beside and make:
            title = self.client.get(_path(class_)).get("displayName") or class_
            mark = Mark(kind=ROLE, links=((role, class_),))
            wanted = edited({"schemas": [SCHEMAS[Kind.CLASS]]}, Class(id="", title=title_beside(str(title), role)), mark)
            self.known.note({**wanted, **self.client.create("/Groups", wanted)})
        return self.known.beside.get((class_, role))

    def _changed(self, group: Id, members: pl.DataFrame, *, add: bool) -> Iterator[tuple[int, str]]:
        """Change some members of one Group; where that is refused, one by one, so that one who cannot be fails alone."""
        try:
            self._sent(group, members["user"].to_list(), add=add)
        except Refused as refused:
            if refused.is_missing and not add and members.height == 1:
                return
            if members.height == 1:
                yield from ((row, _why(refused)) for row in members["_row"])
                return
            for one in members.iter_slices(1):
                yield from self._changed(group, one, add=add)

    def _sent(self, group: Id, users: list[Id], *, add: bool) -> None:
        if self.client.patches:
            self.client.patch(_path(group), _adding(users) if add else _removing(users))
            return
        held = self.client.get(_path(group))
        others = [each for each in entries(held, "members") if each.get("value") not in users]
        wanted: list[Resource] = [*others, *({"value": user} for user in users)] if add else others
        if set(users) - set(members_of(held)) if add else set(users) & set(members_of(held)):
            self.client.change(_path(group), held, {**held, "members": wanted})


def _adding(users: list[Id]) -> list[dict[str, Any]]:
    return [{"op": "add", "path": "members", "value": [{"value": user} for user in users]}]


def _removing(users: list[Id]) -> list[dict[str, Any]]:
    quoted = (user.replace("\\", "\\\\").replace('"', '\\"') for user in users)
    return [{"op": "remove", "path": f'members[value eq "{user}"]'} for user in quoted]


def _path(group: Id) -> str:
    return f"/Groups/{quote(group, safe='')}"


def _why(refused: Refused) -> str:
    return _GONE if refused.is_missing else f"the host refuses it: {refused}"
