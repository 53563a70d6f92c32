"""A factor for every neuron, the same in all steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.functional import differentiable, each_of_batch


@torch.library.custom_op("polychrony::scale_steps", mutates_args=())
def _scale(x: Tensor, factor: Tensor) -> Tensor:
    return torch.mul(x, factor, out=pool.empty(tuple(x.shape), x))


@_scale.register_fake
def _(x: Tensor, factor: Tensor) -> Tensor:
    return x.new_empty(x.shape)


def _keep(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
    ctx.save_for_backward(inputs[1])


def _pull_back(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
    return scale_steps(grad, ctx.saved_tensors[0]), None


_scale.register_autograd(_pull_back, setup_context=_keep)
_scale.register_vmap(each_of_batch(_scale))
_run = differentiable(_scale, _keep, _pull_back)


def scale_steps(x: Tensor, factor: Tensor) -> Tensor:
    """x[t] * factor for every t, in reused memory.

    Args:
        x: [T, B, ...].
        factor: [1, B, ...], of the same dtype; it gets no gradient.

    Returns:
        [T, B, ...].
    """
    y: Tensor = _run(x, factor)
    return y
