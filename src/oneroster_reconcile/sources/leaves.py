"""One page of a collection as it was decoded: its rows as columns of text, and what tells it from other pages."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from attrs import frozen

from oneroster_reconcile.sources.answers import body_of
from oneroster_reconcile.sources.exchange import Answer
from oneroster_reconcile.sources.objects import Collection, Json, Page, is_of_12, list_of, object_of, page_of
from oneroster_reconcile.sources.plain_pages import plain_sheets
from oneroster_reconcile.sources.providers import Provider
from oneroster_reconcile.sources.session import Failed

__all__ = ["Leaf", "leaf_of"]


@frozen(kw_only=True)
class Leaf:
    """The rows of a page, how many objects they were, and what those at both ends are called.

    Of users `of_11` counts those who have a role in 1.1's shape, and `is_of_12` says whether some have 1.2's.
    """

    page: Page
    rows: int
    ends: tuple[str, ...] = ()
    of_11: int = 0
    is_of_12: bool = False


def leaf_of(answer: Answer, collection: Collection, provider: Provider) -> Leaf | None:
    """The page that an answer holds; None where it is no JSON object at all.

    Raises Failed where it is one, and no page.
    """
    return _plain_leaf(answer, collection.name) or _leaf(answer, collection, provider)


def _plain_leaf(answer: Answer, name: str) -> Leaf | None:
    """The page, where it is in the standard's form and all of its objects have an id."""
    sheets = plain_sheets(name, answer.body)
    if sheets is None or sheets[name]["sourcedId"].null_count():
        return None
    ids = sheets[name]["sourcedId"]
    is_of_12 = name == "users" and not sheets["roles"].is_empty()
    of_11 = len(ids) if name == "users" and not is_of_12 else 0
    return Leaf(page=Page(sheets=sheets, odd=0, commas=0), rows=len(ids), ends=(ids[0], ids[-1]), of_11=of_11, is_of_12=is_of_12)


def _leaf(answer: Answer, collection: Collection, provider: Provider) -> Leaf | None:
    """The page, value by value."""
    told = body_of(answer)
    if told is None:
        return None
    objects = _objects(told, collection, provider)
    users = [user for each in objects if (user := object_of(each))] if collection.name == "users" else []
    page = page_of(collection.name, objects)
    return Leaf(
        page=page,
        rows=len(objects),
        ends=_ends(page.sheets[collection.name]["sourcedId"], objects),
        of_11=sum("role" in user and user.get("roles") is None for user in users),
        is_of_12=is_of_12(users),
    )


def _objects(told: Json, collection: Collection, provider: Provider) -> Sequence[Any]:
    """The objects of a page; one without any key that is known is no empty page."""
    keys = (collection.name, *(collection.aliases if provider.aliases else ()))
    key = next((key for key in keys if key in told), None)
    if key is None:
        raise Failed(f"the answer has no {collection.name}", 200)
    found = told[key]
    if found is None:
        return ()
    listed = list_of(found)
    if listed is None:
        raise Failed(f"the {collection.name} of the answer are no list", 200)
    return listed


def _ends(ids: pl.Series, objects: Sequence[Any]) -> tuple[str, ...]:
    """What the objects at both ends are called: by their ids as they are read, where all have one."""
    if ids.null_count() or not 0 < len(ids) == len(objects):
        return tuple(_called(each) for each in (*objects[:1], *objects[-1:]))
    return ids[0], ids[-1]


def _called(each: object) -> str:
    """The id of an object, else all of it."""
    id_ = (object_of(each) or {}).get("sourcedId")
    return repr(each) if id_ is None else str(id_)
