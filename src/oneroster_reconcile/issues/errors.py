"""The exceptions: a promise that could not be kept. Bad data is never one of them, it is an `Issue`."""

__all__ = [
    "ApprovalsUnreadable",
    "DecisionsUnreadable",
    "HostFailed",
    "PlanHeld",
    "PlanUnreadable",
    "PolicyUnreadable",
    "ReconcileError",
    "SourceUnreadable",
    "StalePlan",
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


class ApprovalsUnreadable(ReconcileError, ValueError):
    """A document of approvals that is not one, says what cannot be, or has a format this version does not know.

    >>> issubclass(ApprovalsUnreadable, ValueError)
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


class HostFailed(ReconcileError, ConnectionError):
    """The host could not be read or did not take a batch; nothing that failed was recorded as done.

    >>> issubclass(HostFailed, ConnectionError)
    True
    """
