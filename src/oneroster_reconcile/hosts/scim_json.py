"""What a SCIM server sends as JSON, looked at with care: nothing says that it is what the standard has there."""

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["Resource", "as_resource", "entries", "is_blank", "part", "text"]

Resource = Mapping[str, Any]
"""A resource, or a part of one, as JSON has it. None of ours is changed in place."""


def as_resource(value: object) -> Resource:
    """A JSON object; an empty one where the value is none.

    >>> as_resource([1])
    {}
    """
    return cast("Resource", value) if isinstance(value, dict) else {}


def part(resource: Resource, name: str) -> Resource:
    """A complex attribute; empty where there is none.

    >>> part({"name": {"givenName": "Ada"}}, "name")
    {'givenName': 'Ada'}
    """
    return as_resource(resource.get(name))


def entries(resource: Resource, name: str) -> list[Resource]:
    """The entries of a multi-valued attribute that are objects.

    >>> entries({"emails": [{"value": "a@b.example"}, "x"]}, "emails")
    [{'value': 'a@b.example'}]
    """
    found = resource.get(name)
    listed = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Resource", each) for each in listed if isinstance(each, dict)]


def text(resource: Resource, name: str) -> str | None:
    """A text; none where it is blank or something else.

    >>> text({"userName": "ada", "active": True}, "active") is None
    True
    """
    found = resource.get(name)
    return found if isinstance(found, str) and found else None


def is_blank(value: object) -> bool:
    """Whether a value says as much as none would (RFC 7643 §2.5).

    >>> is_blank([]), is_blank(False)
    (True, False)
    """
    return value is None or value in ([], {}, "")
