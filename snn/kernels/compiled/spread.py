"""Learnable delays spread over the integer steps around them, compiled.

Arrays are [steps, M], every synapse a column; see `blocks`. The backward pass needs one pass over
the steps: with g the shape at each step, A the sum over g and G the upstream gradient, all it needs
are the sums of g, of dg / d delay, and of both times G.
"""

from __future__ import annotations

import numba
import numpy as np

from polychrony.snn.kernels.compiled.exponential import exp_into

_WIDTH = 512  # columns of a block; eight rows of them stay in the first-level cache


@numba.njit(inline="always")
def _shape(triangle, step, delay, sigma, scratch, shape, slope):  # type: ignore[no-untyped-def]
    """Shape at one step for every column, and its derivative by the delay."""
    one, zero = delay.dtype.type(1), delay.dtype.type(0)
    if triangle:
        for k in range(delay.size):
            offset = step - delay[k]
            height = sigma - abs(offset)
            shape[k] = max(height, zero)
            side = one if offset > zero else (zero if offset == zero else -one)
            slope[k] = side if height >= zero else zero
    else:
        narrow = one / (sigma * sigma)
        half = delay.dtype.type(-0.5)
        for k in range(delay.size):
            scaled = (step - delay[k]) / sigma
            scratch[k] = half * (scaled * scaled)
        exp_into(scratch, shape)  # type: ignore[no-untyped-call]
        for k in range(delay.size):
            slope[k] = shape[k] * (step - delay[k]) * narrow


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(weight, delay, sigma, tiny, triangle, out):  # type: ignore[no-untyped-def]
    """Add every tap's share of its weight to each step.

    Args:
        weight: [taps, M].
        delay: steps, [taps, M].
        sigma: width of the shape, steps.
        tiny: keeps the normalisation finite.
        triangle: the shape is a triangle, not a Gaussian.
        out: weight of every step, overwritten, [steps, M].
    """
    n_steps, size = out.shape
    for block in numba.prange((size + _WIDTH - 1) // _WIDTH):
        part = slice(block * _WIDTH, min(size, (block + 1) * _WIDTH))
        own = np.empty((4, _WIDTH), weight.dtype)
        n = min(_WIDTH, size - block * _WIDTH)
        total, shape, slope, scratch = own[0, :n], own[1, :n], own[2, :n], own[3, :n]
        for tap in range(len(weight)):
            weights, delays = weight[tap, part], delay[tap, part]
            shapes = np.empty((n_steps, n), weight.dtype)
            total[:] = tiny
            for c in range(n_steps):
                kept = shapes[c]
                _shape(triangle, weight.dtype.type(c), delays, sigma, scratch, shape, slope)
                for k in range(total.size):
                    kept[k] = shape[k]
                    total[k] += shape[k]
            for k in range(total.size):
                total[k] = weights[k] / total[k]
            for c in range(n_steps):
                row, kept = out[c, part], shapes[c]
                if tap == 0:
                    for k in range(total.size):
                        row[k] = kept[k] * total[k]
                else:
                    for k in range(total.size):
                        row[k] += kept[k] * total[k]


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    grad, weight, delay, sigma, tiny, triangle, grad_weight, grad_delay
):
    """Gradient of `forward`; `grad` is that of `out`, the last two are overwritten."""
    n_steps, size = grad.shape
    for block in numba.prange((size + _WIDTH - 1) // _WIDTH):
        part = slice(block * _WIDTH, min(size, (block + 1) * _WIDTH))
        own = np.empty((7, _WIDTH), weight.dtype)
        n = min(_WIDTH, size - block * _WIDTH)
        total, bend, met, pull = own[0, :n], own[1, :n], own[2, :n], own[3, :n]
        shape, slope, scratch = own[4, :n], own[5, :n], own[6, :n]
        for tap in range(len(weight)):
            weights, delays = weight[tap, part], delay[tap, part]
            for_weight, for_delay = grad_weight[tap, part], grad_delay[tap, part]
            own[:4] = 0
            total[:] = tiny
            for c in range(n_steps):
                upstream = grad[c, part]
                _shape(triangle, weight.dtype.type(c), delays, sigma, scratch, shape, slope)
                for k in range(total.size):
                    total[k] += shape[k]
                    bend[k] += slope[k]
                    met[k] += upstream[k] * shape[k]
                    pull[k] += upstream[k] * slope[k]
            for k in range(total.size):
                share = met[k] / total[k]
                for_weight[k] = share
                for_delay[k] = weights[k] * (pull[k] - share * bend[k]) / total[k]
