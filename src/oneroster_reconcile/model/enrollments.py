"""Who is in which class (OneRoster 1.2 CSV §4.10)."""

from datetime import date

from attrs import field, frozen

from oneroster_reconcile.model.columns import column
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Enrollment"]


@frozen(kw_only=True)
class Enrollment:
    """A person in a class, from `begin` (included) to `end` (excluded); blank dates are those of the class's terms.

    `(class_, user, role)` is the key: the sourcedId of a source's enrollment row changes when a student leaves and
    comes back, so it identifies nothing. An enrollment lies in the school where its class lies. `primary` marks the
    primary teacher of a class.

    >>> Enrollment(class_="k1", user="u1", role="student").begin
    """

    class_: Id = field(metadata=column(key=True, refers=Kind.CLASS, header="classSourcedId"))
    user: Id = field(metadata=column(key=True, refers=Kind.USER, header="userSourcedId"))
    role: str = field(metadata=column(key=True))
    primary: bool | None = None
    begin: date | None = field(default=None, metadata=column(header="beginDate"))
    end: date | None = field(default=None, metadata=column(header="endDate"))
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
