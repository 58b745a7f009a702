"""Reading Clever: what comes is what files and services say of the same district, as far as Clever can say it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import httpx
import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples import district
from oneroster_reconcile.testing import clever_provider, provider
from tests.sources.clever_districts import expressible, read
from tests.sources.services import DISTRICT, TOKEN, on_loopback, read as read_service
from tests.sources.test_rest import same_rows


@settings(max_examples=8)
@given(students=st.integers(1, 60), seed=st.integers(0, 1_000))
def test_clever_says_of_a_district_what_it_can_say(students: int, seed: int) -> None:
    """Whatever the district, all that Clever has a word for comes, and the read is complete and finds nothing wrong."""
    roster = district(students, seed=seed).roster
    live = read(clever_provider(roster))
    assert same_rows(live, expressible(roster))
    assert all(live.coverage.proves_absence(kind) for kind in Kind)
    assert live.issues == ()


def test_clever_files_and_a_service_give_equal_rosters(tmp_path: Path) -> None:
    """The roster from Clever is that from CSV and that from REST, but for what Clever cannot say."""
    orr.write_csv(DISTRICT, tmp_path / "files")
    live = read(clever_provider(DISTRICT))
    assert same_rows(live, expressible(orr.read_csv(tmp_path / "files")))
    assert same_rows(live, expressible(read_service(provider(DISTRICT))))


@settings(max_examples=8)
@given(page=st.integers(20, 200))
def test_however_small_the_pages_every_row_is_read_once(page: int) -> None:
    """The roster is the same, and complete, whatever the size of the pages."""
    roster = read(clever_provider(DISTRICT), page=page)
    assert same_rows(roster, read(clever_provider(DISTRICT)))
    assert roster.issues == ()


def test_a_page_that_is_too_large_is_asked_for_in_halves() -> None:
    """A service that answers 413 is asked for smaller pages, and nothing is lost."""
    app = clever_provider(DISTRICT, most=120)
    assert read(app, page=400).issues == ()
    assert "/sections?limit=200" in app.requests
    assert "/sections?limit=100" in app.requests


def test_a_client_that_is_called_reads_the_same_over_a_socket() -> None:
    """Both drivers give one roster."""
    app = clever_provider(DISTRICT)
    with on_loopback(app) as url, httpx.Client() as client:
        roster = orr.read_clever(auth=TOKEN, url=f"{url}/v3.1", client=client, source="sharing")
    assert same_rows(roster, read(app))
    assert roster.source == "sharing"


def test_accounts_are_found_by_the_ids_of_the_sis() -> None:
    """A product that knew the district by OneRoster finds everybody again: Clever's `sis_id` is what OneRoster called sourcedId or identifier."""
    host, state = orr.MemoryHost(), orr.MemoryState()
    known = orr.Roster.of(
        users=[evolve(each, id=f"sis-{each.id}", identifier=each.id, roles=(), agents=()) for each in DISTRICT.users]
    )
    mirror = orr.presets.mirror()
    orr.apply(orr.reconcile(known, host.snapshot(), base=state.base, policy=mirror, as_of=date(2026, 9, 1)), host, state)
    rules = {**mirror.rules, Kind.USER: (orr.Rule(keys=("identifier",)),)}
    policy, known_by_clever = evolve(mirror, rules=rules), orr.MemoryState()
    plan = orr.reconcile(
        read(clever_provider(DISTRICT)), host.snapshot(), base=known_by_clever.base, policy=policy, as_of=date(2026, 9, 1)
    )
    orr.apply(plan, host, known_by_clever)
    found, before = _accounts(known_by_clever, "clever"), _accounts(state, "oneroster")
    students = [each.id for each in DISTRICT.users if each.grades]
    assert [found[id_] for id_ in students] == [before[f"sis-{id_}"] for id_ in students]


def _accounts(state: orr.MemoryState, source: str) -> Mapping[str, str]:
    """The accounts of people by their ids in a source."""
    return dict(state.base.crosswalk.links(source, Kind.USER).select("source_id", "host_id").iter_rows())


def test_what_has_ended_is_not_shared() -> None:
    """Clever has no word for it: an ended row, role or enrollment is in no list, and is gone when all is read."""
    pupil = orr.User(
        id="s1",
        given_name="Ada",
        family_name="Byron",
        roles=(orr.Role(org="b1", role="student"), orr.Role(org="b2", role="student", state=orr.State.TOBEDELETED)),
    )
    roster = orr.Roster.of(
        orgs=[orr.Org(id="d1", name="Plum Falls", type="district"), orr.Org(id="b1", name="High", type="school")],
        classes=[orr.Class(id="k1", title="Algebra", school="b1")],
        users=[pupil, evolve(pupil, id="s2", state=orr.State.TOBEDELETED)],
        enrollments=[
            orr.Enrollment(class_="k1", user="s1", role="student"),
            orr.Enrollment(class_="k1", user="s2", role="student", state=orr.State.TOBEDELETED),
        ],
    )
    live = read(clever_provider(roster))
    assert [each.id for each in live.users] == ["s1"]
    assert [role.org for role in live.users["s1"].roles] == ["b1"]
    assert [each.user for each in live.enrollments] == ["s1"]


def test_another_version_is_another_service() -> None:
    """The address says which version is read; where there is none, nothing is."""
    with pytest.raises(orr.SourceUnreadable, match="404"):
        read(clever_provider(DISTRICT), url="http://localhost/v2.1")
