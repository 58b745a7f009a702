"""Who is next: the choice that `plan_all` makes, without any process."""

import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
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
from oneroster_reconcile.issues.errors import (
    ApprovalsUnreadable,
    FleetUnreadable,
    PlanUnreadable,
    PolicyUnreadable,
    StalePlan,
    StateLocked,
    StateUnreadable,
)

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


def tenant(name: str, provider: str = "", path: str = "https://files.example/export.zip") -> Tenant:
    return Tenant(id=name, source=Files(path=path), host="sqlite:///h.db", policy="careful", state=f"s-{name}", provider=provider)


def order(tenants: list[Tenant], rows: dict[str, int] | None = None) -> list[str]:
    """The names of tenants, as they have their turn."""
    agenda = Agenda(tenants, rows or {}, Precautions(at_once=len(tenants)))
    return [found.id for _ in tenants if (found := agenda.next())]


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
    """All of one provider's tenants fail: it is held as soon as enough did, and what the others' come to is what they come to without it, since too few of them fail to hold theirs."""
    others = [tenant(f"t{number}", provider) for number, (provider, _) in enumerate(plays)]
    ends = {each.id: end for each, (_, end) in zip(others, plays, strict=True)}
    floor = len(plays) + 1
    failing = [tenant(f"x{number}", "powerschool") for number in range(floor + 8)]
    precautions = Precautions(guards=(Outage(floor=floor), Exodus(floor=floor)), retries=0)
    both = played(
        Agenda([*failing, *others], {}, precautions), ends | {each.id: "late" for each in failing}, slots, seen=lambda _: None
    )
    alone = played(Agenda(others, {}, precautions), ends, 1, seen=lambda _: None)
    theirs = {each.tenant: each for each in both if each.provider == "powerschool"}
    tried = sum(isinstance(each, TimedOut) for each in theirs.values())
    # Beside the one that trips the guard as many are under way as may be.
    assert floor <= tried <= floor + min(slots, precautions.at_once) - 1
    assert sum(isinstance(each, Skipped) for each in theirs.values()) == len(failing) - tried
    assert {each.tenant: each for each in both if each.provider != "powerschool"} == {each.tenant: each for each in alone}


@pytest.mark.parametrize("servers", [1, 4_000])
def test_thousands_of_tenants_are_handed_out_once_each(servers: int) -> None:
    """Of one server, or of as many."""
    names = [f"t{number}" for number in range(4_000)]
    tenants = [tenant(name, path=f"https://s{number % servers}.example/export.zip") for number, name in enumerate(names)]
    said = played(Agenda(tenants, {}, Precautions()), dict.fromkeys(names, "planned"), 4, seen=lambda _: None)
    assert sorted(each.tenant for each in said) == sorted(names)


def test_the_biggest_goes_first() -> None:
    """By what earlier nights told; what nobody knows might be bigger than all, and what failed comes after all."""
    names = ("failed", "small", "new", "big")
    assert order([tenant(name) for name in names], {"failed": 0, "small": 10, "big": 20}) == ["new", "big", "small", "failed"]


def test_the_biggest_goes_first_by_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's and a package's bytes count, wherever a variable leads; what is not there goes last, and what cannot be understood is unknown."""
    folder, package, odd, torn = (tmp_path / name for name in ("folder", "package.zip", "odd.zip", "torn.zip"))
    folder.mkdir()
    (folder / "users.csv").write_bytes(b"x" * 2_000)
    with zipfile.ZipFile(package, "w") as out:
        out.writestr("users.csv", b"x" * 3_000)
    whole = package.read_bytes()
    central = whole.index(b"PK\x01\x02")
    odd.write_bytes(whole[: central + 6] + bytes([99, 0]) + whole[central + 8 :])
    torn.write_bytes(b"PK")
    monkeypatch.setenv("ORR_EXPORTS", str(tmp_path))
    tenants = [
        tenant("absent", path=str(tmp_path / "absent.zip")),
        tenant("folder", path=str(folder)),
        tenant("impossible", path="a\0b"),
        tenant("known", path="https://files.example/export.zip"),
        tenant("odd", path=str(odd)),
        tenant("odd, known", path=str(odd)),
        tenant("package", path="${ORR_EXPORTS}/package.zip"),
        tenant("torn", path=str(torn)),
    ]
    found = order([each for each in tenants if each.id != "impossible"], {"known": 25, "odd, known": 15})
    assert found == ["odd", "torn", "package", "known", "folder", "odd, known", "absent"]
    assert set(order(tenants)) == {each.id for each in tenants}


def test_who_was_busy_and_then_dies_is_tried_once_more_alone() -> None:
    """What became of a try before makes no difference to how often a process may die."""
    agenda = Agenda([tenant("t")], {}, Precautions())
    dead = Crashed(tenant="t", provider="files.example", how="SIGKILL")
    for end in (Failed(tenant="t", provider="files.example", error="HostFailed", retriable=True), dead):
        assert agenda.next() is not None
        assert agenda.ended(end) is None
    assert agenda.next() is not None
    assert agenda.ended(dead) == dead


@pytest.mark.parametrize(
    ("provider", "error", "is_held"),
    [
        ("clever", "SourceUnreadable", True),
        ("files", "SourceUnreadable", False),
        ("clever", FleetUnreadable.__name__, False),
        ("clever", PolicyUnreadable.__name__, False),
        ("clever", PlanUnreadable.__name__, False),
        ("clever", ApprovalsUnreadable.__name__, False),
        ("clever", StalePlan.__name__, False),
        ("clever", StateLocked.__name__, False),
        ("clever", StateUnreadable.__name__, False),
    ],
)
def test_an_outage_is_of_failures_that_may_be_the_providers(provider: str, error: str, *, is_held: bool) -> None:
    """Files of nobody's have no provider, and what a tenant refers to is its own."""
    agenda = Agenda([tenant(f"t{number}", provider) for number in range(4)], {}, Precautions(guards=(Outage(floor=2),)))
    for _ in range(2):
        found = agenda.next()
        assert found is not None
        agenda.ended(Failed(tenant=found.id, provider=provider, error=error))
    assert bool(list(agenda.given_up())) is is_held


def test_a_summer_is_no_exodus_and_what_guards_hold_counts() -> None:
    """Shares are of what ended: two of thirty that lose people are two districts; what each tenant's own guards hold would have shrunk all the same."""
    agenda = Agenda(
        [tenant(f"t{number:02}", "files") for number in range(33)], {}, Precautions(guards=(Exodus(floor=2, share=0.2),))
    )
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
