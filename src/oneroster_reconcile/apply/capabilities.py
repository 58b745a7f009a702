"""What a host may be able to do beyond `HostAdapter`: each a port of its own, found by its method."""

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping
from typing import Protocol, runtime_checkable

from attrs import frozen

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["Abilities", "AnsweringHost", "AsyncStreamingHost", "LimitedHost", "PrecheckingHost", "StreamingHost", "UniqueHost"]


@runtime_checkable
class AnsweringHost(Protocol):
    """**Protocol:** a host that stores its answer to a batch together with the changes, in one transaction or under an idempotency key.

    `answered` says what it answered to the batch of a key (`Batch.key`), or None where that batch was never stored, in whole or in part. A run that died
    between a batch and its answer then knows which, and no change is made twice; nor are rows of which some were made when their batch comes again: it is answered as before. Of a host without it, the rows are read again instead.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> isinstance(MemoryHost(), AnsweringHost)
    True
    """

    def answered(self, key: str) -> Receipts | None:
        """The answer to a batch that was stored."""
        ...


@runtime_checkable
class LimitedHost(Protocol):
    """**Protocol:** a host that cannot do everything: that knows no classes, cannot merge accounts, or cannot bring back what it suspended.

    What it says it cannot do is not sent: it is answered with a failure that says so, and is not remembered as done.

    >>> class NoMerges:
    ...     def can(self, action: Action, kind: Kind) -> bool:
    ...         return action is not Action.MERGE
    >>> isinstance(NoMerges(), LimitedHost)
    True
    """

    def can(self, action: Action, kind: Kind) -> bool:
        """Whether changes of this action and kind may be sent."""
        ...


@runtime_checkable
class PrecheckingHost(Protocol):
    """**Protocol:** a host that can say before a run which changes it would refuse: seats that are used up, names that it does not allow.

    `objections` is asked about all of a plan, but its merges, before the first batch is sent, in batches whose rows may still refer to provisional ids. It changes nothing, and gives a reason for each change that it refuses, by `id`, and nothing
    for the others. Those are answered with the reason, and not sent. It may raise `HostFailed`: then nothing is known, and all is sent.

    >>> class NoAides:
    ...     def objections(self, batch: Batch) -> Mapping[Id, str]:
    ...         return {change.after.id: "aides have no seats" for change in batch if change.after.given_name == "Aide"}
    >>> isinstance(NoAides(), PrecheckingHost)
    True
    """

    def objections(self, batch: Batch) -> Mapping[Id, str]:
        """The reasons against changes of a batch, by what the changes are called."""
        ...


@runtime_checkable
class UniqueHost(Protocol):
    """**Protocol:** a host that says in which columns no two rows of a kind may have the same value.

    What passes there from one row to another is given up before it is taken. Of a host that does not say so, usernames are taken to be unique; one that takes the same twice names none.

    >>> class OneAddressEach:
    ...     def unique(self, kind: Kind) -> Collection[str]:
    ...         return ("username", "email") if kind is Kind.USER else ()
    >>> isinstance(OneAddressEach(), UniqueHost)
    True
    """

    def unique(self, kind: Kind) -> Collection[str]:
        """The columns of text in which rows of this kind may not have the same."""
        ...


@runtime_checkable
class StreamingHost(Protocol):
    """**Protocol:** a host that hands what it holds in pieces, so that whoever reads it need not have a table twice, or at all.

    `pieces` gives directories, of no more than so many rows each, which together are the snapshot of everything as of one moment. Kinds come in their order, so that a row comes after all of other kinds that it
    refers to, and enrollments last. No row comes twice. Every piece is in canonical form and says what is `stored`; the last one has the links, and the coverage of all. Those before it prove no absence: whoever does not get to the end has read a part,
    and closes the generator. While it is open nothing else is asked of the host. `apply.pieces` makes one directory of them.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> isinstance(MemoryHost(), StreamingHost)
    True
    """

    def pieces(self, rows: int = ...) -> Generator[Directory]:
        """What the host holds, some rows at a time."""
        ...


@runtime_checkable
class AsyncStreamingHost(Protocol):
    """**Protocol:** a `StreamingHost` that is awaited: the same pieces, from an asynchronous generator.

    >>> class Ours:
    ...     async def pieces(self, rows: int = 250_000) -> AsyncGenerator[Directory]:
    ...         yield Directory()
    >>> isinstance(Ours(), AsyncStreamingHost)
    True
    """

    def pieces(self, rows: int = ...) -> AsyncGenerator[Directory]:
        """What the host holds, some rows at a time."""
        ...


@frozen
class Abilities:
    """What is to be known of a host before it is asked anything."""

    can: Callable[[Action, Kind], bool]
    recalls: bool
    """Whether it knows what it answered."""
    checks: bool
    """Whether it says what it would refuse."""
    unique: Callable[[Kind], Collection[str]]
    """In which columns no two rows may have the same."""

    @classmethod
    def of(cls, host: object) -> "Abilities":
        """Those of a host."""
        can = host.can if isinstance(host, LimitedHost) else _everything
        unique = host.unique if isinstance(host, UniqueHost) else _usernames
        return cls(can, isinstance(host, AnsweringHost), isinstance(host, PrecheckingHost), unique)


def _everything(_action: Action, _kind: Kind) -> bool:
    return True


def _usernames(kind: Kind) -> Collection[str]:
    return ("username",) if kind is Kind.USER else ()
