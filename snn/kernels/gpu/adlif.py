"""Adaptive LIF neurons in Triton; see `parts`.

Adaptations are not kept. With q[t] what adds to w[t] = fade * w[t-1] + (1 - fade) * q[t] and l[t]
the gradient of w[t], that of `fade` is the sum over t of l[t] * (w[t-1] - q[t]). Its part with w is
summed the other way round: sum over k of (1 - fade) * q[k] * m[k], plus w[-1] * m[-1], where m[k]
= l[k+1] + fade * m[k+1] runs backwards with all other gradients.
"""

from __future__ import annotations

import triton
import triton.language as tl

from polychrony.snn.kernels.gpu import parts


@triton.jit
def forward(
    x, state, parameters, out, after, kept, n_steps, size, n_neurons, v_reset,
    SOFT: tl.constexpr, LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """`reference.adlif` on columns."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    leak = parts.single(parameters + neuron, inside)
    fade = parts.single(parameters + n_neurons + neuron, inside)
    coupling = parts.single(parameters + 2 * n_neurons + neuron, inside)
    jump = parts.single(parameters + 3 * n_neurons + neuron, inside)
    limit = parts.single(parameters + 4 * n_neurons + neuron, inside)
    v = parts.single(state + columns, inside)
    w = parts.single(state + size + columns, inside)
    x, out, kept = x + columns, out + columns, kept + columns
    ahead = parts.single(x, parts.those(columns, size, n_steps > 0))
    for t in range(n_steps):
        drive = ahead
        x += size
        ahead = parts.single(x, parts.those(columns, size, t + 1 < n_steps))
        h = leak * v + (1.0 - leak) * (drive - w)
        distance = h - limit
        fired = (distance >= 0.0).to(tl.float32)
        tl.store(out, fired, mask=inside)
        parts.keep(kept, distance, inside)
        v = parts.after_reset(distance, h, limit, v_reset, SOFT)
        w = fade * w + (1.0 - fade) * (coupling * v + jump * fired)
        out += size
        kept += size
    tl.store(after + columns, v, mask=inside)
    tl.store(after + size + columns, w, mask=inside)


@triton.jit
def backward(
    grad, flow, kept, state, parameters, grad_x, grad_parameters, n_steps, size, n_neurons,
    v_reset, a, b, SOFT: tl.constexpr, DETACH: tl.constexpr, KIND: tl.constexpr,
    LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    leak = parts.single(parameters + neuron, inside)
    fade = parts.single(parameters + n_neurons + neuron, inside)
    coupling = parts.single(parameters + 2 * n_neurons + neuron, inside)
    jump = parts.single(parameters + 3 * n_neurons + neuron, inside)
    limit = parts.single(parameters + 4 * n_neurons + neuron, inside)
    into_v = parts.single(flow + columns, inside)
    into_w = parts.single(flow + size + columns, inside)
    start_v = parts.single(state + columns, inside)
    start_w = parts.single(state + size + columns, inside)
    end = tl.cast(n_steps - 1, tl.int64) * size + columns
    grad, kept, grad_x = grad + end, kept + end, grad_x + end
    distance = parts.single(kept, parts.those(columns, size, n_steps > 0))
    upstream = parts.single(grad, parts.those(columns, size, n_steps > 0))
    leaks = tl.full([BLOCK], 0.0, tl.float32)
    fades = tl.full([BLOCK], 0.0, tl.float32)
    later = tl.full([BLOCK], 0.0, tl.float32)
    couplings = tl.full([BLOCK], 0.0, tl.float32)
    jumps = tl.full([BLOCK], 0.0, tl.float32)
    limits = tl.full([BLOCK], 0.0, tl.float32)
    for step in range(n_steps):
        has_past = step + 1 < n_steps
        kept -= size
        grad -= size
        past = parts.single(kept, parts.those(columns, size, has_past))
        next_upstream = parts.single(grad, parts.those(columns, size, has_past))
        slope = parts.derivative(KIND, a, b, distance)
        share = (1.0 - fade) * into_w
        settled = into_v + coupling * share
        into_h, gate = parts.before_reset(
            distance, limit, settled, upstream + jump * share, v_reset, slope, SOFT, DETACH
        )
        result = (1.0 - leak) * into_h
        tl.store(grad_x, result, mask=inside)
        if LEARN:
            h = distance + limit
            fired = (distance >= 0.0).to(tl.float32)
            v = parts.after_reset(distance, h, limit, v_reset, SOFT)
            last = parts.after_reset(past, past + limit, limit, v_reset, SOFT)
            last = tl.where(has_past, last, start_v)
            # What drives the potential, x - w, is what h has beside the leaked potential.
            drive = (h - leak * last) / tl.maximum(1.0 - leak, 1e-30)
            leaks += into_h * (last - drive)
            fades += ((1.0 - fade) * later - into_w) * (coupling * v + jump * fired)
            later = into_w + fade * later
            couplings += share * v
            jumps += share * fired
            limits += gate
        into_v = leak * into_h
        into_w = fade * into_w - result
        distance, upstream = past, next_upstream
        grad_x -= size
    tl.store(flow + columns, into_v, mask=inside)
    tl.store(flow + size + columns, into_w, mask=inside)
    if LEARN:
        fades += start_w * later
        tl.store(grad_parameters + columns, leaks, mask=inside)
        tl.store(grad_parameters + size + columns, fades, mask=inside)
        tl.store(grad_parameters + 2 * size + columns, couplings, mask=inside)
        tl.store(grad_parameters + 3 * size + columns, jumps, mask=inside)
        tl.store(grad_parameters + 4 * size + columns, limits, mask=inside)
