"""Neurons that keep one integer weight per type of axon."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.truenorth import integrate_truenorth
from polychrony.hardware.quantized import AxonTypePopulation

Array = npt.NDArray[Any]


class AxonTypeNeurons:
    """Neurons of one population, whose state goes on from one call to the next.

    Args:
        population: whose they are.
        n_samples: samples at once.
    """

    def __init__(self, population: AxonTypePopulation, n_samples: int) -> None:
        self.population = population
        self._v = np.zeros((n_samples, len(population.bias)), np.int64)

    def __call__(
        self, total: npt.NDArray[np.int64], first: int = 0
    ) -> tuple[Array, npt.NDArray[np.uint8]]:
        """Go on for some steps.

        Args:
            total: what arrives in each, units, [W, B, N].
            first: step of the first row.

        Returns:
            Potentials, V, and spikes, [W, B, N] each.

        Raises:
            HardwareError: a potential overflows.
        """
        own = self.population
        v, fired = integrate_truenorth(
            total + own.bias,
            threshold=own.threshold,
            leak=own.leak,
            reset=own.reset,
            leak_reversal=True,
            name=own.name,
            state=self._v,
            first=first,
        )
        return v / own.scale, fired
