"""The nights that follow: what a district's source says next morning, with everything that changed known by construction."""

from collections.abc import Iterator

import attrs

from oneroster_reconcile.samples.district import District
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.night import Night
from oneroster_reconcile.samples.rollover import next_year
from oneroster_reconcile.samples.weekday import next_day

__all__ = ["evolve"]

_STREAM = 77
"""Keeps the draws of the nights apart from those that made the district."""


def evolve(district: District, *, days: int = 1, seed: int = 0, churn: float = 0.01, rollover: bool = False) -> Iterator[Night]:
    """The next nights, one after the other, the same for the same district and arguments on every machine.

    About the share `churn` of all rows is created, updated or withdrawn in a night: students join, leave, move to another school and switch
    classes; teachers marry, resign and are hired; names are respelled, e-mail addresses and telephone numbers change; sections are opened. With
    `rollover` the first of the nights leads into the next school year: everybody is a grade on, the seniors have left, kindergartners join, and every
    class and enrollment is new.

    >>> from oneroster_reconcile.samples import district
    >>> first, second = evolve(district(300), days=2)
    >>> second.district.night, first.truth.rows > 0
    (2, True)
    >>> (new_year,) = evolve(second.district, rollover=True)
    >>> new_year.district.year
    2027
    """
    if days < 0:
        raise ValueError(f"nights follow one another forwards; got days={days}")
    if not 0 <= churn <= 0.5:
        raise ValueError(f"churn is the share of rows that change in a night, 0.5 at the most; got churn={churn}")
    return _nights(district, days, seed, churn, rollover)


def _nights(district: District, days: int, seed: int, churn: float, rollover: bool) -> Iterator[Night]:
    for day in range(days):
        draws = Draws(district.office.seed, seed, district.night + 1, _STREAM)
        night = next_year(draws, district) if rollover and day == 0 else next_day(draws, district, churn)
        district = attrs.evolve(night.district, night=district.night + 1)
        yield Night(district, night.truth)
