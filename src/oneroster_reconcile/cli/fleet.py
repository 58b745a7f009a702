"""`fleet plan`, `fleet apply`, `fleet run`: the tenants of a file, in one night."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import ExitCode, writing
from oneroster_reconcile.cli.options import Format, FormatOption, day
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.fleet.agenda import Precautions
from oneroster_reconcile.fleet.documents import read_fleet
from oneroster_reconcile.fleet.journal import Night
from oneroster_reconcile.fleet.local import LocalEngine
from oneroster_reconcile.fleet.outcomes import Outcome, Skipped, is_bad, outcome_to_document
from oneroster_reconcile.fleet.report import FleetReport
from oneroster_reconcile.fleet.report_page import fleet_page
from oneroster_reconcile.fleet.running import FleetStep, apply_all, plan_all, run_all
from oneroster_reconcile.fleet.tasks import Job
from oneroster_reconcile.render.escaping import shown

__all__ = ["FleetOptions", "apply", "exhausted", "exit_code_of_night", "plan", "run"]


@frozen(kw_only=True)
class FleetOptions:
    """What the commands of a fleet are told."""

    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="The file of the tenants (.toml or .json).")]
    folder: Annotated[
        Path,
        typer.Option(
            "--folder", metavar="DIR", help="Where the fleet keeps its journal and its plans; made where it is missing."
        ),
    ] = Path("nights")
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The night, and the day that decides what has ended; default: today."),
    ] = None
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="How many processes; default: one a processor.")
    ] = None
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, help="How many tenants of one provider are worked on at once.")
    ] = Precautions().at_once
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Where to write a page about the night, for operators.")
    ] = None
    output_format: FormatOption = Format.TEXT


@taking(FleetOptions)
def plan(options: FleetOptions) -> None:
    """Plan every tenant of a file, each in a process that harms no other; nothing is changed.

    The plans lie in the folder. A second start of the same night does only what is left.
    """
    _work(options, Job.PLAN)


@taking(FleetOptions)
def apply(options: FleetOptions) -> None:
    """Apply the plans that `fleet plan` made in the same night; what guards hold and nobody approved is left.

    A second start of the same night does only what is left.
    """
    _work(options, Job.APPLY)


@taking(FleetOptions)
def run(options: FleetOptions) -> None:
    """Plan every tenant of a file and apply its plan at once, as far as its guards let it through.

    A second start of the same night does only what is left.
    """
    _work(options, Job.RUN)


_JOBS: Mapping[Job, Callable[..., Iterator[Outcome]]] = {Job.PLAN: plan_all, Job.APPLY: apply_all, Job.RUN: run_all}


def _work(options: FleetOptions, job: Job) -> None:
    tenants = read_fleet(options.fleet)
    night = Night(as_of=day(options.as_of), folder=options.folder)
    precautions = Precautions(at_once=options.at_once)
    with writing(options.folder):
        options.folder.mkdir(parents=True, exist_ok=True)
    with _progress() as follow:
        engine = LocalEngine(options.workers)
        is_stopped = exhausted(_JOBS[job](tenants, night, engine=engine, precautions=precautions, on_step=follow))
    known = {each.id for each in tenants}
    report = FleetReport(outcomes=[each for each in night.outcomes(job) if each.tenant in known])
    if options.report is not None:
        with writing(options.report):
            options.report.write_text(fleet_page(report, title=f"{job} of {night.as_of}"), encoding="utf-8")
    if options.output_format is Format.JSON:
        print_document(_document(report, job, night))
    else:
        print(report.text())
    if code := exit_code_of_night(report, is_stopped=is_stopped):
        raise typer.Exit(code)


def exhausted(outcomes: Iterator[Outcome]) -> bool:
    """Take every outcome; whether somebody stopped that before the last."""
    try:
        for _ in outcomes:
            pass
    except KeyboardInterrupt:
        return True
    return False


def _document(report: FleetReport, job: Job, night: Night) -> dict[str, Any]:
    return {
        "job": job.value,
        "as_of": str(night.as_of),
        "tenants": len(report.outcomes),
        "by_outcome": dict(report.by_outcome),
        "causes": report.causes.to_dicts(),
        "issues": report.issues.to_dicts(),
        "outcomes": [outcome_to_document(each) for each in report.outcomes],
    }


def exit_code_of_night(report: FleetReport, *, is_stopped: bool) -> ExitCode:
    """The exit code for what became of the tenants; what failed goes before what is held."""
    if is_stopped:
        return ExitCode.CANCELLED
    if _any_failed(report.outcomes):
        return ExitCode.HOST_FAILED
    return ExitCode.HELD if report.frame["held"].sum() else ExitCode.DONE


def _any_failed(outcomes: Iterable[Outcome]) -> bool:
    return any(is_bad(each) or isinstance(each, Skipped) or getattr(each, "failed", 0) for each in outcomes)


@contextmanager
def _progress() -> Generator[Callable[[FleetStep], None]]:
    """A line on standard error for each tenant that ended, where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    def follow(step: FleetStep) -> None:
        print(
            f"{step.done:,} of {step.total:,}  {shown(step.outcome.tenant)}: {shown(step.outcome.about, longest=200)}",
            file=sys.stderr,
        )

    yield follow
