"""Ctrl-C once: finish the batch and stop so that the run can go on; twice: break off."""

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stoppable"]


@contextmanager
def stoppable() -> Generator[Callable[[], bool]]:
    """Whether somebody asked the process to stop, by SIGINT or SIGTERM; what a second one does is the system's business."""
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        print("stopping when this batch is answered; once more breaks off", file=sys.stderr)
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
