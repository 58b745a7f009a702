"""`Report`: what is wrong with a roster, and the roster to go on with."""

from collections.abc import Iterator
from html import escape

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Issue, Severity
from oneroster_reconcile.model.age import DataAge
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.markup import html_table
from oneroster_reconcile.model.roster import Roster

__all__ = ["Report"]

_SCHEMA = pl.Schema(
    {
        "code": pl.String(),
        "severity": pl.Enum([severity.value for severity in Severity]),
        "kind": pl.String(),
        "id": pl.String(),
        "message": pl.String(),
        "resolution": pl.String(),
        "help": pl.String(),
        "fix_at": pl.String(),
        "needs_rerun": pl.Boolean(),
        "where": pl.String(),
        "count": pl.Int64(),
        "examples": pl.List(pl.String()),
    }
)


@frozen(kw_only=True, eq=False)
class Report:
    """The issues of a roster, the worst first, and `roster`: what is left to go on with.

    In it what cannot be taken is set aside (it counts as present), what is masked is blank, and the issues are attached.

    >>> from oneroster_reconcile.issues.classes import CLASS_EMPTY
    >>> from oneroster_reconcile.issues.issue import Ref, Resolution
    >>> report = Report(roster=Roster(), issues=(CLASS_EMPTY.issue(Ref(Kind.CLASS, "k1"), "nobody is in it", Resolution.KEPT),))
    >>> len(report), report.is_clean, [issue.code for issue in report.where(severity=Severity.NOTE)]
    (1, True, ['class_empty'])
    """

    roster: Roster
    issues: tuple[Issue, ...] = ()

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def where(
        self,
        *,
        severity: Severity | None = None,
        fix_at: FixAt | None = None,
        code: Code | str | None = None,
        kind: Kind | None = None,
    ) -> "Report":
        """The report with those issues alone that are as bad, for the same to mend, of the code and about the kind that are asked for."""
        slug = code.slug if isinstance(code, Code) else code
        wanted = tuple(
            issue
            for issue in self.issues
            if severity in (None, issue.severity)
            and fix_at in (None, issue.fix_at)
            and slug in (None, issue.code)
            and kind in (None, issue.subject.kind)
        )
        return evolve(self, issues=wanted)

    @property
    def age(self) -> DataAge:
        """Of which day the roster is."""
        return self.roster.age

    @property
    def errors(self) -> "Report":
        """What keeps something from being synced."""
        return self.where(severity=Severity.ERROR)

    @property
    def is_clean(self) -> bool:
        """Whether there are neither errors nor warnings."""
        return all(issue.severity is Severity.NOTE for issue in self.issues)

    def to_frame(self) -> pl.DataFrame:
        """The issues as a frame, one row each."""
        rows = [
            (
                issue.code,
                issue.severity.value,
                str(issue.subject.kind),
                issue.subject.id,
                issue.message,
                issue.resolution.value,
                issue.help,
                issue.fix_at.value,
                issue.needs_rerun,
                issue.where,
                issue.count,
                list(issue.examples),
            )
            for issue in self.issues
        ]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")

    def __repr__(self) -> str:
        return f"Report({self.summary})"

    @property
    def summary(self) -> str:
        """How many there are of each severity."""
        counts = {severity: len(self.where(severity=severity)) for severity in Severity}
        return ", ".join(f"{number:,} {severity}{'' if number == 1 else 's'}" for severity, number in counts.items())

    def _repr_html_(self) -> str:
        heads = ("severity", "code", "where", "what", "rows", "what to do")
        rows = (
            (each.severity, each.code, each.where or each.subject, each.message, f"{each.count:,}", each.help)
            for each in self.issues
        )
        return f"<p>{escape(self.summary)}</p>{html_table(heads, rows, len(self))}"
