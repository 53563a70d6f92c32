"""Weights that are whole numbers times a learned step, as a torch parametrization."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from polychrony.snn.errors import SnnError
from polychrony.snn.quantization.grids import Grid

SMALLEST_STEP = 2.0**-40
"""V; a step that learning drives to 0 or below is taken as this."""


class _LearnedStep(torch.autograd.Function):
    """n * spacing forward; straight through and Esser's gradient of the step backward."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, step: Tensor, spacing: Tensor, grid: Grid) -> Tensor:
        ratio = weight / spacing
        whole = grid.nearest(ratio)
        ctx.save_for_backward(ratio, whole)
        ctx.shape, ctx.top = step.shape, grid.top
        return whole * spacing

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        ratio, whole = ctx.saved_tensors
        inside = ratio.abs() <= ctx.top
        slope = torch.where(inside, whole - ratio, whole)
        shared = ratio.numel() / ctx.shape.numel()
        found = (grad * slope).sum_to_size(ctx.shape) / (shared * ctx.top) ** 0.5
        return grad * inside.to(grad.dtype), found, None, None


class QuantizedWeight(nn.Module):
    """Parametrization of a weight: w' = n * step, n the whole number of the grid nearest w / step.

        dw'/dw = 1 where |w| <= top * step, 0 beyond
        dw'/dstep = g * (n - w / step) there, g * n beyond, g = 1 / sqrt(N * top)

    with N the number of weights that share the step. `register` puts it on a layer.

    Args:
        grid: the whole numbers.
        weight: the weights to begin with, outputs first.
        per_channel: whether each output has a step of its own.

    Reference:
        Esser et al., "Learned step size quantization", ICLR 2020, equations 1 to 3 and section 2.2,
        there on ranges with one more negative number. Here also with other grids, and a step that a
        grid restricts, such as to powers of two, is restricted straight through.
    """

    def __init__(self, grid: Grid, weight: Tensor, per_channel: bool) -> None:
        super().__init__()
        self.grid = grid
        self.per_channel = per_channel
        self.free = False
        rows = weight.detach().flatten(1) if per_channel else weight.detach().reshape(1, -1)
        start = grid.start(rows).clamp_min(SMALLEST_STEP)
        self.step = nn.Parameter(start.view(-1, *[1] * (weight.dim() - 1)))

    def spacing(self) -> Tensor:
        """Step as the grid allows it, V, without gradient, [outputs or 1, 1, ...]."""
        step = self.step.detach().clamp_min(SMALLEST_STEP)
        return step if self.free else self.grid.snapped(step)

    def forward(self, weight: Tensor) -> Tensor:
        """Weights on the grid, V, shape of `weight`."""
        given = (weight, self.step, self.spacing(), self.grid)
        quantized: Tensor = _LearnedStep.apply(*given)  # type: ignore[no-untyped-call]
        return quantized

    def whole(self, weight: Tensor) -> Tensor:
        """The whole numbers n, int64, shape of `weight`."""
        with torch.no_grad():
            return self.grid.nearest(weight / self.spacing()).round().to(torch.int64)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"{self.grid}, per_channel={self.per_channel}"


def register(layer: nn.Module, grid: Grid, per_channel: bool) -> nn.Module:
    """Quantize the weight of a layer, in place, after what else makes it; returns the layer.

    Raises:
        SnnError: it is quantized already.
    """
    if quantizer_of(layer) is not None:
        raise SnnError(f"{type(layer).__name__}: its weight is quantized already")
    weight = layer.weight
    assert isinstance(weight, Tensor)
    quantizer = QuantizedWeight(grid, weight, per_channel)
    parametrize.register_parametrization(layer, "weight", quantizer)
    return layer


def requantize(layer: nn.Module, grid: Grid) -> nn.Module:
    """Give a quantized layer another grid and the step that begins on it; returns the layer.

    Raises:
        SnnError: its weight is not quantized.
    """
    before = quantizer_of(layer)
    if before is None:
        raise SnnError(f"{type(layer).__name__}: its weight is not quantized; see `quantize`")
    held: Any = layer.parametrizations
    # Taken off and put on again, a copy's parametrization would leave the original without one.
    weight = _prepared(layer)
    held.weight[len(held.weight) - 1] = QuantizedWeight(grid, weight, before.per_channel)
    return layer


def quantizer_of(layer: nn.Module) -> QuantizedWeight | None:
    """The quantizer of a layer's weight, or None."""
    if not parametrize.is_parametrized(layer, "weight"):
        return None
    held: Any = layer.parametrizations
    return next((each for each in held.weight if isinstance(each, QuantizedWeight)), None)


def learned_steps(network: nn.Module) -> list[nn.Parameter]:
    """The steps of all quantized weights of a network, which want a rate of their own."""
    return [each.step for each in network.modules() if isinstance(each, QuantizedWeight)]


def original(layer: nn.Module) -> nn.Parameter:
    """The weight that learns, behind a layer's quantized one; the weight itself without one."""
    held: Any = layer
    weight: nn.Parameter = (
        held.parametrizations.weight.original if quantizer_of(layer) is not None else held.weight
    )
    return weight


def _prepared(layer: nn.Module) -> Tensor:
    """The weight as the quantizer meets it: the original, standardised where that comes before."""
    held: Any = layer.parametrizations
    weight: Tensor = original(layer)
    for each in list(held.weight)[:-1]:
        weight = each(weight)
    return weight


@torch.no_grad()
def whole_and_step(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Whole numbers of a quantized layer, int64, and the step of each output, float64 [outputs].

    Raises:
        SnnError: its weight is not quantized.
    """
    quantizer = quantizer_of(layer)
    if quantizer is None:
        raise SnnError(f"{type(layer).__name__}: its weight is not quantized; see `quantize`")
    whole = quantizer.whole(_prepared(layer))
    step = quantizer.spacing().double().flatten()
    return whole, step.expand(len(whole)).clone()


@torch.no_grad()
def set_grid(layer: nn.Module, whole: Tensor, step: Tensor) -> None:
    """Give a quantized layer whole numbers and a step for each output, in place, in float64.

    Args:
        layer: the layer.
        whole: numbers of its grid.
        step: V, above 0, [outputs].
    """
    quantizer = quantizer_of(layer)
    assert quantizer is not None
    wide = step.double().view(-1, *[1] * (whole.dim() - 1))
    quantizer.step = nn.Parameter(wide)
    quantizer.per_channel, quantizer.free = True, True
    held: Any = layer.parametrizations
    del held.weight[:-1]  # these are the weights already, whatever made them
    original(layer).data = whole.double() * wide
