"""Households: children who share an address, their guardians and mostly a surname."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.draws import Draws, Floats, Ints
from oneroster_reconcile.samples.levels import GRADES
from oneroster_reconcile.samples.names import ORIGINS, families, given

__all__ = ["CHILDREN", "ONE_CHILD", "Households", "birth_dates", "settle"]

CHILDREN = (0.45, 0.36, 0.14, 0.05)
ONE_CHILD = (1.0,)
_TWIN = 0.035
_COMMON = 0
"""The origin whose given names are given everywhere."""


@frozen(eq=False)
class Households:
    """The people of some households.

    `children` has `household, place, grade, born, female` and the names, `born` being the days from the birth date to the first of September that
    decides on the grade; `guardians` has `household, place, female` and the names; both are sorted by household. `address` is a number a household.
    """

    children: pl.DataFrame
    guardians: pl.DataFrame
    address: Floats


@frozen(eq=False)
class _Surnames:
    """A household's surname in two halves, of which the second may be missing; each guardian brought one."""

    origin: Ints
    halves: tuple[Ints, Ints]
    double: pl.Series
    whole: pl.DataFrame


def settle(draws: Draws, children: int, *, sizes_of_families: Sequence[float] = CHILDREN) -> Households:
    """New households with so many children between them; `sizes_of_families` weighs those with one child, two, and so on.

    >>> settle(Draws(0), 5).children.height
    5
    """
    sizes = _sizes(draws, children, sizes_of_families)
    home = np.repeat(np.arange(len(sizes)), sizes)
    surnames = _surnames(draws, len(sizes))
    return Households(_children(draws, home, surnames), _guardians(draws, surnames), draws.uniform(len(sizes)))


def birth_dates(year: int, grade: Ints, born: Ints) -> pl.Series:
    """The birth dates of children in these grades: on the first of September of `year`, kindergartners are five years old."""
    cutoffs = (
        np.array([date(year - 5 - number, 9, 1).toordinal() for number in range(len(GRADES))]) - date(1970, 1, 1).toordinal()
    )
    return pl.Series(cutoffs[grade] - born).cast(pl.Int32).cast(pl.Date)


def _sizes(draws: Draws, children: int, weights: Sequence[float]) -> Ints:
    if not children:
        return np.zeros(0, dtype=np.int64)
    sizes = draws.weighted(weights, children) + 1
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, children, side="left"))
    sizes = sizes[: last + 1]
    sizes[last] -= ends[last] - children
    return sizes


def _children(draws: Draws, home: Ints, surnames: _Surnames) -> pl.DataFrame:
    first = np.diff(home, prepend=-1) != 0
    starts = np.flatnonzero(first)
    place = np.arange(len(home)) - starts[home]
    # Siblings are two grades apart at least, five and two threes at most: even where thirteen goes over into kindergarten nobody is
    # born within nine months of a sibling, and only twins share a grade.
    twin = ~first & draws.chance(_TWIN, len(home))
    gap = np.where(twin | first, 0, 2 + draws.below(2, len(home)) + (place == 1) * draws.below(3, len(home)))
    total = np.cumsum(gap)
    grade = (draws.below(len(GRADES), len(starts))[home] + total - total[starts][home]) % len(GRADES)
    eldest = np.maximum.accumulate(np.where(twin, 0, np.arange(len(home))))
    lonely = np.bincount(home)[home] == 1
    born = draws.below(365, len(home))[eldest] + 365 * (lonely & draws.chance(0.05, len(home)))
    female = draws.chance(0.49, len(home))
    turn = draws.below(10_000, len(starts))[home] + 5 * place
    origin = np.where(draws.chance(0.3, len(starts)), _COMMON, surnames.origin)[home]
    middle = given(female, surnames.origin[home], turn + 11)["given_name"].to_frame("middle_name")
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "household": home,
                    "place": place,
                    "grade": grade,
                    "born": born,
                    "female": female,
                    "origin": surnames.origin[home],
                }
            ),
            given(female, origin, turn),
            middle.select(pl.when(pl.Series(draws.chance(0.4, len(home)))).then("middle_name")),
            surnames.whole[home],
        ],
        how="horizontal",
    )


def _guardians(draws: Draws, surnames: _Surnames) -> pl.DataFrame:
    count = 1 + draws.chance(0.42, len(surnames.origin))
    home = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(home)) - (np.cumsum(count) - count)[home]
    # The second guardian is mostly of the other sex; who is alone with the children is mostly the mother.
    mother = draws.chance(0.7, len(count))[home]
    female = np.where(place == 0, mother, ~mother ^ draws.chance(0.04, len(home)))
    origin = surnames.origin[home]
    brought = np.where(place == 0, surnames.halves[0][home], surnames.halves[1][home])
    shared = surnames.double.to_numpy()[home] | draws.chance(0.8, len(home))
    surname = np.where(shared, brought, families().drawn(draws, origin))
    return pl.concat(
        [
            pl.DataFrame({"household": home, "place": place, "female": female, "origin": origin}),
            given(female, origin, draws.below(10_000, len(home))),
            pl.DataFrame({"family_name": families().names.gather(surname), "family_slug": families().slugs.gather(surname)}),
        ],
        how="horizontal",
    )


def _surnames(draws: Draws, count: int) -> _Surnames:
    origin = draws.weighted([origin.weight for origin in ORIGINS], count)
    listed = families()
    halves = (listed.drawn(draws, origin), listed.drawn(draws, origin))
    joins = pl.Series([origin.joined for origin in ORIGINS]).gather(origin)
    spaced = joins.to_numpy() == " "
    double = (halves[0] != halves[1]) & (draws.uniform(count) < np.where(spaced, 0.5, 0.04))
    second = np.where(double, halves[1], halves[0])
    one, two = (listed.names.gather(half) for half in halves)
    slugs = [listed.slugs.gather(half) for half in halves]
    whole = pl.select(
        family_name=pl.when(pl.Series(double)).then(one + joins + two).otherwise(one),
        family_slug=pl.when(pl.Series(double)).then(slugs[0] + slugs[1]).otherwise(slugs[0]),
    )
    return _Surnames(origin, (halves[0], second), pl.Series(double), whole)
