"""Exit codes, and the one line that is said in place of a traceback."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from oneroster_reconcile.issues.errors import HostFailed, PlanHeld, ReconcileError
from oneroster_reconcile.render.escaping import shown

__all__ = ["ExitCode", "WrongUsage", "exit_code_of", "said", "writing"]

_LONGEST = 2_000


class ExitCode(IntEnum):
    """What the exit code of a command means.

    >>> exit_code_of(HostFailed("no answer")).name
    'HOST_FAILED'
    """

    DONE = 0
    BAD_INPUT = 1
    WRONG_USAGE = 2
    HOST_FAILED = 3
    HELD = 4
    CANCELLED = 5


class WrongUsage(ReconcileError, ValueError):
    """An argument that cannot be right, whatever the files hold."""


def exit_code_of(error: ReconcileError) -> ExitCode:
    """The exit code for an error of ours."""
    if isinstance(error, HostFailed):
        return ExitCode.HOST_FAILED
    if isinstance(error, PlanHeld):
        return ExitCode.HELD
    return ExitCode.WRONG_USAGE if isinstance(error, WrongUsage) else ExitCode.BAD_INPUT


def said(error: ReconcileError) -> str:
    """The line that is said of an error.

    >>> said(WrongUsage("there is no policy 'x'"))
    "error: there is no policy 'x'"
    """
    return f"error: {shown(' '.join(str(error).split()), longest=_LONGEST)}"


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Say of a file that cannot be written that it was a bad choice."""
    try:
        yield
    except OSError as error:
        raise WrongUsage(f"{path}: cannot be written ({error.strerror or type(error).__name__}); choose another place") from error
