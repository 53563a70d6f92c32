"""Current-based LIF neurons in Triton; see `parts`.

Currents are not kept: that of a step is its potential less what the potential before it left.
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
    """`reference.cuba_lif` on columns."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    fade = parts.single(parameters + neuron, inside)
    leak = parts.single(parameters + n_neurons + neuron, inside)
    limit = parts.single(parameters + 2 * n_neurons + neuron, inside)
    i = parts.single(state + columns, inside)
    v = parts.single(state + size + columns, inside)
    x, out, kept = x + columns, out + columns, kept + columns
    ahead = parts.single(x, parts.those(columns, size, n_steps > 0))
    for t in range(n_steps):
        drive = ahead
        x += size
        ahead = parts.single(x, parts.those(columns, size, t + 1 < n_steps))
        i = i * fade + drive
        h = v * leak + i
        distance = h - limit
        tl.store(out, (distance >= 0.0).to(tl.float32), mask=inside)
        parts.keep(kept, distance, inside)
        v = parts.after_reset(distance, h, limit, v_reset, SOFT)
        out += size
        kept += size
    tl.store(after + columns, i, mask=inside)
    tl.store(after + size + columns, v, mask=inside)


@triton.jit
def backward(
    grad, flow, kept, state, parameters, grad_x, grad_parameters, n_steps, size, n_neurons,
    v_reset, a, b, SOFT: tl.constexpr, DETACH: tl.constexpr, KIND: tl.constexpr,
    LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Gradient of `forward`; `flow` is that of the final state, and ends as the initial's."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    fade = parts.single(parameters + neuron, inside)
    leak = parts.single(parameters + n_neurons + neuron, inside)
    limit = parts.single(parameters + 2 * n_neurons + neuron, inside)
    into_i = parts.single(flow + columns, inside)
    carried = parts.single(flow + size + columns, inside)
    start_i = parts.single(state + columns, inside)
    start_v = parts.single(state + size + columns, inside)
    end = tl.cast(n_steps - 1, tl.int64) * size + columns
    grad, kept, grad_x = grad + end, kept + end, grad_x + end
    distance = parts.single(kept, parts.those(columns, size, n_steps > 0))
    past = parts.single(kept - size, parts.those(columns, size, n_steps > 1))
    upstream = parts.single(grad, parts.those(columns, size, n_steps > 0))
    fades = tl.full([BLOCK], 0.0, tl.float32)
    decays = tl.full([BLOCK], 0.0, tl.float32)
    limits = tl.full([BLOCK], 0.0, tl.float32)
    kept -= 2 * size
    for step in range(n_steps):
        has_past = step + 1 < n_steps
        grad -= size
        older = parts.single(kept, parts.those(columns, size, step + 2 < n_steps))
        next_upstream = parts.single(grad, parts.those(columns, size, has_past))
        slope = parts.derivative(KIND, a, b, distance)
        into_h, gate = parts.before_reset(
            distance, limit, carried, upstream, v_reset, slope, SOFT, DETACH
        )
        total = into_i + into_h
        tl.store(grad_x, total, mask=inside)
        if LEARN:
            settled = parts.after_reset(past, past + limit, limit, v_reset, SOFT)
            before = parts.after_reset(older, older + limit, limit, v_reset, SOFT)
            before = tl.where(step + 2 < n_steps, before, start_v)
            fades += total * tl.where(has_past, past + limit - before * leak, start_i)
            decays += into_h * tl.where(has_past, settled, start_v)
            limits += gate
        into_i = total * fade
        carried = into_h * leak
        distance, past, upstream = past, older, next_upstream
        kept -= size
        grad_x -= size
    tl.store(flow + columns, into_i, mask=inside)
    tl.store(flow + size + columns, carried, mask=inside)
    if LEARN:
        tl.store(grad_parameters + columns, fades, mask=inside)
        tl.store(grad_parameters + size + columns, decays, mask=inside)
        tl.store(grad_parameters + 2 * size + columns, limits, mask=inside)
