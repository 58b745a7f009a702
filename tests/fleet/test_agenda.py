"""Who is next: the choice that `plan_all` makes, without any process."""

from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings, strategies as st

from oneroster_reconcile.fleet import (
    Applied,
    Counted,
    Crashed,
    Exodus,
    Failed,
    Files,
    Held,
    Outage,
    Outcome,
    Planned,
    Precautions,
    Skipped,
    Tenant,
    TimedOut,
)
from oneroster_reconcile.fleet.agenda import Agenda

FINE = Counted(digest="5a9d", people=100)
SHRUNK = Counted(digest="5a9d", people=100, removed=40)
ENDS: dict[str, Callable[[str, str], Outcome]] = {
    "planned": lambda tenant, provider: Planned(tenant=tenant, provider=provider, counted=FINE),
    "shrunk": lambda tenant, provider: Planned(tenant=tenant, provider=provider, counted=SHRUNK),
    "crashed": lambda tenant, provider: Crashed(tenant=tenant, provider=provider, how="SIGKILL"),
    "busy": lambda tenant, provider: Failed(tenant=tenant, provider=provider, error="HostFailed", retriable=True),
    "late": lambda tenant, provider: TimedOut(tenant=tenant, provider=provider, limit=1),
}
PLAYS = st.lists(st.tuples(st.sampled_from(("clever", "classlink", "files")), st.sampled_from(tuple(ENDS))), max_size=14)


def tenant(name: str, provider: str = "") -> Tenant:
    return Tenant(
        id=name, source=Files(path="nowhere"), host="sqlite:///h.db", policy="careful", state=f"s-{name}", provider=provider
    )


def played(agenda: Agenda, ends: dict[str, str], slots: int, *, seen: Callable[[list[Tenant]], None]) -> list[Outcome]:
    """The outcomes that stand, of an engine whose tenants end first in, first out."""
    running: list[Tenant] = []
    said: list[Outcome] = []
    while True:
        said += agenda.given_up()
        while len(running) < slots and (found := agenda.next()) is not None:
            running.append(found)
            seen(running)
        if not running:
            return said
        first = running.pop(0)
        if (outcome := agenda.ended(ENDS[ends[first.id]](first.id, first.served_by))) is not None:
            said.append(outcome)


@settings(max_examples=150)
@given(plays=PLAYS, slots=st.integers(1, 5), at_once=st.integers(1, 3), retries=st.integers(0, 2))
def test_every_tenant_ends_once_and_no_provider_has_too_many(
    plays: list[tuple[str, str]], slots: int, at_once: int, retries: int
) -> None:
    """Whatever becomes of them, each tenant has one outcome, is tried no more often than it may be, and a server never has more than its bound at once."""
    tenants = [tenant(f"t{number}", provider) for number, (provider, _) in enumerate(plays)]
    ends = {each.id: end for each, (_, end) in zip(tenants, plays, strict=True)}
    tries: Counter[str] = Counter()

    def seen(running: list[Tenant]) -> None:
        tries[running[-1].id] += 1
        load = Counter(each.served_by for each in running)
        assert all(load[name] <= at_once for name in ("clever", "classlink"))
        if tries[running[-1].id] > 1 and ends[running[-1].id] == "crashed":
            assert len(running) == 1

    precautions = Precautions(at_once=at_once, retries=retries, guards=(Outage(floor=3), Exodus(floor=3)))
    said = played(Agenda(tenants, {}, precautions), ends, slots, seen=seen)
    assert sorted(each.tenant for each in said) == sorted(ends)
    allowed = {"busy": 1 + retries, "crashed": 2}
    assert all(number <= allowed.get(ends[name], 1) for name, number in tries.items())
    assert all(each.tenant not in tries for each in said if isinstance(each, Skipped))


@settings(max_examples=50)
@given(plays=PLAYS, slots=st.integers(1, 5))
def test_a_guard_stops_one_provider_and_no_other(plays: list[tuple[str, str]], slots: int) -> None:
    """All of one provider's tenants fail: it is held, and what the others' come to is what they come to without it."""
    others = [tenant(f"t{number}", provider) for number, (provider, _) in enumerate(plays)]
    ends = {each.id: end for each, (_, end) in zip(others, plays, strict=True)}
    failing = [tenant(f"x{number}", "powerschool") for number in range(6)]
    precautions = Precautions(guards=(Outage(floor=2), Exodus(floor=2)), retries=0)
    both = played(
        Agenda([*failing, *others], {}, precautions), ends | {each.id: "late" for each in failing}, slots, seen=lambda _: None
    )
    alone = played(Agenda(others, {}, precautions), ends, 1, seen=lambda _: None)
    theirs = {each.tenant: each for each in both if each.provider == "powerschool"}
    assert sum(isinstance(each, Skipped) for each in theirs.values()) >= 6 - 2 - slots
    if not any(isinstance(each, Skipped) for each in (*alone, *both) if each.provider != "powerschool"):
        assert {each.tenant: each for each in both if each.provider != "powerschool"} == {each.tenant: each for each in alone}


def test_the_biggest_goes_first() -> None:
    """By what earlier nights told; what nobody knows might be bigger than all."""
    agenda = Agenda([tenant(name) for name in ("small", "new", "big")], {"small": 10, "big": 20}, Precautions())
    assert [found.id for _ in range(3) if (found := agenda.next())] == ["new", "big", "small"]


def test_a_summer_is_no_exodus_and_what_guards_hold_counts() -> None:
    """Shares are of what ended: two of thirty that lose people are two districts; what each tenant's own guards hold would have shrunk all the same."""
    agenda = Agenda([tenant(f"t{number:02}") for number in range(33)], {}, Precautions(guards=(Exodus(floor=2, share=0.2),)))
    for _ in range(10):
        found = agenda.next()
        assert found is not None
        agenda.ended(Applied(tenant=found.id, provider="files", counted=FINE))
    for _ in range(2):
        found = agenda.next()
        assert found is not None
        agenda.ended(Held(tenant=found.id, provider="files", counted=SHRUNK))
    assert list(agenda.given_up()) == []
    found = agenda.next()
    assert found is not None
    agenda.ended(Held(tenant=found.id, provider="files", counted=SHRUNK))
    given_up = list(agenda.given_up())
    assert len(given_up) == 20
    assert given_up[0].about == "not tried: exodus: 3 of 13 tenants of files that ended lose 20% or more of their people"
    assert agenda.next() is None
