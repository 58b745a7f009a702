"""School years, semesters, terms and grading periods (OneRoster 1.2 CSV §4.2)."""

from collections.abc import Mapping
from datetime import date, datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["AcademicSession"]


@frozen(kw_only=True)
class AcademicSession:
    """A stretch of school time from `start` (included) to `end` (excluded).

    `type` is one of `schoolYear, semester, term, gradingPeriod` or `ext:...`; `school_year` is the calendar year in which the
    school year ends.

    >>> AcademicSession(id="t1", title="Fall", type="term", start=date(2026, 8, 17), end=date(2026, 12, 19)).school_year
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    title: str
    type: str
    start: date | None = field(default=None, metadata=column(header="startDate"))
    end: date | None = field(default=None, metadata=column(header="endDate"))
    parent: Id | None = field(default=None, metadata=column(refers=Kind.SESSION))
    school_year: int | None = None
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False)
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
