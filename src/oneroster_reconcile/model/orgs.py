"""Districts, schools and the other organisations (OneRoster 1.2 CSV §4.13)."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Org"]


@frozen(kw_only=True)
class Org:
    """An organisation: `type` is one of `department, school, district, local, state, national` or `ext:...`.

    >>> Org(id="s1", name="Plum Falls High", type="school", identifier="0601234").state.value
    'active'
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    name: str
    type: str
    identifier: str | None = None
    parent: Id | None = field(default=None, metadata=column(refers=Kind.ORG))
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False)
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
