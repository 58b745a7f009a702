"""Reading a service: what comes is what the files would say, however the service pages."""

from pathlib import Path

import httpx
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.providers import RestVersion
from oneroster_reconcile.testing import Quirk, provider
from tests.sources.services import DISTRICT, TOKEN, codes, on_loopback, read


def same_rows(one: orr.Roster, other: orr.Roster) -> bool:
    """Whether two rosters hold the same rows."""
    return all(_sorted(one, kind).equals(_sorted(other, kind)) for kind in Kind)


def _sorted(roster: orr.Roster, kind: Kind) -> pl.DataFrame:
    return roster[kind].frame.sort(roster[kind].key)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_files_and_services_of_a_district_give_equal_rosters(tmp_path: Path, version: RestVersion) -> None:
    """The way by which a roster came makes no difference to its rows nor to what their absence proves."""
    orr.write_csv(DISTRICT, tmp_path / "files", version=version)
    by_files, live = orr.read_csv(tmp_path / "files"), read(provider(DISTRICT, version=version))
    assert same_rows(by_files, live)
    assert all(live.coverage.proves_absence(kind) for kind in Kind)
    assert by_files.coverage.roles == live.coverage.roles
    assert live.issues == ()


@settings(max_examples=30)
@given(
    quirks=st.sets(st.sampled_from(Quirk).filter(lambda quirk: quirk is not Quirk.ALIASES)),
    page=st.integers(1, 400),
    version=st.sampled_from(["1.1", "1.2"]),
)
def test_however_a_service_pages_every_row_is_read_once(quirks: set[Quirk], page: int, version: RestVersion) -> None:
    """Links or none, totals or none, clamped pages, numbers for flags: the roster is the same, and complete."""
    small = evolve(orr.PROVIDERS["standard"], page=max(page, 20))
    roster = read(provider(DISTRICT, version=version, quirks=quirks), profile=small)
    assert same_rows(roster, read(provider(DISTRICT, version=version)))
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)


def test_a_client_that_is_called_reads_the_same_over_a_socket() -> None:
    """Both drivers give one roster, and a client is made where none is given."""
    app = provider(DISTRICT)
    with on_loopback(app) as url:
        roster = orr.read_rest(url, auth=TOKEN, source="sis")
        with httpx.Client() as client:
            again = orr.read_rest(url, auth=TOKEN, client=client)
    assert same_rows(roster, again)
    assert roster.source == "sis"
    assert same_rows(roster, read(app))


def test_a_version_in_the_address_is_believed_and_one_that_is_not_is_looked_for() -> None:
    """The address says the version; without one the profile's versions are tried in turn."""
    told = provider(DISTRICT, version="1.1")
    read(told, url="http://localhost/ims/oneroster/v1p1")
    assert told.requests[0].startswith("/orgs?limit=1000")
    found = provider(DISTRICT, version="1.1")
    read(found)
    assert "v1p2/orgs" in found.requests[0]
    assert not any("v1p2" in request for request in found.requests[1:])


def test_a_total_alone_is_not_believed_to_be_all() -> None:
    """Some services announce the rows of the page as the total: the next page is asked for until one is empty or a link says it was the last."""
    app = provider(DISTRICT, quirks=[Quirk.NO_LINK])
    read(app)
    linked = provider(DISTRICT)
    read(linked)
    assert len(app.requests) > len(linked.requests)


def test_a_link_to_another_server_is_not_followed() -> None:
    """Our credentials go to the server that they are for; paging goes on by the offset."""
    small = evolve(orr.PROVIDERS["standard"], page=10)
    app = provider(DISTRICT, quirks=[Quirk.FOREIGN_LINKS])
    assert codes(read(app, profile=small)) == {"page_link_foreign"}


def test_pages_that_are_smaller_than_asked_for_are_said() -> None:
    """A clamped page is no short last page."""
    roster = read(provider(DISTRICT, quirks=[Quirk.CLAMPED]))
    assert codes(roster) == {"page_clamped"}
    assert same_rows(roster, read(provider(DISTRICT)))


def test_the_places_of_rows_are_those_of_the_collection() -> None:
    """An issue about a row names the collection and the row, not a file that is not there."""
    users = [{"sourcedId": "u1", "status": "active"}, {"sourcedId": "u2", "status": "inactive"}]
    app = evolve_objects(users=users)
    issue = next(issue for issue in read(app).issues if issue.code == "status_unknown")
    assert (issue.where, issue.examples) == ("/users:2, status", ("u2",))


def test_what_is_no_object_or_no_text_makes_the_read_partial() -> None:
    """A value that cannot be read is not taken for one that is not supplied: the collection proves nothing."""
    roster = read(evolve_objects(orgs=[{"sourcedId": "s1", "name": ["High"], "type": "school"}, "s2"]))
    assert "object_form" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.ORG)


@pytest.mark.parametrize("roles", [["student"], [{"role": "student", "org": {"sourcedId": "s1"}}, 7], "student"])
def test_a_role_that_is_no_object_is_not_lost_in_silence(roles: object) -> None:
    """Somebody would be without it: the read says so and proves nothing about people."""
    orgs = [{"sourcedId": "s1", "name": "High", "type": "school"}]
    roster = read(
        evolve_objects(orgs=orgs, users=[{"sourcedId": "u1", "givenName": "Ada", "familyName": "Byron", "roles": roles}])
    )
    assert "object_form" in codes(roster)
    assert not roster.coverage.proves_absence(Kind.USER)


def test_an_empty_collection_proves_nothing() -> None:
    """A service that lost its data answers with an empty list, too."""
    roster = read(evolve_objects(enrollments=[]))
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)
    assert roster.coverage.proves_absence(Kind.USER)


def test_rows_that_a_service_ends_by_name_do_not_make_it_partial() -> None:
    """Over REST an ended row is served with its status, beside everything else."""
    orgs = [
        {"sourcedId": "s1", "name": "High", "type": "school"},
        {"sourcedId": "s2", "name": "Low", "type": "school", "status": "tobedeleted"},
    ]
    roster = read(evolve_objects(orgs=orgs))
    assert roster.orgs["s2"].state == "tobedeleted"
    assert roster.coverage.proves_absence(Kind.ORG)


def evolve_objects(**collections: list[object]) -> object:
    """The small district's service with other objects in some collections."""
    app = provider(DISTRICT)
    app.objects = {**app.objects, **collections}  # type: ignore[dict-item]
    return app
