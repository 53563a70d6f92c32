"""Event-driven delayed synapses: every spike adds its row of weights at its delays.

The cost is proportional to spikes times fan-out, and silence costs nothing. Sums are kept in the
dtype of the weights given (float64 or int64), one sample at a time, so that a result depends
neither on the batch that a sample shares nor on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.snn.kernels.threads import share_threads

Array = npt.NDArray[Any]


@numba.njit(parallel=True, cache=True, nogil=True)
def _scatter(spikes, row_ptr, post, delay, weight, out):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n_in = spikes.shape
    n_out = out.shape[2]
    for b in numba.prange(n_samples):
        # A block of its own per sample stays in cache; rows of `out` lie a whole batch apart.
        total = np.zeros((n_steps, n_out), weight.dtype)
        for t in range(n_steps):
            for i in range(n_in):
                count = spikes[t, b, i]
                if count == 0:
                    continue
                for s in range(row_ptr[i], row_ptr[i + 1]):
                    arrival = t + delay[s]
                    if arrival < n_steps:
                        total[arrival, post[s]] += weight[s] * count
        for t in range(n_steps):
            for j in range(n_out):
                out[t, b, j] += total[t, j]


def row_pointers(pre: Array, n_in: int) -> Array:
    """Start of each source neuron's synapses in a list sorted by source.

    Args:
        pre: source neuron of each synapse, ascending, [S].
        n_in: number of source neurons.

    Returns:
        int64 [n_in + 1]; synapses of neuron i are the rows from entry i to entry i + 1.
    """
    return np.searchsorted(pre, np.arange(n_in + 1)).astype(np.int64)


def scatter_events(
    spikes: Array,
    row_ptr: Array,
    post: Array,
    delay: Array,
    weight: Array,
    n_out: int,
    out: Array | None = None,
) -> Array:
    """Current of delayed synapses, I_j[t] = sum over synapses (i, j, w, d) of w * x_i[t - d].

    Args:
        spikes: spike counts or real values, [T, B, N_in].
        row_ptr: start of each source neuron's synapses, [N_in + 1]; see `row_pointers`.
        post: target neuron of each synapse, [S].
        delay: delay of each synapse, steps, [S].
        weight: weight of each synapse, float64 or int64, [S]; its dtype is that of the sums.
        n_out: number of target neurons.
        out: array of the weights' dtype to add to, [T, B, n_out]; a new one by default.

    Returns:
        The currents, [T, B, n_out].
    """
    if out is None:
        out = np.zeros((*spikes.shape[:2], n_out), weight.dtype)
    share_threads()
    _scatter(np.ascontiguousarray(spikes), row_ptr, post, delay, weight, out)
    return out
