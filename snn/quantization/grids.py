"""The whole numbers that a weight of some bits can be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.multi_bit import check_bits


@dataclass(frozen=True)
class Grid(ABC):
    """Whole numbers n of a weight w = n * step.

    Args:
        bits: bits of a weight, its sign included, 1 to 8.

    Raises:
        SnnError: the grid has no such width.
    """

    name: ClassVar[str]
    bits: int

    def __post_init__(self) -> None:
        check_bits(self.bits, f"{type(self).__name__}: bits")

    @property
    @abstractmethod
    def top(self) -> int:
        """Largest whole number; the most negative is its opposite."""

    def nearest(self, ratio: Tensor) -> Tensor:
        """The whole number of the grid nearest to each w / step, same shape and dtype."""
        if self.bits == 1:
            return torch.where(ratio >= 0, 1.0, -1.0).to(ratio.dtype)
        return self._rounded(ratio.clamp(-self.top, self.top))

    @abstractmethod
    def _rounded(self, ratio: Tensor) -> Tensor:
        """`nearest`, of ratios within the grid and more than one bit."""

    def start(self, weight: Tensor) -> Tensor:
        """Step to begin with, of weights [outputs, ...]: one for each output.

        2 * mean|w| / sqrt(top), as Esser et al. begin; for one bit mean|w|, the best in the sense
        of least squares.
        """
        mean = weight.abs().mean(1, keepdim=True)
        return mean if self.bits == 1 else 2 * mean / self.top**0.5

    def snapped(self, step: Tensor) -> Tensor:
        """The step that the grid allows nearest to one above 0."""
        return step


@dataclass(frozen=True)
class Uniform(Grid):
    """Every whole number from -(2^(bits - 1) - 1) to its opposite.

    Two bits are ternary, -1, 0 and 1. One bit is binary, the sign of the weight: -1 or 1, and 1 at
    0.
    """

    name: ClassVar[str] = "uniform"

    @property
    def top(self) -> int:
        """See the base."""
        return max(1, (1 << (self.bits - 1)) - 1)

    def _rounded(self, ratio: Tensor) -> Tensor:
        return ratio.round()


LAST_EXPONENT = 14
"""Largest exponent of a power of two. Potentials have room for no more, and 6 bits and more would
allow it."""


@dataclass(frozen=True)
class PowerOfTwo(Grid):
    """0 and the powers of two, +-2^k for k = 0 to 2^(bits - 1) - 2, at most 14.

    A bit is the sign, the others count 0 and the exponents. With a weight of this kind a product
    is a shift. One bit is the sign alone. The nearest power is that at the least distance.
    """

    name: ClassVar[str] = "power-of-two"

    @property
    def top(self) -> int:
        """See the base."""
        return 1 << min(max(0, (1 << (self.bits - 1)) - 2), LAST_EXPONENT)

    def _rounded(self, ratio: Tensor) -> Tensor:
        size = ratio.abs()
        below = torch.exp2(torch.frexp(size)[1].to(ratio.dtype) - 1)
        power = torch.where(size >= 1.5 * below, 2 * below, below)
        return torch.where(size < 0.5, 0.0, power.clamp(1, self.top)).copysign(ratio)

    def start(self, weight: Tensor) -> Tensor:
        """The largest weight takes the largest power, but small ones keep theirs."""
        if self.bits == 1:
            return super().start(weight)
        mean = weight.abs().mean(1, keepdim=True)
        return torch.maximum(weight.abs().amax(1, keepdim=True) / self.top, mean / 2**6)


@dataclass(frozen=True)
class Loihi(Grid):
    """Mantissas of Loihi's synapses with an exponent for all: the step is a power of two.

    Where weights of both signs meet, a synapse of 9 bits spends one on the sign and its mantissa is
    even: 2 n for the n of `Uniform`. Those of one sign have no need to.

    Args:
        bits: bits of n with its sign, 1 to 8.
        even: whether mantissas are even.

    Reference:
        Davies et al., IEEE Micro 38(1), 2018: weights of 1 to 9 bits, mixable. The exponent
        counts from a unit of the user's, here 1 V.
    """

    name: ClassVar[str] = "loihi"
    even: bool = True

    @property
    def _spacing(self) -> int:
        return 2 if self.even else 1

    @property
    def top(self) -> int:
        """See the base."""
        return self._spacing * max(1, (1 << (self.bits - 1)) - 1)

    def nearest(self, ratio: Tensor) -> Tensor:
        """See the base."""
        if self.bits == 1:
            return self._spacing * super().nearest(ratio)
        return super().nearest(ratio)

    def _rounded(self, ratio: Tensor) -> Tensor:
        return (ratio / self._spacing).round() * self._spacing

    def start(self, weight: Tensor) -> Tensor:
        """See the base; a mantissa of 2 counts as one step."""
        return Uniform(self.bits).start(weight) / self._spacing

    def snapped(self, step: Tensor) -> Tensor:
        """The power of two nearest in its logarithm."""
        return torch.exp2(torch.log2(step).round())


GRIDS: dict[str, type[Grid]] = {kind.name: kind for kind in (Uniform, PowerOfTwo, Loihi)}


def grid_of(name: str, bits: int) -> Grid:
    """The grid of a name.

    Raises:
        SnnError: there is none, or it has no such width.
    """
    if name not in GRIDS:
        raise SnnError(f"grid {name!r} is unknown; use one of {', '.join(GRIDS)}")
    return GRIDS[name](bits)
