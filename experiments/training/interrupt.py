"""Ctrl-C as a request, answered between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.requested = False

    def __bool__(self) -> bool:
        return self.requested


def leave_signals_to_parent(worker: int) -> None:
    """Let a loader process live through Ctrl-C, which the terminal sends to all processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def stop_on_signal(request: StopRequest | None = None) -> Iterator[StopRequest]:
    """Turn the first SIGINT or SIGTERM into a request; the second SIGINT stops at once.

    Args:
        request: what becomes true, where others look at it as well; a new one by default.

    Yields:
        The request, true once a signal came.
    """
    request = StopRequest() if request is None else request
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if request.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.requested = True

    previous = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
