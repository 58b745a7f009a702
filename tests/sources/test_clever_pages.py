"""Reads of Clever that broke off and go on: they come to what an undisturbed one comes to, or read anew."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import CleverApp, Fault, Trouble, clever_provider
from tests.sources.clever_districts import read
from tests.sources.services import DISTRICT, QUICK, codes
from tests.sources.test_rest_pages import Death, Until, same

PAGE = 25
WHOLE = read(clever_provider(DISTRICT), page=PAGE)
KINDS = {"users": Kind.USER, "sections": Kind.CLASS, "courses": Kind.COURSE}


def broken_off(app: CleverApp, at: int, folder: Path, *, is_death: bool = True, page: int = PAGE) -> None:
    """Begin to read, and break off at some request."""
    with suppress(Death, orr.SourceUnreadable):
        read(Until(app, at, is_death), page=page, pages=folder)
    app.requests.clear()


@settings(max_examples=10)
@given(
    breaks=st.lists(st.integers(0, 25), min_size=1, max_size=3),
    is_death=st.booleans(),
    connections=st.integers(1, 4),
    page=st.sampled_from([PAGE, 200]),
)
def test_a_read_that_broke_off_comes_to_what_an_undisturbed_one_does(
    breaks: list[int], is_death: bool, connections: int, page: int
) -> None:
    """Wherever it broke off, and however often: the roster is the same, and nothing is kept afterwards."""
    with TemporaryDirectory() as there:
        app, folder = clever_provider(DISTRICT, most=120), Path(there) / "pages"
        for at in breaks:
            broken_off(app, at, folder, is_death=is_death, page=page)
        pace = evolve(QUICK, connections=connections)
        assert same(read(app, page=page, pages=folder, pace=pace), WHOLE)
        assert not folder.exists()


def test_what_was_read_is_not_asked_for_again(tmp_path: Path) -> None:
    """But the last page of each collection, which shows that it is the same."""
    app = clever_provider(DISTRICT)
    read(app, page=PAGE)
    every = len(app.requests)
    app.requests.clear()
    broken_off(app, every - 1, tmp_path)
    assert same(read(app, page=PAGE, pages=tmp_path), WHOLE)
    assert len(app.requests) < every / 2


@settings(max_examples=15)
@given(at=st.integers(1, 25), where=st.integers(0, 99), name=st.sampled_from([*KINDS]), added=st.booleans())
def test_rows_that_came_or_went_meanwhile_are_as_they_were_or_as_they_are(at: int, where: int, name: str, added: bool) -> None:
    """A row that went may be there as it was when its page was read, one that came may be lacking; none that was there all the time is."""
    with TemporaryDirectory() as there:
        app, folder = clever_provider(DISTRICT), Path(there)
        broken_off(app, at, folder)
        rows = list(app.objects[name])
        row = rows.pop(where % len(rows))
        stayed = {each["id"] for each in rows}
        if added:
            rows.append({**row, "id": "zzz-new"})
        app.objects = {**app.objects, name: rows}
        roster = read(app, page=PAGE, pages=folder)
        ids = set(roster[KINDS[name]].frame["id"])
        assert stayed <= ids <= stayed | {row["id"], "zzz-new"}


def test_a_page_whose_last_row_went_is_read_anew(tmp_path: Path) -> None:
    """Behind an id that is no longer there nobody knows what lies: the collection is read from its beginning."""
    app = clever_provider(DISTRICT)
    broken_off(app, 20, tmp_path)
    before = [row["id"] for row in app.objects["users"]]
    app.objects = {**app.objects, "users": [row for at, row in enumerate(app.objects["users"], 1) if at % PAGE]}
    roster = read(app, page=PAGE, pages=tmp_path)
    assert set(roster.users.frame["id"]) == {id_ for at, id_ in enumerate(before, 1) if at % PAGE}
    assert roster.coverage.read(Kind.USER).is_complete or roster.coverage.read(Kind.USER).filtered


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_place_that_is_gone_begins_anew(tmp_path: Path, status: int) -> None:
    """Where the service no longer knows the place of a page that was kept, the collection is read from its beginning."""
    app = clever_provider(DISTRICT)
    broken_off(app, 20, tmp_path)

    async def forgetful(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if b"starting_after" in scope["query_string"] and not forgot:
            forgot.append(scope["path"])
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    forgot = list[str]()
    assert same(read(forgetful, page=PAGE, pages=tmp_path), WHOLE)
    assert forgot


def test_a_read_that_fails_again_keeps_what_it_has(tmp_path: Path) -> None:
    """Nothing is lost by trying; what is refused keeps nothing, since it will not be had."""
    failing = clever_provider(DISTRICT, faults=[Fault("users", Trouble.ERROR, page=2, times=3)])
    assert "collection_unreadable" in codes(read(failing, page=PAGE, pages=tmp_path / "one"))
    assert same(read(failing, page=PAGE, pages=tmp_path / "one"), WHOLE)
    refusing = clever_provider(DISTRICT, faults=[Fault("courses", Trouble.FORBIDDEN)])
    assert "collection_refused" in codes(read(refusing, page=PAGE, pages=tmp_path / "two"))
    assert not (tmp_path / "two").exists()
