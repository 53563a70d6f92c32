"""Current-based leaky integrate-and-fire neurons, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import SEGMENT, WIDTH
from polychrony.snn.kernels.compiled.surrogate import derivative

HISTORIES, ROWS = 2, 4


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, state, parameters, v_reset, soft, out, marks):  # type: ignore[no-untyped-def]
    """`reference.cuba_lif` on columns; `state` ends as that after the last step; see `blocks`."""
    n_steps, size = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        i, v = state[0, part], state[1, part]
        fade, leak, limit = parameters[0, part], parameters[1, part], parameters[2, part]
        for t in range(n_steps):
            drive, spikes = x[t, part], out[t, part]
            if t % SEGMENT == 0:
                marks[t // SEGMENT, 0, part] = i
                marks[t // SEGMENT, 1, part] = v
            for m in range(v.size):
                i[m] = i[m] * fade[m] + drive[m]
                h = v[m] * leak[m] + i[m]
                fired = h >= limit[m]
                spikes[m] = one if fired else zero
                after = h - limit[m] if soft else v_reset
                v[m] = after if fired else h


@numba.njit(inline="always")
def _recompute(  # type: ignore[no-untyped-def]
    x, first, part, start, fade, leak, limit, v_reset, soft, potentials, currents, v, row,
):  # fmt: skip
    """Potential before reset and current of every step of a segment."""
    v[:] = start[1, part]
    previous = start[0, part]
    for t in range(min(SEGMENT, x.shape[0] - first)):
        drive, before, i = x[first + t, part], potentials[t, row], currents[t, row]
        for m in range(v.size):
            i[m] = previous[m] * fade[m] + drive[m]
            h = v[m] * leak[m] + i[m]
            before[m] = h
            after = h - limit[m] if soft else v_reset
            v[m] = after if h >= limit[m] else h
        previous = currents[t, row]


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(  # type: ignore[no-untyped-def]
    grad, flow, x, marks, parameters, learn, v_reset, soft, detach, kind, a, b, grad_x,
    grad_parameters, scratch,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    n_steps, size = grad.shape
    width = scratch.shape[2]
    one, zero = grad.dtype.type(1), grad.dtype.type(0)
    hard = zero if soft else one
    attached = zero if detach else one
    for block in numba.prange((size + width - 1) // width):
        part = slice(block * width, min(size, (block + 1) * width))
        fade, leak, limit = parameters[0, part], parameters[1, part], parameters[2, part]
        current_flow, carried = flow[0, part], flow[1, part]
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        row = slice(0, limit.size)
        potentials, currents = own[:SEGMENT], own[SEGMENT : 2 * SEGMENT]
        distance, slope = own[2 * SEGMENT, row], own[2 * SEGMENT + 1, row]
        into_h, v = own[2 * SEGMENT + 2, row], own[2 * SEGMENT + 3, row]
        for segment in range(len(marks) - 1, -1, -1):
            first, start = segment * SEGMENT, marks[segment]
            _recompute(
                x, first, part, start, fade, leak, limit, v_reset, soft, potentials, currents, v,
                row,
            )  # fmt: skip
            for t in range(min(SEGMENT, n_steps - first) - 1, -1, -1):
                upstream, before = grad[first + t, part], potentials[t, row]
                result = grad_x[first + t, part]
                for m in range(carried.size):
                    distance[m] = before[m] - limit[m]
                derivative(kind, a, b, distance, slope)
                if learn:
                    gates = grad_parameters[2, part]
                    for m in range(carried.size):
                        fired = one if distance[m] >= zero else zero
                        jump = hard * (v_reset - before[m]) - (one - hard) * limit[m]
                        pulled = (upstream[m] + attached * carried[m] * jump) * slope[m]
                        gates[m] -= pulled + (one - hard) * fired * carried[m]
                for m in range(carried.size):
                    fired = one if distance[m] >= zero else zero
                    jump = hard * (v_reset - before[m]) - (one - hard) * limit[m]
                    spike = upstream[m] + attached * carried[m] * jump
                    into_h[m] = carried[m] * (one - hard * fired) + spike * slope[m]
                    result[m] = current_flow[m] + into_h[m]
                if learn:
                    fades, decays = grad_parameters[0, part], grad_parameters[1, part]
                    old_i = currents[t - 1, row] if t > 0 else start[0, part]
                    old_h = potentials[t - 1, row] if t > 0 else start[1, part]
                    for m in range(carried.size):
                        after = old_h[m] - limit[m] if soft else v_reset
                        last = after if t > 0 and old_h[m] >= limit[m] else old_h[m]
                        fades[m] += result[m] * old_i[m]
                        decays[m] += into_h[m] * last
                for m in range(carried.size):
                    current_flow[m] = result[m] * fade[m]
                    carried[m] = into_h[m] * leak[m]
