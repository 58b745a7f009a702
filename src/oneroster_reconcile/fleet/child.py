"""The process that works on tenants, one after the other: tasks come as lines on its standard input, outcomes go out as lines.

Run as `python -m oneroster_reconcile.fleet.child`. Whatever else is printed goes where standard error does: to nobody; whatever else reads the input finds it at its end. The process ends with its parent, in the middle of a tenant, too: states survive that.
"""

import json
import os
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

__all__ = ["main"]


def main() -> None:
    """Work until no more tasks come."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    worker = os.getpid()
    tasks: SimpleQueue[bytes] = SimpleQueue()
    # Loaded before the first task, so that a process that waits is warm.
    from oneroster_reconcile.fleet.outcomes import outcome_to_document
    from oneroster_reconcile.fleet.performing import perform
    from oneroster_reconcile.fleet.tasks import task_from_json

    Thread(target=_listen, args=(asked, tasks), daemon=True).start()
    while True:
        outcome = perform(task_from_json(tasks.get().decode()))
        if os.getpid() != worker:
            # The tenant's code forked: this is what came back beside the process that was asked.
            os._exit(0)
        answers.write(f"{json.dumps(outcome_to_document(outcome))}\n")
        answers.flush()


def _listen(asked: BinaryIO, tasks: "SimpleQueue[bytes]") -> None:
    """Take tasks from the parent; when there is none any more, nobody waits for what is under way."""
    for line in asked:
        tasks.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
