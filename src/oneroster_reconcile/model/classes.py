"""Classes: a course taught at a school in some terms (OneRoster 1.2 CSV §4.4)."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Class"]


@frozen(kw_only=True)
class Class:
    """A class that people are enrolled in; `class_type` is `homeroom`, `scheduled` or `ext:...`.

    `terms` is a set: it is merged one term at a time. `subject_codes` runs parallel to `subjects` where both are given.

    >>> Class(id="k1", title="Algebra I, period 3", course="c1", school="s1", terms=("t1",)).terms
    ('t1',)
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    title: str
    course: Id | None = field(default=None, metadata=column(refers=Kind.COURSE))
    school: Id | None = field(default=None, metadata=column(refers=Kind.ORG))
    terms: tuple[Id, ...] = field(default=(), metadata=column(refers=Kind.SESSION, header="termSourcedIds"))
    class_code: str | None = None
    class_type: str | None = None
    location: str | None = None
    grades: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    subject_codes: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False)
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
