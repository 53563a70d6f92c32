"""Sources of current."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
from pyNN.parameters import ParameterSpace
from pyNN.parameters import Sequence as PyNNSequence
from pyNN.standardmodels import StandardCurrentSource, build_translations, electrodes

from polychrony.hardware.pynn import simulator

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def _same_names(model: Any) -> Any:
    return build_translations(*((name, name) for name in model.default_parameters))


class _CurrentSource(StandardCurrentSource):
    """What all sources share: who gets the current, and what is recorded of it."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._native: dict[str, Any] = {}
        self._recorded: list[FloatArray] = []
        self._recording, self._begin, self._known = False, 0, 0
        space = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,))
        space.update(**parameters)
        self.set_native_parameters(self.translate(space))
        simulator.state.current_sources.append(self)

    def set_native_parameters(self, parameters: Any) -> None:
        """Take new parameters."""
        parameters.evaluate(simplify=True)
        values = dict(self._native)
        for name, value in parameters.items():
            sequence = isinstance(value, PyNNSequence)
            values[name] = np.array(value.value, np.float64) if sequence else float(value)
        self._native = self._checked(values)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def get_native_parameters(self) -> dict[str, Any]:
        """The parameters."""
        return dict(self._native)

    get_parameters = get_native_parameters

    def inject_into(self, cells: Any) -> None:
        """Give the current to a population, view, assembly or list of cells."""
        groups: dict[Any, list[int]] = defaultdict(list)
        for cell in cells:
            if not cell.celltype.injectable:
                raise TypeError("Can't inject current into a spike source.")
            groups[cell.parent].append(cell.parent.id_to_index(cell))
        for population, indices in groups.items():
            population.core.currents.append((np.array(indices), self._over))

    def record(self) -> None:
        """Keep the current from now on, for `get_data`."""
        self._recording = True
        self._begin = self._known = simulator.state.engine.step
        self._recorded = []

    def restart(self) -> None:
        """Begin again at time 0."""
        self._recorded, self._begin, self._known = [], 0, 0

    def _over(self, begin: int, n_steps: int) -> FloatArray:
        """Current over each of some steps, nA."""
        values = self._values(np.arange(begin, begin + n_steps))
        if self._recording and begin >= self._known:  # asked once for each population
            self._recorded.append(values)
            self._known = begin + n_steps
        return values

    def _values(self, steps: IntArray) -> FloatArray:
        raise NotImplementedError

    def _during(self, steps: IntArray) -> npt.NDArray[np.bool_]:
        state = simulator.state
        begin, end = state.step_of(self._native["start"]), state.step_of(self._native["stop"])
        return (steps >= begin) & (steps < end)

    def _get_data(self) -> tuple[FloatArray, FloatArray]:
        now = np.array([simulator.state.engine.step])
        values = np.concatenate([*self._recorded, self._values(now)])
        times = np.round(np.arange(self._begin, self._begin + len(values)) * simulator.state.dt, 9)
        return times, values


class DCSource(_CurrentSource, electrodes.DCSource):
    """Constant current from a start to a stop."""

    __doc__ = electrodes.DCSource.__doc__
    translations = _same_names(electrodes.DCSource)

    def _values(self, steps: IntArray) -> FloatArray:
        return np.where(self._during(steps), self._native["amplitude"], 0.0)


class StepCurrentSource(_CurrentSource, electrodes.StepCurrentSource):
    """Current that changes at given times."""

    __doc__ = electrodes.StepCurrentSource.__doc__
    translations = _same_names(electrodes.StepCurrentSource)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        times, amplitudes = values["times"], values["amplitudes"]
        if (times < 0).any() or (np.diff(times) <= 0).any():
            raise ValueError(f"times must not be negative and must increase, not {times} ms")
        if len(times) != len(amplitudes):
            raise ValueError(f"there are {len(times)} times and {len(amplitudes)} amplitudes")
        steps = np.rint(times / simulator.state.dt).astype(np.int64)
        last = np.append(np.diff(steps) > 0, True)[: len(steps)]  # of those in one step
        on_grid = np.round(steps[last] * simulator.state.dt, 9)
        return {"times": on_grid, "amplitudes": amplitudes[last]}

    def _values(self, steps: IntArray) -> FloatArray:
        changes = np.rint(self._native["times"] / simulator.state.dt)
        levels = np.concatenate([[0.0], self._native["amplitudes"]])
        current: FloatArray = levels[np.searchsorted(changes, steps, side="right")]
        return current


class ACSource(_CurrentSource, electrodes.ACSource):
    """Sine that begins with its phase at its start."""

    __doc__ = electrodes.ACSource.__doc__
    translations = _same_names(electrodes.ACSource)

    def _values(self, steps: IntArray) -> FloatArray:
        p = self._native
        seconds = (steps * simulator.state.dt - p["start"]) * 1e-3
        sine = np.sin(2 * np.pi * p["frequency"] * seconds + np.deg2rad(p["phase"]))
        return np.where(self._during(steps), p["offset"] + p["amplitude"] * sine, 0.0)


class NoisyCurrentSource(_CurrentSource, electrodes.NoisyCurrentSource):
    """White noise, drawn anew at fixed intervals."""

    __doc__ = electrodes.NoisyCurrentSource.__doc__
    translations = _same_names(electrodes.NoisyCurrentSource)

    def __init__(self, **parameters: Any) -> None:
        state = simulator.state
        self._rng = np.random.default_rng((state.seed, len(state.current_sources), 1))
        self._drawn = np.zeros(0)
        super().__init__(**parameters)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        ratio = values["dt"] / simulator.state.dt
        if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-6:
            raise ValueError(
                f"dt of the noise is {values['dt']} ms; it must be a multiple of the time step, "
                f"{simulator.state.dt} ms"
            )
        return values

    def restart(self) -> None:
        """Begin again at time 0, with new noise."""
        super().restart()
        self._drawn = np.zeros(0)

    def _values(self, steps: IntArray) -> FloatArray:
        p, state = self._native, simulator.state
        intervals = (steps - state.step_of(p["start"])) // state.step_of(p["dt"])
        more = max(int(intervals.max()) + 1, 1) - len(self._drawn)
        if more > 0:
            self._drawn = np.concatenate([self._drawn, self._rng.standard_normal(more)])
        noise = p["mean"] + p["stdev"] * self._drawn[np.maximum(intervals, 0)]
        return np.where(self._during(steps), noise, 0.0)
