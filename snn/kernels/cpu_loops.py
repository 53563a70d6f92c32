"""Compiled loops of the neurons: all steps of a block of neurons in one pass.

Threads share out the neurons; within a thread, a block small enough for the first-level cache runs
through all steps at once. Arrays are [T, M], every neuron of every sample a column.
"""

from __future__ import annotations

import numba
import numpy as np

_BLOCK = 1024


# Inside the loops, every array is a slice indexed from 0: indices that may be negative would need a
# check each, and keep the loop from being vectorised.


@numba.njit(parallel=True, cache=True, nogil=True)
def lif_forward(x, v, decay, threshold, v_reset, soft, spikes, potential):  # type: ignore[no-untyped-def]
    """`reference.lif` on columns; `v` ends as the state, `potential` is the one before reset."""
    n_steps, size = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for block in numba.prange((size + _BLOCK - 1) // _BLOCK):
        part = slice(block * _BLOCK, min(size, (block + 1) * _BLOCK))
        state, leak, limit = v[part], decay[part], threshold[part]
        for t in range(n_steps):
            current, out, before = x[t, part], spikes[t, part], potential[t, part]
            for m in range(state.size):
                h = state[m] * leak[m] + current[m]
                fired = h >= limit[m]
                before[m] = h
                out[m] = one if fired else zero
                after = h - limit[m] if soft else v_reset
                state[m] = after if fired else h


@numba.njit(parallel=True, cache=True, nogil=True)
def li_forward(x, v, decay, trace):  # type: ignore[no-untyped-def]
    """`reference.li` on columns; `v` ends as the state."""
    n_steps, size = x.shape
    for block in numba.prange((size + _BLOCK - 1) // _BLOCK):
        part = slice(block * _BLOCK, min(size, (block + 1) * _BLOCK))
        state, leak = v[part], decay[part]
        for t in range(n_steps):
            current, out = x[t, part], trace[t, part]
            for m in range(state.size):
                state[m] = state[m] * leak[m] + current[m]
                out[m] = state[m]


@numba.njit(parallel=True, cache=True, nogil=True)
def li_backward(grad, flow, decay, grad_x):  # type: ignore[no-untyped-def]
    """Gradient of `li_forward`; `flow` begins as that of the final state, ends as the initial's."""
    n_steps, size = grad.shape
    for block in numba.prange((size + _BLOCK - 1) // _BLOCK):
        part = slice(block * _BLOCK, min(size, (block + 1) * _BLOCK))
        carried, leak = flow[part], decay[part]
        for t in range(n_steps - 1, -1, -1):
            upstream, out = grad[t, part], grad_x[t, part]
            for m in range(carried.size):
                total = carried[m] + upstream[m]
                out[m] = total
                carried[m] = total * leak[m]


@numba.njit(inline="always")
def _derivative(kind, a, b, distance, slope):  # type: ignore[no-untyped-def]
    """Surrogate derivative of a block; the branch stays outside of the loops, which vectorise."""
    one = distance.dtype.type(1)
    zero = distance.dtype.type(0)
    if kind == 0:
        for k in range(distance.size):
            scaled = b * distance[k]
            slope[k] = a / (one + scaled * scaled)
    elif kind == 1:
        for k in range(distance.size):
            scaled = a * abs(distance[k]) + one
            slope[k] = one / (scaled * scaled)
    elif kind == 2:
        for k in range(distance.size):
            slope[k] = b * max(one - abs(distance[k]) / a, zero)
    elif kind == 3:
        for k in range(distance.size):
            f = one / (one + np.exp(-a * distance[k]))
            slope[k] = a * f * (one - f)
    else:
        for k in range(distance.size):
            slope[k] = b if abs(distance[k]) <= a else zero


@numba.njit(parallel=True, cache=True, nogil=True)
def lif_backward(  # type: ignore[no-untyped-def]
    grad, flow, potential, decay, threshold, v_reset, soft, detach, kind, a, b, grad_x
):
    """Gradient of `lif_forward`; `flow` is that of the final state, and ends as the initial's."""
    n_steps, size = grad.shape
    one, zero = grad.dtype.type(1), grad.dtype.type(0)
    # Options as factors: a branch inside the innermost loop would keep it from being vectorised.
    hard = zero if soft else one
    attached = zero if detach else one
    for block in numba.prange((size + _BLOCK - 1) // _BLOCK):
        part = slice(block * _BLOCK, min(size, (block + 1) * _BLOCK))
        carried, leak, limit = flow[part], decay[part], threshold[part]
        distance, slope = np.empty_like(carried), np.empty_like(carried)
        for t in range(n_steps - 1, -1, -1):
            upstream, before, out = grad[t, part], potential[t, part], grad_x[t, part]
            for m in range(carried.size):
                distance[m] = before[m] - limit[m]
            _derivative(kind, a, b, distance, slope)
            for m in range(carried.size):
                fired = one if distance[m] >= zero else zero
                jump = hard * (v_reset - before[m]) - (one - hard) * limit[m]
                spike = upstream[m] + attached * carried[m] * jump
                total = carried[m] * (one - hard * fired) + spike * slope[m]
                out[m] = total
                carried[m] = total * leak[m]
