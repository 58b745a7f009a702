"""How commands speak: documents for programs, progress for people who watch."""

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from oneroster_reconcile.apply.applying import Step
from oneroster_reconcile.model.kinds import plural
from oneroster_reconcile.plan.follow_ups import tasks_by_person
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.render.document import receipts_document
from oneroster_reconcile.render.escaping import shown

__all__ = ["print_document", "print_receipts", "progress"]


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document, in ASCII so that it arrives whole whatever the terminal's encoding."""
    print(json.dumps(document, indent=2))


def print_receipts(receipts: Receipts) -> None:
    """Say what was done, and of what failed how much for which reason."""
    answered = receipts_document(receipts)
    if not len(receipts):
        print("No changes to make.")
        return
    more = "".join(f", {answered[name]:,} {name}" for name in ("failed", "held") if answered[name])
    print(f"{answered['done']:,} change{'' if answered['done'] == 1 else 's'} done{more}.")
    held = [{**each, "error": f"held by {each['guard']}"} for each in answered["holds"]]
    listed = [*answered["failures"], *held]
    width = max((len(f"{each['count']:,}") for each in listed), default=0)
    for each in listed:
        print(f"  {each['count']:>{width},}  {shown(each['error'], longest=500)} ({', '.join(map(shown, each['examples']))})")
    for (task, who), number in tasks_by_person(receipts.follow_ups).items():
        print(f"To do: {task}: {number:,} (by {shown(who)})")


@contextmanager
def progress(plan: ChangePlan) -> Generator[Callable[[Step], None]]:
    """A bar on standard error that follows the application of a plan, where somebody watches; it is gone at the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("applying", total=len(plan), rate="")

        def follow(step: Step) -> None:
            bar.update(task, completed=step.done, description=f"{step.action} {plural(step.kind, 2)}")
            bar.update(task, rate=f"{bar.tasks[task].speed or 0:,.0f} a second")

        yield follow
