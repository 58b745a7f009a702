"""`main`: where the command begins, and where every error of ours becomes one line and an exit code."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import TextIOWrapper

from oneroster_reconcile.cli.failures import ExitCode, exit_code_of, said
from oneroster_reconcile.issues.errors import ReconcileError

__all__ = ["PROGRAM", "main"]

PROGRAM = "oneroster-reconcile"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments say, those of the process by default; it ends by SystemExit.

    An exception that is not a `ReconcileError` is a mistake in the program and shows itself as one.
    """
    if any(find_spec(needed) is None for needed in ("rich", "typer")):
        print(f"error: {PROGRAM} needs the cli extra: pip install 'oneroster-reconcile[cli]'", file=sys.stderr)
        raise SystemExit(ExitCode.WRONG_USAGE)
    from oneroster_reconcile.cli.app import app

    _show_what_can_be_shown()
    try:
        app(args=None if arguments is None else list(arguments), prog_name=PROGRAM)
    except ReconcileError as error:
        print(said(error), file=sys.stderr)
        raise SystemExit(exit_code_of(error)) from None


def _show_what_can_be_shown() -> None:
    """A name that the terminal's encoding lacks is shown by its codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
