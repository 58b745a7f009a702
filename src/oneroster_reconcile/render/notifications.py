"""`digest_for`: a plan or a report as a message to those who can do something about it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from attrs import frozen

from oneroster_reconcile.issues.issue import FixAt, Issue, Severity
from oneroster_reconcile.model.age import UnknownAge
from oneroster_reconcile.plan.follow_ups import tasks_by_person
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.render.ages import age_sentence
from oneroster_reconcile.render.document import receipts_document
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.report_lines import DONE, MENDERS
from oneroster_reconcile.validation.report import Report

__all__ = ["Message", "digest_for"]

_LONGEST: Final = 500
_PEOPLE: Final[Mapping[FixAt, frozenset[str]]] = {
    FixAt.SOURCE: frozenset({"school administrator", "teacher"}),
    FixAt.HOST: frozenset(),
    FixAt.SUPPORT: frozenset({"support"}),
}
"""Whose tasks each audience is told of."""


@frozen
class Message:
    """What is sent: a subject of one line, and the same text plain and as HTML.

    >>> Message("Roster of sis", "Nothing is wrong.", "<p>Nothing is wrong.</p>").subject
    'Roster of sis'
    """

    subject: str
    text: str
    html: str


@frozen
class _Section:
    """A heading, and a line for each thing under it."""

    heading: str
    lines: tuple[str, ...]


def digest_for(
    found: ChangePlan | Report, audience: FixAt, *, receipts: Receipts | None = None, naming_rows: bool = False
) -> Message:
    """A message about a plan or a report to the district (`SOURCE`), the product (`HOST`) or those who run the sync (`SUPPORT`): how much there is, what is held, what they can mend and how, what is left to do.

    Issues are told by what is wrong, in how many rows, where first, and the remedy; the ids of rows only with `naming_rows`, names never. With the
    `receipts` of a plan it says what came of it. Who sends it, to which address, is the host's business.

    >>> from datetime import date
    >>> message = digest_for(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), FixAt.SOURCE)
    >>> print(message.text)
    Sync of sis, 2026-09-01: nothing for you to do
    <BLANKLINE>
    No changes.
    """
    own = [issue for issue in _issues(found) if issue.fix_at is audience]
    tasks = _tasks(receipts or found, audience)
    guards = _guards(found) if audience is FixAt.SUPPORT else ()
    subject = f"{_about(found)}: {_asked(own, tasks, guards)}"
    sections = [
        _Section("", (_counted(found), *_outcome(receipts), *_age(found))),
        _Section("Held until somebody approves", guards),
        _Section(MENDERS[audience], tuple(_told(issue, naming_rows=naming_rows) for issue in own)),
        _Section("To do", tasks),
    ]
    return _message(subject, [each for each in sections if each.lines])


def _issues(found: ChangePlan | Report) -> list[Issue]:
    ranks = list(Severity)
    return sorted(found.issues, key=lambda issue: ranks.index(issue.severity))


def _about(found: ChangePlan | Report) -> str:
    if isinstance(found, Report):
        return f"Roster of {shown(found.roster.source)}"
    return f"Sync of {shown(found.source)}, {found.as_of}"


def _asked(issues: list[Issue], tasks: tuple[str, ...], guards: tuple[str, ...]) -> str:
    """What a subject says is wanted."""
    number = Counter(issue.severity for issue in issues)
    counted = [f"{number[each]:,} {each}{'' if number[each] == 1 else 's'}" for each in Severity if number[each]]
    said = [*(["held"] if guards else []), *counted, *([f"{len(tasks)} to do"] if tasks else [])]
    return ", ".join(said) or "nothing for you to do"


def _counted(found: ChangePlan | Report) -> str:
    said = found.summary if isinstance(found, Report) else found.summary()
    return f"{said[:1].upper()}{said[1:]}."


def _outcome(receipts: Receipts | None) -> tuple[str, ...]:
    """What came of a plan."""
    if receipts is None:
        return ()
    number = receipts_document(receipts)
    return (f"Of these {number['done']:,} were made, {number['failed']:,} failed and {number['held']:,} are held.",)


def _age(found: ChangePlan | Report) -> tuple[str, ...]:
    """Of which day the data is, where that is known, or that there is none."""
    age, as_of = (found.age, None) if isinstance(found, Report) else (found.age, found.as_of)
    return () if isinstance(age, UnknownAge) else (f"The data is {age_sentence(age, as_of)}",)


def _guards(found: ChangePlan | Report) -> tuple[str, ...]:
    """What is held, and what would let it go ahead."""
    if isinstance(found, Report):
        return ()
    holding = [each for each in found.guards if each.is_holding]
    said = (f"{shown(each.guard)}: {shown(each.message, longest=_LONGEST)} (holds {each.holds})" for each in holding)
    number = sum(found.held.values())
    rest = (f"{number:,} of {len(found):,} changes wait; the plan's digest is {found.digest[:12]}",) if holding else ()
    return (*said, *rest)


def _tasks(found: ChangePlan | Report | Receipts, audience: FixAt) -> tuple[str, ...]:
    if isinstance(found, Report):
        return ()
    counted = tasks_by_person(each for each in found.follow_ups if each.who in _PEOPLE[audience])
    return tuple(f"{task}: {number:,} (by {shown(who)})" for (task, who), number in counted.items())


def _told(issue: Issue, *, naming_rows: bool) -> str:
    """An issue in a line: what, how many, where, and the remedy."""
    rows = f" ({issue.count:,} rows)" if issue.count > 1 else ""
    place = f", first at {shown(issue.where)}" if issue.where else ""
    named = f", such as {', '.join(map(shown, issue.examples))}" if naming_rows and issue.examples else ""
    rerun = " Then run the sync again." if issue.needs_rerun else ""
    what = issue.message if naming_rows or issue.subject.id is None else issue.code.replace("_", " ")
    return (
        f"{issue.severity}: {shown(what, longest=_LONGEST)}{rows}{place}{named}. {shown(issue.help, longest=_LONGEST)}{rerun}"
        f" These rows were {DONE[issue.resolution]}."
    )


def _message(subject: str, sections: list[_Section]) -> Message:
    return Message(subject, "\n".join([subject, *_plain(sections)]), "".join([f"<h1>{escape(subject)}</h1>", *_markup(sections)]))


def _plain(sections: list[_Section]) -> Iterator[str]:
    for section in sections:
        yield ""
        if section.heading:
            yield section.heading
        yield from (f"- {line}" if section.heading else line for line in section.lines)


def _markup(sections: list[_Section]) -> Iterator[str]:
    for section in sections:
        if not section.heading:
            yield from (f"<p>{escape(line)}</p>" for line in section.lines)
            continue
        items = "".join(f"<li>{escape(line)}</li>" for line in section.lines)
        yield f"<h2>{escape(section.heading)}</h2><ul>{items}</ul>"
