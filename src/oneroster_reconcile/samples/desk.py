"""The office during one night: it gives out numbers and usernames, each once for all time."""

from collections.abc import Mapping

import attrs
import polars as pl

from oneroster_reconcile.samples.district import Office
from oneroster_reconcile.samples.handles import issue_handles
from oneroster_reconcile.samples.people import fresh_ids

__all__ = ["Desk"]


class Desk:
    """Starts with what the office knew in the evening, and is `closed` into what it knows in the morning."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._numbers: Mapping[str, int] = office.numbers
        self._handles = office.handles

    def ids(self, letter: str, count: int) -> pl.Series:
        """So many ids that were never given away."""
        first = self._numbers[letter]
        self._numbers = {**self._numbers, letter: first + count}
        return fresh_ids(letter, first, count)

    def number(self, letter: str) -> int:
        """The next number, which is not yet given away."""
        return self._numbers[letter]

    def handles(self, bases: pl.Series) -> pl.Series:
        """A username for each base, that nobody has or ever had."""
        handles, self._handles = issue_handles(bases, self._handles)
        return handles

    def closed(self, teachers: pl.DataFrame) -> Office:
        """The office after the night, with the teachers that are left."""
        return attrs.evolve(self._office, numbers=self._numbers, handles=self._handles, teachers=teachers)
