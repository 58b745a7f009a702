"""Reading single classes: who is in them comes, and nobody is gone for want of the others."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.providers import RestVersion
from oneroster_reconcile.testing import Fault, Quirk, Trouble, provider
from tests.sources.services import DISTRICT, codes, read

AS_OF = date(2026, 9, 1)
CLASSES = sorted({each.class_ for each in DISTRICT.enrollments})
SOME = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3, unique=True)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_classes_come_with_who_is_in_them(version: RestVersion) -> None:
    """The rows are those of the district that belong to the classes, and no list of everybody is asked for."""
    app, wanted = provider(DISTRICT, version=version), CLASSES[:2]
    roster = read(app, classes=wanted)
    enrolled = [each for each in DISTRICT.enrollments if each.class_ in wanted]
    assert {each.id for each in roster.classes} == set(wanted)
    assert {(each.class_, each.user, each.role) for each in roster.enrollments} == {
        (each.class_, each.user, each.role) for each in enrolled
    }
    assert {each.id for each in roster.users} == {each.user for each in enrolled if each.role in ("student", "teacher")}
    assert not [each for each in app.requests if each.startswith("/users")]
    assert not [each for each in app.requests if each.startswith(("/classes?", "/enrollments?")) and "filter=" not in each]


@settings(max_examples=6)
@given(classes=SOME, fault=st.none() | st.sampled_from([Trouble.FORBIDDEN, Trouble.MISSING, Trouble.ERROR]))
def test_nothing_outside_of_the_classes_counts_as_absent(classes: list[str], fault: Trouble | None) -> None:
    """Whichever classes are read, and whatever fails: a product that removes what it can takes nothing away."""
    host, state, policy = orr.MemoryHost(), orr.MemoryState(), orr.presets.mirror()
    orr.apply(orr.reconcile(read(provider(DISTRICT)), host.snapshot(), base=state.base, policy=policy, as_of=AS_OF), host, state)
    faults = [] if fault is None else [Fault("enrollments", fault)]
    roster = read(provider(DISTRICT, faults=faults), classes=classes)
    parts = (Kind.CLASS, Kind.USER, Kind.ENROLLMENT, Kind.DEMOGRAPHICS)
    assert not any(roster.coverage.proves_absence(kind) for kind in parts)
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=policy, as_of=AS_OF)
    assert orr.losses(plan).counts == {}


@pytest.mark.parametrize("quirk", [Quirk.FILTER_IGNORED, Quirk.FILTER_REFUSED])
def test_a_service_that_cannot_filter_proves_no_more(quirk: Quirk) -> None:
    """It gives all classes, or none; either way the read is a part, and a refusal is said."""
    roster = read(provider(DISTRICT, quirks=[quirk]), classes=CLASSES[:1])
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)
    assert ("collection_unreadable" in codes(roster)) == (quirk is Quirk.FILTER_REFUSED)


def test_a_class_that_is_not_known_is_said() -> None:
    """Its people cannot be had."""
    assert "collection_refused" in codes(read(provider(DISTRICT), classes=[CLASSES[0], "none"]))


def test_classes_are_a_list_and_go_with_nothing_else() -> None:
    """One text is not taken for its letters; a class of a school, or its changes, cannot be asked for."""
    with pytest.raises(TypeError, match="give a list"):
        read(provider(DISTRICT), classes=CLASSES[0])
    with pytest.raises(ValueError, match="classes= goes neither"):
        read(provider(DISTRICT), classes=CLASSES[:1], since=datetime(2026, 9, 1, tzinfo=UTC))
