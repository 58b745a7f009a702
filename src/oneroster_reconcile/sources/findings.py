"""What is found in one file, in the words of issues: where it is, which rows it affects, what was done."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from attrs import frozen

from oneroster_reconcile.issues.codes import EXAMPLES, Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.model.users import Role, UserProfile
from oneroster_reconcile.sources.layout import Columns

__all__ = ["LINE", "PACKAGE", "Subject", "Unread", "subject_of"]

LINE = "_line"
"""The column that says on which line of its file a row begins."""
PACKAGE = Ref("package")
"""What an issue is about that concerns all files."""


class Unread(Exception):
    """A file that cannot be read, for the reason that the issue gives; the package is read without it."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue)
        self.issue = issue


@frozen
class Subject:
    """A file as issues name it: `users.csv`, about users."""

    file: str
    ref: Ref

    def issue(
        self, code: Code, message: str, resolution: Resolution, *, line: int | None = None, column: str = "", count: int = 1
    ) -> Issue:
        """An issue about the file, or one of its lines or columns."""
        place = self.file if line is None else f"{self.file}:{line}"
        where = f"{place}, {column}" if column else place
        return code.issue(self.ref, message, resolution, where=where, rows=[self.file] if count > 1 else (), count=count)

    def of_rows(self, code: Code, message: str, resolution: Resolution, rows: pl.DataFrame, column: str = "") -> Issue:
        """An issue about rows, which have their line and, where they are known, the columns of their key; the first says where."""
        first = min(rows[LINE].to_list())
        place = f"{self.file}:{first}"
        return code.issue(
            self.ref,
            message,
            resolution,
            where=f"{place}, {column}" if column else place,
            rows=self._examples(rows.sort(LINE).head(EXAMPLES)),
            count=rows.height,
        )

    def _examples(self, rows: pl.DataFrame) -> Sequence[str]:
        keys = [name for name in rows.columns if name != LINE]
        places = [f"{self.file}:{line}" for line in rows[LINE].to_list()]
        if not keys:
            return places
        named = rows.select(pl.concat_str(keys, separator="/", ignore_nulls=False)).to_series().to_list()
        return [name or place for name, place in zip(named, places, strict=True)]

    def unread(self, code: Code, message: str, line: int | None = None) -> Unread:
        """What to raise where the file cannot be read."""
        return Unread(self.issue(code, message, Resolution.QUARANTINED, line=line))


def subject_of(name: str, columns: Columns) -> Subject:
    """The file of this name, without `.csv`.

    >>> from oneroster_reconcile.sources.layout import files_of
    >>> subject_of("roles", files_of("1.2")["roles"])
    Subject(file='roles.csv', ref=Ref(kind=<Kind.USER: 'user'>, id=None))
    """
    row: type[Any] = columns.row
    return Subject(f"{name}.csv", Ref(Kind.USER if row in (Role, UserProfile) else kind_of(row)))
