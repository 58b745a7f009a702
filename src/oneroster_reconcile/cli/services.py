"""Services on the command line: who asks, whose service it is, and rosters read from it or from files."""

import os
import sys
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.sources.auth import ClientCredentials, checked_url
from oneroster_reconcile.sources.providers import PROVIDERS, Provider

__all__ = ["ProfileOption", "Service", "TokenOption", "is_service", "service_of"]

TokenOption = Annotated[
    str | None, typer.Option("--token-url", metavar="URL", help="For a service: where the provider gives tokens.")
]
ProfileOption = Annotated[str, typer.Option("--profile", metavar="NAME", help=f"Whose service it is: {', '.join(PROVIDERS)}.")]
_SECRET = "ORR_CLIENT_SECRET"  # noqa: S105


@frozen
class Service:
    """A service as the command line names it."""

    url: str
    auth: ClientCredentials
    profile: Provider


def is_service(source: str) -> bool:
    """Whether a source is an address, and no folder or zip.

    >>> is_service("https://sis.example"), is_service("district.zip")
    (True, False)
    """
    return source.startswith(("https://", "http://"))


def service_of(url: str, client_id: str, token_url: str | None, profile: str) -> Service:
    """The service, with the client's secret from the environment or whoever sits there.

    Raises WrongUsage where something of it cannot be right.
    """
    if profile not in PROVIDERS:
        raise WrongUsage(f"--profile: there is no {profile!r}; choose one of {', '.join(PROVIDERS)}")
    if token_url is None:
        raise WrongUsage(
            "give --token-url, where the provider changes the id and secret for a token; each has its own address for it"
        )
    try:
        checked_url(url)
        auth = ClientCredentials(id=client_id, secret=_secret(), token_url=token_url)
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    return Service(url, auth, PROVIDERS[profile])


def _secret() -> str:
    if secret := os.environ.get(_SECRET):
        return secret
    if not sys.stdin.isatty():
        raise WrongUsage(f"there is nobody to ask for the client's secret; set {_SECRET}")
    return str(typer.prompt("Client secret", hide_input=True, err=True))
