"""`check-connection`: whether a service can be read, before a sync is set up."""

from typing import Annotated, Any, assert_never

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.options import Format, FormatOption
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.cli.services import ProfileOption, TokenOption, service_of
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.sources.connection import (
    Connected,
    Connection,
    CredentialsNeeded,
    Incomplete,
    Unreachable,
)

__all__ = ["ConnectionOptions", "check_connection"]


@frozen(kw_only=True)
class ConnectionOptions:
    """What `check-connection` is told; the secret is none of it, since arguments are seen by whoever lists processes."""

    url: Annotated[str, typer.Argument(metavar="URL", help="The address of a OneRoster service, or of Clever.")]
    client_id: Annotated[
        str | None, typer.Option("--client-id", metavar="ID", help="The id that the provider gave us; Clever gives none.")
    ] = None
    token_url: TokenOption = None
    profile: ProfileOption = "standard"
    output_format: FormatOption = Format.TEXT


@taking(ConnectionOptions)
def check_connection(options: ConnectionOptions) -> None:
    """Look whether a service can be read, so that a sync could run.

    The client's secret is taken from ORR_CLIENT_SECRET, for Clever the district's token from ORR_CLEVER_TOKEN, or asked for. The exit code is 0 where a sync could run, else 1.
    """
    found = service_of(options.url, options.client_id, options.token_url, options.profile).look()
    document = _document(found)
    match options.output_format:
        case Format.JSON:
            print_document(document)
        case Format.TEXT:
            _print(document)
        case _:
            assert_never(options.output_format)
    if not isinstance(found, Connected):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _document(found: Connection) -> dict[str, Any]:
    """What was found, for programs."""
    match found:
        case Connected():
            return {"result": "connected", **_told(found)}
        case Incomplete(reasons=reasons):
            return {"result": "incomplete", "reasons": dict(reasons), **_told(found)}
        case CredentialsNeeded(reason):
            return {"result": "credentials needed", "reason": reason}
        case Unreachable(reason):
            return {"result": "unreachable", "reason": reason}
        case _:
            assert_never(found)


def _told(found: Connected | Incomplete) -> dict[str, Any]:
    newest = found.newest and found.newest.isoformat()
    return {"rows": dict(found.rows), "newest": newest, "scopes": [*found.scopes]}


def _print(document: dict[str, Any]) -> None:
    reason = f": {shown(document['reason'])}" if "reason" in document else ""
    print(f"{str(document['result']).capitalize()}{reason}")
    for name, why in document.get("reasons", {}).items():
        print(f"  {name}: {shown(why)}")
    for name, rows in document.get("rows", {}).items():
        print(f"  {name}: {'readable' if rows is None else f'{rows:,} rows'}")
    for scope in document.get("scopes", []):
        print(f"  scope: {shown(scope.rpartition('/')[2])}")
    if document.get("newest"):
        print(f"  changed last (of the rows looked at): {document['newest']}")
