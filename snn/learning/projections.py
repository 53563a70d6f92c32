"""Fixed matrices between neurons and classes; they never learn and need no room in checkpoints."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError


class Projection(ABC):
    """A fixed matrix for each layer, the same whenever it is made."""

    @abstractmethod
    def matrix(self, layer: int, n_classes: int, n_features: int) -> Tensor:
        """[C, D] in float64.

        Args:
            layer: number of the block, from 0.
            n_classes: C.
            n_features: D.
        """


@dataclass(frozen=True)
class SquareWave(Projection):
    """B[c, j] = sign(sin(f_c * j)) / D^power, j = 0 .. D - 1 in radians; the same for every layer.

    f_c are C frequencies from `low` to `high` at equal distances. Column 0 is 0. Rows are nearly
    orthogonal for as many classes as features suffice for. The sine is taken in float64: in single
    precision some signs differ from machine to machine.

    With power 1, B f(s) is at most 1 and mostly near 0: a layer of some hundred neurons cannot
    bring its softmax near a target, and its signal hardly depends on what it has learned. With
    power 1/2, rows have length 1, and the signal fades as a layer learns.

    Args:
        low: first frequency.
        high: last frequency.
        power: of D, in [0, 1].

    Raises:
        SnnError: power is out of its range.

    Reference:
        Apolinario and Roy, TESS (arXiv 2502.01837) gives the square waves, its published code the
        frequencies and the factor 1 / D.
    """

    low: float = 50.0
    high: float = 512.0
    power: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.power <= 1:
            raise SnnError(f"SquareWave: power is {self.power}; it must lie in [0, 1]")

    def matrix(self, layer: int, n_classes: int, n_features: int) -> Tensor:
        """See the base."""
        frequencies = torch.linspace(self.low, self.high, n_classes, dtype=torch.float64)
        places = torch.arange(n_features, dtype=torch.float64)
        waves = torch.sign(torch.sin(torch.outer(frequencies, places)))
        return waves / math.pow(n_features, self.power)


@dataclass(frozen=True)
class RandomUniform(Projection):
    """Entries drawn uniformly from +-gain * sqrt(6 / D), another matrix for every layer.

    Args:
        seed: of the draw; with it, the layer and the shape, the matrix is the same everywhere.
        gain: factor, above 0.
    """

    seed: int = 0
    gain: float = 1.0

    def __post_init__(self) -> None:
        if not self.gain > 0:
            raise SnnError(f"RandomUniform: gain is {self.gain}; it must be above 0")

    def matrix(self, layer: int, n_classes: int, n_features: int) -> Tensor:
        """See the base."""
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + layer) % 2**63)
        drawn = torch.rand((n_classes, n_features), generator=generator, dtype=torch.float64)
        return (2 * drawn - 1) * self.gain * math.sqrt(6 / n_features)
