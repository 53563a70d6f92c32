"""How a tap with a real delay spreads over the integer steps around it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import spread as loops
from polychrony.snn.kernels.compiled.blocks import number
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.threads import share_threads

SHAPES = ("gauss", "triangle")
_TINY = 1e-7  # keeps the normalisation finite, and equal to the published layer's


def reference(weight: Tensor, delay: Tensor, sigma: Tensor, n_steps: int, shape: str) -> Tensor:
    """The definition, in plain torch; see `spread` for arguments and returns."""
    steps = torch.arange(n_steps, device=weight.device, dtype=weight.dtype)
    offset = steps.view(-1, 1, 1, 1) - delay
    if shape == "gauss":
        height = torch.exp(-0.5 * (offset / sigma) ** 2)
    else:
        height = (sigma - offset.abs()).clamp_min(0)
    return (height / (height.sum(0, keepdim=True) + _TINY) * weight).sum(-1)


def _taps_first(values: Tensor) -> Any:
    """[N_out, N_in, taps] as an array [taps, N_out * N_in]."""
    return values.detach().flatten(0, 1).T.contiguous().numpy()


def _scalars(weight: Tensor, sigma: Tensor, shape: str) -> tuple[Any, Any, bool]:
    return number(float(sigma), weight.dtype), number(_TINY, weight.dtype), shape == "triangle"


@torch.library.custom_op("polychrony::spread", mutates_args=())
def _forward(weight: Tensor, delay: Tensor, sigma: Tensor, n_steps: int, shape: str) -> Tensor:
    out = pool.empty((n_steps, *weight.shape[:2]), weight)
    share_threads()
    loops.forward(
        _taps_first(weight),
        _taps_first(delay),
        *_scalars(weight, sigma, shape),
        out.flatten(1).numpy(),
    )
    return out


@torch.library.custom_op("polychrony::spread_backward", mutates_args=())
def _backward(
    grad: Tensor, weight: Tensor, delay: Tensor, sigma: Tensor, shape: str
) -> tuple[Tensor, Tensor]:
    n_taps = weight.shape[2]
    results = [pool.empty((n_taps, *weight.shape[:2]), weight) for _ in range(2)]
    share_threads()
    loops.backward(
        grad.contiguous().flatten(1).numpy(),
        _taps_first(weight),
        _taps_first(delay),
        *_scalars(weight, sigma, shape),
        *(result.flatten(1).numpy() for result in results),
    )
    for_weight, for_delay = (result.permute(1, 2, 0).contiguous() for result in results)
    return for_weight, for_delay


@_forward.register_fake
def _(weight: Tensor, delay: Tensor, sigma: Tensor, n_steps: int, shape: str) -> Tensor:
    return weight.new_empty((n_steps, *weight.shape[:2]))


@_backward.register_fake
def _(
    grad: Tensor, weight: Tensor, delay: Tensor, sigma: Tensor, shape: str
) -> tuple[Tensor, Tensor]:
    return weight.new_empty(weight.shape), weight.new_empty(weight.shape)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    *tensors, _, ctx.shape = inputs
    ctx.save_for_backward(*tensors)


def _pull_back(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    for_weight, for_delay = _gradient(grad, *ctx.saved_tensors, ctx.shape)
    return for_weight, for_delay, None, None, None


for _operator in (_forward, _backward):
    _operator.register_vmap(each_of_batch(_operator))
_forward.register_autograd(_pull_back, setup_context=_keep)
_gradient = differentiable(_backward)
_run = differentiable(_forward, _keep, _pull_back)


def spread(weight: Tensor, delay: Tensor, sigma: Tensor, n_steps: int, shape: str) -> Tensor:
    """Weight of every integer delay.

    With offset x_c = c - delay, a tap of weight w becomes w * g(x_c) / (sum over c of g(x_c) +
    1e-7); `"gauss"`: g(x) = exp(-x^2 / (2 sigma^2)), `"triangle"`: g(x) = max(0, sigma - |x|).

    Args:
        weight: weights, [N_out, N_in, taps].
        delay: delays, steps, [N_out, N_in, taps].
        sigma: width of g, steps, above 0; scalar. A gradient of its own takes the plain way.
        n_steps: integer delays, 0 to n_steps - 1.
        shape: `"gauss"` or `"triangle"`.

    Returns:
        [n_steps, N_out, N_in].
    """
    compiled = weight.device.type == "cpu" and weight.dtype in (torch.float32, torch.float64)
    if not compiled or weight.dtype != delay.dtype or sigma.requires_grad:
        return reference(weight, delay, sigma, n_steps, shape)
    kernel: Tensor = _run(weight, delay, sigma, n_steps, shape)
    return kernel
