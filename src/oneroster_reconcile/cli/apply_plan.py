"""`apply`: do what a plan says."""

from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.freshness import check_fresh
from oneroster_reconcile.cli.failures import ExitCode, WrongUsage
from oneroster_reconcile.cli.opening import open_approvals, open_host, prepare_state
from oneroster_reconcile.cli.options import Format, FormatOption, HostOption, PlanArgument, StateOption
from oneroster_reconcile.cli.output import print_document, print_receipts, progress
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.plan.approvals import Approval, StandingApproval
from oneroster_reconcile.plan.files import read_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.document import receipts_document

__all__ = ["ApplyOptions", "apply_plan"]

_SHOWN = 12
"""How much of a digest `show` prints: so much has to be typed."""


@frozen(kw_only=True)
class ApplyOptions:
    """What `apply` is told."""

    plan: PlanArgument
    host: HostOption
    state: StateOption
    approvals: Annotated[
        Path | None, typer.Option("--approvals", metavar="FILE", help="What people approved, of plans or standing, as JSON.")
    ] = None
    approve: Annotated[
        str | None,
        typer.Option("--approve", metavar="DIGEST", help="Let through what guards hold, having read the plan of this digest."),
    ] = None
    output_format: FormatOption = Format.TEXT


@taking(ApplyOptions)
def apply_plan(options: ApplyOptions) -> None:
    """Make the changes of a plan at the host, unless rows that it is about have moved there since.

    What was done is remembered in the state; what failed or is held is not, so that the next plan holds it again.
    """
    made = read_plan(options.plan)
    approvals = _approvals(options, made)
    with open_host(options.host) as opened, progress(made) as follow:
        check_fresh(made, opened.snapshot())
        receipts = apply(made, opened, prepare_state(options.state), approvals, on_progress=follow)
    if options.output_format is Format.JSON:
        print_document({**receipts_document(receipts), "digest": made.digest})
    else:
        print_receipts(receipts)
    if len(receipts.failures) > len(receipts.held):
        raise typer.Exit(ExitCode.HOST_FAILED)
    if len(receipts.held):
        raise typer.Exit(ExitCode.HELD)


def _approvals(options: ApplyOptions, plan: ChangePlan) -> tuple[Approval | StandingApproval, ...]:
    given = open_approvals(options.approvals) if options.approvals else ()
    if options.approve is None:
        return given
    if len(options.approve) < _SHOWN or not plan.digest.startswith(options.approve):
        raise WrongUsage(f"--approve {options.approve!r} is not the digest of this plan; `show` prints it below what it is for")
    return (*given, Approval(digest=plan.digest, by="command line"))
