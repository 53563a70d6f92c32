"""Leaky integrators, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import SEGMENT, WIDTH

HISTORIES, ROWS = 1, 0


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, state, parameters, v_reset, soft, out, marks):  # type: ignore[no-untyped-def]
    """`reference.li` on columns; `state` ends as that after the last step; see `blocks`.

    Without any marks, none are left: a gradient of the input alone needs none.
    """
    n_steps, size = x.shape
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        v, leak = state[0, part], parameters[0, part]
        for t in range(n_steps):
            current, trace = x[t, part], out[t, part]
            if t % SEGMENT == 0 and len(marks) > 0:
                marks[t // SEGMENT, 0, part] = v
            for m in range(v.size):
                v[m] = v[m] * leak[m] + current[m]
                trace[m] = v[m]


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    grad, flow, x, marks, parameters, learn, v_reset, soft, detach, kind, a, b, grad_x,
    grad_parameters, scratch,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    n_steps, size = grad.shape
    width = scratch.shape[2]
    for block in numba.prange((size + width - 1) // width):
        part = slice(block * width, min(size, (block + 1) * width))
        leak, carried = parameters[0, part], flow[0, part]
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        row = slice(0, leak.size)
        for segment in range((n_steps + SEGMENT - 1) // SEGMENT - 1, -1, -1):
            first = segment * SEGMENT
            n_own = min(SEGMENT, n_steps - first)
            if learn:  # what was before each step
                own[0, row] = marks[segment, 0, part]
                for t in range(n_own - 1):
                    current, before, trace = x[first + t, part], own[t, row], own[t + 1, row]
                    for m in range(trace.size):
                        trace[m] = before[m] * leak[m] + current[m]
            for t in range(n_own - 1, -1, -1):
                upstream, result = grad[first + t, part], grad_x[first + t, part]
                for m in range(carried.size):
                    result[m] = carried[m] + upstream[m]
                if learn:
                    past, decays = own[t, row], grad_parameters[0, part]
                    for m in range(carried.size):
                        decays[m] += result[m] * past[m]
                for m in range(carried.size):
                    carried[m] = result[m] * leak[m]
