"""Spikes that come from outside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.recorder import Spikes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Events = tuple[IntArray, IntArray]

BLOCK = 1000  # steps drawn at a time


class Source(ABC):
    """A population whose spikes do not depend on the network.

    Args:
        size: number of cells.
        first: column of its first cell among all cells.
    """

    def __init__(self, size: int, first: int) -> None:
        self.size, self.first = size, first
        self.spikes = Spikes(np.zeros(size, np.bool_))
        self._steps = np.zeros(0, np.int64)
        self._cells = np.zeros(0, np.int64)

    def _hold(self, steps: IntArray, cells: IntArray) -> None:
        order = np.argsort(steps, kind="stable")
        self._steps, self._cells = steps[order], cells[order]

    def take(self, after: int, until: int) -> Events:
        """Step and cell of each spike after one step, up to and including another."""
        begin, end = np.searchsorted(self._steps, (after, until), side="right")
        return self._steps[begin:end], self._cells[begin:end]

    @abstractmethod
    def reset(self) -> None:
        """Begin again at time 0."""


class ArraySource(Source):
    """Spikes at given times."""

    def set_times(self, times: Sequence[npt.ArrayLike], dt: float) -> None:
        """Replace the spikes of all cells.

        Args:
            times: times of the spikes of each cell, ms.
            dt: step, ms; times are rounded to it.
        """
        trains = [np.rint(np.asarray(t, np.float64) / dt).astype(np.int64) for t in times]
        cells = np.repeat(np.arange(self.size), [len(train) for train in trains])
        self._hold(np.concatenate(trains), cells)

    def reset(self) -> None:
        """Begin again at time 0."""


class DrawnSource(Source):
    """Spikes that are drawn a block at a time, anew in every trial.

    Args:
        size: number of cells.
        first: column of its first cell among all cells.
        seed: seeds of the network and of this population.
    """

    def __init__(self, size: int, first: int, seed: tuple[int, int]) -> None:
        super().__init__(size, first)
        self._seed, self._trial = seed, 0
        self._restart()

    def _restart(self) -> None:
        self._rng = np.random.default_rng((*self._seed, self._trial))
        self._drawn = 0  # last step up to which spikes are drawn
        self._hold(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def _forget_after(self, now: int) -> None:
        """Drop what was drawn for steps after one."""
        self._keep(self._steps <= now)
        self._drawn = min(self._drawn, now)

    def _keep(self, kept: npt.NDArray[np.bool_]) -> None:
        self._hold(self._steps[kept], self._cells[kept])

    def _add(self, steps: IntArray, cells: IntArray, drawn: int) -> None:
        """Hold more spikes; all are drawn up to a step."""
        self._hold(np.concatenate([self._steps, steps]), np.concatenate([self._cells, cells]))
        self._drawn = drawn

    def take(self, after: int, until: int) -> Events:
        """Step and cell of each spike after one step, up to and including another."""
        while self._drawn < until:
            self._draw(self._drawn + 1, self._drawn + BLOCK)
            self._keep(self._steps > after)
        return super().take(after, until)

    @abstractmethod
    def _draw(self, begin: int, end: int) -> None:
        """Draw the spikes from one step up to and including another."""

    def reset(self) -> None:
        """Begin again at time 0, with new spikes."""
        self._trial += 1
        self._restart()


class PoissonSource(DrawnSource):
    """Spikes of a Poisson process, in whole steps; a cell may spike several times in one.

    Args:
        size: number of cells.
        first: column of its first cell among all cells.
        seed: seeds of the network and of this population.
    """

    def __init__(self, size: int, first: int, seed: tuple[int, int]) -> None:
        super().__init__(size, first, seed)
        self._rate = self._begin = self._end = np.zeros(size)

    def set_rates(
        self, rate: FloatArray, start: FloatArray, stop: FloatArray, dt: float, now: int
    ) -> None:
        """Change the process from a step on.

        Args:
            rate: Hz, of each cell.
            start: time from which each cell spikes, ms; the first possible step is the next.
            stop: time up to which it spikes, ms.
            dt: step, ms.
            now: step up to which spikes have been taken.
        """
        self._rate = rate * dt * 1e-3
        self._begin, self._end = start / dt + 1e-6, stop / dt + 1e-6
        self._forget_after(now)

    def _draw(self, begin: int, end: int) -> None:
        counts = self._rng.poisson(self._rate * (end - begin + 1))
        cells = np.repeat(np.arange(self.size), counts)
        steps = self._rng.integers(begin, end + 1, len(cells))
        kept = (steps >= self._begin[cells]) & (steps <= self._end[cells])
        self._add(steps[kept], cells[kept], end)
