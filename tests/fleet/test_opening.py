"""What a tenant refers to is opened where it is worked on, and secrets come from the environment."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import event
from sqlalchemy.pool import Pool

from oneroster_reconcile import Approval, approvals_to_json, policy_to_json, policy_to_toml, presets
from oneroster_reconcile.apply.sql_state import SqlState
from oneroster_reconcile.fleet import Files, FleetUnreadable, Service, Tenant
from oneroster_reconcile.fleet.opening import approvals_of, open_roster, open_state, policy_of
from oneroster_reconcile.issues.errors import PolicyUnreadable, SourceUnreadable
from tests.sources.services import on_loopback

TENANT = Tenant(id="pf", source=Files(path="nowhere"), host="sqlite://", policy="careful", state="state")


def test_a_policy_is_a_preset_a_file_or_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever way it is said, it is the same policy; a path may name the environment."""
    monkeypatch.setenv("POLICIES", str(tmp_path))
    (tmp_path / "p.toml").write_text(policy_to_toml(presets.careful()), encoding="utf-8")
    (tmp_path / "p.json").write_text(policy_to_json(presets.careful()), encoding="utf-8")
    for said in ("careful", presets.careful(), str(tmp_path / "p.toml"), "${POLICIES}/p.json"):
        assert policy_of(evolve(TENANT, policy=said)) == presets.careful()
    with pytest.raises(PolicyUnreadable, match="cannot be read"):
        policy_of(evolve(TENANT, policy="nowhere.toml"))


def test_a_state_in_a_database_is_called_as_the_tenant_is(tmp_path: Path) -> None:
    """Many tenants may share a database."""
    one, other = (evolve(TENANT, id=name, state=f"sqlite:///{tmp_path}/states.db") for name in ("pf", "lp"))
    with open_state(one) as first, open_state(other) as second:
        assert isinstance(first, SqlState)
        with first.locked(), second.locked():
            assert first.base.crosswalk.frame.is_empty()


def test_a_variable_may_be_the_whole_address_of_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no folder of that name, which would have the password in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATES", "sqlite:///states.db")
    with open_state(evolve(TENANT, state="${STATES}")) as state:
        assert isinstance(state, SqlState)
        state.decide(())
    assert [each.name for each in tmp_path.glob("*") if each.is_dir()] == []


def test_an_address_of_files_says_itself_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server has to be known beforehand; what the variable holds is repeated nowhere."""
    monkeypatch.setenv("EXPORT", "https://files.example/x.zip?sig=hush")
    tenant = evolve(TENANT, source=Files(path="${EXPORT}"))
    with pytest.raises(FleetUnreadable, match="write https://server/ before it") as caught, open_roster(tenant):
        pass
    assert "hush" not in str(caught.value)


def test_a_state_in_a_database_leaves_no_connection(tmp_path: Path) -> None:
    """A process works on thousands of tenants, one after the other: each has to give back what it took."""
    held: set[int] = set()
    taken: list[int] = []

    def take(connection: object, record: object) -> None:
        held.add(id(connection))
        taken.append(id(connection))

    def give_back(connection: object, record: object) -> None:
        held.discard(id(connection))

    event.listen(Pool, "connect", take)
    event.listen(Pool, "close", give_back)
    try:
        with open_state(evolve(TENANT, state=f"sqlite:///{tmp_path}/states.db")) as state:
            state.decide(())
    finally:
        event.remove(Pool, "connect", take)
        event.remove(Pool, "close", give_back)
    assert (bool(taken), held) == (True, set())


def test_what_a_function_made_is_closed() -> None:
    """A state of the product's is closed at the end where it can be, as a host is."""
    with open_state(evolve(TENANT, state="tests.fleet.factories:closing")) as state:
        assert not state.is_closed  # type: ignore[attr-defined]
    assert state.is_closed  # type: ignore[attr-defined]


def test_approvals_are_read_from_their_file(tmp_path: Path) -> None:
    """No file is no approval."""
    given = (Approval(digest="5a9d", by="support"),)
    (tmp_path / "approvals.json").write_text(approvals_to_json(given), encoding="utf-8")
    assert approvals_of(evolve(TENANT, approvals=str(tmp_path / "approvals.json"))) == given
    assert approvals_of(TENANT) == ()


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_approvals_that_cannot_be_read_are_named(tmp_path: Path, content: bytes | None) -> None:
    """Whoever named the file is told which, as of any reference."""
    file = tmp_path / "approvals.json"
    if content:
        file.write_bytes(content)
    with pytest.raises(FleetUnreadable, match=r"tenant 'pf' cannot be understood: approvals .*approvals\.json cannot be read"):
        approvals_of(evolve(TENANT, approvals=str(file)))


@pytest.mark.parametrize("profile", ["standard", "clever"])
def test_nobody_is_asked_without_the_secret(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable nobody is asked; nor is a vendor that is not known."""
    monkeypatch.delenv("FLEET_SECRET", raising=False)
    source = Service(url="http://127.0.0.1:9/", token_url="http://127.0.0.1:9/token", secret="FLEET_SECRET", profile=profile)
    with pytest.raises(FleetUnreadable, match="FLEET_SECRET is not set"), open_roster(evolve(TENANT, source=source)):
        pass
    unknown = evolve(TENANT, source=evolve(source, profile="else"))
    with pytest.raises(FleetUnreadable, match="there is no profile 'else'"), open_roster(unknown):
        pass


@pytest.mark.parametrize(
    ("profile", "asked", "said"),
    [("standard", "/token", f"Basic {b64encode(b'us:hush').decode()}"), ("clever", "/", "Bearer hush")],
)
def test_a_service_is_asked_with_the_secret_of_the_environment(
    profile: str, asked: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret goes out in the header that belongs to it; addresses may name the environment, too."""
    heard: list[tuple[str, str]] = []

    async def app(scope: Mapping[str, Any], receive: object, send: Any) -> None:
        headers = dict(scope["headers"])
        heard.append((scope["path"], headers.get(b"authorization", b"").decode()))
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with on_loopback(app) as url:
        monkeypatch.setenv("FLEET_SECRET", "hush")
        monkeypatch.setenv("PORT", url.rpartition(":")[2])
        address = "http://127.0.0.1:${PORT}"
        source = Service(url=address, client_id="us", token_url=f"{address}/token", secret="FLEET_SECRET", profile=profile)
        with pytest.raises(SourceUnreadable) as caught, open_roster(evolve(TENANT, source=source)):
            pass
    assert "hush" not in str(caught.value)
    path, header = heard[0]
    assert path.startswith(asked)
    assert header == said


def test_enrollments_lie_in_the_folder_for_as_long_as_the_roster_is_open(exports: list[Path], tmp_path: Path) -> None:
    """The rows are the same, from a file of the folder, and nothing is left of it."""
    with open_roster(evolve(TENANT, source=Files(path=str(exports[0])))) as plain:
        expected = plain.enrollments.frame
    with open_roster(evolve(TENANT, source=Files(path=str(exports[0]), spill=str(tmp_path / "spill")))) as roster:
        assert len(list((tmp_path / "spill").rglob("*.parquet"))) == 1
        assert roster.enrollments.frame.equals(expected)
    assert list((tmp_path / "spill").iterdir()) == []
