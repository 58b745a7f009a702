"""`MortalJournal`: a journal whose writer can die at any moment, before or after an entry was kept."""

import polars as pl

from oneroster_reconcile.apply.journal import Entry, MemoryJournal

__all__ = ["Killed", "MortalJournal"]


class Killed(BaseException):
    """The process is no more: nothing that handles errors may handle this."""


class MortalJournal(MemoryJournal):
    """A journal in memory that kills its writer when it is time.

    >>> MortalJournal().entries()
    ()
    """

    def __init__(self) -> None:
        super().__init__()
        self._moments = -1

    def dies_after(self, moments: int) -> None:
        """Say how many moments are left; each entry has one before and one after it is kept."""
        self._moments = moments

    def lives(self) -> None:
        """Let nobody die any more."""
        self._moments = -1

    def append(self, entry: Entry, frame: pl.DataFrame | None = None) -> None:
        """Keep an entry, unless it is too late."""
        self._strike()
        super().append(entry, frame)
        self._strike()

    def _strike(self) -> None:
        if self._moments == 0:
            raise Killed
        self._moments = max(-1, self._moments - 1)
