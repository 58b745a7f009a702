"""Reading changes only: a delta ends what it names, removes nothing by absence, and says where the next one begins."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples import district
from oneroster_reconcile.sources.filters import Filter
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, provider
from tests.sources.services import QUICK, codes, read

DISTRICT = district(12).roster
BEGIN = datetime(2026, 9, 1, 2, tzinfo=UTC)
NIGHT = timedelta(days=1)
AS_OF = date(2026, 9, 1)
OVERLAP = orr.PROVIDERS["standard"].overlap


def served(objects: Mapping[str, Sequence[Any]], now: datetime, **given: Any) -> ProviderApp:
    """A service that holds these objects at this moment."""
    app = provider(DISTRICT, **given)
    app.objects, app.now = objects, now
    return app


def stamped(moment: datetime) -> Mapping[str, Sequence[Any]]:
    """The district's objects, all changed at this moment."""
    return {name: [_changed(each, moment) for each in objects] for name, objects in provider(DISTRICT).objects.items()}


def _changed(served: Mapping[str, Any], moment: datetime, **values: Any) -> dict[str, Any]:
    return {**served, **values, "dateLastModified": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def test_a_full_read_says_where_changes_begin() -> None:
    """The moment is the service's when the first answer came, not ours."""
    assert read(served(stamped(BEGIN), BEGIN)).until == BEGIN


def test_without_a_clock_the_latest_change_is_the_moment() -> None:
    """A service that does not say what time it is says when its rows changed; without that nothing is known."""
    app = served(stamped(BEGIN), BEGIN)
    app.now = None
    assert read(app).until == BEGIN
    assert read(provider(DISTRICT)).until is None


def test_only_what_changed_is_read() -> None:
    """The filter goes with every collection, from before the moment that is given, and the reads are deltas."""
    objects = dict(stamped(BEGIN))
    night = BEGIN + NIGHT
    objects["users"] = [_changed(objects["users"][0], night, givenName="Ada"), *objects["users"][1:]]
    app = served(objects, night)
    roster = read(app, since=BEGIN + 2 * OVERLAP)
    assert roster.users.frame["given_name"].to_list() == ["Ada"]
    assert {read.extent for read in roster.coverage.reads.values()} == {Extent.DELTA}
    assert not any(roster.coverage.proves_absence(kind) for kind in Kind)
    assert all(
        f"filter={Filter('dateLastModified', '>=', BEGIN + OVERLAP)}".replace("'", "%27")
        .replace(">=", "%3E%3D")
        .replace(":", "%3A")
        in each
        for each in app.requests
        if "/orgs?limit=1&" not in each
    )
    assert (roster.until, roster.issues) == (night, ())


def test_nothing_changed_is_a_delta_without_rows() -> None:
    """That is no service without data: nothing is raised, nothing is held, and the moment moves on."""
    roster = read(served(stamped(BEGIN), BEGIN + NIGHT), since=BEGIN + NIGHT)
    assert not any(len(roster[kind]) for kind in Kind)
    assert roster.coverage.is_delta
    assert (roster.until, roster.issues) == (BEGIN + NIGHT, ())


def test_ended_rows_are_kept() -> None:
    """What the service ends by name is in the delta, with its status."""
    objects = dict(stamped(BEGIN))
    objects["enrollments"] = [
        _changed(objects["enrollments"][0], BEGIN + NIGHT, status="tobedeleted"),
        *objects["enrollments"][1:],
    ]
    roster = read(served(objects, BEGIN + NIGHT), since=BEGIN + NIGHT)
    assert roster.enrollments.frame["state"].to_list() == ["tobedeleted"]


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.FORBIDDEN, Trouble.MISSING, Trouble.TOTAL, Trouble.HTML])
def test_a_read_that_failed_moves_no_moment_on(trouble: Trouble) -> None:
    """What a failed collection did not give is asked for again next time."""
    app = served(stamped(BEGIN), BEGIN + NIGHT, faults=[Fault("enrollments", trouble)])
    assert read(app, since=BEGIN, pace=QUICK).until == BEGIN


def test_demographics_that_are_not_shared_hold_nothing_back() -> None:
    """Many districts refuse them for good."""
    app = served(stamped(BEGIN), BEGIN + NIGHT, faults=[Fault("demographics", Trouble.FORBIDDEN)])
    assert read(app, since=BEGIN).until == BEGIN + NIGHT


def test_a_service_that_does_not_filter_is_named() -> None:
    """Everything comes, is taken as it is, and proves no absence all the same."""
    roster = read(served(stamped(BEGIN), BEGIN + NIGHT, quirks=[Quirk.FILTER_IGNORED]), since=BEGIN + NIGHT)
    assert codes(roster) == {"filter_ignored"}
    assert len(roster.users) == len(DISTRICT.users)
    assert not roster.coverage.proves_absence(Kind.USER)


def test_a_service_that_refuses_filters_reads_nothing() -> None:
    """Its own word for it is repeated."""
    with pytest.raises(orr.SourceUnreadable, match="400, invalid_filter_field"):
        read(served(stamped(BEGIN), BEGIN, quirks=[Quirk.FILTER_REFUSED]), since=BEGIN)


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody knows what it means."""
    with pytest.raises(ValueError, match="no time zone"):
        read(provider(DISTRICT), since=datetime(2026, 9, 1))  # noqa: DTZ001


def test_changes_of_a_school_are_asked_of_the_school() -> None:
    """Both excerpts go together."""
    school = DISTRICT.classes.frame["school"][0]
    app = served(stamped(BEGIN), BEGIN + NIGHT)
    roster = read(app, since=BEGIN, schools=[school])
    assert any(each.startswith(f"/schools/{school}/classes?") and "filter=" in each for each in app.requests)
    assert roster.coverage.read(Kind.CLASS).extent is Extent.DELTA


class Nights:
    """A service whose objects change from night to night, and its clock."""

    def __init__(self) -> None:
        self.objects, self.now = dict(stamped(BEGIN)), BEGIN

    def pass_with(self, changes: Sequence[tuple[str, int, bool]]) -> None:
        """A night in which rows of collections changed, or ended: a moment after the read before, and before this one."""
        moment, self.now = self.now + NIGHT / 2, self.now + NIGHT
        for name, place, ends in changes:
            rows = list(self.objects[name])
            at = place % len(rows)
            values = {"status": "tobedeleted"} if ends else _WORDS[name](self.now)
            rows[at] = _changed(rows[at], moment, **values)
            self.objects[name] = rows

    def read(self, since: datetime | None = None) -> orr.Roster:
        """What the service gives now."""
        return read(served(self.objects, self.now), since=since)


_WORDS: Mapping[str, Any] = {
    "classes": lambda now: {"title": f"changed {now:%d}"},
    "users": lambda now: {"givenName": f"changed {now:%d}"},
    "enrollments": lambda now: {"endDate": f"{now + 200 * NIGHT:%Y-%m-%d}"},
}
CHANGES = st.lists(st.tuples(st.sampled_from(["classes", "users", "enrollments"]), st.integers(0, 50), st.booleans()), max_size=4)


class Product:
    """A product that follows a roster: its host, and what is kept between runs."""

    def __init__(self, first: orr.Roster) -> None:
        self.host, self.state = orr.MemoryHost(), orr.MemoryState()
        self.follow(first)

    def follow(self, roster: orr.Roster) -> orr.ChangePlan:
        """Apply what a roster changes."""
        plan = orr.reconcile(roster, self.host.snapshot(), base=self.state.base, policy=orr.presets.mirror(), as_of=AS_OF)
        orr.apply(plan, self.host, self.state)
        return plan

    def holds(self) -> Mapping[Kind, pl.DataFrame]:
        """The rows of the host by what the source calls them."""
        held = self.host.snapshot()
        links = self.state.base.crosswalk.frame
        names = dict(links.select("host_id", "source_id").rows())
        return {
            kind: held[kind]
            .frame.with_columns(
                pl.col(pl.String).exclude("date_last_modified").replace(names),
                pl.col(pl.List(pl.String)).list.eval(pl.element().replace(names)),
            )
            .drop("date_last_modified", strict=False)
            .sort(held[kind].key)
            for kind in (Kind.CLASS, Kind.ENROLLMENT)
        }


@settings(max_examples=4)
@given(nights=st.lists(CHANGES, min_size=1, max_size=2))
def test_changes_night_after_night_and_then_everything_are_everything(nights: list[list[tuple[str, int, bool]]]) -> None:
    """A product that read deltas and then everything holds what one holds that read everything each night; no delta removed by absence."""
    service = Nights()
    first = service.read()
    by_changes, by_all = Product(first), Product(first)
    since = first.until
    for changes in nights:
        service.pass_with(changes)
        delta = service.read(since)
        ended = sum(int((delta[kind].frame["state"] == "tobedeleted").sum()) for kind in (Kind.CLASS, Kind.USER, Kind.ENROLLMENT))
        plan = by_changes.follow(delta)
        assert ended or not orr.losses(plan).counts
        since = delta.until
        by_all.follow(service.read())
    full = service.read()
    left = by_changes.follow(full)
    by_all.follow(full)
    assert not len(left), "the deltas had said all of it"
    for kind, rows in by_changes.holds().items():
        assert rows.equals(by_all.holds()[kind])


@settings(max_examples=3)
@given(gone=st.sets(st.integers(0, 40), min_size=1, max_size=6))
def test_a_delta_never_removes_by_absence(gone: set[int]) -> None:
    """Rows that the service purged are not in its changes: they stay until everything is read."""
    service = Nights()
    first = service.read()
    product = Product(first)
    service.objects["enrollments"] = [each for at, each in enumerate(service.objects["enrollments"]) if at not in gone]
    service.pass_with([("users", 3, False)])
    assert orr.losses(product.follow(service.read(first.until))).counts == {}
    assert orr.losses(product.follow(service.read())).counts
