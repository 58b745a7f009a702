"""`Promise`: one thing that a host promises, as something that can be tried."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps

from attrs import frozen

from oneroster_reconcile.testing.trial import Trial

__all__ = ["Promise", "Trials", "promise"]

Trials = Callable[[], AbstractContextManager[Trial]]
"""Opens a new trial, with a host of its own."""


@frozen
class Promise:
    """A promise by its name; `holds` raises `BrokenPromise` where a host does not keep it, and `NotPromised` where it is not asked of the host.

    >>> Promise("nothing", "Nothing is promised.", lambda trials: None).name
    'nothing'
    """

    name: str
    text: str
    holds: Callable[[Trials], None]


def promise(tried: Callable[[Trial], None]) -> Promise:
    """A promise that one trial decides; its name and text are those of the function."""

    @wraps(tried)
    def holds(trials: Trials) -> None:
        with trials() as trial:
            tried(trial)

    return Promise(tried.__name__, tried.__doc__ or "", holds)
