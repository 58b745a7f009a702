"""`explain`: why a plan changes a row, or does not."""

from pathlib import Path
from typing import Annotated

import typer

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.cli.opening import open_state
from oneroster_reconcile.cli.options import Format, FormatOption, PlanArgument
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.issues.issue import Ref
from oneroster_reconcile.plan.explaining import explain as explained
from oneroster_reconcile.plan.files import read_plan
from oneroster_reconcile.render.escaping import shown

__all__ = ["explain"]

_LONGEST = 2_000


def explain(
    plan: PlanArgument,
    row: Annotated[str, typer.Argument(metavar="ROW", help="A row by its kind and source id or host id, such as user/0142.")],
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="DIR", help="What is remembered between runs: tells rows in step from unknown ones."),
    ] = None,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Say why a plan changes a row, or does not, what to do about it, and who can.

    A membership is named class|user|role, such as 'enrollment/k1|0142|student'.
    """
    kind, _, name = row.partition("/")
    try:
        why = explained(read_plan(plan), Ref(kind, name or None), None if state is None else open_state(state).base)
    except ValueError as error:
        if isinstance(error, WrongUsage) or type(error) is not ValueError:
            raise
        raise WrongUsage(str(error)) from None
    if output_format is Format.JSON:
        print_document(why.to_dict())
        return
    for line in why.lines():
        print(shown(line, longest=_LONGEST))
