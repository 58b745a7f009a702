"""The preview of a plan as lines of styled text, which plain text and terminals print alike.

What it is about, the people whose account is disputed, the memberships added by hand that would end, the guards that tripped, how many changes of each sort, the issues, what people have
to do, the first changes of each sort with their reason, the digest. Only the changes shown become objects.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import polars as pl
from attrs import frozen

from oneroster_reconcile.issues.issue import Issue, Severity
from oneroster_reconcile.model.age import UnknownAge
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.verbs import REMOVING
from oneroster_reconcile.plan.basis import FINGERPRINTS, Basis
from oneroster_reconcile.plan.differences import PlanDifferences
from oneroster_reconcile.plan.follow_ups import FollowUp, tasks_by_person
from oneroster_reconcile.plan.frames import to_changes
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.reconcile.situations import Situation
from oneroster_reconcile.render.ages import age_sentence
from oneroster_reconcile.render.descriptions import SIGNS, Description, describe
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.shares import held_before, share

__all__ = ["LIMIT", "Line", "Span", "Style", "issue_lines", "preview", "preview_differences", "text_of"]

LIMIT = 20
"""How many changes of each sort are shown, unless told otherwise; and how many issues."""
_WIDEST = 32
"""Up to this width the cells of a sort stand in columns."""
_MESSAGE = 500
_NAMED = 5
"""How many of the memberships that were added by hand, and of the people who are disputed, are named beside their number."""
_DISPUTED = ("disputed", "identity_changed", "email_shared", "email_taken", "untrusted_domain")


class Style(StrEnum):
    """How a piece of text looks where looks are to be had; a sort of change has its verb's style."""

    PLAIN = "plain"
    TITLE = "title"
    DIM = "dim"
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    MERGE = "merge"
    LINK = "link"
    RELINK = "relink"
    UNLINK = "unlink"
    SPLIT = "split"
    RESTORE = "restore"
    CREATE = "create"
    UPDATE = "update"
    TRANSFER = "transfer"
    ENROLL = "enroll"
    UNENROLL = "unenroll"
    SUSPEND = "suspend"
    DELETE = "delete"


@frozen
class Span:
    """A piece of a line in one style.

    A `lead` joins it to what stands before it; a piece that has one may begin a line of its own, without it, where the room is short.
    """

    text: str
    style: Style = Style.PLAIN
    lead: str = ""


Line = tuple[Span, ...]
"""The pieces of one line; none are an empty line."""


@frozen
class _Sort:
    """Changes of one verb and kind that have one reason."""

    verb: Verb
    kind: Kind
    reason: str
    frame: pl.DataFrame


def preview(plan: ChangePlan, *, limit: int = LIMIT, seen: ChangePlan | None = None) -> Iterator[Line]:
    """The lines of a preview, with at most `limit` changes of each sort; with none, the counts and issues alone.

    Where only a part of the changes is looked at, `seen` has those; what is disputed, guarded and wrong is told of the whole plan.
    """
    some = plan if seen is None else seen
    yield _title(plan)
    yield ()
    yield from _disputed(plan)
    yield from _by_hand(plan)
    yield from _guards(plan)
    if seen is not None:
        yield (Span(f"Shown are {len(seen):,} of {len(plan):,} changes.", Style.TITLE),)
    if seen is None or len(seen):
        yield from _counts(some)
    yield from issue_lines(plan.issues)
    yield from _follow_ups(plan.follow_ups)
    for sort in _sorts(some.phases()) if limit > 0 else ():
        yield ()
        yield from _changes(sort, limit)
    yield ()
    if not isinstance(plan.age, UnknownAge):
        yield (Span(f"The data is {age_sentence(plan.age, plan.as_of)}", Style.DIM),)
    yield (Span(f"digest {plan.digest[:12]}", Style.DIM),)
    yield from _basis(plan.basis)


def preview_differences(found: PlanDifferences, before: ChangePlan, after: ChangePlan, *, limit: int = LIMIT) -> Iterator[Line]:
    """The lines that say what a plan has other than an earlier one, with at most `limit` changes of each sort."""
    yield _title(after)
    yield (
        Span(f"against the plan as of {before.as_of} by policy {shown(before.policy)}, digest {before.digest[:12]}", Style.DIM),
    )
    yield ()
    yield (Span(f"Changes: {found.summary()}.", Style.TITLE),)
    for what, phases in (("added", found.added), ("gone", found.gone), ("changed", found.changed)):
        for sort in _sorts(phases):
            yield ()
            yield (
                Span(f"{what}: ", Style.TITLE),
                Span(f"{sort.verb} {sort.frame.height:,} {plural(sort.kind, sort.frame.height)}"),
            )
            yield from _changes(sort, limit)
    yield ()
    yield (Span(f"digest {after.digest[:12]}", Style.DIM),)


def _title(plan: ChangePlan) -> Line:
    about = Span(f", by policy {shown(plan.policy)}, as of {plan.as_of}")
    return Span(f"Plan for source {shown(plan.source)}", Style.TITLE), about


def _basis(basis: Basis) -> Iterator[Line]:
    """What the plan was made of, by the beginnings of the fingerprints; nothing where none is known."""
    known = {each: getattr(basis, each) for each in FINGERPRINTS}
    if any(known.values()):
        said = ", ".join(f"{each} {shown(value[:12] or 'none')}" for each, value in known.items())
        yield (Span(f"made of {said}", Style.DIM),)


def _disputed(plan: ChangePlan) -> Iterator[Line]:
    """How many people there are of whom it is not clear which account is theirs, and the first of them, with an account that may be."""
    about = plan.notes.filter(pl.col("kind") == Kind.USER.value, pl.col("situation").is_in(_DISPUTED))
    people = (
        about.select(pl.col("source_ids").list.first().alias("person"), "because")
        .drop_nulls("person")
        .unique("person")
        .sort("person")
    )
    if people.is_empty():
        return
    named = [
        f"{shown(person)}{f' or {shown(account)}' if account else ''}" for person, account in people.head(_NAMED).iter_rows()
    ]
    more = "; …" if people.height > _NAMED else ""
    yield Span("people whose account is disputed", Style.WARNING), Span(f": {people.height:,} ({'; '.join(named)}{more})")
    yield ()


def _by_hand(plan: ChangePlan) -> Iterator[Line]:
    """How many memberships would end that the source never had, and the first of them: whoever reads the plan sees before all else what people would lose."""
    changes = plan.frame(Kind.ENROLLMENT)
    local = pl.col("reason").struct.field("situation") == Situation.LOCAL.value
    going = changes.filter(local, pl.col("verb").is_in(sorted(REMOVING))).sort("id")
    if going.is_empty():
        return
    named = [" ".join(describe(each).cells) for each in to_changes(going.head(_NAMED), Kind.ENROLLMENT)]
    more = "; …" if going.height > _NAMED else ""
    yield Span("memberships added by hand that would end", Style.WARNING), Span(f": {going.height:,} ({'; '.join(named)}{more})")
    yield ()


def _guards(plan: ChangePlan) -> Iterator[Line]:
    """The guards that tripped, each with how often and where it counted most; then how much is held."""
    tripped = [each for each in plan.guards if each.tripped]
    if not tripped:
        return
    for guard in dict.fromkeys(each.guard for each in tripped):
        found = [each for each in tripped if each.guard == guard]
        worst = max(found, key=lambda each: each.counted)
        where = f" in {shown(worst.scope)}" if worst.scope else ""
        more = f", and in {len(found) - 1:,} more" if len(found) > 1 else ""
        final = "" if worst.approvable else "; cannot be approved"
        yield (
            Span("guard", Style.ERROR if worst.is_holding else Style.WARNING),
            Span(f" {shown(guard)}: {shown(worst.message, longest=_MESSAGE)}{where}{more} (holds {worst.holds}{final})"),
        )
    if number := sum(plan.held.values()):
        yield (Span(f"{number:,} of {len(plan):,} changes are held until somebody approves.", Style.ERROR),)
    yield ()


def _follow_ups(tasks: Iterable[FollowUp]) -> Iterator[Line]:
    """What is left to people, a task a line."""
    counted = tasks_by_person(tasks)
    if counted:
        yield ()
    for (task, who), number in counted.items():
        yield Span("to do", Style.NOTE), Span(f" {task}: {number:,} (by {shown(who)})")


def _counts(plan: ChangePlan) -> Iterator[Line]:
    """A small table of how many there are of each verb and kind."""
    if plan.is_empty:
        yield (Span("No changes: the host holds what it should."),)
        if not plan.acknowledgements.is_empty:
            yield (Span("Applying the plan remembers what was found equal.", Style.DIM),)
        return
    width = len(f"{len(plan):,}")
    names = {(verb, kind): plural(kind, number) for (verb, kind), number in plan.counts.items()}
    widest = max(map(len, names.values()))
    for (verb, kind), number in plan.counts.items():
        of = held_before(plan, verb, kind)
        part = (
            Span(f"{share(number, of):>7} of {of:,}", Style.DIM, lead=" " * (2 + widest - len(names[verb, kind]))) if of else None
        )
        line = Span(f"  {SIGNS[verb]} {verb:<8}", _style(verb)), Span(f"  {number:>{width},}  {names[verb, kind]}")
        yield line if part is None else (*line, part)
    if len(plan.counts) > 1:
        yield (Span(f"    {'in all':<8}  {len(plan):>{width},}  changes"),)


def issue_lines(issues: Iterable[Issue]) -> Iterator[Line]:
    """The issues, the worst first, as lines of a preview."""
    ranks = list(Severity)
    listed = sorted(issues, key=lambda issue: ranks.index(issue.severity))
    for issue in listed[:LIMIT]:
        yield ()
        yield Span(str(issue.severity), Style(issue.severity)), Span(f" {shown(issue.code)}: {_sentence(issue)}")
        yield (Span(f"  {shown(issue.help, longest=_MESSAGE)}", Style.DIM),)
    if len(listed) > LIMIT:
        yield ()
        yield _more(len(listed) - LIMIT, "issues")


def _sentence(issue: Issue) -> str:
    where = f"{shown(issue.where)}: " if issue.where else ""
    return f"{where}{shown(issue.message, longest=_MESSAGE)}{_affected(issue)}"


def _affected(issue: Issue) -> str:
    """How many rows, and some of them; nothing where the message says it all."""
    named = ", ".join(map(shown, issue.examples))
    if issue.count == 1:
        return f" ({named})" if named else ""
    rest = ", …" if named and issue.count > len(issue.examples) else ""
    return f" ({issue.count:,} rows{': ' if named else ''}{named}{rest})"


def _sorts(phases: Iterable[Phase]) -> Iterator[_Sort]:
    """The changes by verb, kind and reason, in the order in which they are applied."""
    for phase in phases:
        reason = pl.col("reason").struct
        keyed = phase.frame.with_columns(_situation=reason.field("situation"), _policy=reason.field("policy"))
        keys = keyed.select("verb", "_situation", "_policy").unique().sort("verb", "_situation", "_policy")
        for verb, situation, policy in keys.iter_rows():
            same = pl.all_horizontal(
                pl.col("verb") == verb, pl.col("_situation").eq_missing(situation), pl.col("_policy").eq_missing(policy)
            )
            yield _Sort(Verb(verb), phase.kind, _reason(situation, policy), keyed.filter(same).select(phase.frame.columns))


def _reason(situation: str | None, policy: str | None) -> str:
    said = shown(situation or "").replace("_", " ")
    return f"{said} ({shown(policy)})" if policy else said


def _changes(sort: _Sort, limit: int) -> Iterator[Line]:
    if sort.reason:
        yield (Span(sort.reason, Style.DIM),)
    described = [describe(change) for change in to_changes(sort.frame.head(limit), sort.kind)]
    widths = _widths(described)
    for description in described:
        yield _line(description, widths)
    if sort.frame.height > limit:
        yield _more(sort.frame.height - limit)


def _widths(described: list[Description]) -> list[int]:
    columns = max(len(each.cells) for each in described)
    return [max(len(cell) for each in described for cell in each.cells[i : i + 1]) for i in range(columns)]


def _line(description: Description, widths: list[int]) -> Line:
    head = Span(f"{SIGNS[description.verb]} {description.head} ", _style(description.verb))
    cells = [f"{cell:<{width if width <= _WIDEST else 0}}" for cell, width in zip(description.cells, widths, strict=False)]
    differences = [Span(text, lead="; " if i else "  ") for i, text in enumerate(description.differences)]
    sources = [Span(f"  {description.sources}", Style.DIM)] if description.sources else []
    return head, Span("  ".join(cells)), *differences, *sources


def _more(number: int, what: str = "") -> Line:
    return (Span(f"… and {number:,} more {what}".rstrip(), Style.DIM),)


def _style(verb: Verb) -> Style:
    return Style(verb.value)


def text_of(lines: Iterable[Line]) -> str:
    """Lines as plain text."""
    return "\n".join("".join(f"{span.lead}{span.text}" for span in line).rstrip() for line in lines)
