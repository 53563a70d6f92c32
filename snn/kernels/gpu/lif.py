"""Leaky integrate-and-fire neurons in Triton; see `parts`."""

from __future__ import annotations

import triton
import triton.language as tl

from polychrony.snn.kernels.gpu import parts


@triton.jit
def forward(
    x, state, parameters, out, after, kept, n_steps, size, n_neurons, v_reset,
    SOFT: tl.constexpr, LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """`reference.lif` on columns."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    leak = parts.single(parameters + neuron, inside)
    limit = parts.single(parameters + n_neurons + neuron, inside)
    v = parts.single(state + columns, inside)
    x, out, kept = x + columns, out + columns, kept + columns
    ahead = parts.single(x, parts.those(columns, size, n_steps > 0))
    for t in range(n_steps):
        current = ahead
        x += size
        ahead = parts.single(x, parts.those(columns, size, t + 1 < n_steps))
        h = v * leak + current
        distance = h - limit
        tl.store(out, (distance >= 0.0).to(tl.float32), mask=inside)
        parts.keep(kept, distance, inside)
        v = parts.after_reset(distance, h, limit, v_reset, SOFT)
        out += size
        kept += size
    tl.store(after + columns, v, mask=inside)


@triton.jit
def backward(
    grad, flow, kept, state, parameters, grad_x, grad_parameters, n_steps, size, n_neurons,
    v_reset, a, b, SOFT: tl.constexpr, DETACH: tl.constexpr, KIND: tl.constexpr,
    LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    leak = parts.single(parameters + neuron, inside)
    limit = parts.single(parameters + n_neurons + neuron, inside)
    carried = parts.single(flow + columns, inside)
    start = parts.single(state + columns, inside)
    end = tl.cast(n_steps - 1, tl.int64) * size + columns
    grad, kept, grad_x = grad + end, kept + end, grad_x + end
    distance = parts.single(kept, parts.those(columns, size, n_steps > 0))
    upstream = parts.single(grad, parts.those(columns, size, n_steps > 0))
    decays = tl.full([BLOCK], 0.0, tl.float32)
    limits = tl.full([BLOCK], 0.0, tl.float32)
    for step in range(n_steps):
        has_past = step + 1 < n_steps
        kept -= size
        grad -= size
        past = parts.single(kept, parts.those(columns, size, has_past))
        next_upstream = parts.single(grad, parts.those(columns, size, has_past))
        slope = parts.derivative(KIND, a, b, distance)
        total, gate = parts.before_reset(
            distance, limit, carried, upstream, v_reset, slope, SOFT, DETACH
        )
        tl.store(grad_x, total, mask=inside)
        if LEARN:
            last = tl.where(
                has_past, parts.after_reset(past, past + limit, limit, v_reset, SOFT), start
            )
            decays += total * last
            limits += gate
        carried = total * leak
        distance, upstream = past, next_upstream
        grad_x -= size
    tl.store(flow + columns, carried, mask=inside)
    if LEARN:
        tl.store(grad_parameters + columns, decays, mask=inside)
        tl.store(grad_parameters + size + columns, limits, mask=inside)
