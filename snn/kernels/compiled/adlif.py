"""Adaptive leaky integrate-and-fire neurons, compiled; see `blocks` for the layout."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import SEGMENT, WIDTH
from polychrony.snn.kernels.compiled.surrogate import derivative

HISTORIES, ROWS = 2, 5


@numba.njit(inline="always")
def _step(drive, v, w, parameters, part, v_reset, soft, before):  # type: ignore[no-untyped-def]
    """One step of a block: `before` becomes the potential before reset, `v` and `w` go on."""
    one, zero = v.dtype.type(1), v.dtype.type(0)
    leak, fade, limit = parameters[0, part], parameters[1, part], parameters[4, part]
    coupling, jump = parameters[2, part], parameters[3, part]
    for m in range(v.size):
        h = leak[m] * v[m] + (one - leak[m]) * (drive[m] - w[m])
        before[m] = h
        fired = h >= limit[m]
        after = h - limit[m] if soft else v_reset
        v[m] = after if fired else h
        spike = one if fired else zero
        w[m] = fade[m] * w[m] + (one - fade[m]) * (coupling[m] * v[m] + jump[m] * spike)


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, state, parameters, v_reset, soft, out, marks):  # type: ignore[no-untyped-def]
    """`reference.adlif` on columns; `state` ends as that after the last step; see `blocks`."""
    n_steps, size = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for block in numba.prange((size + WIDTH - 1) // WIDTH):
        part = slice(block * WIDTH, min(size, (block + 1) * WIDTH))
        v, w, limit = state[0, part], state[1, part], parameters[4, part]
        for t in range(n_steps):
            spikes = out[t, part]
            if t % SEGMENT == 0:
                marks[t // SEGMENT, 0, part] = v
                marks[t // SEGMENT, 1, part] = w
            _step(x[t, part], v, w, parameters, part, v_reset, soft, spikes)
            for m in range(v.size):
                spikes[m] = one if spikes[m] >= limit[m] else zero


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
        leak, fade, limit = parameters[0, part], parameters[1, part], parameters[4, part]
        coupling, jump_w = parameters[2, part], parameters[3, part]
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        row = slice(0, limit.size)
        potentials, adaptations = own[:SEGMENT], own[SEGMENT : 2 * SEGMENT]
        distance, slope = own[2 * SEGMENT, row], own[2 * SEGMENT + 1, row]
        into_h, v = own[2 * SEGMENT + 2, row], own[2 * SEGMENT + 3, row]
        w = own[2 * SEGMENT + 4, row]
        into_v, into_w = flow[0, part], flow[1, part]
        for segment in range(len(marks) - 1, -1, -1):
            first, start = segment * SEGMENT, marks[segment]
            n_own = min(SEGMENT, n_steps - first)
            v[:] = start[0, part]
            w[:] = start[1, part]
            for t in range(n_own):
                _step(x[first + t, part], v, w, parameters, part, v_reset, soft, potentials[t, row])
                adaptations[t, row][:] = w
            for t in range(n_own - 1, -1, -1):
                upstream, before = grad[first + t, part], potentials[t, row]
                result = grad_x[first + t, part]
                for m in range(limit.size):
                    distance[m] = before[m] - limit[m]
                derivative(kind, a, b, distance, slope)
                for m in range(limit.size):
                    fired = one if distance[m] >= zero else zero
                    drop = hard * (v_reset - before[m]) - (one - hard) * limit[m]
                    share = (one - fade[m]) * into_w[m]
                    after = into_v[m] + coupling[m] * share
                    spike = upstream[m] + jump_w[m] * share + attached * after * drop
                    into_h[m] = after * (one - hard * fired) + spike * slope[m]
                    result[m] = (one - leak[m]) * into_h[m]
                if learn:
                    _parameter_gradients(
                        t, x[first + t, part], start, parameters, part, potentials, adaptations,
                        row, into_v, into_w, into_h, slope, distance, v_reset, soft, hard,
                        grad_parameters,
                    )  # fmt: skip
                for m in range(limit.size):
                    into_v[m] = leak[m] * into_h[m]
                    into_w[m] = fade[m] * into_w[m] - result[m]


@numba.njit(inline="always")
def _parameter_gradients(  # type: ignore[no-untyped-def]
    t, drive, start, parameters, part, potentials, adaptations, row, into_v, into_w, into_h,
    slope, distance, v_reset, soft, hard, grads,
):  # fmt: skip
    """Add what step t of a segment gives to the gradients of the parameters of a block."""
    one, zero = slope.dtype.type(1), slope.dtype.type(0)
    fade, limit = parameters[1, part], parameters[4, part]
    coupling, jump_w = parameters[2, part], parameters[3, part]
    old_h = potentials[t - 1, row] if t > 0 else start[0, part]
    old_w = adaptations[t - 1, row] if t > 0 else start[1, part]
    before = potentials[t, row]
    g_leak, g_fade, g_coupling = grads[0, part], grads[1, part], grads[2, part]
    g_jump, g_limit = grads[3, part], grads[4, part]
    for m in range(limit.size):
        fired = one if distance[m] >= zero else zero
        last = old_h[m]
        if t > 0 and last >= limit[m]:
            last = last - limit[m] if soft else v_reset
        after = before[m]
        if distance[m] >= zero:
            after = before[m] - limit[m] if soft else v_reset
        share = (one - fade[m]) * into_w[m]
        kept = into_v[m] + coupling[m] * share
        g_leak[m] += into_h[m] * (last - (drive[m] - old_w[m]))
        g_fade[m] += into_w[m] * (old_w[m] - (coupling[m] * after + jump_w[m] * fired))
        g_coupling[m] += share * after
        g_jump[m] += share * fired
        # What reached h through the spike reaches the threshold with the opposite sign.
        pulled = into_h[m] - kept * (one - hard * fired)
        g_limit[m] -= pulled + (one - hard) * fired * kept
