"""Clever's events: what they say of a district is what became of it, and they never say more."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.samples import district, evolve as nights
from oneroster_reconcile.testing import CleverApp, Fault, Trouble, clever_provider
from tests.sources.clever_districts import CLEVER, read
from tests.sources.services import DISTRICT, QUICK, TOKEN, codes, on_loopback

AS_OF = date(2026, 9, 1)
REFERRING = {
    **dict.fromkeys(("org", "school", "primary_org"), Kind.ORG),
    **dict.fromkeys(("user", "agents"), Kind.USER),
    "terms": Kind.SESSION,
    "course": Kind.COURSE,
    "class_": Kind.CLASS,
}
"""The kinds whose ids columns hold; other columns hold ids of their own rows or none."""
CAREFREE = evolve(orr.presets.mirror(), guards=())


def changes(app: Any, since: str | None = None, **given: Any) -> orr.CleverChanges:
    """The changes since an event, read by the client that is awaited."""

    async def reading() -> orr.CleverChanges:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            told = {"auth": TOKEN, "url": CLEVER, "client": client, "pace": QUICK, **given}
            return await orr.read_clever_changes_async(since=since, **told)

    return asyncio.run(reading())


def latest(app: Any) -> str | None:
    """The newest event."""
    return changes(app).newest


def sync(roster: orr.Roster, host: orr.MemoryHost, state: orr.MemoryState) -> int:
    """Bring a host in step; how many changes it took."""
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=CAREFREE, as_of=AS_OF)
    orr.apply(plan, host, state)
    return len(plan)


def sides(rosters: list[orr.Roster]) -> tuple[orr.MemoryHost, orr.MemoryState]:
    """A host after these rosters, one after the other."""
    host, state = orr.MemoryHost(), orr.MemoryState()
    for roster in rosters:
        sync(roster, host, state)
    return host, state


@settings(max_examples=2)
@given(students=st.integers(5, 20), seed=st.integers(0, 1_000))
def test_a_delta_and_then_a_full_pass_is_a_full_pass(students: int, seed: int) -> None:
    """Whatever a night brings, a host that heard of it by events first is in the end where one is that never did."""
    before = district(students, seed=seed)
    (night,) = nights(before, seed=seed, churn=0.1)
    was, now = read(clever_provider(before.roster)), read(clever_provider(night.district.roster))
    delta = changes(clever_provider(night.district.roster, before=before.roster)).roster
    assert held(*sides([was, delta, now])) == held(*sides([was, now]))


def held(host: orr.MemoryHost, state: orr.MemoryState) -> Mapping[Kind, Any]:
    """What a host holds, in the ids of the source: its own are given in the order in which it made its rows."""
    names = {
        (kind, host_id): source_id
        for kind in Kind
        for source_id, host_id in state.base.crosswalk.links("clever", kind).select("source_id", "host_id").iter_rows()
    }

    def named(value: Any, of: Kind, field: str) -> Any:
        match value:
            case list():
                return sorted((named(each, of, field) for each in value), key=repr)
            case dict():
                return {key: named(each, of, key) for key, each in value.items()}
            case _:
                return names.get((REFERRING.get(field, of), value), value)

    return {kind: named(host.snapshot()[kind].frame.to_dicts(), kind, "") for kind in Kind}


@settings(max_examples=2)
@given(students=st.integers(5, 20), seed=st.integers(0, 1_000))
def test_events_end_by_name_what_is_gone_and_nothing_else(students: int, seed: int) -> None:
    """Whoever and whatever a night took away is ended by a delta, which proves no absence; what events leave for the full pass is a few families."""
    before = district(students, seed=seed)
    (night,) = nights(before, seed=seed, churn=0.1)
    was, now = read(clever_provider(before.roster)), read(clever_provider(night.district.roster))
    delta = changes(clever_provider(night.district.roster, before=before.roster)).roster
    assert not any(delta.coverage.proves_absence(kind) for kind in Kind)
    for kind in (Kind.CLASS, Kind.USER, Kind.ENROLLMENT):
        gone = _keys(was, kind) - _keys(now, kind)
        assert {key for key, state in _states(delta, kind).items() if state == State.TOBEDELETED} == gone
    host, state = sides([was, delta])
    plan = orr.reconcile(now, host.snapshot(), base=state.base, policy=CAREFREE, as_of=AS_OF)
    assert {(change.verb, type(change.after)) for change in plan if isinstance(change, orr.Update)} <= {("update", orr.User)}
    assert all(isinstance(change, orr.Update) for change in plan)


def _states(roster: orr.Roster, kind: Kind) -> Mapping[tuple[str, ...], str]:
    rows = roster[kind].frame
    return dict(zip(rows.select(roster[kind].key).iter_rows(), rows["state"].to_list(), strict=True))


def _keys(roster: orr.Roster, kind: Kind) -> set[tuple[str, ...]]:
    return set(_states(roster, kind))


def test_an_event_that_cannot_be_had_ends_the_changes_before_it() -> None:
    """The changes go as far as events came, say so, and the next reading begins there."""
    before, after = DISTRICT, _without_people()
    whole = clever_provider(after, before=before, most=100)
    app = clever_provider(after, before=before, most=100, faults=[Fault("events", Trouble.ERROR, page=1)])
    first = changes(app)
    assert "collection_unreadable" in codes(first.roster)
    assert first.newest == f"{100:024x}"
    second = changes(whole, first.newest)
    assert first.newest != second.newest == latest(whole)
    assert len(first.roster.users) + len(second.roster.users) == len(read(clever_provider(before)).users) - 1


def _without_people() -> orr.Roster:
    """The district with everybody but one gone."""
    return DISTRICT.with_tables({Kind.USER: orr.Roster.of(users=list(DISTRICT.users)[:1]).users})


def test_without_events_there_is_no_change_and_no_absence() -> None:
    """A quiet night is a roster without rows that ends nothing, and leaves the place where it was."""
    app = clever_provider(DISTRICT, before=DISTRICT)
    found = changes(app)
    assert (len(found.roster.users), found.newest, found.roster.issues) == (0, None, ())
    assert all(found.roster.coverage.read(kind).extent is Extent.DELTA for kind in Kind)
    assert latest(app) is None
    host, state = sides([read(app)])
    assert sync(found.roster, host, state) == 0


def test_an_event_that_is_no_longer_kept_asks_for_a_full_pass() -> None:
    """What happened between is not known, so that going on would lose it."""
    with pytest.raises(orr.SourceUnreadable, match="30 days"):
        changes(clever_provider(DISTRICT, before=DISTRICT), "5f7a")


@pytest.mark.parametrize("since", [None, "5f7a"])
def test_events_that_are_refused_are_no_quiet_night(since: str | None) -> None:
    """A district that does not give events is told so, whatever is asked for."""
    with pytest.raises(orr.SourceUnreadable, match="401"):
        changes(clever_provider(DISTRICT, token="another"), since)
    with pytest.raises(orr.SourceUnreadable, match="403"):
        latest(clever_provider(DISTRICT, faults=[Fault("events", Trouble.FORBIDDEN)]))


def _with_events(*events: Mapping[str, Any]) -> CleverApp:
    app = clever_provider(DISTRICT)
    app.objects = {**app.objects, "events": [{"id": f"{number:024x}", **each} for number, each in enumerate(events)]}
    return app


def test_of_several_events_of_one_object_the_last_stands_and_all_that_went_ends() -> None:
    """A student who left a section and one who left it later are both gone; who came back is there."""

    def section(*students: str, previous: list[str]) -> Mapping[str, Any]:
        told = {"id": "k1", "name": "Algebra", "school": "b1", "students": list(students), "teachers": []}
        return {"type": "sections.updated", "data": {"object": told}, "previous_attributes": {"students": previous}}

    app = _with_events(section("b", "c", previous=["a", "b", "c"]), section("a", "c", previous=["b", "c"]))
    rows = changes(app).roster.enrollments.frame.select("user", "state").sort("user").rows()
    assert rows == [("a", "active"), ("b", "tobedeleted"), ("c", "active")]


def test_a_role_that_somebody_no_longer_has_ends_by_name() -> None:
    """A student who moved is a student of one school and was one of the other, whether the event tells of the whole part or of what changed in it."""
    student = {"id": "u1", "name": {"first": "Ada", "last": "Byron"}, "roles": {"student": {"school": "b2", "schools": ["b2"]}}}
    former = {"roles": {"student": {"school": "b1", "schools": ["b1"]}}}
    found = changes(_with_events({"type": "users.updated", "data": {"object": student}, "previous_attributes": former}))
    states = {role.org: role.state for role in found.roster.users["u1"].roles}
    assert states == {"b1": State.TOBEDELETED, "b2": State.ACTIVE}


def test_what_is_created_again_is_there() -> None:
    """Events are taken in their order."""
    school = {"object": {"id": "b9", "name": "High"}}
    app = _with_events({"type": "schools.deleted", "data": school}, {"type": "schools.created", "data": school})
    assert changes(app).roster.orgs["b9"].state is State.ACTIVE


@pytest.mark.parametrize("event", [{"type": "users.renamed", "data": {"object": {"id": "u1"}}}, {"type": "users.created"}, {}])
def test_an_event_that_nobody_understands_is_said(event: Mapping[str, Any]) -> None:
    """It is not lost in silence; events of resources are none of a roster's."""
    app = _with_events(event, {"type": "resources.created", "data": {"object": {"id": "r1"}}})
    issue = next(issue for issue in changes(app).roster.issues if issue.code == "object_form")
    assert (issue.where, issue.message.split()[0]) == ("/events", "1")


def test_a_client_that_is_called_reads_the_same_events_over_a_socket() -> None:
    """Both drivers give the same changes."""
    app = clever_provider(_without_people(), before=DISTRICT)
    with on_loopback(app) as url, httpx.Client() as client:
        told = {"auth": TOKEN, "url": f"{url}/v3.1", "client": client}
        found = orr.read_clever_changes(since=None, **told)  # type: ignore[arg-type]
    again = changes(app)
    assert (found.newest, found.roster) == (again.newest, again.roster)
