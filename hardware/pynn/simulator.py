"""State of the simulation, as PyNN's common code expects to find it."""

from __future__ import annotations

from typing import Any

from pyNN import common

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.pynn.engine import Engine
from polychrony.hardware.pynn.onchip import Account, ChipReport
from polychrony.hardware.pynn.onchip.trial import Trial

name = "polychrony"


class ID(int, common.IDMixin):
    """A cell: a number with the parameters of its cell as attributes."""


class State(common.control.BaseState):
    """Clock, limits of delays, and everything that was created since `setup`."""

    def __init__(self) -> None:
        super().__init__()
        self.mpi_rank, self.num_processes = 0, 1
        self.clear(0.1)

    def clear(self, dt: float, min_delay: Any = "auto", max_delay: Any = "auto") -> None:
        """Forget the network.

        Args:
            dt: step, ms.
            min_delay: shortest delay, ms; the step if `"auto"`.
            max_delay: longest delay, ms; no limit if `"auto"`.
        """
        self.dt, self.seed = dt, 0
        self.least_delay = dt if min_delay == "auto" else min_delay
        self._any_delay = min_delay == "auto"
        self.max_delay = float("inf") if max_delay == "auto" else max_delay
        self.engine = Engine(dt)
        self.account: Account | None = None
        self.altered = False
        self._trials: list[Trial] = []
        self.populations: list[Any] = []
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.id_counter, self.segment_counter = 0, 0
        self.running, self.t_start = False, 0

    @property
    def min_delay(self) -> float:
        """Shortest delay, ms: as `setup` has it, or that of the network so far."""
        delays = [p.attribute("delay").min() for p in self.projections if len(p)]
        return min(delays, default=self.dt) if self._any_delay else self.least_delay

    @property
    def t(self) -> float:
        """Time, ms."""
        return self.time_of(self.engine.step)

    def time_of(self, step: int) -> float:
        """Time of a step, ms, without the noise of the last bits."""
        return round(step * self.dt, 9)

    def step_of(self, time: float) -> int:
        """Step closest to a time in ms."""
        return round(time / self.dt)

    def run_until(self, tstop: float) -> None:
        """Advance to a time, ms."""
        if self.account is not None and not self.running:
            self.account.check(self)
            self.engine.journal = []
        self.running = True
        self.engine.run_until(self.step_of(tstop))

    def _trial(self) -> Trial:
        return Trial(*self.engine.all_spikes(), self.engine.step)

    def report(self) -> ChipReport:
        """What the run costs on the chip that `setup` names, and how the chip differs from it.

        Raises:
            HardwareError: `setup` names no chip, nothing has run, or the network does not fit.
        """
        if self.account is None:
            raise HardwareError("no chip to report on: name one, as in setup(chip='loihi')")
        return self.account.report(self, [*self._trials, self._trial()])

    def reset(self) -> None:
        """Go back to time 0: potentials and weights as they began, and a new segment of data."""
        if self.account is not None:
            self._trials.append(self._trial())
        self.engine.reset()
        for population in self.engine.populations:
            population.spikes.clear()
        for cells in self.engine.cells:
            cells.traces.clear()
        for projection in self.projections:
            projection.restore_weights()
        for source in self.current_sources:
            source.restart()
        self.running, self.t_start = False, 0
        self.segment_counter += 1


state = State()
