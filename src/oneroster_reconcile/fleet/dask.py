"""`DaskEngine`: the processes of a Dask cluster, on as many machines as it has."""

import json
from queue import SimpleQueue
from threading import Lock
from time import monotonic
from typing import Any, Final, Self
from uuid import uuid4

from oneroster_reconcile.fleet.outcomes import Crashed, Outcome, outcome_from_document, outcome_to_document
from oneroster_reconcile.fleet.tasks import Task, task_from_json, task_to_json
from oneroster_reconcile.fleet.workers import WorkerPool

__all__ = ["DaskEngine"]

_LOOK_AGAIN: Final = 5.0
"""How many seconds the number of the cluster's threads is taken to be what it was."""


class DaskEngine:
    """A Dask cluster, by its `distributed.Client`: as many tenants at once as its workers have threads, also when workers come and go. Needs the extra `fleet`.

    Each Dask worker has tenants done by processes of its own, within their limits, as `LocalEngine` does: a tenant that crashes or hangs takes no Dask worker with it. When a Dask worker dies, Dask gives its tenants to
    another; states are made for that. Leaving the context ends those processes, wherever they are. The client stays open: it is whose it was. Folders that tenants and nights name must be the same for every worker.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._id = ""
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._tasks: dict[Any, tuple[Task, Any]] = {}
        self._slots = 0
        self._looked = float("-inf")

    @property
    def slots(self) -> int:
        """How many threads the cluster's workers have; one while there are none, so that the work waits for the first."""
        if monotonic() - self._looked > _LOOK_AGAIN:
            threads: dict[str, int] = self._client.nthreads()
            self._slots, self._looked = max(1, sum(threads.values())), monotonic()
        return self._slots

    def submit(self, task: Task) -> None:
        """Hand it to the scheduler."""
        future = self._client.submit(_performed, self._id, task_to_json(task), pure=False)
        self._tasks[future.key] = (task, future)
        future.add_done_callback(self._ended.put)

    def wait(self) -> Outcome:
        """The next outcome."""
        future = self._ended.get()
        task, _ = self._tasks.pop(future.key)
        return _outcome_of(task, future)

    def __enter__(self) -> Self:
        self._ended, self._tasks, self._id = SimpleQueue(), {}, uuid4().hex
        return self

    def __exit__(self, *_: object) -> None:
        if self._tasks:
            self._client.cancel([future for _, future in self._tasks.values()])
        self._tasks = {}
        # Dask does not end a thread that is at work; the processes on which it waits can be ended. A worker that is gone has none.
        self._client.run(_give_up, self._id, on_error="ignore")


def _outcome_of(task: Task, future: Any) -> Outcome:
    """What a worker said, or that none came to say anything."""
    try:
        return outcome_from_document(json.loads(future.result()))
    except Exception as error:  # noqa: BLE001  # a worker's, the cluster's or the network's, on the way, too
        return Crashed(tenant=task.tenant.id, provider=task.tenant.served_by, how=type(error).__name__)


_POOLS: Final[dict[str, WorkerPool | None]] = {}
"""The processes of a Dask worker, by the engine that they work for; None for one that is over. They end with the Dask worker, since their input does."""
_POOLS_LOCK: Final = Lock()


def _performed(engine: str, task: str) -> str:
    """In a Dask worker: the outcome of a tenant, as both are written; nothing for an engine that is over, since nobody waits for it."""
    with _POOLS_LOCK:
        if engine not in _POOLS:
            _POOLS[engine] = WorkerPool()
        pool = _POOLS[engine]
    return json.dumps(outcome_to_document(pool.perform(task_from_json(task)))) if pool else ""


def _give_up(engine: str) -> None:
    """In a Dask worker: end what is under way for an engine, and begin nothing more."""
    with _POOLS_LOCK:
        pool, _POOLS[engine] = _POOLS.get(engine), None
    if pool:
        pool.close()
