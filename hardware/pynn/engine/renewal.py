"""Sources whose intervals are drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.sources import DrawnSource

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Intervals = Callable[[np.random.Generator, IntArray], FloatArray]


class RenewalSource(DrawnSource):
    """Spikes at independent intervals, rounded up to whole steps.

    Args:
        size: number of cells.
        first: column of its first cell among all cells.
        seed: seeds of the network and of this population.
    """

    def __init__(self, size: int, first: int, seed: tuple[int, int]) -> None:
        super().__init__(size, first, seed)
        self._start = self._stop = np.zeros(size)

    def _restart(self) -> None:
        super()._restart()
        self._next: FloatArray | None = None

    def set_process(
        self, intervals: Intervals, start: FloatArray, stop: FloatArray, dt: float, now: int
    ) -> None:
        """Change the process from a step on.

        Args:
            intervals: draws an interval for each of some cells, ms.
            start: time from which each cell spikes, ms.
            stop: time up to which it spikes, ms.
            dt: step, ms.
            now: step up to which spikes have been taken.
        """
        self._intervals, self._dt = intervals, dt
        self._start, self._stop = start, stop
        self._forget_after(now)
        self._next = None

    def _draw(self, begin: int, end: int) -> None:
        everyone = np.arange(self.size)
        if self._next is None:
            origin = np.maximum(self._start, (begin - 1) * self._dt)
            self._next = origin + self._intervals(self._rng, everyone)
        none = np.zeros(0, np.int64)
        steps, cells, last = [none], [none], np.minimum(end * self._dt, self._stop)
        while True:
            due = np.flatnonzero(self._next <= last)
            if not len(due):
                break
            steps.append(np.ceil(self._next[due] / self._dt - 1e-9).astype(np.int64))
            cells.append(due)
            self._next[due] += self._intervals(self._rng, due)
        self._add(np.concatenate(steps), np.concatenate(cells), end)
