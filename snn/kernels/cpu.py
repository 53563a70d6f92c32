"""Neurons on the CPU in one compiled pass over time, forward and backward, as torch operators.

The forward pass keeps one tensor of the input's size, the potential before reset: spikes and the
potential after reset follow from it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polychrony.snn.kernels import cpu_loops
from polychrony.snn.kernels.threads import share_threads
from polychrony.snn.surrogate import ATan, Boxcar, Sigmoid, SuperSpike, Surrogate, Triangle

SURROGATES = (ATan, SuperSpike, Triangle, Sigmoid, Boxcar)
DTYPES = (torch.float32, torch.float64)


def compiled_form(surrogate: Surrogate) -> tuple[int, float, float]:
    """Code of a surrogate, and the two numbers that its compiled form needs.

    Raises:
        TypeError: the surrogate has none.
    """
    match surrogate:
        case ATan(alpha):
            numbers = (alpha / 2, alpha * math.pi / 2)
        case SuperSpike(beta):
            numbers = (beta, 0.0)
        case Triangle(width, height):
            numbers = (width, height)
        case Sigmoid(alpha):
            numbers = (alpha, 0.0)
        case Boxcar(width, height):
            numbers = (width / 2, height)
        case _:
            raise TypeError(f"{type(surrogate).__name__} has no compiled form")
    return SURROGATES.index(type(surrogate)), *numbers


def _columns(x: Tensor) -> Any:
    return x.contiguous().view(len(x), math.prod(x.shape[1:])).numpy()


def _row(values: Tensor, like: Tensor) -> Any:
    """A parameter or state as one number per column of `like`."""
    return values.expand(like.shape[1:]).contiguous().view(-1).numpy()


def _number(value: float, like: Tensor) -> Any:
    return np.float32(value) if like.dtype == torch.float32 else np.float64(value)


@torch.library.custom_op("polychrony::lif", mutates_args=(), device_types="cpu")
def _lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float,
    soft: bool,
    detach: bool,
    kind: int,
    a: float,
    b: float,
) -> tuple[Tensor, Tensor, Tensor]:
    spikes = torch.empty_like(x, memory_format=torch.contiguous_format)
    potential, after = torch.empty_like(spikes), v.clone(memory_format=torch.contiguous_format)
    share_threads()
    cpu_loops.lif_forward(
        _columns(x),
        after.view(-1).numpy(),
        _row(decay, x),
        _row(v_threshold, x),
        _number(v_reset, x),
        soft,
        _columns(spikes),
        _columns(potential),
    )
    return spikes, after, potential


@torch.library.custom_op("polychrony::lif_backward", mutates_args=(), device_types="cpu")
def _lif_gradient(
    grad: Tensor,
    grad_v: Tensor,
    potential: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float,
    soft: bool,
    detach: bool,
    kind: int,
    a: float,
    b: float,
) -> tuple[Tensor, Tensor]:
    grad_x, flow = torch.empty_like(potential), grad_v.clone(memory_format=torch.contiguous_format)
    share_threads()
    cpu_loops.lif_backward(
        _columns(grad),
        flow.view(-1).numpy(),
        _columns(potential),
        _row(decay, potential),
        _row(v_threshold, potential),
        _number(v_reset, potential),
        soft,
        detach,
        kind,
        _number(a, potential),
        _number(b, potential),
        _columns(grad_x),
    )
    return grad_x, flow


@_lif.register_fake
def _(x: Tensor, v: Tensor, *options: Any) -> tuple[Tensor, Tensor, Tensor]:
    spikes = torch.empty_like(x, memory_format=torch.contiguous_format)
    return spikes, torch.empty_like(v, memory_format=torch.contiguous_format), spikes.clone()


@_lif_gradient.register_fake
def _(grad: Tensor, grad_v: Tensor, potential: Tensor, *options: Any) -> tuple[Tensor, Tensor]:
    return torch.empty_like(potential), torch.empty_like(grad_v)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    _, _, decay, v_threshold, *ctx.options = inputs
    ctx.save_for_backward(output[2], decay, v_threshold)


def _pull_back(ctx: Any, grad: Tensor, grad_v: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
    grad_x, flow = _lif_gradient(grad, grad_v, *ctx.saved_tensors, *ctx.options)
    return grad_x, flow, *[None] * 8


_lif.register_autograd(_pull_back, setup_context=_keep)


@torch.library.custom_op("polychrony::li", mutates_args=(), device_types="cpu")
def _li(x: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    trace = torch.empty_like(x, memory_format=torch.contiguous_format)
    after = v.clone(memory_format=torch.contiguous_format)
    share_threads()
    cpu_loops.li_forward(_columns(x), after.view(-1).numpy(), _row(decay, x), _columns(trace))
    return trace, after


@torch.library.custom_op("polychrony::li_backward", mutates_args=(), device_types="cpu")
def _li_gradient(grad: Tensor, grad_v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    grad_x = torch.empty_like(grad, memory_format=torch.contiguous_format)
    flow = grad_v.clone(memory_format=torch.contiguous_format)
    share_threads()
    cpu_loops.li_backward(
        _columns(grad), flow.view(-1).numpy(), _row(decay, grad), _columns(grad_x)
    )
    return grad_x, flow


@_li.register_fake
def _(x: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(x), torch.empty_like(v)


@_li_gradient.register_fake
def _(grad: Tensor, grad_v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(grad), torch.empty_like(grad_v)


def _keep_decay(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(inputs[2])


def _pull_back_li(ctx: Any, grad: Tensor, grad_v: Tensor) -> tuple[Tensor, Tensor, None]:
    (decay,) = ctx.saved_tensors
    return *_li_gradient(grad, grad_v, decay), None


_li.register_autograd(_pull_back_li, setup_context=_keep_decay)


def lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    detach_reset: bool,
) -> tuple[Tensor, Tensor]:
    """Leaky integrate-and-fire over time, equal to `reference.lif`; no gradient of parameters."""
    soft = v_reset is None
    form = compiled_form(surrogate)
    spikes, after, _ = _lif(
        x, v, decay, v_threshold, 0.0 if v_reset is None else v_reset, soft, detach_reset, *form
    )
    return spikes, after


def li(x: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    """Leaky integrator over time, equal to `reference.li`; no gradient of parameters."""
    trace, after = _li(x, v, decay)
    return trace, after


def obstacle(x: Tensor, parameters: tuple[Tensor, ...], surrogate: Surrogate | None) -> str | None:
    """Why this backend cannot run a call, or None if it can."""
    if x.device.type != "cpu":
        return f"the input is on {x.device}"
    if x.dtype not in DTYPES:
        return f"the input is {x.dtype}; it takes float32 and float64"
    if any(parameter.requires_grad for parameter in parameters):
        return "it gives no gradient of decay and threshold"
    if surrogate is not None and not isinstance(surrogate, SURROGATES):
        return f"the surrogate {type(surrogate).__name__} has no compiled form"
    return None
