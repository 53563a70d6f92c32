"""Neurons with the traces of local learning rules, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba
import numpy as np

from polychrony.snn.kernels.compiled.blocks import WIDTH
from polychrony.snn.kernels.compiled.surrogate import derivative


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(  # type: ignore[no-untyped-def]
    x, v, trace, parameters, lambda_post, v_reset, soft, kind, a, b, out, slopes, past
):
    """`traces.reference` on columns; `v` and `trace` end as those after the last step.

    Without rows in `past` the trace is left out.
    """
    n_steps, size = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    traced = len(past) > 0
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        potential, leak, limit = v[part], parameters[0, part], parameters[1, part]
        distance = np.empty_like(potential)
        for t in range(n_steps):
            current, spikes, slope = x[t, part], out[t, part], slopes[t, part]
            for m in range(potential.size):
                h = potential[m] * leak[m] + current[m]
                over = h - limit[m]
                distance[m] = over
                fired = h >= limit[m]
                spikes[m] = one if fired else zero
                after = over if soft else v_reset
                potential[m] = after if fired else h
            derivative(kind, a, b, distance, slope)
            if traced:
                before, row = trace[part], past[t, part]
                for m in range(potential.size):
                    row[m] = before[m]
                    before[m] = lambda_post * before[m] + slope[m]


@numba.njit(parallel=True, cache=True, nogil=True)
def combine(  # type: ignore[no-untyped-def]
    signal, slopes, past, alpha_pre, alpha_post, lambda_pre, first
):
    """`traces.combine_reference` on columns; the result takes the place of `slopes`."""
    n_steps, size = signal.shape
    late = len(past) > 0
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        carried = first[part]
        for t in range(n_steps - 1, -1, -1):
            arriving, result = signal[t, part], slopes[t, part]
            for m in range(carried.size):
                value = lambda_pre * carried[m] + alpha_pre * arriving[m] * result[m]
                carried[m] = value
                result[m] = value
            if late:
                trace = past[t, part]
                for m in range(carried.size):
                    result[m] += alpha_post * arriving[m] * trace[m]
        for m in range(carried.size):
            carried[m] *= lambda_pre


@numba.njit(parallel=True, cache=True, nogil=True)
def fade(x, state, decay):  # type: ignore[no-untyped-def]
    """After each step t, state = decay * state + x[t]; on columns."""
    n_steps, size = x.shape
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        kept = state[part]
        for t in range(n_steps):
            arriving = x[t, part]
            for m in range(kept.size):
                kept[m] = decay * kept[m] + arriving[m]
