"""`Issue`: one thing that is wrong, what was done about it and what to do."""

from enum import StrEnum

from attrs import frozen

__all__ = ["FixAt", "Issue", "Ref", "Resolution", "Severity"]


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


class FixAt(StrEnum):
    """Who can mend it: the district that sends the roster, the product that takes it, or those who run the sync between them.

    >>> FixAt("source") is FixAt.SOURCE
    True
    """

    SOURCE = "source"
    HOST = "host"
    SUPPORT = "support"


@frozen
class Ref:
    """The row, or where `id` is None the whole collection, that an issue is about; `kind` is a `Kind`, or `package` for what concerns all.

    >>> str(Ref("class", "k1")), str(Ref("class"))
    ('class/k1', 'class')
    """

    kind: str
    id: str | None = None

    def __str__(self) -> str:
        return str(self.kind) if self.id is None else f"{self.kind}/{self.id}"


@frozen
class Issue:
    """One cause, however many rows it affects: `count` rows, up to five of them in `examples`.

    `code` is stable and readable, `help` says in the imperative what to do and `fix_at` who can, `where` is a place in a file
    (`users.csv:1042, email`); with `needs_rerun` what was done holds only until somebody runs the sync again. A `Code` of the catalogue makes them.

    >>> print(Issue("still_referenced", Severity.WARNING, Ref("class", "k1"), "class k1 still has members", Resolution.KEPT, help="Unenroll them."))
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
    fix_at: FixAt = FixAt.SOURCE
    needs_rerun: bool = False

    def __str__(self) -> str:
        rows = "" if self.count == 1 else f" ({self.count:,} rows, such as {', '.join(self.examples)})"
        return f"{self.severity} {self.code} {self.subject}: {self.message}{rows}. {self.help}"
