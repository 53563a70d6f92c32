"""Event-driven delayed synapses: every spike adds its row of weights at its delays.

The cost is proportional to spikes times fan-out, and silence costs one look at the input. Sums are
kept in the dtype of the weights given (float64 or int64), one sample at a time, so that a result
depends neither on the batch that a sample shares nor on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.snn.kernels.compiled.events import AHEAD, scatter
from polychrony.snn.kernels.compiled.sends import send
from polychrony.snn.kernels.threads import share_threads

Array = npt.NDArray[Any]


def row_pointers(pre: Array, n_in: int) -> Array:
    """Start of each source neuron's synapses in a list sorted by source.

    Args:
        pre: source neuron of each synapse, ascending, [S].
        n_in: number of source neurons.

    Returns:
        int64 [n_in + 1]; synapses of neuron i are the rows from entry i to entry i + 1.
    """
    return np.searchsorted(pre, np.arange(n_in + 1)).astype(np.int64)


def _offsets(post: Array, delay: Array, n_out: int, longest: int) -> Array:
    """Place of each synapse's target in a window of steps, in the narrowest type that holds it."""
    dtype = np.dtype("u4" if (longest + 1) * n_out < 2**32 else "u8")
    offset: Array = delay.astype(dtype) * n_out + post.astype(dtype)
    return offset


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
    adding = out is not None
    if out is None:
        out = np.empty((*spikes.shape[:2], n_out), weight.dtype)
    _fill(spikes, row_ptr, post, delay, weight, np.zeros(n_out, weight.dtype), adding, out)
    return out


def scatter_sent(
    spikes: Array,
    first: int,
    row_ptr: Array,
    post: Array,
    delay: Array,
    weight: Array,
    out: Array,
) -> None:
    """Add what spikes of a few steps do to all steps, as `scatter_events` does for all spikes.

    Args:
        spikes: spike counts of the steps from `first` on, [W, B, N_in].
        first: step of the first row.
        row_ptr: see `scatter_events`, as the three that follow.
        post: target neuron of each synapse.
        delay: delay of each synapse, steps.
        weight: weight of each synapse.
        out: array of the weights' dtype to add to, [T, B, n_out].
    """
    share_threads(np.count_nonzero(spikes) * len(post) // max(spikes.shape[2], 1) + spikes.size)
    send(np.ascontiguousarray(spikes), first, row_ptr, post, delay, weight, out)


def scatter_rounded(
    spikes: Array,
    row_ptr: Array,
    post: Array,
    delay: Array,
    weight: Array,
    bias: Array,
    out: Array,
) -> None:
    """As `scatter_events`, with a constant added and each sum rounded once to the dtype of `out`.

    Args:
        spikes: see `scatter_events`, as the four that follow.
        row_ptr: start of each source neuron's synapses.
        post: target neuron of each synapse.
        delay: delay of each synapse, steps.
        weight: weight of each synapse.
        bias: constant of every step in the weights' dtype, [n_out].
        out: overwritten, [T, B, n_out].
    """
    _fill(spikes, row_ptr, post, delay, weight, bias, False, out)


def _fill(
    spikes: Array,
    row_ptr: Array,
    post: Array,
    delay: Array,
    weight: Array,
    bias: Array,
    adding: bool,
    out: Array,
) -> None:
    n_out = out.shape[2]
    longest = int(delay.max()) if len(delay) else 0
    spikes = np.ascontiguousarray(spikes)
    bits = spikes.view(np.dtype(f"u{spikes.dtype.itemsize}"))
    offset = _offsets(post, delay, n_out, longest)
    share_threads()
    shape = (numba.get_num_threads(), (longest + 1 + AHEAD) * n_out)
    scratch = np.empty(shape, weight.dtype)
    scatter(spikes, bits, row_ptr, offset, weight, bias, adding, scratch, out)
