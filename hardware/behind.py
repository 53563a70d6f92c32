"""Work that is done behind the caller's back, one piece after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class Behind:
    """One more thread, for work whose results are needed later.

    Pieces run in the order in which they are given, and one at a time, so that what they add up
    does not depend on how long each takes. They call no loop that runs on several threads: not
    every library below these loops lets two threads start one.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Start a piece, once the one before has ended; see `wait` for what it raises.

        Args:
            work: what to do.
        """
        self.wait()
        self._running = self._thread.submit(work)

    def wait(self) -> None:
        """Wait for the piece that is running, if there is one, and raise what it raised."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown()
