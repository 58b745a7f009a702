"""Reads that broke off and go on: they come to what an undisturbed one comes to, or say that they do not."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import define, evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, QUICK, codes, read

SMALL = evolve(orr.PROVIDERS["standard"], page=25)
URL = "http://localhost/ims/oneroster/rostering/v1p2"
WHOLE = read(provider(DISTRICT), url=URL, profile=SMALL)


class Death(BaseException):
    """What ends a process."""


@define
class Until:
    """A service that from some request on fails, or is not even asked since the reader is dead."""

    app: ProviderApp
    at: int
    is_death: bool

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if len(self.app.requests) >= self.at:
            raise Death if self.is_death else ConnectionResetError
        await self.app(scope, receive, send)


def broken_off(app: ProviderApp, at: int, folder: Path, *, is_death: bool = True) -> None:
    """Begin to read, and break off at some request."""
    with suppress(Death, orr.SourceUnreadable):
        read(Until(app, at, is_death), url=URL, profile=SMALL, pages=folder)
    app.requests.clear()


def same(one: orr.Roster, other: orr.Roster) -> bool:
    """Whether two rosters hold the same rows in the same order, prove the same and say the same."""
    rows = all(one[kind].frame.equals(other[kind].frame) for kind in Kind)
    return rows and one.coverage == other.coverage and one.issues == other.issues


@settings(max_examples=10)
@given(
    breaks=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    is_death=st.booleans(),
    quirks=st.sets(st.sampled_from([Quirk.NO_TOTAL, Quirk.NO_LINK])),
)
def test_a_read_that_broke_off_comes_to_what_an_undisturbed_one_does(
    breaks: list[int], is_death: bool, quirks: set[Quirk]
) -> None:
    """Wherever it broke off, and however often: the roster is the same, fewer pages are asked for, and nothing is kept afterwards."""
    with TemporaryDirectory() as there:
        app, folder = provider(DISTRICT, quirks=quirks), Path(there) / "pages"
        for at in breaks:
            broken_off(app, at, folder, is_death=is_death)
        assert same(read(app, url=URL, profile=SMALL, pages=folder), read(app, url=URL, profile=SMALL))
        assert not folder.exists()


@settings(max_examples=10)
@given(
    at=st.integers(1, 30), gone=st.integers(0, 99), name=st.sampled_from(["users", "enrollments", "classes"]), added=st.booleans()
)
def test_rows_that_came_or_went_meanwhile_are_read_anew_or_prove_nothing(at: int, gone: int, name: str, added: bool) -> None:
    """A row that went before the read was taken up is gone, or the read is partial; where another came in its place, both may be as they were, but none that was there all the time is lacking."""
    with TemporaryDirectory() as there:
        app, folder = provider(DISTRICT), Path(there)
        broken_off(app, at, folder)
        rows = list(app.objects[name])
        row = rows.pop(gone % len(rows))
        if added:
            rows.insert(0, {**row, "sourcedId": "0-new"})
        app.objects = {**app.objects, name: rows}
        roster = read(app, url=URL, profile=SMALL, pages=folder)
        undisturbed = read(app, url=URL, profile=SMALL)
        kind = {"users": Kind.USER, "enrollments": Kind.ENROLLMENT, "classes": Kind.CLASS}[name]
        states = [undisturbed, WHOLE] if added else [undisturbed]
        is_one = any(roster[kind].frame.equals(state[kind].frame) for state in states)
        assert is_one or not roster.coverage.read(kind).is_complete


def test_what_was_read_is_not_asked_for_again(tmp_path: Path) -> None:
    """But the last page of each collection, which shows that it is the same."""
    app = provider(DISTRICT)
    read(app, url=URL, profile=SMALL)
    every = len(app.requests)
    app.requests.clear()
    broken_off(app, every - 1, tmp_path)
    assert same(read(app, url=URL, profile=SMALL, pages=tmp_path), WHOLE)
    assert len(app.requests) < every / 2


def test_what_is_kept_is_for_nobody_else(tmp_path: Path) -> None:
    """It holds pupils' data: whoever made it may read it, and nobody else."""
    folder = tmp_path / "pages"
    broken_off(provider(DISTRICT), 10, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_what_else_lies_in_the_folder_stays_there(tmp_path: Path) -> None:
    """Only what was kept is deleted, and the folder where it holds nothing else."""
    (tmp_path / "home.page").write_text("ours")
    broken_off(provider(DISTRICT), 10, tmp_path)
    read(provider(DISTRICT), url=URL, profile=SMALL, pages=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["home.page"]


def test_what_is_old_or_damaged_is_not_believed(tmp_path: Path) -> None:
    """A page that was kept too long, or was cut, is asked for again."""
    app = provider(DISTRICT)
    broken_off(app, 20, tmp_path)
    old, cut, *_ = sorted(tmp_path.iterdir())
    os.utime(old, (1.0, 1.0))
    cut.write_bytes(cut.read_bytes()[:-9])
    assert same(read(app, url=URL, profile=SMALL, pages=tmp_path), WHOLE)


def test_a_read_that_fails_again_keeps_what_it_has(tmp_path: Path) -> None:
    """Nothing is lost by trying; what is refused keeps nothing, since it will not be had."""
    failing = provider(DISTRICT, faults=[Fault("enrollments", Trouble.ERROR, page=3, times=3)])
    assert "collection_unreadable" in codes(read(failing, url=URL, profile=SMALL, pages=tmp_path / "one"))
    assert same(read(failing, url=URL, profile=SMALL, pages=tmp_path / "one"), WHOLE)
    refusing = provider(DISTRICT, faults=[Fault("demographics", Trouble.FORBIDDEN)])
    assert "collection_refused" in codes(read(refusing, url=URL, profile=SMALL, pages=tmp_path / "two"))
    assert not (tmp_path / "two").exists()


def test_a_link_that_leads_nowhere_any_more_begins_anew(tmp_path: Path) -> None:
    """Where a page that was kept links to what is gone, the collection is read from its beginning."""
    app = provider(DISTRICT)
    broken_off(app, 20, tmp_path)

    async def forgetful(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if b"offset=0" not in scope["query_string"] and not forgot:
            forgot.append(scope["path"])
            await send({"type": "http.response.start", "status": 410, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    forgot = list[str]()
    assert same(read(forgetful, url=URL, profile=SMALL, pages=tmp_path), WHOLE)
    assert forgot


def test_a_collection_that_is_gone_is_not_taken_for_one_that_was_read(tmp_path: Path) -> None:
    """All of its rows were kept, and the service knows none of them today: that proves nothing."""
    app = provider(DISTRICT)
    broken_off(app, 20, tmp_path)
    app.objects = {name: objects for name, objects in app.objects.items() if name != "academicSessions"}
    roster = read(app, url=URL, profile=SMALL, pages=tmp_path)
    assert "collection_refused" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.SESSION)


def test_the_next_changes_are_asked_for_from_where_the_first_part_began(tmp_path: Path) -> None:
    """What changed between the two parts of a read is not lost to the next one."""
    app = provider(DISTRICT)
    app.now = datetime(2026, 9, 1, 2, tzinfo=UTC)
    broken_off(app, 20, tmp_path)
    began, app.now = app.now, app.now + timedelta(hours=2)
    assert read(app, url=URL, profile=SMALL, pages=tmp_path).until == began


def test_several_at_once_keep_their_pages(tmp_path: Path) -> None:
    """Schools have pages of their own."""
    schools = DISTRICT.classes.frame["school"].unique().sort().to_list()
    app = provider(DISTRICT)
    asked = evolve(QUICK, connections=2)
    with pytest.raises(Death):
        read(Until(app, 30, is_death=True), url=URL, profile=SMALL, pages=tmp_path, schools=schools, pace=asked)
    again = read(app, url=URL, profile=SMALL, pages=tmp_path, schools=schools)
    assert same(again, read(app, url=URL, profile=SMALL, schools=schools))


def test_a_disk_that_is_full_keeps_no_pages_and_ends_no_read(tmp_path: Path) -> None:
    """Pages are only a help: a read that could not keep them comes to the same."""
    resource = pytest.importorskip("resource", reason="a limit of the size of files stands for a disk that is full")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        found = read(provider(DISTRICT), url=URL, profile=SMALL, pages=tmp_path / "pages")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert same(found, WHOLE)
    assert not (tmp_path / "pages").exists()
