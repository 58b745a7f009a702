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
from oneroster_reconcile.validation.report import Report

__all__ = ["report_page"]

_LONGEST = 500
_WORDS = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.NOTE: "Note"}
_STYLE = """
:root { color-scheme: light dark; --text: #1c2430; --soft: #5a6675; --line: #d5dbe3; --page: #fff; --card: #f6f8fa;
  --error: #b3261e; --warning: #8a5a00; --note: #1f5f99; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #a3adba; --line: #3a4452; --page: #14181f; --card: #1c222b;
  --error: #ff8a80; --warning: #f0b54a; --note: #7db8f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: 0; }
p { margin: .35rem 0; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); } th { font-weight: 600; }
td.number, th.number { text-align: right; } .table { overflow-x: auto; }
.issue { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--note); border-radius: 6px;
  padding: .8rem 1rem; margin: .75rem 0; overflow-wrap: anywhere; }
.issue.error { border-left-color: var(--error); } .issue.warning { border-left-color: var(--warning); }
.badge { font-weight: 600; margin-right: .4rem; } .error .badge { color: var(--error); } .warning .badge { color: var(--warning); }
.note .badge { color: var(--note); } code { font: .9em ui-monospace, monospace; } summary { cursor: pointer; color: var(--soft); }
.do { font-weight: 600; } .counts { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts b { font-size: 1.5rem; display: block; line-height: 1.2; }
@media print { body { max-width: none; } .issue { break-inside: avoid; } }
"""


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
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
    return f'<!doctype html>\n<html lang="en">\n<head>{head}<style>{_STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n'


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
