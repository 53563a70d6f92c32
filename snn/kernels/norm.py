"""Batch normalisation over rows, within one process or across several.

Forward: two passes over the input, one for the sums and one for the result. Backward: two passes
over gradient and input. Sums of all processes add up in between, so the result is that of the
joined batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import norm as loops
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.threads import share_threads


def is_compiled(x: Tensor) -> bool:
    """Whether there are compiled passes for an input."""
    return x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)


def _sums(x: Tensor, other: Tensor, other_center: Tensor, center: Tensor) -> Tensor:
    """Sum of x - center, and of that times (other - other_center), float64 [2, N]."""
    if is_compiled(x):
        share_threads()
        return torch.from_numpy(
            loops.sums(x.numpy(), other.numpy(), other_center.numpy(), center.numpy())
        )
    left, right = x.float() - center, other.float() - other_center
    return torch.stack([left.double().sum(0), (left * right).double().sum(0)])


def _join(sums: Tensor, n_rows: int, joined: bool) -> tuple[Tensor, Tensor]:
    """Sums and number of rows of all processes."""
    packed = torch.cat([sums.flatten(), sums.new_tensor([n_rows])])
    if joined:
        distributed.all_reduce(packed)
    return packed[:-1].view_as(sums), packed[-1]


@torch.library.custom_op("polychrony::norm", mutates_args=())
def _forward(
    x: Tensor, weight: Tensor, bias: Tensor, center: Tensor, eps: float, joined: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    x = x.contiguous()
    own = center.to(weight.dtype)
    sums, count = _join(_sums(x, x, own, own), len(x), joined)
    shift, square = sums / count
    mean, var = own.double() + shift, (square - shift * shift).clamp_min(0)
    factor = weight.double() * (var + eps).rsqrt()
    rows = [value.to(weight.dtype) for value in (mean, factor, bias)]
    y = pool.empty(tuple(x.shape), x)
    if is_compiled(x):
        first, second, third = (row.numpy() for row in rows)
        loops.combine(x.numpy(), first, second, third, y.numpy())
    else:
        y.copy_((x.float() - rows[0]) * rows[1] + rows[2])
    return y, mean, var, count.clone()


@torch.library.custom_op("polychrony::norm_backward", mutates_args=())
def _backward(
    grad: Tensor,
    x: Tensor,
    weight: Tensor,
    mean: Tensor,
    var: Tensor,
    count: Tensor,
    eps: float,
    joined: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    grad, x = grad.contiguous(), x.contiguous()
    center = mean.to(weight.dtype)
    own = _sums(grad, x, center, torch.zeros_like(center))
    sums, _ = _join(own, len(x), joined)
    inverse = (var + eps).rsqrt()
    steep = weight.double() * inverse
    # d y / d x has three parts: the direct one, that through the mean, and that through the
    # variance; the last two are the same for all rows but for x - mean.
    plain, product = sums / count
    rows = [steep, -steep * product * inverse**2, -steep * plain]
    rows = [center, *(row.to(weight.dtype) for row in rows)]
    grad_x = pool.empty(tuple(x.shape), x)
    if is_compiled(x):
        at, first, second, third = (row.numpy() for row in rows)
        loops.combine_both(grad.numpy(), x.numpy(), at, first, second, third, grad_x.numpy())
    else:
        grad_x.copy_(grad.float() * rows[1] + (x.float() - center) * rows[2] + rows[3])
    return grad_x, (own[1] * inverse).to(weight.dtype), own[0].to(weight.dtype)


@_forward.register_fake
def _(
    x: Tensor, weight: Tensor, bias: Tensor, center: Tensor, eps: float, joined: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    per_neuron = weight.new_empty(weight.shape, dtype=torch.float64)
    return x.new_empty(x.shape), per_neuron, per_neuron.clone(), per_neuron.new_empty(())


@_backward.register_fake
def _(grad: Tensor, x: Tensor, weight: Tensor, *statistics: Any) -> tuple[Tensor, Tensor, Tensor]:
    return x.new_empty(x.shape), weight.new_empty(weight.shape), weight.new_empty(weight.shape)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, weight, _, _, *ctx.options = inputs
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(x, weight, *output[1:])


def _pull_back(ctx: Any, grad: Tensor | None, *_: Tensor | None) -> tuple[Tensor | None, ...]:
    if grad is None:
        return (None,) * 6
    return *_gradient(grad, *ctx.saved_tensors, *ctx.options), None, None, None


_forward.register_autograd(_pull_back, setup_context=_keep)
_forward.register_vmap(each_of_batch(_forward))
_backward.register_vmap(each_of_batch(_backward))
_gradient = differentiable(_backward)
_run = differentiable(_forward, _keep, _pull_back)


def normalise(
    x: Tensor, weight: Tensor, bias: Tensor, center: Tensor, eps: float, joined: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance of the rows.

    Args:
        x: [rows, N].
        weight: factor, [N].
        bias: offset, [N].
        center: a guess of the mean, equal in all processes, [N]. Sums are taken about it, so that
            a mean far from 0 does not drown the variance.
        eps: added to the variance.
        joined: take the rows of all processes of the default group.

    Returns:
        The result [rows, N]; mean and biased variance, each float64 [N], and number of rows,
        float64 scalar; the last three carry no gradient.
    """
    y, mean, var, count = _run(x, weight, bias, center, eps, joined)
    return y, mean.detach(), var.detach(), count.detach()
