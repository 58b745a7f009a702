"""A report as lines of styled text, which plain text and terminals print alike: what the roster holds, then the issues by who can mend them."""

from collections.abc import Iterator, Mapping

from oneroster_reconcile.issues.issue import FixAt, Issue, Resolution
from oneroster_reconcile.model.coverage import Read
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.render.ages import age_sentence
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.preview import Line, Span, Style, text_of
from oneroster_reconcile.validation.report import Report

__all__ = ["DONE", "MENDERS", "extent", "lost", "report_lines", "report_text"]

MENDERS: Mapping[FixAt, str] = {
    FixAt.SOURCE: "For the district, which sends the roster",
    FixAt.HOST: "For the product, which takes it",
    FixAt.SUPPORT: "For those who run the sync",
}
"""What stands over the issues that somebody can mend."""
DONE: Mapping[Resolution, str] = {
    Resolution.QUARANTINED: "set aside: nothing is changed, made or removed for them",
    Resolution.KEPT: "taken as they are",
    Resolution.MENDED: "taken, with what is wrong put right or left blank",
}
"""What was done about an issue, in words."""
_LONGEST = 500


def report_text(report: Report) -> str:
    """A report as plain text, a line never broken.

    >>> print(report_text(Report(roster=Roster())).splitlines()[-1])
    Nothing is wrong.
    """
    return text_of(report_lines(report))


def report_lines(report: Report) -> Iterator[Line]:
    """The lines: the holdings, a summary, and the issues under who can mend them."""
    yield (Span(f"The data is {age_sentence(report.age)}"),)
    yield ()
    yield from _holdings(report.roster)
    yield ()
    if not len(report):
        yield (Span("Nothing is wrong."),)
        return
    yield (Span(f"{report.summary}", Style.TITLE),)
    for fix_at, title in MENDERS.items():
        own = report.where(fix_at=fix_at)
        if len(own):
            yield ()
            yield (Span(title, Style.TITLE),)
        for issue in own:
            yield ()
            yield from _issue(issue)


def _holdings(roster: Roster) -> Iterator[Line]:
    yield (Span(f"{'':<18}{'rows':>10}  {'read as':<10}a missing row is gone"),)
    for kind in Kind:
        proof = "yes" if roster.coverage.proves_absence(kind) else "no"
        told = [f"{number:,} {what}" for what, number in lost(roster, kind).items() if number]
        rest = f"  ({', '.join(told)})" if told else ""
        yield (Span(f"{plural(kind, 2):<18}{len(roster[kind]):>10,}  {extent(roster, kind):<10}{proof}{rest}"),)


def _issue(issue: Issue) -> Iterator[Line]:
    place = f"{shown(issue.where)}: " if issue.where else ""
    rows = f" ({issue.count:,} rows)" if issue.count > 1 else ""
    yield (
        Span(str(issue.severity), Style(issue.severity)),
        Span(f" {shown(issue.code)}: {place}{shown(issue.message, longest=_LONGEST)}{rows}"),
    )
    if issue.examples:
        more = ", …" if issue.count > len(issue.examples) else ""
        yield (Span(f"  {', '.join(map(shown, issue.examples))}{more}", Style.DIM),)
    rerun = " Then run the sync again." if issue.needs_rerun else ""
    yield (Span(f"  {shown(issue.help, longest=_LONGEST)}{rerun}"),)


def extent(roster: Roster, kind: Kind) -> str:
    """How a kind was read; `absent` where there is no file of it."""
    return roster.coverage.reads[kind].extent.value if kind in roster.coverage.reads else "absent"


def lost(roster: Roster, kind: Kind) -> Mapping[str, int]:
    """The rows of a kind that are there but are not among its rows here, by what became of them."""
    read: Read = roster.coverage.read(kind)
    aside = roster.quarantine.get(kind)
    return {
        "rejected": read.rejected,
        "masked": read.masked,
        "filtered": read.filtered,
        "quarantined": 0 if aside is None else aside.height,
    }
