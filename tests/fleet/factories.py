"""Hosts that tenants of the tests name: one that takes everything, and others that end the process that works on them, each in its way."""

import os
import signal
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Never

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE, sliced
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.fleet import Tenant
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.issues.errors import HostFailed, StateUnreadable
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.scope import Scope


def empty(tenant: Tenant) -> MemoryHost:
    return MemoryHost()


def blank(tenant: Tenant) -> MemoryState:
    return MemoryState()


def revealing(tenant: Tenant) -> Never:
    """A state that says more than it should."""
    raise StateUnreadable("ada@byron.example is damaged")


class ClosingState(MemoryState):
    """Says whether it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


def closing(tenant: Tenant) -> ClosingState:
    return ClosingState()


class StrictHost(MemoryHost):
    """Hands its rows only in pieces, and has no seat for anybody."""

    def snapshot(self, scope: Scope = Scope()) -> Never:
        raise AssertionError(scope)

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        return sliced(self.directory, rows)

    def objections(self, batch: Batch) -> Mapping[str, str]:
        return dict.fromkeys(batch.frame["id"], "no seats are left") if batch.kind is Kind.USER else {}


def strict(tenant: Tenant) -> StrictHost:
    return StrictHost()


def telling(tenant: Tenant) -> Never:
    """Says more than it should."""
    raise HostFailed("ada@byron.example is twice")


def crashing(tenant: Tenant) -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hanging(tenant: Tenant) -> Never:
    _mark(tenant)
    while True:
        time.sleep(1)


def forking(tenant: Tenant) -> Never:
    """Leaves a process behind that has all that it had open, and hangs."""
    _leave_behind(tenant)
    while True:
        time.sleep(1)


def escaping(tenant: Tenant) -> Never:
    """Leaves a process behind that is in no group of ours and has all that it had open, and dies."""
    _leave_behind(tenant, escapes=True)
    crashing(tenant)


def doubling(tenant: Tenant) -> MemoryHost:
    """Comes back twice, in two processes."""
    os.fork()
    return MemoryHost()


def asking(tenant: Tenant) -> MemoryHost:
    """Waits for somebody to type something."""
    if line := sys.stdin.readline():
        raise AssertionError(line)
    return MemoryHost()


def forking_and_crashing(tenant: Tenant) -> Never:
    _leave_behind(tenant)
    crashing(tenant)


def talking(tenant: Tenant) -> MemoryHost:
    """Says a name wherever it can."""
    print("Ada Byron", flush=True)  # noqa: T201
    print("Ada Byron", file=sys.stderr, flush=True)  # noqa: T201
    os.write(2, b"Ada Byron")
    return MemoryHost()


def leaving(tenant: Tenant) -> MemoryHost:
    """Leaves so much in memory that its process has 360 megabytes."""
    while _megabytes() < 360:
        LEFT.append(bytearray(os.urandom(1)) * 5_000_000)
    return MemoryHost()


def taking(tenant: Tenant) -> MemoryHost:
    """Takes 550 megabytes for as long as it takes to be seen."""
    taken = bytearray(os.urandom(1)) * 550_000_000
    time.sleep(0.3)
    return MemoryHost() if taken else empty(tenant)


def hungry(tenant: Tenant) -> Never:
    """Takes memory until it is stopped, in pages that are really written to; a test that fails does not take the machine with it."""
    taken = [bytearray(os.urandom(1)) * 20_000_000 for _ in _until(100)]
    raise AssertionError(len(taken))


def broken(tenant: Tenant) -> Never:
    raise KeyError("Ada Byron")


def crashing_once(tenant: Tenant) -> MemoryHost:
    """Dies with the first who asks, and works for the second."""
    if _first(tenant):
        crashing(tenant)
    return MemoryHost()


def busy_once(tenant: Tenant) -> MemoryHost:
    if _first(tenant):
        raise HostFailed("503", retriable=True)
    return MemoryHost()


def slow(tenant: Tenant) -> MemoryHost:
    """Takes its time, and leaves a mark."""
    _mark(tenant)
    time.sleep(0.3)
    return MemoryHost()


LEFT: list[bytearray] = []


def _mark(tenant: Tenant) -> None:
    """Say in the folder that `approvals` names who is at work, and for whom, so that a test knows that it is under way."""
    if tenant.approvals:
        mark = Path(tenant.approvals) / f"at-work-{tenant.id}"
        mark.with_suffix(".new").write_text(f"{os.getpid()} {os.getppid()}", encoding="ascii")
        mark.with_suffix(".new").replace(mark)


def _leave_behind(tenant: Tenant, *, escapes: bool = False) -> None:
    if os.fork() == 0:
        if escapes:
            os.setsid()
        _mark(tenant)
        # A test that fails does not wait for ever.
        time.sleep(30)
        os._exit(0)
    while not list(Path(tenant.approvals).glob("at-work-*")):
        time.sleep(0.01)


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _first(tenant: Tenant) -> bool:
    mark = Path(f"{tenant.state}.tried")
    is_first = not mark.exists()
    mark.touch()
    return is_first


def _until(times: int) -> Iterator[int]:
    for each in range(times):
        time.sleep(0.01)
        yield each
