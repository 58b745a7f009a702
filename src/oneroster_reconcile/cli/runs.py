"""`runs`, `settle`, `decide` and `audit`: what was done, what is under way, what nobody knows yet, and what people decided."""

from pathlib import Path
from typing import Annotated

import typer

from oneroster_reconcile.apply.applying import settle as settled
from oneroster_reconcile.apply.audit import write_audit
from oneroster_reconcile.apply.runs import Run
from oneroster_reconcile.cli.failures import writing
from oneroster_reconcile.cli.opening import open_decisions, open_host, open_state, prepare_state
from oneroster_reconcile.cli.options import Format, FormatOption, HostOption, StateOption
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.render.escaping import shown

__all__ = ["audit", "decide", "runs", "settle"]


def runs(state: StateOption, output_format: FormatOption = Format.TEXT) -> None:
    """List the runs that a state tells of, the last one last; one that is under way in another process, too."""
    found = open_state(state).runs
    if output_format is Format.JSON:
        print_document({"runs": [_document(each) for each in found]})
        return
    for each in found:
        failed = f", {each.failed:,} failed" if each.failed else ""
        print(
            f"{each.begun:%Y-%m-%d %H:%M}  {each.state:<11}  {each.done:,} of {each.changes:,} done{failed}"
            f"  plan {each.plan[:12]}  by {shown(each.by)}"
        )
    if not found:
        print("No runs yet.")


def settle(host: HostOption, state: StateOption) -> None:
    """Find out what became of the batch that was under way when a run died. `plan` and `apply` do so by themselves."""
    with open_host(host) as opened:
        run = settled(opened, prepare_state(state))
    print(
        "Nothing is open."
        if run is None
        else f"The run of plan {run.plan[:12]} is open; apply that plan again, or make a new one."
    )


def decide(
    decisions: Annotated[Path, typer.Argument(metavar="FILE", help="What people decided about who is who, as JSON.")],
    state: StateOption,
) -> None:
    """Keep these decisions in the state, in the place of those before: every plan goes by them until they are revoked."""
    given = open_decisions(decisions)
    kept = prepare_state(state)
    with kept.locked():
        before = len(kept.decisions)
        kept.decide(given)
    print(f"decisions in the state: {len(kept.decisions):,}, before: {before:,}")


def audit(
    state: StateOption,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; it holds personal data.")],
) -> None:
    """Write down who ran and approved what and when, and what was done to whom, with a digest that shows whether the file was changed."""
    with writing(output):
        digest = write_audit(open_state(state), output)
    print(f"written to {shown(str(output), longest=500)}; keep its digest elsewhere: {digest}")


def _document(run: Run) -> dict[str, object]:
    return {
        "plan": run.plan,
        "state": run.state.value,
        "source": run.source,
        "policy": run.policy,
        "by": run.by,
        "begun": run.begun.isoformat(),
        "at": run.at.isoformat(),
        "changes": run.changes,
        "done": run.done,
        "failed": run.failed,
    }
