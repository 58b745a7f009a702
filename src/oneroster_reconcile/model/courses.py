"""Courses: what is taught, year after year (OneRoster 1.2 CSV §4.8)."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Course"]


@frozen(kw_only=True)
class Course:
    """A course, of which classes are the instances; `subject_codes` runs parallel to `subjects` where both are given.

    >>> Course(id="c1", title="Algebra I", org="d1", grades=("08", "09")).grades
    ('08', '09')
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    title: str
    course_code: str | None = None
    org: Id | None = field(default=None, metadata=column(refers=Kind.ORG))
    school_year: Id | None = field(default=None, metadata=column(refers=Kind.SESSION))
    grades: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    subject_codes: tuple[str, ...] = ()
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False)
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
