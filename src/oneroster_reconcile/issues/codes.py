"""`Code`: one entry of the catalogue of what can be wrong."""

from collections.abc import Sequence

from attrs import frozen

from oneroster_reconcile.issues.issue import FixAt, Issue, Ref, Resolution, Severity

__all__ = ["EXAMPLES", "Code"]

EXAMPLES = 5
"""How many of the rows that an issue affects it names."""


@frozen(kw_only=True)
class Code:
    """What can be wrong: its slug, which never changes, how bad it is, who can mend it, and what to do, in the imperative.

    `about` is the page of the documentation: what was seen, why it matters, what the library does. With `needs_rerun` the sync has to run again
    once it is mended.

    >>> empty = Code(slug="file_empty", severity=Severity.ERROR, fix_at=FixAt.SOURCE, help="Export it again.", about="The file holds nothing.")
    >>> print(empty.issue(Ref("user"), "users.csv holds nothing", Resolution.KEPT, where="users.csv"))
    error file_empty user: users.csv holds nothing. Export it again.
    """

    slug: str
    severity: Severity
    fix_at: FixAt
    help: str
    about: str
    needs_rerun: bool = False

    def issue(
        self,
        subject: Ref,
        message: str,
        resolution: Resolution,
        *,
        where: str = "",
        rows: Sequence[str] = (),
        count: int | None = None,
    ) -> Issue:
        """An issue of this code about `rows`, of which it counts all and names the first; `count` where there are more than `rows` says."""
        return Issue(
            self.slug,
            self.severity,
            subject,
            message,
            resolution,
            help=self.help,
            where=where,
            count=count if count is not None else max(len(rows), 1),
            examples=tuple(rows[:EXAMPLES]),
            fix_at=self.fix_at,
            needs_rerun=self.needs_rerun,
        )
