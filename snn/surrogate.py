"""Surrogate gradients: a step function forward, a smooth bump for its derivative backward."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, distance: Tensor, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(distance)
        ctx.surrogate = surrogate
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (distance,) = ctx.saved_tensors
        return grad * ctx.surrogate.derivative(distance), None


@dataclass(frozen=True)
class Surrogate(ABC):
    """A step function with a surrogate derivative: s = H(x), ds/dx := derivative(x).

    Calling it maps the distance to threshold, x = v - v_threshold, to spikes. It fires at x >= 0.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for key, value in vars(self).items():
            if not value > 0:
                raise SnnError(f"{type(self).__name__}: {key} is {value}, it must be above 0")

    def __call__(self, distance: Tensor) -> Tensor:
        """Spikes, 1 where `distance >= 0` and 0 elsewhere, in the dtype of `distance`."""
        spikes: Tensor = _Step.apply(distance, self)  # type: ignore[no-untyped-call]
        return spikes

    @abstractmethod
    def derivative(self, distance: Tensor) -> Tensor:
        """Surrogate derivative at a distance to threshold, same shape."""


@dataclass(frozen=True)
class ATan(Surrogate):
    """ds/dx = (alpha / 2) / (1 + (pi / 2 * alpha * x)^2), the derivative of a scaled arctangent.

    Args:
        alpha: steepness, 1/V.

    Reference:
        Fang et al., ICCV 2021; alpha = 5 in Hammouamri et al., ICLR 2024.
    """

    name: ClassVar[str] = "atan"
    alpha: float = 2.0

    def derivative(self, distance: Tensor) -> Tensor:
        """See the class."""
        return self.alpha / 2 / (1 + (math.pi / 2 * self.alpha * distance) ** 2)


@dataclass(frozen=True)
class SuperSpike(Surrogate):
    """ds/dx = 1 / (beta * |x| + 1)^2, a fast sigmoid's derivative.

    Args:
        beta: steepness, 1/V.

    Reference:
        Zenke and Ganguli, Neural Computation 2018.
    """

    name: ClassVar[str] = "superspike"
    beta: float = 10.0

    def derivative(self, distance: Tensor) -> Tensor:
        """See the class."""
        return 1 / (self.beta * distance.abs() + 1) ** 2


@dataclass(frozen=True)
class Triangle(Surrogate):
    """ds/dx = height * max(0, 1 - |x| / width).

    Args:
        width: distance at which the gradient vanishes, V.
        height: derivative at threshold, 1/V.

    Reference:
        Bellec et al., NeurIPS 2018 (height 0.3).
    """

    name: ClassVar[str] = "triangle"
    width: float = 1.0
    height: float = 1.0

    def derivative(self, distance: Tensor) -> Tensor:
        """See the class."""
        return self.height * (1 - distance.abs() / self.width).clamp_min(0)


@dataclass(frozen=True)
class Sigmoid(Surrogate):
    """ds/dx = alpha * f * (1 - f) with f = 1 / (1 + exp(-alpha * x)).

    Args:
        alpha: steepness, 1/V.
    """

    name: ClassVar[str] = "sigmoid"
    alpha: float = 4.0

    def derivative(self, distance: Tensor) -> Tensor:
        """See the class."""
        f = torch.sigmoid(self.alpha * distance)
        return self.alpha * f * (1 - f)


@dataclass(frozen=True)
class Boxcar(Surrogate):
    """ds/dx = height where |x| <= width / 2, else 0.

    Args:
        width: full width of the window, V.
        height: derivative inside it, 1/V.
    """

    name: ClassVar[str] = "boxcar"
    width: float = 1.0
    height: float = 1.0

    def derivative(self, distance: Tensor) -> Tensor:
        """See the class."""
        return self.height * (distance.abs() <= self.width / 2).to(distance.dtype)


SURROGATES: dict[str, type[Surrogate]] = {
    kind.name: kind for kind in (ATan, SuperSpike, Triangle, Sigmoid, Boxcar)
}


class _Staircase(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, h: Tensor, unit: Tensor, levels: int, offset: float, surrogate: Surrogate
    ) -> Tensor:
        raised = h / unit + offset
        ctx.save_for_backward(raised, unit)
        ctx.levels, ctx.surrogate = levels, surrogate
        return raised.floor().clamp(0, levels)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        raised, unit = ctx.saved_tensors
        distance = (raised - raised.round().clamp(1, ctx.levels)) * unit
        return grad * ctx.surrogate.derivative(distance), None, None, None, None


def staircase(h: Tensor, unit: Tensor, levels: int, offset: float, surrogate: Surrogate) -> Tensor:
    """clip(floor(h / unit + offset), 0, levels), with a surrogate derivative in h.

    Args:
        h: values, V.
        unit: what one step of the result stands for, V.
        levels: largest result.
        offset: 1/2 rounds to the nearest, ties up; 0 rounds down.
        surrogate: its derivative is taken at the distance to the nearest step, and passed on.

    Returns:
        Whole numbers, shape and dtype of `h`.
    """
    steps: Tensor = _Staircase.apply(h, unit, levels, offset, surrogate)  # type: ignore[no-untyped-call]
    return steps
