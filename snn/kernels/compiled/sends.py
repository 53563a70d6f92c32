"""Spikes of some steps, added to the sums of all steps that they reach, compiled."""

from __future__ import annotations

import numba


@numba.njit(parallel=True, cache=True, nogil=True)
def send(spikes, first, row_ptr, post, delay, weight, out):  # type: ignore[no-untyped-def]
    """out[t + d, b, j] += w * spikes[t - first, b, i] for each synapse (i, j, w, d).

    Args:
        spikes: counts or values of the steps from `first` on, [W, B, N_in].
        first: step of the first row.
        row_ptr: start of each source's synapses, [N_in + 1].
        post: target of each synapse, [S].
        delay: steps, [S].
        weight: float64 or int64, [S].
        out: sums, [T, B, N_out].
    """
    n_steps = out.shape[0]
    for b in numba.prange(spikes.shape[1]):
        for k in range(spikes.shape[0]):
            for i in range(spikes.shape[2]):
                count = spikes[k, b, i]
                if count == 0:
                    continue
                for s in range(row_ptr[i], row_ptr[i + 1]):
                    t = first + k + delay[s]
                    if t < n_steps:
                        out[t, b, post[s]] += weight[s] * count
