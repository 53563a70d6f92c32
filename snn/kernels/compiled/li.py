"""Leaky integrators, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import WIDTH

HISTORIES, ROWS = 1, 0


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, state, parameters, v_reset, soft, out):  # type: ignore[no-untyped-def]
    """`reference.li` on columns; `state` ends as that after the last step."""
    n_steps, size = x.shape
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        v, leak = state[0, part], parameters[0, part]
        for t in range(n_steps):
            current, trace = x[t, part], out[t, part]
            for m in range(v.size):
                v[m] = v[m] * leak[m] + current[m]
                trace[m] = v[m]


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    grad, flow, x, state, parameters, learn, v_reset, soft, detach, kind, a, b, grad_x,
    grad_parameters, scratch,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    n_steps, size = grad.shape
    width = scratch.shape[2]
    for block in numba.prange((size + width - 1) // width):
        part = slice(block * width, min(size, (block + 1) * width))
        start, leak, carried = state[0, part], parameters[0, part], flow[0, part]
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        row = slice(0, start.size)
        if learn:
            previous = start
            for t in range(n_steps):
                current, trace = x[t, part], own[t, row]
                for m in range(trace.size):
                    trace[m] = previous[m] * leak[m] + current[m]
                previous = own[t, row]
        for t in range(n_steps - 1, -1, -1):
            upstream, result = grad[t, part], grad_x[t, part]
            for m in range(carried.size):
                result[m] = carried[m] + upstream[m]
            if learn:
                past = own[t - 1, row] if t > 0 else start
                decays = grad_parameters[0, part]
                for m in range(carried.size):
                    decays[m] += result[m] * past[m]
            for m in range(carried.size):
                carried[m] = result[m] * leak[m]
