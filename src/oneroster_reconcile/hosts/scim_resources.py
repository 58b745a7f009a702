"""Rows as SCIM resources and back: users, and Groups for orgs and classes (RFC 7643 §4)."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from oneroster_reconcile.hosts.scim_json import Resource, as_resource, entries, is_blank, part, text
from oneroster_reconcile.hosts.scim_marks import Mark, role_of, role_type
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.users import User

__all__ = ["SCHEMAS", "STORED", "edited", "group_record", "members_of", "operations", "user_record"]

SCHEMAS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.USER: "urn:ietf:params:scim:schemas:core:2.0:User",
        Kind.ORG: "urn:ietf:params:scim:schemas:core:2.0:Group",
        Kind.CLASS: "urn:ietf:params:scim:schemas:core:2.0:Group",
    }
)
"""The schema of the resource that a kind is kept as."""

_NOTHING: Resource = MappingProxyType({})
_NAMES = {"givenName": "given_name", "familyName": "family_name", "middleName": "middle_name"}
_PHONES = {"mobile": "sms", "work": "phone"}

STORED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(Kind, frozenset[str]()),
        Kind.ORG: frozenset({"id", "name"}),
        Kind.CLASS: frozenset({"id", "title"}),
        Kind.USER: frozenset({"id", "username", "email", "roles", "state", *_NAMES.values(), *_PHONES.values()}),
        Kind.ENROLLMENT: frozenset({"class_", "user", "role"}),
    }
)
"""The columns that SCIM has a place for."""


def user_record(resource: Resource) -> dict[str, Any]:
    """The stored columns of a user.

    >>> user_record({"id": "7", "userName": "ada", "name": {"givenName": "Ada"}, "active": False})["state"]
    'suspended'
    """
    name, phones = part(resource, "name"), entries(resource, "phoneNumbers")
    main = _main(entries(resource, "emails"))
    return {
        "id": str(resource["id"]),
        "username": text(resource, "userName"),
        "email": text(main, "value"),
        **{column: text(name, part) for part, column in _NAMES.items()},
        **{column: text(_of_type(phones, label), "value") for label, column in _PHONES.items()},
        "roles": [attrs.asdict(role) for role in map(role_of, entries(resource, "roles")) if role],
        "state": (State.SUSPENDED if resource.get("active") is False else State.ACTIVE).value,
    }


def group_record(resource: Resource, kind: Kind) -> dict[str, Any]:
    """The stored columns of an org or a class.

    >>> group_record({"id": "9", "displayName": "Algebra I"}, Kind.CLASS)
    {'id': '9', 'title': 'Algebra I'}
    """
    return {"id": str(resource["id"]), "name" if kind is Kind.ORG else "title": text(resource, "displayName")}


def members_of(resource: Resource) -> list[str]:
    """The ids of a Group's members, without Groups inside it.

    >>> members_of({"members": [{"value": "7"}, {"value": "9", "type": "Group"}]})
    ['7']
    """
    found = (each.get("value") for each in entries(resource, "members") if each.get("type") != "Group")
    return list(dict.fromkeys(str(each) for each in found if each))


def edited(resource: Resource, row: Org | Class | User, mark: Mark | None = None) -> Resource:
    """A resource with what a row says in its place; what is not ours stays as it is.

    >>> ada = User(id="7", given_name="Ada", family_name="Byron", username="ada")
    >>> edited({"nickName": "Countess"}, ada)["userName"]
    'ada'
    """
    changed = {"externalId": mark.external_id} if mark else {}
    match row:
        case Org():
            changed |= {"displayName": row.name}
        case Class():
            changed |= {"displayName": row.title}
        case _:
            changed |= _user(resource, row)
    return _without_blanks({**resource, **changed})


def operations(before: Resource, after: Resource) -> list[dict[str, Any]]:
    """The operations of a PATCH that turn one resource into another (RFC 7644 §3.5.2).

    >>> operations({"name": {"givenName": "Ada", "middleName": "K"}}, {"name": {"givenName": "Ada"}})
    [{'op': 'remove', 'path': 'name.middleName'}]
    """
    found: list[dict[str, Any]] = []
    for path in sorted({*before, *after}):
        was, becomes = before.get(path), after.get(path)
        if as_resource(was) and as_resource(becomes):
            # To replace a complex value is to replace the parts that are named; the others would stay.
            inner = operations(as_resource(was), as_resource(becomes))
            found += [{**each, "path": f"{path}.{each['path']}"} for each in inner]
        elif is_blank(becomes):
            found += [{"op": "remove", "path": path}] if not is_blank(was) else []
        elif was != becomes:
            found.append({"op": "replace", "path": path, "value": becomes})
    return found


def _user(resource: Resource, row: User) -> dict[str, Any]:
    name = {**part(resource, "name"), **{part: getattr(row, column) for part, column in _NAMES.items()}}
    phones = entries(resource, "phoneNumbers")
    for label, column in _PHONES.items():
        phones = _replaced(phones, _of_type(phones, label), getattr(row, column), {"type": label})
    emails = entries(resource, "emails")
    # Roles that say no org are the host's own.
    others = [each for each in entries(resource, "roles") if role_of(each) is None]
    return {
        "userName": row.username or row.email,
        "name": _without_blanks(name),
        "emails": _replaced(emails, _main(emails), row.email, {"type": "work", "primary": True}),
        "phoneNumbers": phones,
        "roles": [*others, *_in_order(resource, [{"value": each.role, "type": role_type(each)} for each in row.roles])],
        "active": row.state is not State.SUSPENDED,
    }


def _in_order(resource: Resource, roles: list[dict[str, str]]) -> list[Resource]:
    """The roles as the host has them where they are the same: their order says nothing."""
    held = [each for each in entries(resource, "roles") if role_of(each)]
    said = {(each["value"], each["type"]): each for each in roles}
    same = [each for each in held if said.pop((each["value"], each["type"]), None)]
    return [*same, *said.values()]


def _replaced(listed: Sequence[Resource], old: Resource, value: str | None, usual: dict[str, Any]) -> list[Resource]:
    """Entries with one of them having another value, or gone; one that was not there comes last."""
    if value is None:
        return [each for each in listed if each is not old]
    if not old:
        return [*listed, {**usual, "value": value}]
    return [{**each, "value": value} if each is old else each for each in listed]


def _main(listed: Sequence[Resource]) -> Resource:
    """The primary entry, or the first."""
    return next((each for each in listed if each.get("primary")), listed[0] if listed else _NOTHING)


def _of_type(listed: Iterable[Resource], label: str) -> Resource:
    return next((each for each in listed if each.get("type") == label), _NOTHING)


def _without_blanks(resource: Resource) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if not is_blank(value)}
