"""Event-driven sums, compiled.

A thread takes one sample after the other and slides a window of sums along time: the rows of a
window are the steps that spikes of now still reach. A row is written once, when its step has
passed, so sums stay in cache and memory is touched once per input and output.
"""

from __future__ import annotations

import numba

AHEAD = 32  # rows beyond the longest delay, after which the window moves
_GROUP = 32  # inputs tested for silence at once


@numba.njit(inline="always")
def _add_step(row, bits, row_ptr, offset, weight, sums):  # type: ignore[no-untyped-def]
    """Add the rows of weights of one step's spikes; `sums` is the window from that step on."""
    for start in range(0, row.size, _GROUP):
        group, pattern = row[start : start + _GROUP], bits[start : start + _GROUP]
        any_bit = bits.dtype.type(0)
        for k in range(pattern.size):
            any_bit |= pattern[k]
        if any_bit == 0:
            continue
        for k in range(group.size):
            count = group[k]
            if count == 0:
                continue
            first, last = row_ptr[start + k], row_ptr[start + k + 1]
            targets, weights = offset[first:last], weight[first:last]
            if count == 1:
                for s in range(targets.size):
                    sums[targets[s]] += weights[s]
            else:
                for s in range(targets.size):
                    sums[targets[s]] += weights[s] * count


@numba.njit(parallel=True, cache=True, nogil=True)
def scatter(spikes, bits, row_ptr, offset, weight, bias, adding, scratch, out):  # type: ignore[no-untyped-def]
    """Currents of delayed synapses.

    Args:
        spikes: counts or values, [T, B, N_in].
        bits: the same memory as unsigned integers, in which silence shows faster.
        row_ptr: start of each source's synapses, [N_in + 1].
        offset: delay * N_out + target of each synapse, unsigned, [S].
        weight: float64 or int64, [S].
        bias: constant of every step in the weights' dtype, [N_out].
        adding: add to `out` instead of overwriting it.
        scratch: in the weights' dtype, [threads, (longest delay + 1 + AHEAD) * N_out].
        out: [T, B, N_out].
    """
    n_steps, n_samples, _ = spikes.shape
    n_out = out.shape[2]
    reach = scratch.shape[1] - AHEAD * n_out
    for b in numba.prange(n_samples):
        window = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        window[:] = 0
        base = 0
        for t in range(n_steps):
            sums = window[base : base + reach]
            _add_step(spikes[t, b], bits[t, b], row_ptr, offset, weight, sums)
            result = out[t, b]
            if adding:
                for j in range(n_out):
                    result[j] += sums[j]
            else:
                for j in range(n_out):
                    result[j] = sums[j] + bias[j]
            base += n_out
            if base == AHEAD * n_out:
                rest = reach - n_out
                window[:rest] = window[base : base + rest]
                window[rest:] = 0
                base = 0
