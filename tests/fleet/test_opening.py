"""What a tenant refers to is opened where it is worked on, and secrets come from the environment."""

from pathlib import Path

import pytest
from attrs import evolve

from oneroster_reconcile import Approval, approvals_to_json, policy_to_json, policy_to_toml, presets
from oneroster_reconcile.apply.sql_state import SqlState
from oneroster_reconcile.fleet import Files, FleetUnreadable, Service, Tenant
from oneroster_reconcile.fleet.opening import approvals_of, open_state, policy_of, roster_of
from oneroster_reconcile.issues.errors import PolicyUnreadable

SERVICE = Service(url="http://127.0.0.1:9/", client_id="us", token_url="http://127.0.0.1:9/token", secret="FLEET_SECRET")
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
    states = [open_state(evolve(TENANT, id=name, state=f"sqlite:///{tmp_path}/states.db")) for name in ("pf", "lp")]
    assert all(isinstance(each, SqlState) for each in states)
    with states[0].locked(), states[1].locked():
        assert states[0].base.crosswalk.frame.is_empty()


def test_approvals_are_read_from_their_file(tmp_path: Path) -> None:
    """No file is no approval."""
    given = (Approval(digest="5a9d", by="support"),)
    (tmp_path / "approvals.json").write_text(approvals_to_json(given), encoding="utf-8")
    assert approvals_of(evolve(TENANT, approvals=str(tmp_path / "approvals.json"))) == given
    assert approvals_of(TENANT) == ()


@pytest.mark.parametrize("source", [SERVICE, evolve(SERVICE, profile="clever")])
def test_a_service_is_asked_with_the_secret_of_the_environment(source: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable nobody is asked; nor is a vendor that is not known."""
    monkeypatch.delenv("FLEET_SECRET", raising=False)
    with pytest.raises(FleetUnreadable, match="FLEET_SECRET is not set"):
        roster_of(evolve(TENANT, source=source))
    with pytest.raises(FleetUnreadable, match="there is no profile 'else'"):
        roster_of(evolve(TENANT, source=evolve(source, profile="else")))
