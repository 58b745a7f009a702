"""`Issue`: one thing that is wrong, what was done about it and what to do."""

from enum import StrEnum

from attrs import frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Issue", "Ref", "Resolution", "Severity"]


class Severity(StrEnum):
    """How bad it is: an error keeps something from being synced, a warning may, a note does not.

    >>> [severity.value for severity in Severity]
    ['error', 'warning', 'note']
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Resolution(StrEnum):
    """What was done about it: the row was set aside, left as it is, or taken with the fault mended.

    >>> Resolution("quarantined") is Resolution.QUARANTINED
    True
    """

    QUARANTINED = "quarantined"
    KEPT = "kept"
    MENDED = "mended"


@frozen
class Ref:
    """The row, or where `id` is None the whole collection, that an issue is about.

    >>> str(Ref(Kind.CLASS, "k1")), str(Ref(Kind.CLASS))
    ('class/k1', 'class')
    """

    kind: Kind
    id: Id | None = None

    def __str__(self) -> str:
        return self.kind.value if self.id is None else f"{self.kind}/{self.id}"


@frozen
class Issue:
    """One cause, however many rows it affects: `count` rows, up to five of them in `examples`.

    `code` is stable and readable, `help` says in the imperative what to do, `where` is a place in a file (`users.csv:1042`).

    >>> print(Issue("still_referenced", Severity.WARNING, Ref(Kind.CLASS, "k1"), "class k1 still has members", Resolution.KEPT, help="Unenroll them."))
    warning still_referenced class/k1: class k1 still has members. Unenroll them.
    """

    code: str
    severity: Severity
    subject: Ref
    message: str
    resolution: Resolution
    help: str
    where: str = ""
    count: int = 1
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        rows = "" if self.count == 1 else f" ({self.count:,} rows, such as {', '.join(self.examples)})"
        return f"{self.severity} {self.code} {self.subject}: {self.message}{rows}. {self.help}"
