"""Birth dates and demographics, where a district shares them (OneRoster 1.2 CSV §4.9)."""

from collections.abc import Mapping
from datetime import date, datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Demographics"]

_PII = column(pii=True)


@frozen(kw_only=True)
class Demographics:
    """One row a person at the most, keyed by the person: it has no identity of its own.

    >>> Demographics(user="u1", birth_date=date(2012, 3, 9)).user
    'u1'
    """

    user: Id = field(metadata=column(key=True, refers=Kind.USER, header="sourcedId"))
    birth_date: date | None = field(default=None, metadata=_PII)
    sex: str | None = field(default=None, metadata=_PII)
    american_indian_or_alaska_native: bool | None = field(default=None, metadata=_PII)
    asian: bool | None = field(default=None, metadata=_PII)
    black_or_african_american: bool | None = field(default=None, metadata=_PII)
    native_hawaiian_or_other_pacific_islander: bool | None = field(default=None, metadata=_PII)
    white: bool | None = field(default=None, metadata=_PII)
    demographic_race_two_or_more_races: bool | None = field(default=None, metadata=_PII)
    hispanic_or_latino_ethnicity: bool | None = field(default=None, metadata=_PII)
    country_of_birth_code: str | None = field(default=None, metadata=_PII)
    state_of_birth_abbreviation: str | None = field(default=None, metadata=_PII)
    city_of_birth: str | None = field(default=None, metadata=_PII)
    public_school_residence_status: str | None = field(default=None, metadata=_PII)
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False, metadata=_PII)
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
