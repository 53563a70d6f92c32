"""Every neuron on every compiled backend, as one pair of torch operators.

`polychrony::neuron` runs all steps of a model: x [T, B, N], state [S, B, N] and parameters [P, N]
in; out [T, B, N], the state after the last step, and what the backward pass needs beside them.
`polychrony::neuron_backward` gives the gradients of x, state and parameters. Models and the order
of their states and parameters:

- `lif`: v; decay, v_threshold
- `li`: v; decay
- `cuba_lif`: i, v; decay_syn, decay_mem, v_threshold
- `adlif`: v, w; decay_mem, decay_adapt, a, b, v_threshold
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from polychrony.snn.kernels import cpu, gpu
from polychrony.snn.kernels.functional import differentiable, each_of_batch, split
from polychrony.snn.kernels.surrogates import compiled_form
from polychrony.snn.surrogate import Surrogate

BACKENDS: dict[str, ModuleType] = {"cpu": cpu, "triton": gpu}


class Options(NamedTuple):
    """What an operator takes beside tensors."""

    model: str
    backend: str
    learn: bool
    """Whether parameters get gradients."""
    v_reset: float
    soft: bool
    """Whether the reset subtracts the threshold; `v_reset` is then ignored."""
    detach: bool
    """Whether no gradient passes through the reset."""
    kind: int
    """Surrogate, and its two numbers; see `surrogates`."""
    a: float
    b: float


@torch.library.custom_op("polychrony::neuron", mutates_args=())
def _neuron(
    x: Tensor,
    state: Tensor,
    parameters: Tensor,
    model: str,
    backend: str,
    learn: bool,
    v_reset: float,
    soft: bool,
    detach: bool,
    kind: int,
    a: float,
    b: float,
) -> tuple[Tensor, Tensor, Tensor]:
    outcome: tuple[Tensor, Tensor, Tensor] = BACKENDS[backend].forward(
        model, x.contiguous(), state.contiguous(), parameters, v_reset, soft, learn
    )
    return outcome


@torch.library.custom_op("polychrony::neuron_backward", mutates_args=())
def _neuron_backward(
    grad: Tensor,
    grad_state: Tensor,
    x: Tensor,
    kept: Tensor,
    state: Tensor,
    parameters: Tensor,
    model: str,
    backend: str,
    learn: bool,
    v_reset: float,
    soft: bool,
    detach: bool,
    kind: int,
    a: float,
    b: float,
) -> tuple[Tensor, Tensor, Tensor]:
    tensors = (grad.contiguous(), grad_state.contiguous(), x, kept, state.contiguous(), parameters)
    outcome: tuple[Tensor, Tensor, Tensor] = BACKENDS[backend].backward(
        model, *tensors, learn, v_reset, soft, detach, kind, a, b
    )
    return outcome


@_neuron.register_fake
def _(x: Tensor, state: Tensor, parameters: Tensor, *options: Any) -> tuple[Tensor, ...]:
    chosen = Options(*options)
    kept = BACKENDS[chosen.backend].kept_shape(chosen.model, tuple(x.shape), chosen.learn)
    return x.new_empty(x.shape), state.new_empty(state.shape), x.new_empty(kept)


@_neuron_backward.register_fake
def _(
    grad: Tensor,
    grad_state: Tensor,
    x: Tensor,
    kept: Tensor,
    state: Tensor,
    parameters: Tensor,
    *options: Any,
) -> tuple[Tensor, ...]:
    shape = parameters.shape if Options(*options).learn else (0,)
    result = grad.new_empty(grad.shape), grad_state.new_empty(state.shape)
    return *result, parameters.new_empty(shape)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    x, state, parameters, *options = inputs
    chosen = Options(*options)
    ctx.options = chosen
    ctx.set_materialize_grads(False)
    ctx.shape = x.shape
    if not BACKENDS[chosen.backend].keeps_input(chosen.model, chosen.learn):
        x = x.new_empty(0)
    ctx.save_for_backward(x, output[2], state, parameters)


def _pull_back(
    ctx: Any, grad: Tensor | None, grad_state: Tensor | None, _: Tensor | None = None
) -> tuple[Tensor | None, ...]:
    x, kept, state, parameters = ctx.saved_tensors
    if grad is None:
        grad = state.new_zeros(ctx.shape)
    if grad_state is None:
        grad_state = torch.zeros_like(state)
    found = _gradient(grad, grad_state, x, kept, state, parameters, *ctx.options)
    grad_x, flow, grad_parameters = found
    learned = grad_parameters if ctx.options.learn else None
    return grad_x, flow, learned, *[None] * len(ctx.options)


_neuron.register_autograd(_pull_back, setup_context=_keep)
# Under autocast on the CPU the potentials are summed in single precision, as in any other kernel
# that adds up many terms.
_neuron.register_autocast("cpu", torch.float32)


def _over_samples(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> tuple[Any, Any]:
    """Rule for `vmap`: where parameters are shared, the new axis joins the samples."""
    if in_dims[2] is not None or Options(*inputs[3:]).learn:
        outcome: tuple[Any, Any] = each_of_batch(_neuron)(info, in_dims, *inputs)
        return outcome
    x, state, _, *options = split(info, in_dims, inputs)
    joined = [value.movedim(0, 1).flatten(1, 2) for value in (x, state)]
    out, after, kept = _neuron(*joined, inputs[2], *options)
    outputs = [value.unflatten(1, (info.batch_size, -1)) for value in (out, after)]
    if kept.dim() > 1:
        axis = kept.dim() - 2
        return (*outputs, kept.unflatten(axis, (info.batch_size, -1))), (1, 1, axis)
    return (*outputs, kept.expand(info.batch_size, 0)), (1, 1, 0)


_neuron.register_vmap(_over_samples)
_neuron_backward.register_vmap(each_of_batch(_neuron_backward))
_gradient = differentiable(_neuron_backward)
_run = differentiable(_neuron, _keep, _pull_back)


def run(
    model: str,
    backend: str,
    x: Tensor,
    states: Sequence[Tensor],
    parameters: Sequence[Tensor],
    v_reset: float | None = 0.0,
    surrogate: Surrogate | None = None,
    detach_reset: bool = True,
) -> tuple[Tensor, ...]:
    """Run a model over a whole sequence.

    Args:
        model: name of the model; see this module.
        backend: `"cpu"` or `"triton"`.
        x: input of every step, [T, B, ...].
        states: state before the first step, each [B, ...].
        parameters: parameters in the model's order, each scalar or [...].
        v_reset: potential after a spike, or None for soft reset.
        surrogate: surrogate gradient, one with a compiled form; None where nothing fires.
        detach_reset: let no gradient pass through the reset.

    Returns:
        The output [T, B, ...] and each state after the last step [B, ...].
    """
    dtype, shape = x.dtype, x.shape
    if backend == "cpu" and dtype not in cpu.DTYPES:
        x, states = x.float(), [state.float() for state in states]
    neurons = tuple(shape[2:])
    wide = torch.promote_types(x.dtype, torch.float32)
    rows = torch.stack([value.to(wide).expand(neurons) for value in parameters]).flatten(1)
    options = Options(
        model,
        backend,
        rows.requires_grad and torch.is_grad_enabled(),
        0.0 if v_reset is None else float(v_reset),
        v_reset is None,
        detach_reset,
        *(compiled_form(surrogate) if surrogate is not None else (0, 0.0, 0.0)),
    )
    flat = torch.stack([state.flatten(1) for state in states])
    out, after, _ = _run(x.flatten(2), flat, rows, *options)
    return out.view(shape).to(dtype), *(state.view(shape[1:]).to(dtype) for state in after.unbind())
