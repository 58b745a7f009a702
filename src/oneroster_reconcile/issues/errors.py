"""The exceptions: a promise that could not be kept. Bad data is never one of them, it is an `Issue`."""

__all__ = ["DecisionsUnreadable", "HostFailed", "PlanUnreadable", "ReconcileError", "SourceUnreadable", "StalePlan"]


class ReconcileError(Exception):
    """Anything this library raises of its own; the message names the value it got and the way out.

    >>> issubclass(HostFailed, ReconcileError)
    True
    """


class SourceUnreadable(ReconcileError, ValueError):
    """A roster file or package that cannot be read at all; `where` is the file, with a line where there is one.

    >>> print(SourceUnreadable("users.csv:17", "has 3 fields where the header has 5", "Mend the line or export again."))
    users.csv:17: has 3 fields where the header has 5. Mend the line or export again.
    """

    def __init__(self, where: str, reason: str, way_out: str) -> None:
        super().__init__(where, reason, way_out)
        self.where = where
        self.reason = reason
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}. {self.way_out}"


class PlanUnreadable(ReconcileError, ValueError):
    """A plan file that is not one, is damaged, or has a format this version does not know.

    >>> issubclass(PlanUnreadable, ValueError)
    True
    """


class DecisionsUnreadable(ReconcileError, ValueError):
    """A document of decisions that is not one, names what is not known, or has a format this version does not know.

    >>> issubclass(DecisionsUnreadable, ValueError)
    True
    """


class StalePlan(ReconcileError, RuntimeError):
    """The state moved since the plan was made, perhaps because it was applied already: make a new plan.

    >>> issubclass(StalePlan, RuntimeError)
    True
    """


class HostFailed(ReconcileError, ConnectionError):
    """The host could not be read or did not take a batch; nothing that failed was recorded as done.

    >>> issubclass(HostFailed, ConnectionError)
    True
    """
