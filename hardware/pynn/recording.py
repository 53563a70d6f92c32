"""Recording to Neo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo
import numpy as np
import numpy.typing as npt
from pyNN import recording

from polychrony.hardware.pynn import simulator


class _Cache(recording.DataCache):
    """Data of earlier segments, handed out in segments of their own.

    PyNN takes away what was not asked for, and with Neo 0.14 would do so in the cache itself.
    """

    def __iter__(self) -> Iterator[neo.Segment]:
        for kept in self._data:
            segment = neo.Segment(kept.name, kept.description, rec_datetime=kept.rec_datetime)
            segment.annotate(**kept.annotations)
            segment.analogsignals = list(kept.analogsignals)
            segment.spiketrains = list(kept.spiketrains)
            yield segment


class Recorder(recording.Recorder):
    """Passes on what to record to the simulator, and what was recorded to PyNN."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self.cache = _Cache()

    def _indices(self, ids: Any) -> npt.NDArray[np.int64]:
        first = int(self.population.first_id)
        return np.array([int(cell) - first for cell in ids], np.int64)

    def _record(self, variable: Any, new_ids: Any, sampling_interval: float | None = None) -> None:
        if sampling_interval is not None:
            ratio = sampling_interval / simulator.state.dt
            if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-6:
                raise ValueError(
                    f"sampling_interval is {sampling_interval} ms; it must be a multiple of the "
                    f"time step, {simulator.state.dt} ms"
                )
            self.sampling_interval = sampling_interval
        core, cells = self.population.core, self._indices(new_ids)
        if variable.name == "spikes":
            core.spikes.watched[cells] = True
        else:
            row = self.population.celltype.rows[variable.name]
            core.traces.watch(row, set(cells.tolist()))

    def _get_spiketimes(self, ids: Any, clear: bool = False) -> Any:
        steps, cells = self.population.core.spikes.read()
        chosen = np.isin(cells, self._indices(ids))
        times = np.round(steps[chosen] * simulator.state.dt, 9)
        return cells[chosen] + int(self.population.first_id), times

    def _get_all_signals(self, variable: Any, ids: Any, clear: bool = False) -> Any:
        state = simulator.state
        values = self.population.core.traces.read(
            self.population.celltype.rows[variable.name],
            self._indices(ids),
            state.step_of(float(self._recording_start_time.magnitude)),
            state.engine.step,
            state.step_of(self.sampling_interval),
        )
        return values, None

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        _, cells = self.population.core.spikes.read()
        counts = np.bincount(cells, minlength=self.population.size)
        chosen = self.filter_recorded(variable, filter_ids)
        return {cell: int(counts[i]) for cell, i in zip(chosen, self._indices(chosen), strict=True)}

    def _clear_simulator(self) -> None:
        core = self.population.core
        core.spikes.clear()
        if hasattr(core, "traces"):
            core.traces.clear()

    def _reset(self) -> None:
        self._clear_simulator()
        core = self.population.core
        core.spikes.watched[:] = False
        if hasattr(core, "traces"):
            core.traces.watched.clear()
