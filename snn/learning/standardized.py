"""Layers whose weights are standardised, the normalisation that needs no statistics of activity."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

_TINY = 1e-4  # under the root, as in the published code


def standardized(weight: Tensor, gain: Tensor) -> Tensor:
    """Weights with zero mean and fixed power in every output channel.

        What_o = g_o * (W_o - mean(W_o)) / sqrt(var(W_o) * fan_in + 1e-4), var unbiased.

    Args:
        weight: weights, outputs first, [N_out, ...].
        gain: factor of each output, [N_out].

    Returns:
        Shape of `weight`; gradients flow into both.

    Reference:
        Qiao et al., "Weight standardization", 2019. With this scale by fan-in and a learned gain in
        the published code of S-TLLR and TESS; their papers name the method alone.
    """
    flat = weight.flatten(1)
    variance, mean = torch.var_mean(flat, dim=1, keepdim=True)
    scale = gain.unsqueeze(1) * torch.rsqrt(variance * flat.shape[1] + _TINY)
    return ((flat - mean) * scale).view_as(weight)


class StandardizedLinear(nn.Linear):
    """A linear layer that computes with standardised weights; see `standardized`.

    Args:
        in_features: number of source neurons, at least 2.
        out_features: number of target neurons.
        bias: whether a constant is added in every step.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = False) -> None:
        super().__init__(in_features, out_features, bias)
        self.gain = nn.Parameter(torch.ones(out_features))

    def effective_weight(self) -> Tensor:
        """The weights that the layer computes with, [N_out, N_in]."""
        return standardized(self.weight, self.gain)

    def forward(self, input: Tensor) -> Tensor:
        """Currents [..., N_out] of values [..., N_in]."""
        return nn.functional.linear(input, self.effective_weight(), self.bias)


class StandardizedConv2d(nn.Conv2d):
    """A convolution that computes with standardised weights; see `standardized`.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: height and width of the kernel.
        bias: whether a constant is added in every step.
        options: stride, padding, dilation and groups, as for `torch.nn.Conv2d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        bias: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, bias=bias, **options)
        self.gain = nn.Parameter(torch.ones(out_channels))

    def effective_weight(self) -> Tensor:
        """The weights that the layer computes with, [C_out, C_in / groups, kH, kW]."""
        return standardized(self.weight, self.gain)

    def forward(self, input: Tensor) -> Tensor:
        """Currents of frames [B, C_in, H, W]."""
        currents: Tensor = self._conv_forward(input, self.effective_weight(), self.bias)
        return currents


class Standardization(nn.Module):
    """`standardized` as the parametrization of a weight, before others such as quantization.

    Args:
        gain: factor of each output, [N_out].
    """

    def __init__(self, gain: nn.Parameter) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, weight: Tensor) -> Tensor:
        """Standardised weights, shape of `weight`."""
        return standardized(weight, self.gain)


def parametrized(layer: StandardizedLinear | StandardizedConv2d) -> nn.Linear | nn.Conv2d:
    """The same layer as one of torch's own, whose `weight` is the standardised one.

    Args:
        layer: the layer; weight, gain and bias are shared with it.
    """
    made: nn.Linear | nn.Conv2d
    if isinstance(layer, StandardizedConv2d):
        kept = ("kernel_size", "stride", "padding", "dilation", "groups", "padding_mode")
        options: Any = {key: getattr(layer, key) for key in kept}
        made = nn.Conv2d(layer.in_channels, layer.out_channels, bias=False, **options)
    else:
        made = nn.Linear(layer.in_features, layer.out_features, bias=False)
    made.weight, made.bias = layer.weight, layer.bias
    parametrize.register_parametrization(made, "weight", Standardization(layer.gain))
    return made.train(layer.training)
