"""Cells of one model, and their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.loops import run_cells
from polychrony.hardware.pynn.engine.recorder import Spikes, Traces

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Current = Callable[[int, int], FloatArray]

_NOBODY = np.zeros(0, np.int64)


class Cells:
    """A population of cells that share a model.

    Args:
        model: number of the model in `layout`.
        size: number of cells.
        first: column of its first cell among all cells.
        n_states: rows of the state.
        coefficients: called when parameters may have changed; gives the table of coefficients.
        initial: called when time is 0; gives the values at which rows of the state begin.
    """

    def __init__(
        self,
        model: int,
        size: int,
        first: int,
        n_states: int,
        coefficients: Callable[[], FloatArray],
        initial: Callable[[], Mapping[int, FloatArray]],
    ) -> None:
        self.model, self.size, self.first = model, size, first
        self.state = np.zeros((n_states, size))
        self.waiting = np.zeros(size, np.int64)
        self.spikes, self.traces = Spikes(np.zeros(size, np.bool_)), Traces()
        self.currents: list[tuple[IntArray, Current]] = []
        self.changed = True
        self._coefficients, self._initial = coefficients, initial
        self._coefs = np.zeros((0, size))
        self._watched = (_NOBODY, _NOBODY)

    def reset(self) -> None:
        """Go back to the initial values."""
        self.state[:] = 0
        for row, values in self._initial().items():
            self.state[row] = values
        self.waiting[:] = 0

    def prepare(self, step: int) -> None:
        """Get ready to run from a step on."""
        if self.changed:
            self._coefs = np.ascontiguousarray(self._coefficients())
            self.changed = False
        self._watched = (_NOBODY, _NOBODY)
        if self.traces.watched:
            self._watched = self.traces.begin(step, self.state)

    def _injected(self, begin: int, n_steps: int) -> FloatArray:
        if not self.currents:
            return np.zeros((1, self.size))
        total = np.zeros((n_steps, self.size))
        for cells, current in self.currents:
            values = current(begin, n_steps)
            for cell in cells:  # a source may go to a cell twice
                total[:, cell] += values
        return total

    def advance(self, begin: int, n_steps: int, ring: FloatArray) -> tuple[IntArray, IntArray]:
        """Take some steps.

        Args:
            begin: step from which to start.
            n_steps: steps to take.
            ring: summed weights that arrive, [slots, 2, all cells].

        Returns:
            Step and cell of each spike.
        """
        rows, cells = self._watched
        trace = np.empty((n_steps, len(rows), len(cells)))
        spike_step = np.empty(n_steps * self.size, np.int64)
        spike_cell = np.empty(n_steps * self.size, np.int64)
        fired = run_cells(
            self.model,
            begin,
            n_steps,
            self.state,
            self.waiting,
            self._coefs,
            ring,
            self.first,
            self._injected(begin, n_steps),
            spike_step,
            spike_cell,
            rows,
            cells,
            trace,
        )
        if len(cells):
            self.traces.add(trace)
        return spike_step[:fired].copy(), spike_cell[:fired].copy()
