"""Sources whose intervals are drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.sources import BLOCK, Events, Source

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Intervals = Callable[[np.random.Generator, IntArray], FloatArray]


class RenewalSource(Source):
    """Spikes at independent intervals, rounded up to whole steps.

    Args:
        size: number of cells.
        first: column of its first cell among all cells.
        seed: seeds of the network and of this population.
    """

    def __init__(self, size: int, first: int, seed: tuple[int, int]) -> None:
        super().__init__(size, first)
        self._seed, self._trial = seed, 0
        self._start = self._stop = np.zeros(size)
        self._restart()

    def _restart(self) -> None:
        self._rng = np.random.default_rng((*self._seed, self._trial))
        self._drawn = 0  # last step up to which spikes are drawn
        self._hold(np.zeros(0, np.int64), np.zeros(0, np.int64))
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
        keep = self._steps <= now
        self._hold(self._steps[keep], self._cells[keep])
        self._drawn, self._next = min(self._drawn, now), None

    def take(self, after: int, until: int) -> Events:
        """Step and cell of each spike after one step, up to and including another."""
        while self._drawn < until:
            self._draw(self._drawn + BLOCK)
            keep = self._steps > after
            self._hold(self._steps[keep], self._cells[keep])
        return super().take(after, until)

    def _draw(self, until: int) -> None:
        everyone = np.arange(self.size)
        if self._next is None:
            begin = np.maximum(self._start, self._drawn * self._dt)
            self._next = begin + self._intervals(self._rng, everyone)
        steps, cells = [self._steps], [self._cells]
        while True:
            end = np.minimum(until * self._dt, self._stop)
            due = np.flatnonzero(self._next <= end)
            if not len(due):
                break
            steps.append(np.ceil(self._next[due] / self._dt - 1e-9).astype(np.int64))
            cells.append(due)
            self._next[due] += self._intervals(self._rng, due)
        self._hold(np.concatenate(steps), np.concatenate(cells))
        self._drawn = until

    def reset(self) -> None:
        """Begin again at time 0, with new spikes."""
        self._trial += 1
        self._restart()
