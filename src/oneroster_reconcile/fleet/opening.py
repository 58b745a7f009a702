"""What a tenant refers to, opened where it is worked on: roster, host, state, policy, approvals."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from oneroster_reconcile.apply.folder import FolderState
from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.fleet.tenant import FACTORY, VARIABLE, Files, Service, Tenant
from oneroster_reconcile.issues.errors import FleetUnreadable, PolicyUnreadable
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.spilling import spill_inside
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, approvals_from_json
from oneroster_reconcile.policy.documents import policy_from_json, policy_from_toml
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.sources.auth import BearerToken, ClientCredentials
from oneroster_reconcile.sources.clever import read_clever
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.providers import PROVIDERS
from oneroster_reconcile.sources.remote import read_csv_url
from oneroster_reconcile.sources.rest import read_rest

__all__ = ["approvals_of", "open_host", "open_roster", "open_state", "policy_of"]

_CLEVER: Final = "clever"


@contextmanager
def open_roster(tenant: Tenant) -> Generator[Roster]:
    """The tenant's roster, from files or from a service; enrollments that lie in files meanwhile go at the end.

    Raises SourceUnreadable where nothing can be read, FleetUnreadable where the reference cannot be right.
    """
    match tenant.source:
        case Files(spill=folder) as files if folder and not files.server:
            with spill_inside(Path(_expanded(tenant, folder))) as spill:
                yield read_csv(_path(tenant, files), source=tenant.name, mode=files.mode, version=files.version, spill=spill)
        case Files() as files:
            read = read_csv_url if files.server else read_csv
            yield read(_path(tenant, files), source=tenant.name, mode=files.mode, version=files.version)
        case Service() as service:
            yield _served(tenant, service)


def _path(tenant: Tenant, files: Files) -> str:
    """Where files are; an address whose server nobody knew beforehand is no path, and is not shown, for signatures may be in it."""
    path = _expanded(tenant, files.path)
    if "://" in path and not files.server:
        raise FleetUnreadable(
            f"{files.path} stands for an address; write https://server/ before it, and let variables be its parts",
            source=_called(tenant),
        )
    return path


def _served(tenant: Tenant, service: Service) -> Roster:
    """What a service says."""
    url = _expanded(tenant, service.url)
    if service.profile == _CLEVER:
        return read_clever(auth=BearerToken(token=_secret(tenant, service)), url=url, source=tenant.name)
    if service.profile not in PROVIDERS:
        known = ", ".join((*PROVIDERS, _CLEVER))
        raise FleetUnreadable(f"there is no profile {service.profile!r}; there are {known}", source=_called(tenant))
    token_url = _expanded(tenant, service.token_url)
    auth = ClientCredentials(id=service.client_id, secret=_secret(tenant, service), token_url=token_url)
    return read_rest(url, auth=auth, profile=PROVIDERS[service.profile], source=tenant.name)


@contextmanager
def open_host(tenant: Tenant) -> Generator[HostAdapter]:
    """The tenant's host, closed at the end where it can be."""
    if FACTORY.fullmatch(tenant.host):
        made = _made(tenant, tenant.host)
    else:
        from oneroster_reconcile.hosts.sql import SqlHost

        made = SqlHost(_expanded(tenant, tenant.host))
    with _closing(made) as host:
        yield host


@contextmanager
def open_state(tenant: Tenant) -> Generator[SyncState]:
    """The tenant's state, closed at the end where it can be; in a database it is called as the tenant is."""
    if FACTORY.fullmatch(tenant.state):
        with _closing(_made(tenant, tenant.state)) as state:
            yield state
        return
    place = _expanded(tenant, tenant.state)
    if "://" in place:
        from sqlalchemy import create_engine

        from oneroster_reconcile.apply.sql_state import SqlState

        engine = create_engine(place, hide_parameters=True)
        try:
            yield SqlState(engine, source=tenant.id)
        finally:
            engine.dispose()
    else:
        yield FolderState(place)


@contextmanager
def _closing(made: Any) -> Generator[Any]:
    try:
        yield made
    finally:
        if hasattr(made, "close"):
            made.close()


def policy_of(tenant: Tenant) -> Policy:
    """The tenant's policy: what it says, a preset, or what a file says.

    Raises PolicyUnreadable where there is none.
    """
    if isinstance(tenant.policy, Policy):
        return tenant.policy
    if tenant.policy in PRESETS:
        return PRESETS[tenant.policy]()
    path = Path(_expanded(tenant, tenant.policy))
    read = {".toml": policy_from_toml, ".json": policy_from_json}.get(path.suffix.lower())
    if read is None:
        raise PolicyUnreadable(f"there is none of that name; there are {', '.join(PRESETS)}", source=f"policy {tenant.policy!r}")
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PolicyUnreadable(f"it cannot be read ({error.strerror})", source=str(path)) from None


def approvals_of(tenant: Tenant) -> tuple[Approval | StandingApproval, ...]:
    """What people approved for the tenant; nothing where no file is named.

    Raises FleetUnreadable where the file cannot be read, ApprovalsUnreadable where it holds something else.
    """
    if not tenant.approvals:
        return ()
    try:
        text = Path(_expanded(tenant, tenant.approvals)).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"approvals {tenant.approvals} cannot be read ({type(error).__name__})"
        raise FleetUnreadable(reason, source=_called(tenant)) from None
    return approvals_from_json(text)


def _made(tenant: Tenant, name: str) -> Any:
    """What a factory gives for a tenant."""
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise FleetUnreadable(f"{name} cannot be imported ({type(error).__name__})", source=_called(tenant)) from None
    return factory(tenant)


def _expanded(tenant: Tenant, text: str) -> str:
    return VARIABLE.sub(lambda found: _variable(tenant, found[1]), text)


def _secret(tenant: Tenant, service: Service) -> str:
    return _variable(tenant, service.secret)


def _variable(tenant: Tenant, name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise FleetUnreadable(f"the environment variable {name} is not set where the tenant is worked on", source=_called(tenant))


def _called(tenant: Tenant) -> str:
    return f"tenant {tenant.id!r}"
