"""Leaky integrate-and-fire neurons, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import SEGMENT, WIDTH
from polychrony.snn.kernels.compiled.surrogate import derivative

HISTORIES, ROWS = 1, 2


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, state, parameters, v_reset, soft, out, marks):  # type: ignore[no-untyped-def]
    """`reference.lif` on columns; `state` ends as that after the last step; see `blocks`."""
    n_steps, size = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        v, leak, limit = state[0, part], parameters[0, part], parameters[1, part]
        for t in range(n_steps):
            current, spikes = x[t, part], out[t, part]
            if t % SEGMENT == 0:
                marks[t // SEGMENT, 0, part] = v
            for m in range(v.size):
                h = v[m] * leak[m] + current[m]
                fired = h >= limit[m]
                spikes[m] = one if fired else zero
                after = h - limit[m] if soft else v_reset
                v[m] = after if fired else h


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    grad, flow, x, marks, parameters, learn, v_reset, soft, detach, kind, a, b, grad_x,
    grad_parameters, scratch,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    n_steps, size = grad.shape
    width = scratch.shape[2]
    one, zero = grad.dtype.type(1), grad.dtype.type(0)
    # Options as factors: a branch inside the innermost loop would keep it from being vectorised.
    hard = zero if soft else one
    attached = zero if detach else one
    for block in numba.prange((size + width - 1) // width):
        part = slice(block * width, min(size, (block + 1) * width))
        leak, limit, carried = parameters[0, part], parameters[1, part], flow[0, part]
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        row = slice(0, limit.size)
        v, slope = own[SEGMENT, row], own[SEGMENT + 1, row]
        for segment in range(len(marks) - 1, -1, -1):
            first, start = segment * SEGMENT, marks[segment, 0, part]
            n_own = min(SEGMENT, n_steps - first)
            v[:] = start
            for t in range(n_own):
                current, distance = x[first + t, part], own[t, row]
                for m in range(v.size):
                    h = v[m] * leak[m] + current[m]
                    over = h - limit[m]
                    distance[m] = over
                    after = over if soft else v_reset
                    v[m] = after if over >= zero else h
            for t in range(n_own - 1, -1, -1):
                upstream, distance = grad[first + t, part], own[t, row]
                result = grad_x[first + t, part]
                derivative(kind, a, b, distance, slope)
                if learn:
                    past, gates = own[max(t - 1, 0), row], grad_parameters[1, part]
                    decays = grad_parameters[0, part]
                    for m in range(carried.size):
                        fired = one if distance[m] >= zero else zero
                        jump = hard * (v_reset - distance[m]) - limit[m]
                        pulled = (upstream[m] + attached * carried[m] * jump) * slope[m]
                        gates[m] -= pulled + (one - hard) * fired * carried[m]
                        total = carried[m] * (one - hard * fired) + pulled
                        after = past[m] if soft else v_reset
                        last = after if past[m] >= zero else past[m] + limit[m]
                        decays[m] += total * (last if t > 0 else start[m])
                for m in range(carried.size):
                    fired = one if distance[m] >= zero else zero
                    jump = hard * (v_reset - distance[m]) - limit[m]
                    spike = upstream[m] + attached * carried[m] * jump
                    total = carried[m] * (one - hard * fired) + spike * slope[m]
                    result[m] = total
                    carried[m] = total * leak[m]
