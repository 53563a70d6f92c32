"""Layers of synapses as linear maps of time, with the products that learning rules take.

A map takes `D + K` frames, the `D` before a piece of time first, and gives the currents of its `K`
steps. `D` is the longest delay, 0 without delays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.errors import SnnError
from polychrony.snn.learning.standardized import StandardizedConv2d, StandardizedLinear


class SynapseMap(ABC):
    """A layer of synapses as a linear map, apart from its bias.

    Args:
        layer: the layer.
    """

    dims = 1
    """Axes of a frame of a sample."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    @property
    def max_delay(self) -> int:
        """Longest delay D, steps."""
        return 0

    @property
    def bias(self) -> Tensor | None:
        """Constant of every step, [N_out] or [C_out]."""
        bias: Tensor | None = self.layer.bias
        return bias

    def weight(self) -> Tensor:
        """The weights that it computes with, differentiable in the layer's parameters."""
        layer = self.layer
        if isinstance(layer, StandardizedLinear | StandardizedConv2d):
            return layer.effective_weight()
        weight: Tensor = layer.weight
        return weight

    @abstractmethod
    def apply(self, weight: Tensor, frames: Tensor) -> Tensor:
        """Currents [K, B, ...] of frames [D + K, B, ...]; differentiable."""

    @abstractmethod
    def add_weight_gradient(self, total: Tensor, cotangent: Tensor, frames: Tensor) -> None:
        """Add sum over t and samples of cotangent[t] (x) frames[t] to `total`, in place.

        Args:
            total: shape of `weight()`.
            cotangent: what arrives at the currents, [K, B, ...].
            frames: what the synapses heard, [D + K, B, ...].
        """

    @abstractmethod
    def send_back(self, weight: Tensor, cotangent: Tensor, frames: Tensor) -> Tensor:
        """The transposed map at the same step, [K, B, ...], for maps without delay."""

    def unfold(self, frames: Tensor) -> Tensor:
        """What each weight of a target hears, [K, B, S], of frames [D + K, B, N]."""
        return frames

    def unfolded_size(self) -> tuple[int, int]:
        """N_out and S; see `unfold`."""
        return int(self.layer.out_features), int(self.layer.in_features)

    def fold(self, total: Tensor, found: Tensor) -> None:
        """Add a gradient [N_out, S], see `unfold`, to `total`, in place."""
        total += found

    @abstractmethod
    def products(self, frame: tuple[int, ...]) -> int:
        """Multiplications of one step of one sample, whose frame has that shape."""


class LinearMap(SynapseMap):
    """`nn.Linear`: y = W x."""

    def apply(self, weight: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        return functional.linear(frames, weight)

    def add_weight_gradient(self, total: Tensor, cotangent: Tensor, frames: Tensor) -> None:
        """See the base."""
        total.addmm_(cotangent.flatten(0, 1).T, frames.flatten(0, 1))

    def send_back(self, weight: Tensor, cotangent: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        return cotangent @ weight

    def products(self, frame: tuple[int, ...]) -> int:
        """See the base."""
        return int(self.layer.in_features * self.layer.out_features)


class DelayedMap(SynapseMap):
    """`DelayedLinear` with integer delays: y[t] = sum over d of W_d x[t - d]; weights [D + 1, ...].

    Only its weights learn. Delays that no synapse has cost nothing.

    Args:
        layer: the layer, discrete.

    Raises:
        SnnError: delays are still being learned.
    """

    def __init__(self, layer: DelayedLinear) -> None:
        super().__init__(layer)
        if not layer.is_discrete:
            raise SnnError(
                "local rules train weights at fixed integer delays: make the DelayedLinear with "
                "learn_delays=False, or call its discretize() first"
            )

    @property
    def max_delay(self) -> int:
        """See the base."""
        return int(self.layer.max_delay)

    @property
    def used(self) -> list[int]:
        """Delays that some synapse has, steps."""
        delays: list[int] = self.layer.delay.detach().round().long().unique().tolist()
        return delays

    def weight(self) -> Tensor:
        """See the base."""
        kernel: Tensor = self.layer.tap_kernel()
        return kernel

    def _late(self, frames: Tensor, delay: int) -> Tensor:
        first = self.max_delay - delay
        return frames[first : len(frames) - delay]

    def apply(self, weight: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        parts = [functional.linear(self._late(frames, d), weight[d]) for d in self.used]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    def add_weight_gradient(self, total: Tensor, cotangent: Tensor, frames: Tensor) -> None:
        """See the base."""
        rows = cotangent.flatten(0, 1).T
        for d in self.used:
            total[d].addmm_(rows, self._late(frames, d).flatten(0, 1))

    def send_back(self, weight: Tensor, cotangent: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        raise SnnError(
            "a signal cannot go back through delayed synapses in its own step; put delays in the "
            "first block only, or use a rule with a local or direct signal"
        )

    def unfold(self, frames: Tensor) -> Tensor:
        """See the base; every delay in use hears all sources."""
        return torch.cat([self._late(frames, d) for d in self.used], -1)

    def unfolded_size(self) -> tuple[int, int]:
        """See the base."""
        n_out, n_in = super().unfolded_size()
        return n_out, n_in * len(self.used)

    def fold(self, total: Tensor, found: Tensor) -> None:
        """See the base."""
        for d, part in zip(self.used, found.chunk(len(self.used), 1), strict=True):
            total[d] += part

    def products(self, frame: tuple[int, ...]) -> int:
        """See the base."""
        return int(self.layer.weight.numel())


class ConvMap(SynapseMap):
    """`nn.Conv2d` of every frame."""

    dims = 3

    def apply(self, weight: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        made = functional.conv2d(frames.flatten(0, 1), weight, None, *self._options())
        return made.view(*frames.shape[:2], *made.shape[1:])

    def _options(self) -> tuple[Any, Any, Any, int]:
        layer = self.layer
        return layer.stride, layer.padding, layer.dilation, layer.groups

    def _pull(self, cotangent: Tensor, frames: Tensor, weight: Tensor, to_input: bool) -> Tensor:
        stride, padding, dilation, groups = self._options()
        mask = [to_input, not to_input, False]
        found = torch.ops.aten.convolution_backward(
            cotangent.flatten(0, 1), frames.flatten(0, 1), weight, None,
            stride, padding, dilation, False, [0, 0], groups, mask,
        )  # fmt: skip
        wanted: Tensor = found[0 if to_input else 1]
        return wanted

    def add_weight_gradient(self, total: Tensor, cotangent: Tensor, frames: Tensor) -> None:
        """See the base."""
        total += self._pull(cotangent, frames, total, to_input=False)

    def send_back(self, weight: Tensor, cotangent: Tensor, frames: Tensor) -> Tensor:
        """See the base."""
        return self._pull(cotangent, frames, weight, to_input=True).view_as(frames)

    def products(self, frame: tuple[int, ...]) -> int:
        """See the base."""
        layer, weight = self.layer, self.layer.weight
        sizes = zip(
            frame[1:], layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True
        )
        positions = 1
        for size, kernel, stride, padding, dilation in sizes:
            positions *= (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        return int(weight.numel() * positions)


def map_of(layer: nn.Module) -> SynapseMap:
    """The map of a layer of synapses.

    Raises:
        SnnError: layers of that kind cannot learn locally.
    """
    if isinstance(layer, DelayedLinear):
        return DelayedMap(layer)
    if isinstance(layer, nn.Linear):
        return LinearMap(layer)
    if isinstance(layer, nn.Conv2d):
        if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
            raise SnnError("a Conv2d of a block needs its padding as numbers, and zeros there")
        return ConvMap(layer)
    raise SnnError(
        f"synapses of a block cannot be {type(layer).__name__}; use Linear, Conv2d, "
        "StandardizedLinear, StandardizedConv2d or DelayedLinear with integer delays"
    )
