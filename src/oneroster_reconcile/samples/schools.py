"""The district and its schools, each with the streets it serves."""

from typing import Final

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.samples.draws import Draws, Floats, Ints
from oneroster_reconcile.samples.levels import GRADES, LEVEL_OF_GRADE, LEVELS

__all__ = ["DISTRICT", "DOMAIN", "Schools", "found_schools"]

DISTRICT = "d1000"
DOMAIN = "juniperbend.k12.example"
_NAME = "Juniper Bend Unified School District"
# No state has the FIPS code 99, so that no number here is the number of a real district or school.
_NCES_DISTRICT = "9906210"
_BEFORE: Final = (
    "Alder, Amber, Aspen, Badger, Bayberry, Birch, Blue Heron, Bluebird, Canyon, Cedar, Cherry, Clover, Copper, "
    "Cottonwood, Coyote, Cypress, Deer, Dogwood, Eagle, Elm, Falcon, Fern, Fox, Golden, Granite, Hawthorn, Hickory, "
    "Juniper, Lark, Laurel, Linden, Magnolia, Maple, Meadow, Mesa, Mill, Oak, Orchard, Otter, Palm, Pine, Poplar, "
    "Prairie, Quail, Redwood, River, Rosewood, Sage, Silver, Spruce, Stone, Sunset, Sycamore, Valley, Walnut, "
    "Wildflower, Willow, Winter"
)
_AFTER: Final = (
    "Bend, Bluff, Bridge, Brook, Canyon, Cove, Creek, Crest, Crossing, Falls, Field, Ford, Glen, Grove, Heights, "
    "Hill, Hollow, Knoll, Lake, Lane, Landing, Park, Point, Ridge, Run, Spring, Trail, View, Vista, Woods"
)


@frozen(eq=False)
class Schools:
    """The schools, the elementary ones first; `level` is each one's place in `LEVELS`, `bounds` where its streets end.

    An address is a number from 0 to 1: every level divides the same streets among its schools, so that the children of one elementary
    school go on to the same middle school.
    """

    ids: pl.Series
    level: Ints
    bounds: tuple[Floats, ...]

    def serving(self, address: Floats, grade: Ints) -> Ints:
        """The school of each child: the one of the grade's level that serves the address."""
        found = np.zeros(len(address), dtype=np.int64)
        first = 0
        for place, bounds in enumerate(self.bounds):
            here = LEVEL_OF_GRADE[grade] == place
            found[here] = first + np.searchsorted(bounds[:-1], address[here], side="right")
            first += len(bounds)
        return found

    @property
    def middles(self) -> Floats:
        """The address in the middle of each school's streets."""
        return np.concatenate([(bounds + np.concatenate(([0.0], bounds[:-1]))) / 2 for bounds in self.bounds])

    def numbers(self, ids: pl.Series) -> Ints:
        """The number of each school of these ids."""
        found: Ints = ids.replace_strict(self.ids, range(len(self.ids)), return_dtype=pl.Int64).to_numpy()
        return found


def found_schools(draws: Draws, students: int) -> tuple[Schools, Table[Org]]:
    """As many schools of each level as so many students need, none quite as big as the next, with the table of orgs.

    >>> schools, orgs = found_schools(Draws(0), 2_000)
    >>> len(schools.ids), orgs["d1000"].type
    (4, 'district')
    """
    counts = [max(1, round(students * len(level.grades) / len(GRADES) / level.size)) for level in LEVELS]
    total = sum(counts)
    ids = pl.Series([f"b{1000 + number}" for number in range(total)])
    level = np.repeat(np.arange(len(LEVELS)), counts)
    shares = [np.cumsum(0.6 + 0.8 * draws.uniform(count)) for count in counts]
    places = _places(draws)
    orgs = [Org(id=DISTRICT, name=_NAME, type="district", identifier=_NCES_DISTRICT)]
    orgs += [
        Org(
            id=ids[number],
            name=f"{places[number % len(places)]} {LEVELS[int(level[number])].name} School",
            type="school",
            identifier=f"{_NCES_DISTRICT}{number + 1:05}",
            parent=DISTRICT,
        )
        for number in range(total)
    ]
    return Schools(ids, level, tuple(share / share[-1] for share in shares)), Table[Org].of(Org, orgs)


def _places(draws: Draws) -> list[str]:
    """Every name that two words make, in an order of the district's own."""
    names = [f"{before} {after}" for before in _BEFORE.split(", ") for after in _AFTER.split(", ")]
    return [names[place] for place in draws.shuffled(len(names))]
