"""Leaky integrators in Triton; see `parts`. What learns keeps its potentials."""

from __future__ import annotations

import triton
import triton.language as tl

from polychrony.snn.kernels.gpu import parts


@triton.jit
def forward(
    x, state, parameters, out, after, kept, n_steps, size, n_neurons, v_reset,
    SOFT: tl.constexpr, LEARN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """`reference.li` on columns."""
    columns, inside, neuron = parts.place(size, n_neurons, BLOCK)
    leak = parts.single(parameters + neuron, inside)
    v = parts.single(state + columns, inside)
    x, out, kept = x + columns, out + columns, kept + columns
    ahead = parts.single(x, parts.those(columns, size, n_steps > 0))
    for t in range(n_steps):
        current = ahead
        x += size
        ahead = parts.single(x, parts.those(columns, size, t + 1 < n_steps))
        v = v * leak + current
        tl.store(out, v, mask=inside)
        if LEARN:
            tl.store(kept, v, mask=inside)
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
    carried = parts.single(flow + columns, inside)
    start = parts.single(state + columns, inside)
    end = tl.cast(n_steps - 1, tl.int64) * size + columns
    grad, kept, grad_x = grad + end, kept + end, grad_x + end
    upstream = parts.single(grad, parts.those(columns, size, n_steps > 0))
    decays = tl.full([BLOCK], 0.0, tl.float32)
    for step in range(n_steps):
        has_past = step + 1 < n_steps
        grad -= size
        next_upstream = parts.single(grad, parts.those(columns, size, has_past))
        total = carried + upstream
        tl.store(grad_x, total, mask=inside)
        if LEARN:
            kept -= size
            decays += total * tl.where(
                has_past, parts.single(kept, parts.those(columns, size, has_past)), start
            )
        carried = total * leak
        upstream = next_upstream
        grad_x -= size
    tl.store(flow + columns, carried, mask=inside)
    if LEARN:
        tl.store(grad_parameters + columns, decays, mask=inside)
