"""`apply`: do what a plan says."""

from pathlib import Path
from typing import Annotated, Any

import typer
from attrs import frozen

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.freshness import check_fresh
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.pieces import held_by
from oneroster_reconcile.apply.runs import RunState
from oneroster_reconcile.apply.verification import verify
from oneroster_reconcile.cli.failures import ExitCode, WrongUsage
from oneroster_reconcile.cli.interruption import stoppable
from oneroster_reconcile.cli.opening import open_approvals, open_host, prepare_state
from oneroster_reconcile.cli.options import Format, FormatOption, HostOption, PlanArgument, StateOption
from oneroster_reconcile.cli.output import print_document, print_receipts, progress
from oneroster_reconcile.cli.parts import PartOptions, part_of, print_part
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.plan.approvals import Approval, StandingApproval
from oneroster_reconcile.plan.files import read_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verification import Verification
from oneroster_reconcile.render.document import issue_document, receipts_document
from oneroster_reconcile.render.verifications import verification_document, verification_text

__all__ = ["ApplyOptions", "apply_plan"]

_SHOWN = 12
"""How much of a digest `show` prints: so much has to be typed."""


@frozen(kw_only=True)
class ApplyOptions(PartOptions):
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
    batch: Annotated[int, typer.Option("--batch", metavar="N", min=1, help="How many changes the host is given at a time.")] = (
        Pace().batch
    )
    verifying: Annotated[
        bool, typer.Option("--verify", help="Read the host again afterwards, and say what of the changes it does not hold.")
    ] = False
    output_format: FormatOption = Format.TEXT


@taking(ApplyOptions)
def apply_plan(options: ApplyOptions) -> None:
    """Make the changes of a plan at the host, or a part of them, unless rows that it is about have moved there since.

    Ctrl-C stops after the batch that is under way. A run that was stopped, failed or died goes on where it was when the same plan, or the same part of it, is applied again.
    What was done is remembered in the state; what failed, is held or was left out is not, so that the next plan has it again.
    A part brings what it needs, and is held as the whole is; its digest is its own.
    """
    whole = read_plan(options.plan)
    state = prepare_state(options.state)
    made = part_of(whole, options, state.base)
    if made is not whole and options.output_format is Format.TEXT:
        print_part(made, whole)
    approvals = _approvals(options, made)
    with open_host(options.host) as opened, progress(made) as follow, stoppable() as cancelled:
        if not any(run.is_of(made) and run.state.is_open for run in state.runs[-1:]):
            check_fresh(made, held_by(opened))
        receipts = apply(made, opened, state, approvals, pace=Pace(batch=options.batch, cancelled=cancelled), on_progress=follow)
        found = verify(made, receipts, held_by(opened)) if options.verifying else None
    _print(options, receipts, found, {"digest": made.digest, **_part_document(made, whole)})
    if state.runs and state.runs[-1].state is RunState.CANCELLED:
        raise typer.Exit(ExitCode.CANCELLED)
    if len(receipts.failures) > len(receipts.held) or not (found is None or found.is_clean):
        raise typer.Exit(ExitCode.HOST_FAILED)
    if len(receipts.held):
        raise typer.Exit(ExitCode.HELD)


def _print(options: ApplyOptions, receipts: Receipts, found: Verification | None, about: dict[str, Any]) -> None:
    if options.output_format is Format.JSON:
        verified = {} if found is None else {"verification": verification_document(found)}
        print_document({**receipts_document(receipts), **about, **verified})
        return
    print_receipts(receipts)
    if found is not None:
        print(verification_text(found))


def _part_document(made: ChangePlan, whole: ChangePlan) -> dict[str, Any]:
    """What is said of a part, where there is one."""
    if made is whole:
        return {}
    issues = [issue_document(issue) for issue in made.issues[len(whole.issues) :]]
    return {"part": {"of": whole.digest, "changes": len(made), "issues": issues}}


def _approvals(options: ApplyOptions, plan: ChangePlan) -> tuple[Approval | StandingApproval, ...]:
    given = open_approvals(options.approvals) if options.approvals else ()
    if options.approve is None:
        return given
    if len(options.approve) < _SHOWN or not plan.digest.startswith(options.approve):
        raise WrongUsage(f"--approve {options.approve!r} is not the digest of this plan; `show` prints it below what it is for")
    return (*given, Approval(digest=plan.digest, by="command line"))
