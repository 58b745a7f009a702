"""`plan` and `show`: what would change, written down and shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import writing
from oneroster_reconcile.cli.opening import open_decisions, open_host, open_state
from oneroster_reconcile.cli.options import (
    DriftOption,
    Format,
    FormatOption,
    HostOption,
    LimitOption,
    ModeOption,
    PlanArgument,
    RenamedOption,
    ShrinkingOption,
    SourceArgument,
    StateOption,
    VersionOption,
    WithheldOption,
    day,
    expectations,
    policy_of,
)
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.plan.differences import diff_plans
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.render.document import differences_document, plan_document
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.focus import Focus
from oneroster_reconcile.render.preview import LIMIT
from oneroster_reconcile.render.review_page import review_page
from oneroster_reconcile.render.terminal import print_differences, print_plan
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.validation.validating import validate

__all__ = ["PlanOptions", "ShowOptions", "plan", "show"]

_GLIMPSE = 5
"""How many changes of each sort `plan` shows."""


@frozen(kw_only=True)
class PlanOptions:
    """What `plan` is told."""

    source: SourceArgument
    host: HostOption
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY", help="What to do with what: a preset, or a file (.toml or .json).")
    ]
    state: StateOption
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the plan.")]
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day that decides what has ended; default: today.")
    ] = None
    name: Annotated[
        str, typer.Option("--source", metavar="NAME", help="What the state calls the source: the same every night.")
    ] = "oneroster"
    decisions: Annotated[
        Path | None, typer.Option("--decisions", metavar="FILE", help="What people decided about who is who, as JSON.")
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Where to write a page on which people review the plan; it holds pupils' data."
        ),
    ] = None
    shrinking: ShrinkingOption = None
    drifted: DriftOption = None
    renamed: RenamedOption = None
    withheld: WithheldOption = None
    mode: ModeOption = None
    version: VersionOption = None
    output_format: FormatOption = Format.TEXT


@taking(PlanOptions)
def plan(options: PlanOptions) -> None:
    """Work out what to change at the host, and write it down.

    What is wrong with the files is said in the plan's issues, and rows that would do harm are set aside. Nothing is changed, neither at the host nor in
    the state.
    """
    run = _run(options)
    made = run.plan
    with writing(options.output):
        write_plan(made, options.output)
    if options.html is not None:
        with writing(options.html):
            review_page(made, options.html, directory=run.directory, roster=run.roster, decisions=run.decisions)
    if options.output_format is Format.JSON:
        page = {} if options.html is None else {"page": str(options.html)}
        print_document({**plan_document(made), "file": str(options.output), **page})
        return
    print_plan(made, limit=_GLIMPSE)
    print(f"written to {shown(str(options.output), longest=500)}; `show` shows more of it")
    if options.html is not None:
        print(f"open {shown(str(options.html), longest=500)} in a browser to review it; it holds pupils' data")


@frozen(eq=False)
class _Run:
    """A plan, and what it was made of."""

    plan: ChangePlan
    roster: Roster
    directory: Directory
    decisions: tuple[Decision, ...]


def _run(options: PlanOptions) -> _Run:
    on, policy, state = day(options.as_of), policy_of(options.policy), open_state(options.state)
    expecting = expectations(
        options.withheld, shrinking=options.shrinking, drifted=options.drifted, renamed=options.renamed, policy=policy
    )
    decisions = open_decisions(options.decisions) if options.decisions else ()
    with open_host(options.host) as host:
        base = state.base
        roster = read_csv(options.source, source=options.name, mode=options.mode, version=options.version)
        report = validate(roster, base=base, as_of=on, expecting=expecting)
        directory = host.snapshot()
        made = reconcile(report.roster, directory, base=base, policy=policy, as_of=on, decisions=decisions)
        return _Run(made, report.roster, directory, decisions)


@frozen(kw_only=True)
class ShowOptions:
    """What `show` is told."""

    plan: PlanArgument
    school: Annotated[str | None, typer.Option("--school", metavar="ID", help="Show the changes in this school alone.")] = None
    verb: Annotated[Verb | None, typer.Option("--verb", metavar="VERB", help="Show the changes of this verb alone.")] = None
    kind: Annotated[Kind | None, typer.Option("--kind", help="Show the changes of this kind of row alone.")] = None
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help="Show the changes about this person alone.")] = None
    diff: Annotated[
        Path | None, typer.Option("--diff", metavar="PLAN", help="An earlier plan: show what this one has other than that.")
    ] = None
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="For --school: tells where classes lie that the plan leaves.")
    ] = None
    limit: LimitOption = LIMIT
    output_format: FormatOption = Format.TEXT


@taking(ShowOptions)
def show(options: ShowOptions) -> None:
    """Show a plan: what is disputed and guarded, the counts, the issues and the first changes.

    A sort is a verb, a kind of row and a reason. Ids are the source's or the host's. What goes to a file or a pipe is plain text, a change a line.
    """
    plan = read_plan(options.plan)
    focus = Focus(school=options.school, verb=options.verb, kind=options.kind, person=options.person)
    base = None if options.state is None else open_state(options.state).base
    if options.diff is not None:
        _show_differences(read_plan(options.diff), plan, lambda each: focus.of(each, base), options)
        return
    seen = None if focus.is_everything else focus.of(plan, base)
    if options.output_format is Format.JSON:
        print_document(plan_document(plan, seen))
    else:
        print_plan(plan, limit=options.limit, seen=seen)


def _show_differences(
    before: ChangePlan, after: ChangePlan, part: Callable[[ChangePlan], ChangePlan], options: ShowOptions
) -> None:
    found = diff_plans(part(before), part(after))
    if options.output_format is Format.JSON:
        print_document(differences_document(found, before, after))
    else:
        print_differences(found, before, after, limit=options.limit)
