"""Reading school by school: what was read of each school, and that a school which was not read loses nothing."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples import district
from oneroster_reconcile.sources.providers import RestVersion
from oneroster_reconcile.testing import Fault, Quirk, Trouble, provider
from tests.sources.services import QUICK, codes, read

DISTRICT = district(60).roster
SCHOOLS = DISTRICT.classes.frame["school"].unique().sort().to_list()
AS_OF = date(2026, 9, 1)


def ids(roster: orr.Roster, kind: Kind) -> set[object]:
    """The keys of the rows."""
    return set(roster[kind].frame.select(roster[kind].key).rows())


def test_all_schools_one_by_one_are_the_whole() -> None:
    """Asked of every school, the rows are those of the collections, and their absence proves as much."""
    whole, parts = read(provider(DISTRICT)), read(provider(DISTRICT), schools=SCHOOLS)
    assert all(ids(whole, kind) == ids(parts, kind) for kind in Kind)
    assert all(parts.coverage.proves_absence(kind) for kind in Kind)
    assert parts.coverage.schools == frozenset(SCHOOLS)
    assert parts.issues == ()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_one_school_is_asked_for_at_its_own_address(version: RestVersion) -> None:
    """Classes and enrollments of other schools are not asked for; everybody is, since a school's lists hold no guardians."""
    app = provider(DISTRICT, version=version)
    roster = read(app, schools=SCHOOLS[:1])
    assert set(roster.classes.frame["school"]) == set(SCHOOLS[:1])
    assert not [each for each in app.requests if each.startswith(("/classes", "/enrollments"))]
    assert len(roster.users) == len(DISTRICT.users)


@pytest.mark.parametrize("trouble", [Trouble.FORBIDDEN, Trouble.ERROR, Trouble.MISSING, Trouble.TIMEOUT, Trouble.HTML])
@pytest.mark.parametrize("name", ["classes", "enrollments"])
def test_a_school_that_cannot_be_read_is_missing(trouble: Trouble, name: str) -> None:
    """The coverage names it, and the others are read all the same."""
    lost = SCHOOLS[0]
    roster = read(provider(DISTRICT, faults=[Fault(f"schools/{lost}/{name}", trouble)]), schools=SCHOOLS, pace=QUICK)
    kind = Kind.CLASS if name == "classes" else Kind.ENROLLMENT
    assert roster.coverage.read(kind).missing == {lost}
    assert any(issue.where == f"/schools/{lost}/{name}" for issue in roster.issues)
    assert set(roster.classes.frame["school"]) >= set(SCHOOLS[1:])


def test_a_school_that_is_not_known_is_missing() -> None:
    """An id that is no school's is not read as a school without anybody."""
    roster = read(provider(DISTRICT), schools=[*SCHOOLS, "elsewhere/1"])
    assert roster.coverage.missing(Kind.ENROLLMENT) == {"elsewhere/1"}


@settings(max_examples=8)
@given(
    lost=st.sampled_from(SCHOOLS),
    trouble=st.sampled_from([Trouble.FORBIDDEN, Trouble.MISSING, Trouble.TRUNCATED]),
    name=st.sampled_from(["classes", "enrollments"]),
)
def test_nothing_of_a_missing_school_is_removed(lost: str, trouble: Trouble, name: str) -> None:
    """Whatever of a school could not be read, a product that removes what it can takes nothing away there."""
    host, state = orr.MemoryHost(), orr.MemoryState()
    policy = orr.presets.mirror()
    orr.apply(orr.reconcile(read(provider(DISTRICT)), host.snapshot(), base=state.base, policy=policy, as_of=AS_OF), host, state)
    roster = read(provider(DISTRICT, faults=[Fault(f"schools/{lost}/{name}", trouble)]), schools=SCHOOLS, pace=QUICK)
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=policy, as_of=AS_OF)
    assert orr.losses(plan).counts == {}


def test_rows_that_a_school_no_longer_has_are_removed_and_others_are_not() -> None:
    """A school that was read whole loses what is gone there; what other schools lost nobody looked at."""
    host, state = orr.MemoryHost(), orr.MemoryState()
    policy = orr.presets.mirror()
    orr.apply(orr.reconcile(read(provider(DISTRICT)), host.snapshot(), base=state.base, policy=policy, as_of=AS_OF), host, state)
    school = dict(DISTRICT.classes.frame.select("id", "school").rows())
    gone = {lost: next(each for each in DISTRICT.enrollments.frame.rows() if school[each[0]] == lost)[:3] for lost in SCHOOLS[:2]}
    kept = DISTRICT.enrollments.where(~_is_one_of(list(gone.values()))).frame
    fewer = DISTRICT.with_tables({Kind.ENROLLMENT: kept})
    roster = read(provider(fewer), schools=SCHOOLS[:1])
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=policy, as_of=AS_OF)
    assert sum(orr.losses(plan).counts.values()) == 1


def test_without_a_list_of_everybody_students_and_teachers_are_read_by_school() -> None:
    """Who may not read `/users` gets the people of the schools; guardians are not among them, so nobody is gone."""
    roster = read(provider(DISTRICT, faults=[Fault("users", Trouble.FORBIDDEN)]), schools=SCHOOLS)
    assert 0 < len(roster.users) < len(DISTRICT.users)
    assert {role.role for user in roster.users for role in user.roles} >= {"student", "teacher"}
    assert not roster.coverage.proves_absence(Kind.USER)
    assert "collection_refused" in codes(roster)


def test_a_service_without_lists_of_schools_is_unreadable_by_school() -> None:
    """Aeries, for one, has no such addresses: every school is missing, and that is said."""
    roster = read(provider(DISTRICT, quirks=[Quirk.NO_SCHOOLS]), schools=SCHOOLS, profile=orr.PROVIDERS["aeries"])
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)
    assert "collection_refused" in codes(roster)
    assert not len(roster.classes)


def test_ids_of_schools_are_quoted() -> None:
    """An id may hold a slash, a blank or more; it stays one part of the address."""
    app = provider(DISTRICT)
    read(app, schools=["a/b c?"], profile=evolve(orr.PROVIDERS["standard"], page=500))
    assert "/schools/a/b c?/classes?limit=500&offset=0&sort=sourcedId&orderBy=asc" in app.requests


def test_one_text_is_no_list_of_schools() -> None:
    """Its letters would be taken for schools."""
    with pytest.raises(TypeError, match="give a list"):
        read(provider(DISTRICT), schools="s1")


def _is_one_of(keys: list[tuple[object, ...]]) -> object:
    import polars as pl

    key = list(DISTRICT.enrollments.key)
    return pl.any_horizontal(*(pl.all_horizontal(*(pl.col(n) == v for n, v in zip(key, each, strict=True))) for each in keys))
