"""The exceptions: a promise that could not be kept. Bad data is never one of them, it is an `Issue`."""

__all__ = [
    "ApprovalsUnreadable",
    "DecisionsUnreadable",
    "FleetUnreadable",
    "HostFailed",
    "MappingUnreadable",
    "PlanHeld",
    "PlanUnreadable",
    "PolicyUnreadable",
    "ReconcileError",
    "SelectionUnreadable",
    "SourceUnreadable",
    "StalePlan",
    "StateLocked",
    "StateUnreadable",
]


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


class PolicyUnreadable(ReconcileError, ValueError):
    """A policy, or a document of one, that says what cannot be; `findings` are all that is wrong, each with the path of its key, and `source` the file.

    >>> print(PolicyUnreadable("rows.user.endet: is not known; did you mean ended?"))
    the policy cannot be understood: rows.user.endet: is not known; did you mean ended?
    """

    def __init__(self, *findings: str, source: str = "the policy") -> None:
        super().__init__(*findings)
        self.findings = findings
        self.source = source

    def __str__(self) -> str:
        return f"{self.source} cannot be understood: {'; '.join(self.findings)}"


class FleetUnreadable(ReconcileError, ValueError):
    """A file of tenants, or a tenant's reference, that says what cannot be; `findings` are all that is wrong, and `source` the file.

    >>> print(FleetUnreadable("two tenants have the id 'plum-falls'"))
    the fleet cannot be understood: two tenants have the id 'plum-falls'
    """

    def __init__(self, *findings: str, source: str = "the fleet") -> None:
        super().__init__(*findings)
        self.findings = findings
        self.source = source

    def __str__(self) -> str:
        return f"{self.source} cannot be understood: {'; '.join(self.findings)}"


class ApprovalsUnreadable(ReconcileError, ValueError):
    """A document of approvals that is not one, says what cannot be, or has a format this version does not know.

    >>> issubclass(ApprovalsUnreadable, ValueError)
    True
    """


class MappingUnreadable(ReconcileError, ValueError):
    """A mapping to a product's tables that does not fit them; `findings` are all that is wrong, each with its table and column, and nothing was written.

    >>> print(MappingUnreadable("accounts.frist: there is no such column"))
    the mapping does not fit the database: accounts.frist: there is no such column. Change the mapping, or the tables.
    """

    def __init__(self, *findings: str) -> None:
        super().__init__(*findings)
        self.findings = findings

    def __str__(self) -> str:
        return f"the mapping does not fit the database: {'; '.join(self.findings)}. Change the mapping, or the tables."


class SelectionUnreadable(ReconcileError, ValueError):
    """A document of a selection that is not one, names what is not known, or has a format this version does not know.

    >>> issubclass(SelectionUnreadable, ValueError)
    True
    """


class PlanHeld(ReconcileError, RuntimeError):
    """Guards hold every change of a plan and nobody approved; `guards` names them, and nothing was sent to the host.

    >>> print(PlanHeld(("students removed",), "look at it, then approve it"))
    the plan is held (students removed): look at it, then approve it
    """

    def __init__(self, guards: tuple[str, ...], way_out: str) -> None:
        super().__init__(guards, way_out)
        self.guards = guards
        self.way_out = way_out

    def __str__(self) -> str:
        return f"the plan is held ({', '.join(self.guards)}): {self.way_out}"


class StalePlan(ReconcileError, RuntimeError):
    """The state moved since the plan was made, perhaps because it was applied already: make a new plan.

    >>> issubclass(StalePlan, RuntimeError)
    True
    """


class StateUnreadable(ReconcileError, ValueError):
    """A state that is not one, that is damaged, or that a version wrote which this one does not know.

    >>> issubclass(StateUnreadable, ReconcileError)
    True
    """


class StateLocked(ReconcileError, RuntimeError):
    """Another run has the state; `owner` says who and, where that is known, since when.

    >>> print(StateLocked("nightly on web-3, process 17"))
    another run has the state (nightly on web-3, process 17): wait until it has come to its end, or end it; nothing was done
    """

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner

    def __str__(self) -> str:
        return f"another run has the state ({self.owner}): wait until it has come to its end, or end it; nothing was done"


class HostFailed(ReconcileError, ConnectionError):
    """The host could not be read or did not take a batch; nothing that failed was recorded as done.

    `retriable` says that the same may succeed later (the server is busy, the line broke), after `retry_after` seconds where the host said when.
    Otherwise it is about what was sent, and some of it may be taken without the rest.

    >>> issubclass(HostFailed, ConnectionError), HostFailed("503", retriable=True, retry_after=2.0).retry_after
    (True, 2.0)
    """

    def __init__(self, message: str, *, retriable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retriable = retriable
        self.retry_after = retry_after
