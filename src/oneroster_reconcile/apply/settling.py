"""Settling: to find out what a run did that did not come to its end, and to let the rest of its plan go where another takes its place."""

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.journal import Event
from oneroster_reconcile.apply.logbook import Logbook
from oneroster_reconcile.apply.requests import Asking
from oneroster_reconcile.apply.runs import Run
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.apply.unfinished import made_in, open_run

__all__ = ["abandoned", "resolved"]


def resolved(state: SyncState, abilities: Abilities) -> Asking[Run | None]:
    """The open run, if there is one, with nothing left in doubt; it stays open."""
    run = open_run(state.journal)
    if run is not None:
        yield from Logbook.of(state, run).resolved(abilities)
    return run


def abandoned(state: SyncState, abilities: Abilities) -> Asking[None]:
    """Record what the open run did, if there is one, and let the rest of its plan go."""
    run = yield from resolved(state, abilities)
    if run is not None:
        for progress in made_in(state.journal, run):
            state.record(progress)
        Logbook.of(state, run).note(Event.ABANDONED)
