"""`policy`: the presets, and policies in files, shown, compared and checked."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.options import Format, FormatOption, policy_of
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.policy.differences import diff_policies
from oneroster_reconcile.policy.documents import policy_to_json, policy_to_toml
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.policies import policy_text

__all__ = ["PolicyFormat", "check", "diff", "list_", "show"]


class PolicyFormat(StrEnum):
    """How a policy is written: for people, or as a document that `--policy` reads.

    >>> PolicyFormat("toml").name
    'TOML'
    """

    TEXT = "text"
    TOML = "toml"
    JSON = "json"


PolicyArgument = Annotated[str, typer.Argument(metavar="POLICY", help="The name of a preset, or a file (.toml or .json).")]
OtherArgument = Annotated[str, typer.Argument(metavar="OTHER", help="Another, named the same way.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A policy's document (.toml or .json).")]
PolicyFormatOption = Annotated[
    PolicyFormat, typer.Option("--format", help="A table for people, or a document that --policy reads.")
]
PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="NAME", help="Write only what differs from this preset (toml, json).")
]


def list_() -> None:
    """List the presets, each with what it does."""
    width = max(map(len, PRESETS))
    for name, preset in PRESETS.items():
        print(f"{name:<{width}}  {(preset.__doc__ or '').partition(chr(10))[0]}")


def show(policy: PolicyArgument, output_format: PolicyFormatOption = PolicyFormat.TEXT, preset: PresetOption = None) -> None:
    """Show a policy: as a table, or as a document to change and to give to --policy."""
    found, start = policy_of(policy), None if preset is None else policy_of(preset, files=False).name
    match output_format:
        case PolicyFormat.TEXT:
            print(policy_text(found))
        case PolicyFormat.TOML:
            print(policy_to_toml(found, preset=start), end="")
        case PolicyFormat.JSON:
            print(policy_to_json(found, preset=start), end="")
        case _:
            assert_never(output_format)


def diff(policy: PolicyArgument, other: OtherArgument, output_format: FormatOption = Format.TEXT) -> None:
    """Say what differs between two policies, a key a line."""
    found = diff_policies(policy_of(policy), policy_of(other))
    if output_format is Format.JSON:
        differences = [{"path": each.path, "before": each.before, "after": each.after} for each in found]
        print_document({"differences": json.loads(json.dumps(differences, default=str))})
        return
    for each in found:
        print(shown(str(each), longest=500))
    if not found:
        print("No differences.")


def check(file: FileArgument) -> None:
    """Check the document of a policy, and say all that is wrong with it, a key a line.

    The exit code is 1 where anything is.
    """
    try:
        policy = policy_of(str(file), presets=False)
    except PolicyUnreadable as error:
        for finding in error.findings:
            print(shown(finding, longest=500))
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    print(f"{shown(str(file), longest=500)}: policy {shown(policy.name)} is in order")
