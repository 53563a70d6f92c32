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

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import cpu
from polychrony.snn.kernels.surrogates import compiled_form
from polychrony.snn.surrogate import Surrogate

BACKENDS: dict[str, ModuleType] = {"cpu": cpu}


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
    tensors = (grad.contiguous(), grad_state.contiguous(), kept, state.contiguous(), parameters)
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
    grad: Tensor, grad_state: Tensor, kept: Tensor, state: Tensor, parameters: Tensor, *options: Any
) -> tuple[Tensor, ...]:
    shape = parameters.shape if Options(*options).learn else (0,)
    result = grad.new_empty(grad.shape), grad_state.new_empty(state.shape)
    return *result, parameters.new_empty(shape)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    x, state, parameters, *options = inputs
    chosen = Options(*options)
    ctx.options = chosen
    ctx.set_materialize_grads(False)
    kept = output[2]
    if BACKENDS[chosen.backend].keeps_input(chosen.model, chosen.learn):
        kept = x
    ctx.shape = x.shape
    ctx.save_for_backward(kept, state, parameters)


def _pull_back(
    ctx: Any, grad: Tensor | None, grad_state: Tensor | None, _: Tensor | None = None
) -> tuple[Tensor | None, ...]:
    kept, state, parameters = ctx.saved_tensors
    if grad is None:
        grad = state.new_zeros(ctx.shape)
    if grad_state is None:
        grad_state = torch.zeros_like(state)
    call = _neuron_backward if torch.compiler.is_compiling() else _Backward.apply
    found = call(grad, grad_state, kept, state, parameters, *ctx.options)
    grad_x, flow, grad_parameters = found
    learned = grad_parameters if ctx.options.learn else None
    return grad_x, flow, learned, *[None] * len(ctx.options)


_neuron.register_autograd(_pull_back, setup_context=_keep)
# Under autocast on the CPU the potentials are summed in single precision, as in any other kernel
# that adds up many terms.
_neuron.register_autocast("cpu", torch.float32)


class _Backward(torch.autograd.Function):
    """The gradient in the form that `torch.func` asks for; it has no gradient of its own."""

    generate_vmap_rule = True

    @staticmethod
    def forward(*inputs: Any) -> tuple[Tensor, Tensor, Tensor]:
        outcome: tuple[Tensor, Tensor, Tensor] = _neuron_backward(*inputs)
        return outcome

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> None:
        raise SnnError("compiled neurons have no second derivative; use backend='reference' for it")


class _Neuron(torch.autograd.Function):
    """The operator with its gradient in the form that `torch.func` asks for."""

    generate_vmap_rule = True

    @staticmethod
    def forward(*inputs: Any) -> tuple[Tensor, Tensor, Tensor]:
        outcome: tuple[Tensor, Tensor, Tensor] = _neuron(*inputs)
        return outcome

    setup_context = staticmethod(_keep)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        return _pull_back(ctx, *grads)


def _over_batch(operator: Any, sequences: int) -> Any:
    """Rule for `torch.func.vmap`: a new axis joins the samples, unless parameters vary along it."""

    def rule(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> tuple[Any, Any]:
        n_tensors = next(i for i, value in enumerate(inputs) if isinstance(value, str))
        options = Options(*inputs[n_tensors:])
        whole = [
            value.movedim(dim, 0)
            if dim is not None
            else value.expand(info.batch_size, *value.shape)
            for value, dim in zip(inputs[:n_tensors], in_dims[:n_tensors], strict=True)
        ]
        if in_dims[n_tensors - 1] is not None or options.learn or sequences > 1:
            each = [operator(*parts, *options) for parts in zip(*whole, strict=True)]
            return tuple(torch.stack(column) for column in zip(*each, strict=True)), (0, 0, 0)
        joined = [value.movedim(0, 1).flatten(1, 2) for value in whole[:-1]]
        out, after, kept = operator(*joined, whole[-1][0], *options)
        split = [value.unflatten(1, (info.batch_size, -1)) for value in (out, after)]
        if kept.dim() > 1:
            return (*split, kept.unflatten(-2, (info.batch_size, -1))), (1, 1, kept.dim() - 2)
        return (*split, kept.expand(info.batch_size, 0)), (1, 1, 0)

    return rule


_neuron.register_vmap(_over_batch(_neuron, 1))
_neuron_backward.register_vmap(_over_batch(_neuron_backward, 2))


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
    rows = torch.stack([value.to(x.dtype).expand(neurons) for value in parameters]).flatten(1)
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
    # torch.compile takes the operator as it is; torch.func needs it within a function.
    call = _neuron if torch.compiler.is_compiling() else _Neuron.apply
    out, after, _ = call(x.flatten(2), flat, rows, *options)
    return out.view(shape).to(dtype), *(state.view(shape[1:]).to(dtype) for state in after.unbind())
