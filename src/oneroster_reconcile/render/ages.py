"""How old the data is, in words."""

from datetime import date

from oneroster_reconcile.model.age import DataAge, KnownAge

__all__ = ["age_sentence"]


def age_sentence(age: DataAge, as_of: date | None = None) -> str:
    """The end of a sentence that begins with the data; how many days old it is, where the day is given for which that is asked.

    >>> from oneroster_reconcile.model.age import AgeBy, NotThereYet
    >>> age_sentence(KnownAge(date(2026, 9, 1), AgeBy.ROWS), date(2026, 9, 3))
    'of 2026-09-01, when the last of its rows changed: 2 days old.'
    >>> age_sentence(NotThereYet())
    'not there yet.'
    """
    if as_of is None or not isinstance(age, KnownAge):
        return f"{age}."
    days = age.days(as_of)
    return f"{age}: {days:,} day{'' if days == 1 else 's'} old."
