"""`Outcome`: how the work on a tenant ended, as a union of values; none holds a pupil's data."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

from oneroster_reconcile.fleet.documents import tenant_converter

__all__ = [
    "Applied",
    "Counted",
    "Crashed",
    "Failed",
    "Held",
    "OutOfMemory",
    "Outcome",
    "Planned",
    "Skipped",
    "TimedOut",
    "counted_in",
    "is_bad",
    "is_settled",
    "outcome_from_document",
    "outcome_to_document",
]


def _copied(issues: Mapping[str, int]) -> Mapping[str, int]:
    return dict(issues)


@frozen(kw_only=True)
class Counted:
    """What a plan comes to: its `digest`, the `rows` of the roster, its `changes` and how many of them guards hold, the host's `people` and how many of them it takes away; the rows of each issue by code.

    >>> Counted(digest="5a9d", people=2_000, removed=500).shrinks
    0.25
    """

    digest: str
    rows: int = 0
    changes: int = 0
    held: int = 0
    people: int = 0
    removed: int = 0
    issues: Mapping[str, int] = field(factory=dict[str, int], converter=_copied, hash=False)

    @property
    def shrinks(self) -> float:
        """The share of the host's people that would go."""
        return self.removed / self.people if self.people else 0.0


@frozen(kw_only=True)
class _Ended:
    """What is said of every end: whose, who provides the roster, and how many seconds it took."""

    tenant: str
    provider: str = ""
    seconds: float = field(default=0.0, eq=False)


@frozen(kw_only=True)
class Planned(_Ended):
    """A plan was made, and lies in the file `plan`; nothing was changed.

    >>> Planned(tenant="plum-falls", counted=Counted(digest="5a9d", changes=12)).counted.changes
    12
    """

    counted: Counted
    plan: str = field(default="", eq=False)

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"{self.counted.changes:,} changes planned, {self.counted.held:,} of them held"


@frozen(kw_only=True)
class Applied(_Ended):
    """A plan was applied: so many changes are `done`, so many `failed` one by one; what guards hold is counted in `counted` and was left.

    >>> Applied(tenant="plum-falls", counted=Counted(digest="5a9d"), done=12).failed
    0
    """

    counted: Counted
    done: int = 0
    failed: int = 0

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"{self.done:,} changes done, {self.failed:,} failed, {self.counted.held:,} held"


@frozen(kw_only=True)
class Held(_Ended):
    """Guards hold every change of the tenant's plan, and nobody approved: nothing was done.

    >>> Held(tenant="plum-falls", counted=Counted(digest="5a9d"), guards=("students removed",)).guards
    ('students removed',)
    """

    counted: Counted
    guards: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"held by {', '.join(self.guards)}"


@frozen(kw_only=True)
class Failed(_Ended):
    """The work ended in an error: its class, what it says where it is ours, else where it was raised; `retriable` where the same may succeed later.

    >>> Failed(tenant="plum-falls", error="HostFailed", message="503", retriable=True).about
    'HostFailed: 503'
    """

    error: str
    message: str = ""
    retriable: bool = False

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"{self.error}: {self.message}" if self.message else self.error


@frozen(kw_only=True)
class TimedOut(_Ended):
    """The tenant's limit of `limit` seconds was over, and its process was ended.

    >>> TimedOut(tenant="plum-falls", limit=600).limit
    600
    """

    limit: float

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"not done after {self.limit:,g} seconds"


@frozen(kw_only=True)
class OutOfMemory(_Ended):
    """The tenant's process had more than `limit` megabytes, or got no more, and was ended.

    >>> OutOfMemory(tenant="plum-falls", limit=2_000).limit
    2000
    """

    limit: int = 0

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"more than {self.limit:,} megabytes" if self.limit else "no more memory was given"


@frozen(kw_only=True)
class Crashed(_Ended):
    """The process that worked on the tenant died; `how` says by what.

    >>> Crashed(tenant="plum-falls", how="SIGKILL").how
    'SIGKILL'
    """

    how: str

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"its process died ({self.how})"


@frozen(kw_only=True)
class Skipped(_Ended):
    """The tenant was not handed out: the fleet's `guard` holds its provider, for the reason in `why`.

    >>> Skipped(tenant="plum-falls", provider="classlink", guard="outage", why="6 of 9 failed").guard
    'outage'
    """

    guard: str
    why: str = ""

    @property
    def about(self) -> str:
        """What became of the tenant, in a line."""
        return f"not tried: {self.guard}: {self.why}"


Outcome = Planned | Applied | Held | Failed | TimedOut | OutOfMemory | Crashed | Skipped
"""How the work on a tenant ended: match on it exhaustively."""

_CLASSES: Final[Mapping[str, type[Any]]] = {
    each.__name__: each for each in (Planned, Applied, Held, Failed, TimedOut, OutOfMemory, Crashed, Skipped)
}


def counted_in(outcome: Outcome) -> Counted | None:
    """What the tenant's plan came to; None where there is no plan."""
    return outcome.counted if isinstance(outcome, (Planned, Applied, Held)) else None


def is_settled(outcome: Outcome) -> bool:
    """Whether a second start of the same night has nothing left to do about it."""
    return counted_in(outcome) is not None


def is_bad(outcome: Outcome) -> bool:
    """Whether the work was tried and did not come to its end."""
    return isinstance(outcome, (Failed, TimedOut, OutOfMemory, Crashed))


def outcome_to_document(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a JSON object that names its class.

    >>> outcome_to_document(TimedOut(tenant="plum-falls", limit=600))
    {'outcome': 'TimedOut', 'tenant': 'plum-falls', 'limit': 600}
    """
    return {"outcome": type(outcome).__name__, **tenant_converter().unstructure(outcome)}


def outcome_from_document(document: Mapping[str, Any]) -> Outcome:
    """The outcome in such an object.

    Raises KeyError, TypeError, ValueError or a group of them where it holds something else.
    """
    said = dict(document)
    made: Outcome = tenant_converter().structure(said, _CLASSES[said.pop("outcome")])
    return made
