"""Services on the command line: who asks, whose service it is, and rosters read from it or from files."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.auth import BearerToken, ClientCredentials, checked_url
from oneroster_reconcile.sources.clever import read_clever
from oneroster_reconcile.sources.clever_connection import check_clever_connection
from oneroster_reconcile.sources.connection import Connection, check_connection
from oneroster_reconcile.sources.providers import PROVIDERS, Provider
from oneroster_reconcile.sources.rest import read_rest

__all__ = ["CleverService", "PagesOption", "ProfileOption", "Service", "TokenOption", "is_service", "service_of"]

TokenOption = Annotated[
    str | None, typer.Option("--token-url", metavar="URL", help="For a service: where the provider gives tokens.")
]
_CLEVER = "clever"
_PROFILES = (*PROVIDERS, _CLEVER)
ProfileOption = Annotated[str, typer.Option("--profile", metavar="NAME", help=f"Whose service it is: {', '.join(_PROFILES)}.")]
PagesOption = Annotated[
    Path | None,
    typer.Option(
        "--pages",
        metavar="DIR",
        help="For a service: where pages are kept until all is read, so that a read that broke off goes on; they hold pupils' data.",
    ),
]
_SECRET = "ORR_CLIENT_SECRET"  # noqa: S105
_TOKEN = "ORR_CLEVER_TOKEN"  # noqa: S105


@frozen
class Service:
    """A OneRoster service as the command line names it."""

    url: str
    auth: ClientCredentials
    profile: Provider

    def read(self, source: str, pages: Path | None) -> Roster:
        """Its roster, with what an earlier read that broke off has kept in a folder."""
        return read_rest(self.url, auth=self.auth, profile=self.profile, source=source, pages=pages)

    def look(self) -> Connection:
        """Whether it can be read."""
        return check_connection(self.url, auth=self.auth, profile=self.profile)


@frozen
class CleverService:
    """Clever as the command line names it."""

    url: str
    auth: BearerToken

    def read(self, source: str, pages: Path | None) -> Roster:
        """The roster of the district that is shared, with what an earlier read that broke off has kept in a folder."""
        return read_clever(auth=self.auth, url=self.url, source=source, pages=pages)

    def look(self) -> Connection:
        """Whether the district can be read."""
        return check_clever_connection(auth=self.auth, url=self.url)


def is_service(source: str) -> bool:
    """Whether a source is an address, and no folder or zip.

    >>> is_service("https://sis.example"), is_service("district.zip")
    (True, False)
    """
    return source.startswith(("https://", "http://"))


def service_of(url: str, client_id: str | None, token_url: str | None, profile: str) -> Service | CleverService:
    """The service, with the secret from the environment or whoever sits there.

    Raises WrongUsage where something of it cannot be right.
    """
    if profile not in _PROFILES:
        raise WrongUsage(f"--profile: there is no {profile!r}; choose one of {', '.join(_PROFILES)}")
    try:
        checked_url(url)
        return _clever(url, client_id, token_url) if profile == _CLEVER else _oneroster(url, client_id, token_url, profile)
    except ValueError as error:
        raise WrongUsage(str(error)) from None


def _oneroster(url: str, client_id: str | None, token_url: str | None, profile: str) -> Service:
    if client_id is None:
        raise WrongUsage(f"a service wants to know who asks; give --client-id, and the secret in {_SECRET}")
    if token_url is None:
        raise WrongUsage(
            "give --token-url, where the provider changes the id and secret for a token; each has its own address for it"
        )
    auth = ClientCredentials(id=client_id, secret=_secret(_SECRET, "client's secret"), token_url=token_url)
    return Service(url, auth, PROVIDERS[profile])


def _clever(url: str, client_id: str | None, token_url: str | None) -> CleverService:
    if client_id is not None or token_url is not None:
        raise WrongUsage(f"--client-id and --token-url are not for Clever, which gives a token for each district; set {_TOKEN}")
    return CleverService(url, BearerToken(token=_secret(_TOKEN, "district's token")))


def _secret(variable: str, called: str) -> str:
    if secret := os.environ.get(variable):
        return secret
    if not sys.stdin.isatty():
        raise WrongUsage(f"there is nobody to ask for the {called}; set {variable}")
    return str(typer.prompt(called.capitalize(), hide_input=True, err=True))
