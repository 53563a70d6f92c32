"""dcls: the published layer of learned delays, batch and channels first."""

from __future__ import annotations

from collections.abc import Callable

import torch
from DCLS.construct.modules import Dcls1d
from torch import Tensor
from torch.nn import functional

from polychrony.snn import DelayedLinear

WIDENED_BY = 0.27  # what it adds to the width of its Gaussian


def delays(ours: DelayedLinear, x: Tensor, grad: Tensor) -> tuple[Callable, Callable]:
    """`Dcls1d` with the weights, delays and width of a layer of ours.

    Args:
        ours: a layer with Gaussian kernels and one tap.
        x: input, [T, B, N_in].
        grad: gradient that arrives at the output, [T, B, N_out].

    Returns:
        One turn, kernel construction included, on memory in its own order of axes; and a pass that
        returns output and gradients of input, weights and delays as `DelayedLinear` has them.
    """
    longest = ours.max_delay
    layer = Dcls1d(
        ours.in_features,
        ours.out_features,
        kernel_count=1,
        dilated_kernel_size=longest + 1,
        bias=False,
        version="gauss",
    )
    with torch.no_grad():
        layer.weight.copy_(ours.weight)
        layer.P.copy_((longest // 2 - ours.delay).unsqueeze(0))
        layer.SIG.fill_(float(ours.sigma) - WIDENED_BY)
    layer.SIG.requires_grad_(False)  # its width is annealed, not learned
    leaf = x.permute(1, 2, 0).contiguous().requires_grad_()
    upstream = grad.permute(1, 2, 0).contiguous()

    def step() -> Tensor:
        leaf.grad = layer.weight.grad = layer.P.grad = None
        y = layer(functional.pad(leaf, (longest, 0)))
        y.backward(upstream)
        return y

    def result() -> list[Tensor]:
        y = step().detach().permute(2, 0, 1)
        return [y, leaf.grad.permute(2, 0, 1), layer.weight.grad, -layer.P.grad[0]]

    return step, result
