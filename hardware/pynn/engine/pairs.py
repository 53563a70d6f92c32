"""Compiled changes of weights by pairs of spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Bounds = tuple[FloatArray, FloatArray, FloatArray]
Traces = tuple[FloatArray, FloatArray, IntArray]


@dataclass
class Trace:
    """Sum over the past spikes of each cell of exp(-age / tau).

    Args:
        value: its value at the last spike, without that spike, [N].
        count: spikes of the cell at that step, [N].
        last: step of the last spike, [N].
    """

    value: FloatArray
    count: FloatArray
    last: IntArray

    @classmethod
    def silent(cls, n_cells: int) -> Trace:
        """Trace of cells that never fired."""
        return cls(np.zeros(n_cells), np.zeros(n_cells), np.zeros(n_cells, np.int64))

    @property
    def arrays(self) -> Traces:
        """Its columns."""
        return self.value, self.count, self.last

    def extended(self, more: int) -> Trace:
        """The same with some more cells, which never fired."""
        value, count, last = self.arrays
        ends = (0, more)
        return Trace(np.pad(value, ends), np.pad(count, ends), np.pad(last, ends))

    def forget(self) -> None:
        """Forget all spikes."""
        for column in self.arrays:
            column[:] = 0


@numba.njit(cache=True)
def _before(trace: Traces, cell: int, step: int, rate: float) -> float:
    """Trace of a cell just before a step; `rate` is step per time constant."""
    value, count, last = trace
    aged = 0.0 if last[cell] == step else count[cell]
    return float((value[cell] + aged) * np.exp(-(step - last[cell]) * rate))


@numba.njit(cache=True, nogil=True)
def note(
    cells: IntArray, step: int, value: FloatArray, count: FloatArray, last: IntArray, rate: float
) -> None:
    """Add spikes of a step to a trace."""
    for cell in cells:
        if last[cell] != step:
            value[cell] = _before((value, count, last), cell, step, rate)
            count[cell] = 0.0
            last[cell] = step
        count[cell] += 1.0


@numba.njit(cache=True, nogil=True)
def depress(
    cells: IntArray,
    step: int,
    row_ptr: IntArray,
    synapse: IntArray,
    post: IntArray,
    weight: FloatArray,
    bounds: Bounds,
    trace: Traces,
    rate: float,
    target: IntArray,
    arriving: FloatArray,
) -> None:
    """Lower the weights of synapses of cells that fired, and send what they transmit.

    Args:
        cells: presynaptic cells that fired.
        step: step at which that counts.
        row_ptr: first synapse of each cell.
        synapse: synapses by presynaptic cell.
        post: postsynaptic cell of each synapse.
        weight: weight of each synapse, changed.
        bounds: scale, exponent and least weight of each synapse.
        trace: trace of the postsynaptic cells.
        rate: step per time constant of that trace.
        target: place of each synapse in `arriving`.
        arriving: summed weights at the step at which these spikes act, changed.
    """
    scale, power, least = bounds
    for cell in cells:
        for k in range(row_ptr[cell], row_ptr[cell + 1]):
            s = synapse[k]
            room = max(weight[s] - least[s], 0.0) ** power[s]
            change = scale[s] * room * _before(trace, post[s], step, rate)
            if change != 0.0:
                weight[s] = max(weight[s] - change, least[s])
            arriving[target[s]] += weight[s]


@numba.njit(cache=True, nogil=True)
def potentiate(
    cells: IntArray,
    step: int,
    row_ptr: IntArray,
    synapse: IntArray,
    pre: IntArray,
    weight: FloatArray,
    bounds: Bounds,
    trace: Traces,
    rate: float,
) -> None:
    """Raise the weights of synapses onto cells that fired.

    Args:
        cells: postsynaptic cells that fired.
        step: step at which that counts.
        row_ptr: first synapse of each cell.
        synapse: synapses by postsynaptic cell.
        pre: presynaptic cell of each synapse.
        weight: weight of each synapse, changed.
        bounds: scale, exponent and largest weight of each synapse.
        trace: trace of the presynaptic cells.
        rate: step per time constant of that trace.
    """
    scale, power, largest = bounds
    for cell in cells:
        for k in range(row_ptr[cell], row_ptr[cell + 1]):
            s = synapse[k]
            room = max(largest[s] - weight[s], 0.0) ** power[s]
            change = scale[s] * room * _before(trace, pre[s], step, rate)
            if change != 0.0:
                weight[s] = min(weight[s] + change, largest[s])
