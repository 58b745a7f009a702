"""`host_tests`: the promises of `HostAdapter` as tests of any host."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, contextmanager
from typing import Any

from oneroster_reconcile.apply.host import AsyncHostAdapter, HostAdapter
from oneroster_reconcile.testing.awaited import is_awaited, opened_async
from oneroster_reconcile.testing.promises import PROMISES
from oneroster_reconcile.testing.promises.promise import Promise, Trials
from oneroster_reconcile.testing.trial import BrokenPromise, NotPromised, Trial

__all__ = ["MakeHost", "broken_promises", "host_tests", "opened"]

AnyHost = HostAdapter | AsyncHostAdapter
MakeHost = Callable[[], "AnyHost | AbstractContextManager[AnyHost] | AbstractAsyncContextManager[AsyncHostAdapter]"]
"""Makes a host of its own for each trial, called or awaited: empty, or with what the product holds from the start; as a context manager, async or not, where something has to be closed after it."""


def host_tests(make_host: MakeHost | None = None, only: Iterable[str] = ()) -> type[Any]:
    """A class for pytest with one test a promise; a promise that is not asked of the host (`LimitedHost`) is skipped, and says why.

    Without `make_host` the class has to have a fixture of that name, which may use other fixtures. All promises are tried, unless `only` names some.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> TestOurs = host_tests(MemoryHost)
    >>> TestOurs().test_what_is_made_has_the_hosts_id(MemoryHost)
    """
    import pytest

    members: dict[str, Any] = {f"test_{each.name}": _test(each) for each in _wanted(only)}
    if make_host is not None:

        def given(_: object) -> MakeHost:
            return make_host

        members["make_host"] = pytest.fixture(name="make_host")(given)
    return type("HostTests", (), {**members, "__doc__": "The promises of a host."})


def broken_promises(make_host: MakeHost, only: Iterable[str] = ()) -> Mapping[str, BrokenPromise]:
    """The promises that a host does not keep, by name, without pytest; all are tried, unless `only` names some.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> broken_promises(MemoryHost, only=["ids_are_never_used_again", "links_are_kept"])
    {}
    """
    broken: dict[str, BrokenPromise] = {}
    for each in _wanted(only):
        try:
            each.holds(_trials(make_host))
        except NotPromised:
            continue
        except BrokenPromise as error:
            broken[each.name] = error
    return broken


def _wanted(only: Iterable[str]) -> list[Promise]:
    """The promises of these names, or all; refuses a name that none has, which would try nothing."""
    names = frozenset(only)
    if unknown := names.difference(each.name for each in PROMISES):
        raise ValueError(
            f"only: there is no promise called {', '.join(sorted(unknown))}; see oneroster_reconcile.testing.PROMISES"
        )
    return [each for each in PROMISES if not names or each.name in names]


def _test(each: Promise) -> Callable[[object, MakeHost], None]:
    def tried(_: object, make_host: MakeHost) -> None:
        __tracebackhide__ = True
        import pytest

        try:
            each.holds(_trials(make_host))
        except NotPromised as reason:
            pytest.skip(str(reason))

    tried.__doc__ = each.text
    return tried


def _trials(make_host: MakeHost) -> Trials:
    @contextmanager
    def trial() -> Generator[Trial]:
        with opened(make_host) as host:
            yield Trial(host)

    return trial


@contextmanager
def opened(make_host: MakeHost) -> Generator[HostAdapter]:
    """A new host, for as long as it is needed; one that is awaited as if it were called.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> with opened(MemoryHost) as host:
    ...     len(host.snapshot().users)
    0
    """
    made: Any = make_host()
    with ExitStack() as stack:
        host = stack.enter_context(made) if _is_context(made) else made
        yield stack.enter_context(opened_async(host)) if is_awaited(host) else host


def _is_context(made: object) -> bool:
    return isinstance(made, AbstractContextManager)
