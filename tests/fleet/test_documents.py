"""Fleets in files: what is written is read, and what cannot be is said."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile import presets
from oneroster_reconcile.fleet import (
    Files,
    FleetUnreadable,
    Limits,
    Service,
    Source,
    Task,
    Tenant,
    fleet_from_json,
    fleet_from_toml,
    fleet_to_json,
    fleet_to_toml,
)
from oneroster_reconcile.fleet.outcomes import (
    Applied,
    Counted,
    Crashed,
    Failed,
    Held,
    Outcome,
    OutOfMemory,
    Planned,
    Skipped,
    TimedOut,
    outcome_from_document,
    outcome_to_document,
)
from oneroster_reconcile.fleet.tasks import Job, task_from_json, task_to_json

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
URLS = st.sampled_from(("https://sis.example/ims/oneroster/v1p1", "https://${SERVER}/x", "http://127.0.0.1:9/"))
SOURCES: st.SearchStrategy[Source] = st.builds(
    Files, path=NAMES, mode=st.sampled_from((None, "bulk")), version=st.sampled_from((None, "1.1")), spill=NAMES | st.just("")
) | st.builds(Service, url=URLS, profile=NAMES, client_id=NAMES, token_url=URLS | st.just(""), secret=NAMES)
LIMITS = st.builds(Limits, seconds=st.floats(0, 1e6) | st.just(3_600), megabytes=st.integers(0, 100_000))
POLICIES = st.sampled_from(("careful", presets.mirror(), presets.careful(), "mine.toml"))
TENANTS = st.builds(
    Tenant,
    id=NAMES,
    source=SOURCES,
    host=st.sampled_from(("sqlite:///host.db", "postgresql+psycopg://us:${PASSWORD}@db/product", "ours.hosts:make")),
    policy=POLICIES,
    state=NAMES,
    provider=NAMES | st.just(""),
    name=NAMES,
    approvals=NAMES | st.just(""),
    limits=LIMITS,
)
FLEETS = st.lists(TENANTS, max_size=3, unique_by=(lambda each: each.id, lambda each: each.state))
COUNTED = st.builds(
    Counted,
    digest=NAMES,
    rows=st.integers(0),
    changes=st.integers(0),
    people=st.integers(0),
    issues=st.dictionaries(NAMES, st.integers(1), max_size=2),
)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Planned, tenant=NAMES, counted=COUNTED, plan=NAMES),
    st.builds(Applied, tenant=NAMES, provider=NAMES, counted=COUNTED, done=st.integers(0), failed=st.integers(0)),
    st.builds(Held, tenant=NAMES, counted=COUNTED, guards=st.tuples(NAMES)),
    st.builds(Failed, tenant=NAMES, error=NAMES, message=NAMES, retriable=st.booleans()),
    st.builds(TimedOut, tenant=NAMES, limit=st.floats(0, 1e6)),
    st.builds(OutOfMemory, tenant=NAMES, limit=st.integers(0)),
    st.builds(Crashed, tenant=NAMES, how=NAMES),
    st.builds(Skipped, tenant=NAMES, guard=NAMES, why=NAMES),
)
ONE = {"id": "t", "source": {"path": "p"}, "host": "sqlite:///h.db", "policy": "careful", "state": "s"}
FEW = settings(max_examples=30)


def document(*tenants: object, **more: object) -> str:
    return json.dumps({"format": "oneroster-reconcile/fleet", "version": 1, "tenants": tenants, **more})


@FEW
@given(tenants=FLEETS)
def test_a_fleet_read_back_equals_the_fleet_written(tenants: list[Tenant]) -> None:
    """Both languages say every tenant, its policy with it."""
    assert fleet_from_json(fleet_to_json(tenants)) == tuple(tenants)
    assert fleet_from_toml(fleet_to_toml(tenants)) == tuple(tenants)


@FEW
@given(tenant=TENANTS, job=st.sampled_from(Job), as_of=st.dates(), plan=NAMES)
def test_a_task_survives_the_way_to_its_worker(tenant: Tenant, job: Job, as_of: object, plan: str) -> None:
    """What is sent to a process is one line, and says all."""
    task = Task(tenant=tenant, job=job, as_of=as_of, plan=plan)  # type: ignore[arg-type]
    assert "\n" not in task_to_json(task)
    assert task_from_json(task_to_json(task)) == task


@FEW
@given(outcome=OUTCOMES)
def test_an_outcome_survives_the_way_back(outcome: Outcome) -> None:
    """What a process says of a tenant, and the journal keeps, is the same outcome."""
    assert outcome_from_document(json.loads(json.dumps(outcome_to_document(outcome)))) == outcome
    assert outcome.about


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[", "it is not JSON"),
        ("[]", "it has format None"),
        (json.dumps({"format": "oneroster-reconcile/fleet", "version": 2}), "version 2; this library reads"),
        (document({**ONE, "sauce": 1}), "sauce"),
        (document({**ONE, "source": {"path": ""}}), "tenants"),
        (document({**ONE, "source": {"way": "p"}}), "tenants"),
        (document({**ONE, "policy": {"format": "else"}}), "it has format 'else'"),
        (document({**ONE, "host": "postgresql://us:hush@db/product"}), "put it into an environment variable"),
        (document(ONE, {**ONE, "state": "other"}), "two tenants have the id 't'"),
        (document(ONE, {**ONE, "id": "u"}), "two tenants have the state 's'"),
        (document({**ONE, "source": {"path": "https://u:hush@files.example/x.zip"}}), "path holds a password"),
        (document({**ONE, "source": {"url": "https://[x"}}), "url names no server"),
        (document(tenants=3), "tenants"),
    ],
)
def test_what_cannot_be_is_said(text: str, finding: str) -> None:
    """A document that describes no fleet is refused with what is wrong, and no password is repeated."""
    with pytest.raises(FleetUnreadable) as caught:
        fleet_from_json(text)
    assert finding in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("spelled", ["states/x/", "./states/x", "states//x", "states/y/../x", str(Path.cwd() / "states" / "x")])
def test_two_spellings_of_one_folder_are_one_state(spelled: str) -> None:
    """Two districts in one folder would take each other's rows for withdrawn."""
    with pytest.raises(FleetUnreadable, match=r"two tenants have the state 'states/x' = "):
        fleet_from_json(document({**ONE, "state": "states/x"}, {**ONE, "id": "u", "state": spelled}))


def test_a_folder_of_windows_is_a_folder() -> None:
    """The colon behind a drive makes it neither a database nor a function."""
    with pytest.raises(FleetUnreadable, match="two tenants have the state"):
        fleet_from_json(document(*({**ONE, "id": name, "state": r"C:\states\x"} for name in "tu")))


def test_a_variable_that_leads_to_the_same_folder_is_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as it is known where the fleet is started; of what is not, nothing is said."""
    tenants = document({**ONE, "state": "${ORR_STATES}/x"}, {**ONE, "id": "u", "state": "/data/x"})
    monkeypatch.setenv("ORR_STATES", "/data")
    with pytest.raises(FleetUnreadable, match=r"two tenants have the state '\$\{ORR_STATES\}/x' = '/data/x'"):
        fleet_from_json(tenants)
    monkeypatch.delenv("ORR_STATES")
    assert len(fleet_from_json(tenants)) == 2


@pytest.mark.parametrize("state", ["postgresql+psycopg://us@db/states", "ours.states:make", "${ORR_STATES}"])
def test_a_database_and_a_function_hold_a_state_for_each_of_many(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenants share those as they like."""
    monkeypatch.setenv("ORR_STATES", "sqlite:///states.db")
    assert len(fleet_from_json(document(*({**ONE, "id": name, "state": state} for name in "tu")))) == 2


@pytest.mark.parametrize("address", ["https://[x", "https://", "https:///x.zip", "https://:8080/x"])
def test_an_address_without_a_server_is_refused(address: str) -> None:
    """It could be asked nothing, and nobody's load is known: it is refused where it is written and does not end a night."""
    with pytest.raises(ValueError, match="path names no server"):
        Files(path=address)
    with pytest.raises(ValueError, match=r"^url names no server"):
        Service(url=address)
    with pytest.raises(ValueError, match="token_url names no server"):
        Service(url="https://sis.example", token_url=address)


SECRETS = (
    "https://u:hush@files.example/x.zip",
    "https://files.example/x.zip?sig=hush",
    "https://files.example/x.zip?a=b&X-Amz-Signature=hush",
    "postgresql://u@db/x?password=hush",
    "postgresql://u@db/x?sslmode=require&sslpassword=hush",
    "postgresql://u:hu/sh@db/x",
)
ALLOWED = (
    "https://u:${PASSWORD}@files.example/x.zip",
    "https://files.example/x.zip?sig=${SIGNATURE}&design=oak",
    "postgresql://u:${PASSWORD}@db:5432/x?sslmode=require",
    "postgresql://u@db/x?password=${PASSWORD}",
)


@pytest.mark.parametrize("field", ["host", "state", "policy", "approvals"])
def test_a_tenant_holds_no_password(field: str) -> None:
    """Wherever a reference may stand, a password in it is refused and not repeated, and one of the environment is none."""
    for secret in SECRETS:
        with pytest.raises(ValueError, match=f"tenant 't': {field} holds a password") as caught:
            tenant(**{field: secret})
        assert "sh@" not in str(caught.value)
    for fine in ALLOWED:
        assert getattr(tenant(**{field: fine}), field) == fine


def test_a_source_holds_no_password() -> None:
    """Nor does an address at which a roster is asked for, in its path or behind its question mark."""
    for secret in SECRETS:
        for made in (lambda it: Files(path=it), lambda it: Service(url=it), lambda it: Service(url="https://x", token_url=it)):
            with pytest.raises(ValueError, match="holds a password"):
                made(secret)
    assert [Files(path=fine).path for fine in ALLOWED] == [Service(url=fine, token_url=fine).url for fine in ALLOWED]


def tenant(**fields: str) -> Tenant:
    return Tenant(**{"id": "t", "source": Files(path="p"), "host": "sqlite://", "policy": "careful", "state": "s", **fields})  # type: ignore[arg-type]
