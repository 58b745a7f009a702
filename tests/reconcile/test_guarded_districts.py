"""The guards for any district do not cry wolf in generated districts, and do stop what looks like a broken export."""

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.samples import District, district, evolve as nights

ROLES = pl.col("roles").list.eval(pl.element().struct.field("role"))


SEEN = evolve(orr.presets.careful(), name="careful, once its removals were approved", guards=orr.GUARDS)
GUARDED = evolve(orr.presets.mirror(), name="guarded", guards=orr.GUARDS)


def planned(
    day: District, host: orr.MemoryHost, state: orr.MemoryState, roster: orr.Roster | None = None, policy: orr.Policy = GUARDED
) -> orr.ChangePlan:
    """What a guarded run would do."""
    return orr.reconcile(roster or day.roster, host.snapshot(), base=state.base, policy=policy, as_of=day.on)


@pytest.mark.parametrize(("students", "policy"), [(150, SEEN), (150, GUARDED), (600, GUARDED)])
def test_ordinary_nights_and_the_new_year_hold_nothing(students: int, policy: orr.Policy) -> None:
    """A first sync, two nights of lively change, the night into the next school year and the night after."""
    day, host, state = district(students, seed=students), orr.MemoryHost(), orr.MemoryState()
    assert len(orr.apply(planned(day, host, state, policy=policy), host, state).failures) == 0
    for rollover in (False, True):
        for night in nights(day, days=2, seed=students, churn=0.02, rollover=rollover):
            day = night.district
            plan = planned(day, host, state, policy=policy)
            assert [each for each in plan.guards if each.tripped] == []
            assert plan.held == {}
            assert len(orr.apply(plan, host, state).failures) == 0


def test_an_error_that_looks_like_a_roster_is_stopped() -> None:
    """Without most students, without any row, with names that slipped by one: nobody is suspended, renamed or lost."""
    day, host, state = district(300, seed=9), orr.MemoryHost(), orr.MemoryState()
    orr.apply(planned(day, host, state), host, state)
    users = day.roster.users.frame
    few = users.filter(~ROLES.list.contains("student") | (pl.int_range(pl.len()) % 3 == 0))
    slipped = users.with_columns(pl.col("given_name", "family_name").shift(1).fill_null("Zoe"))
    for frame, codes in (
        (few, {"limit_exceeded"}),
        (users.clear(), {"source_empty"}),
        (slipped, {"names_shifted", "accounts_renamed"}),
    ):
        roster = day.roster.with_tables({Kind.USER: orr.Table.of(orr.User, frame)})
        plan = planned(day, host, state, roster)
        assert {each.code for each in plan.guards if each.is_holding} >= codes
        held = {verb for verb, kind in plan.held if kind is Kind.USER}
        assert held >= {verb for verb, kind in plan.counts if kind is Kind.USER and verb in (orr.Verb.SUSPEND, orr.Verb.DELETE)}
    empty = evolve(orr.Roster.of(source="sis"), coverage=orr.Coverage.complete())
    with pytest.raises(orr.PlanHeld, match="empty source"):
        orr.apply(planned(day, host, state, empty), host, state)
