"""The arguments and options that several commands share, and what they are turned into."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.sources.layout import Version
from oneroster_reconcile.sources.manifest import Mode

__all__ = [
    "Format",
    "FormatOption",
    "HostOption",
    "LimitOption",
    "ModeOption",
    "PlanArgument",
    "SourceArgument",
    "StateOption",
    "VersionOption",
    "day",
    "policy_of",
]


class Format(StrEnum):
    """How results are printed: for people, or as one JSON document.

    >>> Format("json").name
    'JSON'
    """

    TEXT = "text"
    JSON = "json"


SourceArgument = Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder or a zip of OneRoster CSV files.")]
PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan file.")]
HostOption = Annotated[
    str, typer.Option("--host", metavar="URL", help="The host: sqlite:///host.db or postgresql+psycopg://server/database.")
]
StateOption = Annotated[
    Path, typer.Option("--state", metavar="DIR", help="What is remembered between runs; made where it is missing.")
]
ModeOption = Annotated[
    Mode | None, typer.Option("--mode", help="Whether the files are everything or what changed, if the manifest is wrong.")
]
VersionOption = Annotated[Version | None, typer.Option("--version", help="The version of OneRoster, if the manifest is wrong.")]
FormatOption = Annotated[Format, typer.Option("--format", help="For people, or one JSON document for programs.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="How many changes of each sort to show.")]


def day(text: str | None) -> date:
    """A date as it is written in ISO 8601; today, by this machine's clock and time zone, where there is none.

    >>> day("2026-09-01").year
    2026
    """
    if text is None:
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"--as-of {text!r} is not a date; write it as 2026-09-01") from None


def policy_of(name: str) -> Policy:
    """The preset of a name.

    >>> policy_of("mirror").name
    'mirror'
    """
    if name not in PRESETS:
        raise WrongUsage(f"there is no policy {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]()
