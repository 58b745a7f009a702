"""`apply`: do what a plan says."""

import typer

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.opening import open_host, prepare_state
from oneroster_reconcile.cli.options import Format, FormatOption, HostOption, PlanArgument, StateOption
from oneroster_reconcile.cli.output import print_document, print_receipts, progress
from oneroster_reconcile.plan.jsonl import read_plan
from oneroster_reconcile.render.document import receipts_document

__all__ = ["apply_plan"]


def apply_plan(plan: PlanArgument, host: HostOption, state: StateOption, output_format: FormatOption = Format.TEXT) -> None:
    """Make the changes of a plan at the host.

    What was done is remembered in the state; what failed is not, so that the next plan holds it again.
    """
    made = read_plan(plan)
    with open_host(host) as opened, progress(made) as follow:
        receipts = apply(made, opened, prepare_state(state), on_progress=follow)
    if output_format is Format.JSON:
        print_document({**receipts_document(receipts), "digest": made.digest})
    else:
        print_receipts(receipts)
    if len(receipts.failures):
        raise typer.Exit(ExitCode.HOST_FAILED)
