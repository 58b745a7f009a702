"""`validate`: what a package holds, how completely, and what is wrong with it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import ExitCode, writing
from oneroster_reconcile.cli.options import ModeOption, SourceArgument, VersionOption, WithheldOption, expectations
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.render.report_document import report_document
from oneroster_reconcile.render.report_lines import report_text
from oneroster_reconcile.render.report_page import report_page
from oneroster_reconcile.render.report_terminal import print_report
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.validation.report import Report
from oneroster_reconcile.validation.validating import validate as validated

__all__ = ["ReportFormat", "ValidateOptions", "validate"]


class ReportFormat(StrEnum):
    """How a report is written: for people, as one JSON document, or as a page.

    >>> ReportFormat("html").name
    'HTML'
    """

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@frozen(kw_only=True)
class ValidateOptions:
    """What `validate` is told."""

    source: SourceArgument
    mode: ModeOption = None
    version: VersionOption = None
    withheld: WithheldOption = None
    output_format: Annotated[
        ReportFormat, typer.Option("--format", help="For people, one JSON document for programs, or a page for an administrator.")
    ] = ReportFormat.TEXT
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; by default it is printed.")
    ] = None


@taking(ValidateOptions)
def validate(options: ValidateOptions) -> None:
    """Read a package and say what it holds, how completely, and what is wrong with it.

    The exit code is 1 where there is an error among the issues. A row that is missing from what was read completely counts as gone.
    """
    expecting = expectations(options.withheld)
    report = validated(read_csv(options.source, mode=options.mode, version=options.version), expecting=expecting)
    if options.output is not None:
        with writing(options.output):
            options.output.write_text(f"{_written(report, options.output_format)}\n", encoding="utf-8")
    elif options.output_format is ReportFormat.TEXT:
        print_report(report)
    else:
        print(_written(report, options.output_format))
    if len(report.errors):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _written(report: Report, output_format: ReportFormat) -> str:
    match output_format:
        case ReportFormat.TEXT:
            return report_text(report)
        case ReportFormat.JSON:
            return json.dumps(report_document(report), indent=2)
        case ReportFormat.HTML:
            return report_page(report).rstrip("\n")
        case _:
            assert_never(output_format)
