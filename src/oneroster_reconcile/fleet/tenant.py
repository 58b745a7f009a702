"""`Tenant`: one district of many, as a value that can be written down: where its roster comes from, where it goes, by which policy."""

import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen
from attrs.validators import and_, ge, min_len

from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.sources.layout import Version
from oneroster_reconcile.sources.manifest import Mode

__all__ = ["FACTORY", "FILES", "VARIABLE", "Files", "Limits", "Service", "Source", "Tenant", "as_known_here"]

FACTORY: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
"""How a function of the product's is written, `package.module:function`; a URL has slashes."""

VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
"""How an environment variable is written in what a tenant refers to."""

FILES: Final = "files"
"""Who provides what lies in files, where nobody is named."""
_SECRET: Final = "ORR_CLIENT_SECRET"  # noqa: S105
_HTTPS: Final = "https://"
_LITERAL_PASSWORD = re.compile(
    r"//[^/@]*:(?!\$\{)[^@]+@|[?&](?:[a-z0-9]+[-_])*(?:(?:ssl)?password|passwd|pwd|secret|token|sig\w*)=(?!\$\{)[^&]",
    re.IGNORECASE,
)
"""Before a server's name, which a password with a slash in it hides, or among what is asked: `${NAME}` stands there, or nothing."""


def _no_password(owner: Any, attribute: "Attribute[Any]", value: Any) -> None:
    if isinstance(value, str) and _LITERAL_PASSWORD.search(value):
        whose = f"tenant {owner.id!r}: " if isinstance(owner, Tenant) else ""
        raise ValueError(f"{whose}{attribute.name} holds a password; put it into an environment variable and write ${{NAME}}")


def _names_a_server(_: Any, attribute: "Attribute[Any]", value: str) -> None:
    try:
        named = _server(value)
    except ValueError:
        named = ""
    if value and not named:
        raise ValueError(f"{attribute.name} names no server; write https://server/path, of which ${{NAME}} may be a part")


def _is_readable(owner: Any, attribute: "Attribute[Any]", value: str) -> None:
    if value.startswith(_HTTPS):
        _names_a_server(owner, attribute, value)


@frozen(kw_only=True)
class Files:
    """A folder or a zip of OneRoster CSV files, or the https address of a zip; `mode` and `version` replace what its manifest says.

    `spill` is for files that lie here with too many enrollments for the memory: a folder in which those are kept while the tenant is worked on. They are pupils' data.

    Raises ValueError where the address names no server, or holds a password or a signature.

    >>> Files(path="exports/plum-falls.zip").mode is None
    True
    """

    path: str = field(validator=and_(min_len(1), _is_readable, _no_password))
    mode: Mode | None = None
    version: Version | None = None
    spill: str = ""

    @property
    def server(self) -> str:
        """Who is asked over the network; blank for what lies here."""
        return _server(self.path) if self.path.startswith(_HTTPS) else ""


@frozen(kw_only=True)
class Service:
    """A OneRoster service, or Clever's where `profile` is `clever`; `secret` names the environment variable that holds the secret or the token.

    Raises ValueError where an address names no server, or holds a password.

    >>> Service(url="https://sis.example/ims/oneroster/v1p1", client_id="us", token_url="https://sis.example/token").secret
    'ORR_CLIENT_SECRET'
    """

    url: str = field(validator=and_(min_len(1), _names_a_server, _no_password))
    profile: str = "standard"
    client_id: str = ""
    token_url: str = field(default="", validator=and_(_names_a_server, _no_password))
    secret: str = field(default=_SECRET, validator=min_len(1))

    @property
    def server(self) -> str:
        """Who is asked over the network."""
        return _server(self.url)


Source = Files | Service
"""Where a roster is read from."""


@frozen(kw_only=True)
class Limits:
    """What one tenant may take: `seconds` on the clock, `megabytes` of memory of the process that works on it; 0 is no limit.

    Memory is looked at twenty times a second, where the system has `/proc`; elsewhere nobody looks.

    >>> Limits(seconds=600, megabytes=2_000).seconds
    600
    """

    seconds: float = field(default=3_600, validator=ge(0))
    megabytes: int = field(default=0, validator=ge(0))


@frozen(kw_only=True)
class Tenant:
    """A district: its `source`, `host` and `state` are references that whoever works on it opens, so that it can be sent to any machine.

    `host` is a SQLAlchemy URL, or the dotted name `package.module:factory` of a function that takes the tenant and gives a `HostAdapter`. `state` is a folder, a SQLAlchemy URL, or such a name of a
    function that gives a `SyncState`. `policy` is a preset's name, a file that ends in .toml or .json, or a policy. `approvals` is a file of approvals. A password stands nowhere: `${NAME}` in a
    URL is the environment variable of that name, where the tenant is worked on. Paths that are not absolute begin where the process does.

    `provider` says whose outage would be the tenant's, such as `classlink`; where it is blank it is the server that is asked, or `files`. `name` is what the crosswalk calls the source.

    Raises ValueError where something is blank that must not be, or a URL holds a password.

    >>> tenant = Tenant(id="plum-falls", source=Files(path="plum-falls.zip"), host="sqlite:///host.db", policy="careful", state="states/plum-falls")
    >>> tenant.served_by, tenant.is_asked
    ('files', False)
    """

    id: str = field(validator=min_len(1))
    source: Source
    host: str = field(validator=and_(min_len(1), _no_password))
    policy: str | Policy = field(validator=_no_password)
    state: str = field(validator=and_(min_len(1), _no_password))
    provider: str = ""
    name: str = field(default="oneroster", validator=min_len(1))
    approvals: str = field(default="", validator=_no_password)
    limits: Limits = Limits()

    @property
    def folder(self) -> str:
        """The folder of its state, spelled in one way as far as variables are known here; blank where that is a database or a factory's, which hold one for each of many."""
        state = as_known_here(self.state)
        if "://" in state or FACTORY.fullmatch(self.state):
            return ""
        return os.path.normcase(os.path.normpath(Path(state).absolute()))

    @property
    def served_by(self) -> str:
        """The provider by which load is bounded and guards judge."""
        return self.provider or self.source.server or FILES

    @property
    def is_asked(self) -> bool:
        """Whether somebody's server bears the load, or a provider is named."""
        return self.served_by != FILES


def as_known_here(text: str) -> str:
    """A reference with what its variables stand for in this process, whoever will work on it; what is not set is left as it is written."""
    return VARIABLE.sub(lambda found: os.environ.get(found[1]) or found[0], text)


def _server(url: str) -> str:
    return urlsplit(url).hostname or ""
