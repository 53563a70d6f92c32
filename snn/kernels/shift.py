"""Delays of neurons: a filter over time for each, the cheap kind of delay."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import shift as loops
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.threads import share_threads


def reference(x: Tensor, kernel: Tensor) -> Tensor:
    """The definition, in plain torch; see `filter_steps` for arguments and returns."""
    y = x * kernel[0]
    for c in range(1, min(len(kernel), len(x))):
        y = y + functional.pad(x[: len(x) - c] * kernel[c], (0, 0, 0, 0, c, 0))
    return y


@torch.library.custom_op("polychrony::filter_steps", mutates_args=())
def _forward(x: Tensor, kernel: Tensor, reverse: bool) -> Tensor:
    out = pool.empty(tuple(x.shape), x)
    share_threads()
    loops.forward(x.contiguous().numpy(), kernel.contiguous().numpy(), reverse, out.numpy())
    return out


@torch.library.custom_op("polychrony::filter_steps_kernel", mutates_args=())
def _kernel_gradient(grad: Tensor, x: Tensor, n_taps: int) -> Tensor:
    share_threads()
    found = loops.kernel_gradient(grad.contiguous().numpy(), x.contiguous().numpy(), n_taps)
    return torch.from_numpy(found)


@_forward.register_fake
def _(x: Tensor, kernel: Tensor, reverse: bool) -> Tensor:
    return x.new_empty(x.shape)


@_kernel_gradient.register_fake
def _(grad: Tensor, x: Tensor, n_taps: int) -> Tensor:
    return x.new_empty((n_taps, x.shape[2]))


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, kernel, ctx.reverse = inputs
    ctx.save_for_backward(x, kernel)


def _pull_back(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, kernel = ctx.saved_tensors
    grad_x = _apply(grad, kernel, not ctx.reverse) if ctx.needs_input_grad[0] else None
    pair = (x, grad) if ctx.reverse else (grad, x)
    grad_kernel = _sum(*pair, len(kernel)) if ctx.needs_input_grad[1] else None
    return grad_x, grad_kernel, None


for _operator in (_forward, _kernel_gradient):
    _operator.register_vmap(each_of_batch(_operator))
_forward.register_autograd(_pull_back, setup_context=_keep)
_apply = differentiable(_forward, _keep, _pull_back)
_sum = differentiable(_kernel_gradient)


def filter_steps(x: Tensor, kernel: Tensor, backend: str = "auto") -> Tensor:
    """Causal filter of each neuron, y_n[t] = sum over c of kernel[c, n] * x_n[t - c].

    Args:
        x: input, [T, B, N].
        kernel: weight of each delay, [K, N].
        backend: `"reference"` for the definition; anything else takes compiled loops where the
            input is float32 or float64 on the CPU.

    Returns:
        [T, B, N].
    """
    compiled = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
    if backend == "reference" or not compiled:
        return reference(x, kernel)
    y: Tensor = _apply(x, kernel, False)
    return y
