"""A report in a terminal: in colour and wrapped to its width where rich is installed, as plain text elsewhere."""

import sys
from importlib.util import find_spec
from typing import TextIO

from oneroster_reconcile.render.report_lines import report_lines, report_text
from oneroster_reconcile.render.terminal import STYLES
from oneroster_reconcile.validation.report import Report

__all__ = ["print_report"]


def print_report(report: Report, *, file: TextIO | None = None) -> None:
    """Print a report, to standard output unless told otherwise; colours and wrapping are for terminals."""
    out = file or sys.stdout
    if not (out.isatty() and find_spec("rich")):
        out.write(f"{report_text(report)}\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)
    for line in report_lines(report):
        console.print(Text.assemble(*((f"{span.lead}{span.text}", STYLES[span.style]) for span in line)))
