"""A plan in a terminal: in colour and wrapped to its width where rich is installed, as plain text elsewhere."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, TextIO

from oneroster_reconcile.plan.differences import PlanDifferences
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.preview import LIMIT, Line, Span, Style, preview, preview_differences, text_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["STYLES", "print_differences", "print_plan"]

_INDENT = 4

STYLES: Mapping[Style, str] = {
    Style.PLAIN: "none",
    Style.TITLE: "bold",
    Style.DIM: "dim",
    Style.ERROR: "bold red",
    Style.WARNING: "yellow",
    Style.NOTE: "cyan",
    Style.MERGE: "bold magenta",
    Style.LINK: "blue",
    Style.RELINK: "blue",
    Style.UNLINK: "blue",
    Style.SPLIT: "blue",
    Style.RESTORE: "green",
    Style.CREATE: "green",
    Style.UPDATE: "yellow",
    Style.TRANSFER: "cyan",
    Style.ENROLL: "green",
    Style.UNENROLL: "red",
    Style.SUSPEND: "magenta",
    Style.DELETE: "bold red",
}
"""What each style looks like, in rich's words."""


def print_plan(plan: ChangePlan, *, limit: int = LIMIT, seen: ChangePlan | None = None, file: TextIO | None = None) -> None:
    """Print the preview of a plan, or of those of its changes that are `seen`, to standard output unless told otherwise.

    Colours and wrapping are for terminals: what goes to a file or a pipe is `plan_text`.
    """
    _print(preview(plan, limit=limit, seen=seen), file or sys.stdout)


def print_differences(
    found: PlanDifferences, before: ChangePlan, after: ChangePlan, *, limit: int = LIMIT, file: TextIO | None = None
) -> None:
    """Print what a plan has other than an earlier one, likewise."""
    _print(preview_differences(found, before, after, limit=limit), file or sys.stdout)


def _print(lines: Iterator[Line], out: TextIO) -> None:
    if out.isatty() and find_spec("rich"):
        _print_in_colour(lines, out)
    else:
        out.write(f"{text_of(lines)}\n")


def _print_in_colour(lines: Iterator[Line], out: TextIO) -> None:
    from rich.console import Console

    console = Console(file=out, highlight=False)
    for line in lines:
        _print_line(console, line)


def _print_line(console: "Console", line: Line) -> None:
    """A line of the preview; what does not fit goes on below, a little to the right, each difference for itself."""
    whole = _text((span.lead, span) for span in line)
    if whole.cell_len <= console.width:
        console.print(whole)
        return
    begins = [0, *(i for i, span in enumerate(line) if span.lead), len(line)]
    for part, (begin, end) in enumerate(pairwise(begins)):
        text = _text(("", span) for span in line[begin:end])
        for row, wrapped in enumerate(text.wrap(console, console.width - 2 * _INDENT, overflow="fold")):
            wrapped.rstrip()
            wrapped.pad_left(_INDENT * (bool(part) + bool(row)))
            console.print(wrapped)


def _text(pieces: Iterable[tuple[str, Span]]) -> "Text":
    """Pieces with what goes before each."""
    from rich.text import Text

    text = Text.assemble(*((f"{before}{span.text}", STYLES[span.style]) for before, span in pieces))
    text.rstrip()
    return text
