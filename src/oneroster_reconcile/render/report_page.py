"""A report as one HTML page that stands by itself: no script, no font, no picture from elsewhere."""

from collections.abc import Iterator
from html import escape

from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.issues.issue import Issue, Severity
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.render.ages import age_sentence
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.report_lines import DONE, MENDERS, extent, lost
from oneroster_reconcile.render.standing_page import standing_page
from oneroster_reconcile.validation.report import Report

__all__ = ["report_page"]

_LONGEST = 500
_WORDS = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.NOTE: "Note"}


def report_page(report: Report) -> str:
    """A page for an administrator: what came, what is wrong with it, grouped by who can mend it, and what to do.

    >>> report_page(Report(roster=Roster())).startswith("<!doctype html>")
    True
    """
    title = f"Roster report: {_safe(report.roster.source)}"
    body = "\n".join(
        [
            f"<h1>{title}</h1>",
            f"<p>The data is {_safe(age_sentence(report.age))}</p>",
            *_summary(report),
            *_groups(report),
            *_holdings(report.roster),
        ]
    )
    return standing_page(title, body)


def _summary(report: Report) -> Iterator[str]:
    if not len(report):
        yield "<p>Nothing is wrong with this roster.</p>"
        return
    verdict = "It can be synced." if report.is_clean else "It can be synced, and some of it deserves a look."
    if len(report.errors):
        verdict = (
            "Some of it cannot be synced until what is named below as an error is mended. Nobody loses access because of it."
        )
    yield f"<p>{verdict}</p>"
    counts = ((severity, len(report.where(severity=severity))) for severity in Severity)
    items = (f'<li class="{severity}"><b>{number:,}</b>{_plural(_WORDS[severity], number)}</li>' for severity, number in counts)
    yield f'<ul class="counts">{"".join(items)}</ul>'


def _groups(report: Report) -> Iterator[str]:
    for fix_at, title in MENDERS.items():
        own = report.where(fix_at=fix_at)
        if len(own):
            yield f'<section><h2>{title} <span class="soft">({len(own):,})</span></h2>'
            yield from map(_card, own)
            yield "</section>"


def _card(issue: Issue) -> str:
    """One issue: what is wrong, where, what was done, what to do."""
    place = f'<p class="soft">First seen at <code>{_safe(issue.where)}</code></p>' if issue.where else ""
    rows = f' <span class="soft">{issue.count:,} rows</span>' if issue.count > 1 else ""
    more = ", …" if issue.count > len(issue.examples) else ""
    named = f'<p class="soft">Such as <code>{", ".join(map(_safe, issue.examples))}</code>{more}</p>' if issue.examples else ""
    rerun = " Then run the sync again." if issue.needs_rerun else ""
    code = CATALOGUE.get(issue.code)
    about = f"<details><summary>Why this matters</summary><p>{_prose(code.about)}</p></details>" if code else ""
    return (
        f'<article class="issue {issue.severity}"><h3><span class="badge">{_WORDS[issue.severity]}</span>'
        f"{_safe(_what(issue))}{rows}</h3>"
        f'<p class="do">{_safe(issue.help)}{rerun}</p><p class="soft">The rows were {DONE[issue.resolution]}.</p>'
        f"{place}{named}{about}<p class='soft'><code>{_safe(issue.code)}</code></p></article>"
    )


def _what(issue: Issue) -> str:
    kind = str(issue.subject.kind)
    named = plural(Kind(kind), 1) if kind in {each.value for each in Kind} else kind
    return f"{named.capitalize()}: {issue.message}"


def _holdings(roster: Roster) -> Iterator[str]:
    heads = ("", "rows", "read as", "a missing row counts as gone", "not among the rows")
    head = "".join(f'<th class="number">{each}</th>' if each == "rows" else f"<th>{each}</th>" for each in heads)
    yield f'<section><h2>What the roster holds</h2><div class="table"><table><tr>{head}</tr>'
    for kind in Kind:
        told = ", ".join(f"{number:,} {what}" for what, number in lost(roster, kind).items() if number)
        proof = "yes" if roster.coverage.proves_absence(kind) else "no"
        cells = f"<td>{extent(roster, kind)}</td><td>{proof}</td><td>{told}</td>"
        yield f'<tr><td>{plural(kind, 2)}</td><td class="number">{len(roster[kind]):,}</td>{cells}</tr>'
    yield "</table></div></section>"


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _safe(text: object) -> str:
    """Text of anybody's on a page: no markup, and no character that is not to be seen."""
    return escape(shown(str(text), longest=_LONGEST))


def _prose(text: str) -> str:
    """Our own words, in which code stands between single backticks."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
