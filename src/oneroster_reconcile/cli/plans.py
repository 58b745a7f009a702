"""`plan` and `show`: what would change, written down and shown."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.apply.planning import Planning, Terms, planned
from oneroster_reconcile.cli.failures import WrongUsage, writing
from oneroster_reconcile.cli.opening import open_decisions, open_host, open_state, settled_state
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
    StateOption,
    VersionOption,
    WithheldOption,
    day,
    expectations,
    policy_of,
)
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.cli.parts import PartOptions
from oneroster_reconcile.cli.services import PagesOption, ProfileOption, TokenOption, is_service, service_of
from oneroster_reconcile.cli.signatures import taking
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.spilling import Spill, spill_inside
from oneroster_reconcile.plan.differences import diff_plans
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.document import differences_document, plan_document
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.preview import LIMIT
from oneroster_reconcile.render.review_page import review_page
from oneroster_reconcile.render.terminal import print_differences, print_plan
from oneroster_reconcile.sources.csv import read_csv

__all__ = ["PlanOptions", "ShowOptions", "plan", "show"]

RedactedOption = Annotated[
    bool, typer.Option("--redacted", help="Leave out of the page what tells who a person is: people are known by their ids.")
]
_GLIMPSE = 5
"""How many changes of each sort `plan` shows."""


@frozen(kw_only=True)
class PlanOptions:
    """What `plan` is told."""

    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A folder or a zip of OneRoster CSV files, or the URL of a service.")
    ]
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
        Path | None,
        typer.Option(
            "--decisions", metavar="FILE", help="What people decided about who is who, as JSON, beside what the state has."
        ),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Where to write a page on which people review the plan; it holds pupils' data."
        ),
    ] = None
    redacted: RedactedOption = False
    shrinking: ShrinkingOption = None
    drifted: DriftOption = None
    renamed: RenamedOption = None
    withheld: WithheldOption = None
    mode: ModeOption = None
    version: VersionOption = None
    client_id: Annotated[
        str | None, typer.Option("--client-id", metavar="ID", help="For a service: the id that the provider gave us.")
    ] = None
    token_url: TokenOption = None
    profile: ProfileOption = "standard"
    pages: PagesOption = None
    spill: Annotated[
        Path | None,
        typer.Option(
            "--spill",
            metavar="DIR",
            help="For files with too many enrollments for the memory: where those are kept meanwhile; they hold pupils' data.",
        ),
    ] = None
    output_format: FormatOption = Format.TEXT


@taking(PlanOptions)
def plan(options: PlanOptions) -> None:
    """Work out what to change at the host, and write it down.

    What is wrong with the files is said in the plan's issues, as is what the host says that it would refuse, and rows that would do harm are set aside. Nothing is changed, neither at the host nor in
    the state.
    """
    _check_page(options.html, redacted=options.redacted)
    with _spilling(options.spill) as spill:
        _write(options, *_run(options, spill))


def _write(options: PlanOptions, planning: Planning, decisions: tuple[Decision, ...]) -> None:
    """Write the plan, and the page where one is asked for, and say so."""
    made = planning.plan
    with writing(options.output):
        write_plan(made, options.output)
    if options.html is not None:
        with writing(options.html):
            review_page(
                made,
                options.html,
                directory=planning.directory,
                roster=planning.roster,
                decisions=decisions,
                redact=options.redacted,
            )
    if options.output_format is Format.JSON:
        page = {} if options.html is None else {"page": str(options.html)}
        print_document({**plan_document(made), "file": str(options.output), **page})
        return
    print_plan(made, limit=_GLIMPSE)
    print(f"written to {shown(str(options.output), longest=500)}; `show` shows more of it")
    if options.html is not None:
        _print_page(options.html, redacted=options.redacted)


def _check_page(page: Path | None, *, redacted: bool) -> None:
    if redacted and page is None:
        raise WrongUsage("--redacted is about the page that --html writes; give both")


def _print_page(page: Path, *, redacted: bool) -> None:
    said = "it is redacted" if redacted else "it holds pupils' data"
    print(f"open {shown(str(page), longest=500)} in a browser to review it; {said}")


def _run(options: PlanOptions, spill: Spill | None) -> tuple[Planning, tuple[Decision, ...]]:
    on, policy = day(options.as_of), policy_of(options.policy)
    open_state(options.state)
    expecting = expectations(
        options.withheld, shrinking=options.shrinking, drifted=options.drifted, renamed=options.renamed, policy=policy
    )
    given = open_decisions(options.decisions) if options.decisions else ()
    with open_host(options.host) as host:
        state = settled_state(options.state, host)
        decisions = tuple(dict.fromkeys((*state.decisions, *given)))
        terms = Terms(policy=policy, as_of=on, decisions=decisions, expecting=expecting)
        return planned(_read(options, spill), host, state.base, terms), decisions


@contextmanager
def _spilling(folder: Path | None) -> Generator[Spill | None]:
    """Where enrollments are kept, if not in memory: a folder inside the given one, which goes at the end."""
    if folder is None:
        yield None
        return
    with ExitStack() as stack:
        with writing(folder):
            spill = stack.enter_context(spill_inside(folder))
        yield spill


def _read(options: PlanOptions, spill: Spill | None) -> Roster:
    """The roster, from files or from a service."""
    if not is_service(options.source):
        if options.pages:
            raise WrongUsage("--pages is about services; files are read at once")
        return read_csv(options.source, source=options.name, mode=options.mode, version=options.version, spill=spill)
    if options.mode or options.version:
        raise WrongUsage("--mode and --version are about files; a service says itself what it is")
    if spill:
        raise WrongUsage("--spill is about files; what a service sends is held in memory")
    return service_of(options.source, options.client_id, options.token_url, options.profile).read(options.name, options.pages)


@frozen(kw_only=True)
class ShowOptions(PartOptions):
    """What `show` is told."""

    plan: PlanArgument
    diff: Annotated[
        Path | None, typer.Option("--diff", metavar="PLAN", help="An earlier plan: show what this one has other than that.")
    ] = None
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="For --school: tells where classes lie that the plan leaves.")
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Where to write a page on which people review the plan; it holds pupils' data."
        ),
    ] = None
    redacted: RedactedOption = False
    limit: LimitOption = LIMIT
    output_format: FormatOption = Format.TEXT


@taking(ShowOptions)
def show(options: ShowOptions) -> None:
    """Show a plan: what is disputed and guarded, the counts, the issues and the first changes.

    With --only it is the part that `apply --only` applies, with its digest; the other options look at it. A sort is a verb, a kind of row and a reason. Ids are the source's or the host's. What goes to a file or a pipe is plain text, a change a line.
    """
    _check_page(options.html, redacted=options.redacted)
    plan, focus = options.chosen(read_plan(options.plan)), options.focus
    if options.html is not None:
        _write_page(plan, options.html, options)
        return
    base = None if options.state is None else open_state(options.state).base
    if options.diff is not None:
        _show_differences(read_plan(options.diff), plan, lambda each: focus.of(each, base), options)
        return
    seen = None if focus.is_everything else focus.of(plan, base)
    if options.output_format is Format.JSON:
        print_document(plan_document(plan, seen))
    else:
        print_plan(plan, limit=options.limit, seen=seen)


def _write_page(plan: ChangePlan, page: Path, options: ShowOptions) -> None:
    """The page of a plan that was stored: without the roster and the host's rows it knows by id alone what the plan does not change."""
    if not options.focus.is_everything or options.diff is not None:
        raise WrongUsage("--html writes the whole plan, or the part of --only; the page has filters of its own")
    with writing(page):
        review_page(plan, page, redact=options.redacted)
    if options.output_format is Format.JSON:
        print_document({**plan_document(plan), "page": str(page)})
    else:
        _print_page(page, redacted=options.redacted)


def _show_differences(
    before: ChangePlan, after: ChangePlan, part: Callable[[ChangePlan], ChangePlan], options: ShowOptions
) -> None:
    found = diff_plans(part(before), part(after))
    if options.output_format is Format.JSON:
        print_document(differences_document(found, before, after))
    else:
        print_differences(found, before, after, limit=options.limit)
