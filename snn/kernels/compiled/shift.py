"""A filter over time for every neuron, compiled; arrays are [T, B, N]."""

from __future__ import annotations

import numba
import numpy as np

_SAMPLES = 8  # per sum of their own: their number must not depend on the threads


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, kernel, reverse, out):  # type: ignore[no-untyped-def]
    """out[t] = sum over c of kernel[c] * x[t - c], or x[t + c] if `reverse`."""
    n_steps, n_samples, width = x.shape
    taps = min(len(kernel), n_steps)
    for b in numba.prange(n_samples):
        for t in range(n_steps):
            row = out[t, b]
            row[:] = 0
            for c in range(taps):
                past = t + c if reverse else t - c
                if past < 0 or past >= n_steps:
                    break
                source, gain = x[past, b], kernel[c]
                for k in range(width):
                    row[k] += gain[k] * source[k]


@numba.njit(parallel=True, cache=True, nogil=True)
def kernel_gradient(grad, x, n_taps):  # type: ignore[no-untyped-def]
    """Gradient of the kernel, [taps, N]: sum over t and b of grad[t] * x[t - c]."""
    n_steps, n_samples, width = x.shape
    n_blocks = (n_samples + _SAMPLES - 1) // _SAMPLES
    parts = np.zeros((n_blocks, n_taps, width), x.dtype)
    for block in numba.prange(n_blocks):
        part = parts[block]
        for b in range(block * _SAMPLES, min(n_samples, (block + 1) * _SAMPLES)):
            for t in range(n_steps):
                upstream = grad[t, b]
                for c in range(min(n_taps, t + 1)):
                    source, total = x[t - c, b], part[c]
                    for k in range(width):
                        total[k] += upstream[k] * source[k]
    return parts.sum(0)
