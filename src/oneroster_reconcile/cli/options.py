"""The arguments and options that several commands share, and what they are turned into."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from attrs import evolve

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.policy.documents import policy_from_json, policy_from_toml
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.sources.layout import Version
from oneroster_reconcile.sources.manifest import Mode
from oneroster_reconcile.validation.inspection import Expectations, matched_by

__all__ = [
    "DriftOption",
    "Format",
    "FormatOption",
    "HostOption",
    "LimitOption",
    "ModeOption",
    "PlanArgument",
    "RenamedOption",
    "ShrinkingOption",
    "SourceArgument",
    "StateOption",
    "VersionOption",
    "WithheldOption",
    "day",
    "expectations",
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
    str,
    typer.Option(
        "--host",
        metavar="URL",
        help="The host: sqlite:///host.db or postgresql+psycopg://server/database, or module:function, which makes your own.",
    ),
]
StateOption = Annotated[
    Path, typer.Option("--state", metavar="DIR", help="What is remembered between runs; made where it is missing.")
]
ModeOption = Annotated[
    Mode | None, typer.Option("--mode", help="Whether the files are everything or what changed, if the manifest is wrong.")
]
VersionOption = Annotated[Version | None, typer.Option("--version", help="The version of OneRoster, if the manifest is wrong.")]
FormatOption = Annotated[Format, typer.Option("--format", help="For people, or one JSON document for programs.")]
ShrinkingOption = Annotated[
    list[str] | None,
    typer.Option("--expect-shrinking", metavar="KIND", help="A kind that may have lost a third of its rows; repeatable."),
]
DriftOption = Annotated[
    list[str] | None,
    typer.Option("--expect-drift", metavar="KIND", help="A kind whose rows may have got other ids; repeatable."),
]
RenamedOption = Annotated[
    list[str] | None,
    typer.Option("--expect-renamed", metavar="ID", help="Somebody who is the same under other names; repeatable."),
]
WithheldOption = Annotated[
    list[str] | None,
    typer.Option("--withheld", metavar="KIND.COLUMN", help="A column that is masked or left out on purpose; repeatable."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="How many changes of each sort to show.")]


_READERS: Mapping[str, Callable[[str], Policy]] = {".toml": policy_from_toml, ".json": policy_from_json}


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


def expectations(
    withheld: Iterable[str] | None,
    *,
    shrinking: Iterable[str] | None = None,
    drifted: Iterable[str] | None = None,
    renamed: Iterable[str] | None = None,
    policy: Policy | None = None,
) -> Expectations:
    """What is said to be meant; `policy` says by what accounts are found.

    >>> sorted(expectations(["user.email", "user.phone"], shrinking=["enrollment"]).withheld[Kind.USER])
    ['email', 'phone']
    """
    columns: dict[Kind, set[str]] = {}
    for text in withheld or ():
        kind, column = _column(text)
        columns.setdefault(kind, set()).add(column)
    meant = Expectations(
        withheld=columns,
        shrinking=[_kind("--expect-shrinking", text) for text in shrinking or ()],
        drifted=[_kind("--expect-drift", text) for text in drifted or ()],
        renamed=[*(renamed or ())],
    )
    if policy is None:
        return meant
    return evolve(meant, matched_by=matched_by(policy.rules[Kind.USER] if Kind.USER in policy.compared else ()))


def _kind(option: str, text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise WrongUsage(f"{option} {text!r} is no kind; there are {', '.join(Kind)}") from None


def _column(text: str) -> tuple[Kind, str]:
    name, _, column = text.partition(".")
    kind = _kind("--withheld", name)
    if column not in (columns := schema_of(row_class(kind))):
        raise WrongUsage(f"--withheld {text!r} is no column of {kind}; there are {', '.join(columns)}")
    return kind, column


def policy_of(text: str, *, presets: bool = True, files: bool = True) -> Policy:
    """The preset of a name, or the policy in a file (`.toml` or `.json`).

    Raises WrongUsage where there is neither, PolicyUnreadable where the file holds something else.

    >>> policy_of("mirror").name
    'mirror'
    """
    if presets and text in PRESETS:
        return PRESETS[text]()
    read = _READERS.get(Path(text).suffix.lower())
    if read is None or not files:
        known = [*(PRESETS if presets else ()), *(["files that end in .toml or .json"] if files else [])]
        raise WrongUsage(f"there is no policy {text!r}; there are {', '.join(known)}")
    try:
        return read(Path(text).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise WrongUsage(f"{text}: cannot be read ({error.strerror}); give the file that the policy is in") from error
    except UnicodeDecodeError:
        raise PolicyUnreadable("it is not text in UTF-8", source=text) from None
    except PolicyUnreadable as error:
        raise PolicyUnreadable(*error.findings, source=text) from None
