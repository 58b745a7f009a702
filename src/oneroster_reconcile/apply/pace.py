"""`Pace`: how a run goes about it: how much at a time, how patiently, and when to stop."""

from collections.abc import Callable

from attrs import field, frozen, validators

from oneroster_reconcile.issues.errors import HostFailed

__all__ = ["Pace"]


def _never() -> bool:
    return False


@frozen(kw_only=True)
class Pace:
    """How many changes the host is given at a time, how a failure is met, and when to stop.

    A failure that the host calls retriable is met with the same batch again, up to `attempts` times in which nothing of it is done, after 1, 2, 4 ... times `first_wait` seconds but never longer than `longest_wait`, or after as long as the host asked for; all waiting of a run
    together takes no more than `budget` seconds. Any other is about what was sent: the batch is halved until the rows that the host does not take are alone, and the rest is done. After `refusals` such rows in
    a row, with nothing done between, the host counts as failed; a row that wants a name of another which was refused, or not sent, is not counted, for that says nothing of the host. `cancelled` is asked before each batch.

    >>> Pace(first_wait=2.0).wait(3, HostFailed("busy", retriable=True)), Pace().wait(1, HostFailed("busy", retry_after=7.5))
    (8.0, 7.5)
    """

    batch: int = field(default=25_000, validator=validators.ge(1))
    attempts: int = field(default=5, validator=validators.ge(1))
    first_wait: float = field(default=1.0, validator=validators.ge(0))
    longest_wait: float = field(default=60.0, validator=validators.ge(0))
    budget: float = field(default=600.0, validator=validators.ge(0))
    refusals: int = field(default=3, validator=validators.ge(1))
    cancelled: Callable[[], bool] = field(default=_never, eq=False, repr=False)

    def wait(self, attempt: int, failure: HostFailed) -> float:
        """How long to wait after the attempt of this number, counted from 1, has failed: seconds."""
        if failure.retry_after is not None:
            return failure.retry_after
        return min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
