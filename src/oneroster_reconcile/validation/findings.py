"""`Finding`: what a rule found, before it is told as an issue and acted on."""

import re
from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.issues.codes import EXAMPLES, Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.frames import change_id

__all__ = ["FILES", "Finding", "header_of", "in_order", "is_about", "kept", "lines_of"]

FILES: Mapping[Kind, str] = {
    Kind.ORG: "orgs.csv",
    Kind.SESSION: "academicSessions.csv",
    Kind.COURSE: "courses.csv",
    Kind.CLASS: "classes.csv",
    Kind.USER: "users.csv",
    Kind.DEMOGRAPHICS: "demographics.csv",
    Kind.ENROLLMENT: "enrollments.csv",
}
"""The file in which OneRoster keeps each kind."""
_KINDS = [*(kind.value for kind in Kind)]
_SEVERITIES = list(Severity)


@frozen(kw_only=True, eq=False)
class Finding:
    """One cause, with the rows of one kind that it affects, and what is to be done about it.

    `column` is the one that is wrong, and its header begins the message. Where the resolution is `QUARANTINED`, `rows` are set aside. `mended` are
    columns as they shall be, over the whole table; `along` are rows of other kinds that are set aside with them; `present` are rows that the roster lacks and that count as present; `masked` counts rows
    whose keys nobody knows; with `unproven` the kind's silence proves nothing. `count` is said where it is not the number of rows.
    """

    code: Code
    kind: Kind
    message: str
    rows: pl.DataFrame
    column: str = ""
    resolution: Resolution = Resolution.KEPT
    mended: tuple[pl.Expr, ...] = ()
    along: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    present: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    masked: int = 0
    unproven: bool = False
    count: int | None = None

    def issue(self, roster: Roster) -> Issue:
        """The issue about it; its place is that of the first example."""
        names = self.rows.lazy().select(change_id(self.kind).alias("name")).unique()
        first = names.sort("name").head(EXAMPLES).collect()["name"].to_list()
        number = len(self.rows)
        subject = Ref(self.kind, first[0]) if number == 1 else Ref(self.kind)
        said = f"{header_of(self.kind, self.column)} {self.message}" if self.column else self.message
        count = max(number, 1) if self.count is None else self.count
        return self.code.issue(subject, said, self.resolution, where=self._place(roster), rows=first, count=count)

    def _place(self, roster: Roster) -> str:
        """The line of the first row and the column, where the rows came from a file."""
        lines, keys = lines_of(roster, self.kind), roster[self.kind].key
        if lines is None or self.rows.is_empty():
            return ""
        first = self.rows.select(*keys, change_id(self.kind).alias("_name")).sort("_name").head(1).drop("_name")
        placed = roster[self.kind].lazy().select(keys).with_row_index("_at").join(first.lazy(), on=keys, how="semi")
        found = min(lines.gather(placed.select("_at").collect()["_at"]).to_list())
        column = f", {header_of(self.kind, self.column)}" if self.column else ""
        return f"{FILES[self.kind]}:{found}{column}"


def lines_of(roster: Roster, kind: Kind) -> pl.Series | None:
    """The lines of a kind's rows, or None where they are not known, as after somebody put other rows in their place.

    >>> lines_of(Roster(lines={Kind.ORG: pl.Series([2, 3])}), Kind.ORG)
    """
    lines = roster.lines.get(kind)
    return lines if lines is not None and len(lines) == len(roster[kind]) else None


def kept(code: Code, kind: Kind, column: str, message: str, rows: pl.DataFrame) -> Iterator[Finding]:
    """A finding about rows that are taken as they are, where there are any."""
    if not rows.is_empty():
        yield Finding(code=code, kind=kind, column=column, message=message, rows=rows)


def header_of(kind: Kind, column: str) -> str:
    """What a column is called in a file.

    >>> header_of(Kind.CLASS, "terms"), header_of(Kind.USER, "given_name")
    ('termSourcedIds', 'givenName')
    """
    return next((each.header for each in fields_of(row_class(kind)) if each.name == column), column)


def is_about(issue: Issue, kind: Kind, column: str) -> bool:
    """Whether an issue says something of a column: its header begins the message."""
    return issue.subject.kind == kind and issue.message.startswith(f"{header_of(kind, column)} ")


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues in the order of reports: the worst first, then by kind, code and subject; each is said once of each file.

    >>> from oneroster_reconcile.issues.classes import CLASS_EMPTY, STUDENT_TEACHES
    >>> note, warning = (code.issue(Ref("class"), "odd", Resolution.KEPT) for code in (CLASS_EMPTY, STUDENT_TEACHES))
    >>> [issue.code for issue in in_order([note, warning, note])]
    ['student_teaches', 'class_empty']
    """
    said: dict[tuple[str, str, str, str], Issue] = {}
    for issue in issues:
        said.setdefault((issue.code, str(issue.subject), issue.message, _file_of(issue)), issue)
    return tuple(sorted(said.values(), key=_rank))


def _file_of(issue: Issue) -> str:
    """The file that an issue is found in, of a place such as `users.csv:12, email`."""
    return re.split("[:,]", issue.where, maxsplit=1)[0]


def _rank(issue: Issue) -> tuple[int, int, str, str, str, str]:
    kind = str(issue.subject.kind)
    position = _KINDS.index(kind) if kind in _KINDS else -1
    return _SEVERITIES.index(issue.severity), position, issue.code, str(issue.subject), issue.message, _file_of(issue)
