"""The clock: cells advance together, and their spikes go on their way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.cells import Cells
from polychrony.hardware.pynn.engine.plastic import Plasticity
from polychrony.hardware.pynn.engine.short_term import ShortTerm, Unreliable
from polychrony.hardware.pynn.engine.sources import Source
from polychrony.hardware.pynn.engine.synapses import StaticTable, Synapses

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_MOST_STEPS = 64  # steps that cells take at a time, if no delay is shorter


class Engine:
    """A network of cells, sources and synapses, and its time.

    A state belongs to the end of a step. A spike at step s acts at step s + delay: it changes a
    receptor (or the potential itself) after that step's integration and before its threshold.

    Args:
        dt: step, ms.
    """

    def __init__(self, dt: float) -> None:
        self.dt = dt
        self.step, self.begun, self.n_cells = 0, False, 0
        self.cells: list[Cells] = []
        self.sources: list[Source] = []
        self.static: list[Synapses] = []
        self.plastic: list[Plasticity | ShortTerm | Unreliable] = []
        self.changed = True
        self.journal: list[tuple[IntArray, IntArray]] | None = None
        self._ring = np.zeros((1, 2, 0))
        self._table = StaticTable([], 0)
        self._at_once = 1
        self._history: dict[int, IntArray] = {}

    @property
    def populations(self) -> list[Source | Cells]:
        """Sources, then cells."""
        return [*self.sources, *self.cells]

    def room_for(self, size: int) -> int:
        """Column of the first of some more cells."""
        first = self.n_cells
        self.n_cells += size
        self.changed = True
        return first

    def reset(self) -> None:
        """Go back to time 0, with the weights as they are."""
        self.step, self.begun = 0, False
        self._ring[:] = 0
        self._history = {}
        self.journal = None
        for population in self.populations:
            population.reset()
        for changing in self.plastic:
            changing.forget()

    def all_spikes(self) -> tuple[IntArray, IntArray]:
        """Step and cell of every spike since time 0, if a journal was kept."""
        none = np.zeros(0, np.int64)
        entries = [(none, none), *(self.journal or [])]
        return np.concatenate([s for s, _ in entries]), np.concatenate([c for _, c in entries])

    def begin(self) -> None:
        """Take the initial values, once."""
        if not self.begun:
            for cells in self.cells:
                cells.reset()

    def run_until(self, step: int) -> None:
        """Advance to a step.

        Args:
            step: where to stop.
        """
        if self.changed:
            self._rebuild()
        first = not self.begun
        self.begin()
        self.begun = True
        for cells in self.cells:
            cells.prepare(self.step)
        if first:
            self._send([source.take(-1, 0) for source in self.sources], [], 0)
        while self.step < step:
            self._advance(min(self._at_once, step - self.step))

    def _advance(self, n_steps: int) -> None:
        until = self.step + n_steps
        outside = [source.take(self.step, until) for source in self.sources]
        inside = [cells.advance(self.step, n_steps, self._ring) for cells in self.cells]
        self.step = until
        self._send(outside, inside, until)

    def _send(
        self,
        outside: list[tuple[IntArray, IntArray]],
        inside: list[tuple[IntArray, IntArray]],
        step: int,
    ) -> None:
        all_steps, all_cells = [], []
        events = [*outside, *inside]
        for population, (steps, cells) in zip(self.populations, events, strict=False):
            if len(steps):
                population.spikes.add(steps, cells)
                all_steps.append(steps)
                all_cells.append(cells + population.first)
        if all_steps:
            steps, cells = np.concatenate(all_steps), np.concatenate(all_cells)
            self._table.deliver(steps, cells, self._ring)
            if self.journal is not None:
                self.journal.append((steps, cells))
        if self.plastic:
            self._change(step, np.concatenate(all_cells) if all_cells else None)

    def _change(self, step: int, fired: IntArray | None) -> None:
        """Let synapses of changing strength send the spikes of a step, and change."""
        if fired is not None:
            self._history[step] = fired
        for changing in self.plastic:
            changing.end_step(step, self._history, self._ring)
        oldest = step - max(changing.memory for changing in self.plastic)
        for old in [s for s in self._history if s < oldest]:
            del self._history[old]

    def _rebuild(self) -> None:
        self._table = StaticTable(self.static, self.n_cells)
        for changing in self.plastic:
            changing.resize(self.n_cells)
        parts = [*self.static, *(p.synapses for p in self.plastic)]
        delays = [part.delay for part in parts if len(part)]
        shortest = min((int(d.min()) for d in delays), default=_MOST_STEPS)
        longest = max((int(d.max()) for d in delays), default=1)
        self._at_once = 1 if self.plastic else min(shortest, _MOST_STEPS)
        self._widen(max(longest + self._at_once + 1, len(self._ring)))
        self.changed = False

    def _widen(self, slots: int) -> None:
        old = self._ring
        self._ring = np.zeros((slots, 2, self.n_cells))
        for step in range(self.step + 1, self.step + len(old)):
            self._ring[step % slots, :, : old.shape[2]] = old[step % len(old)]
