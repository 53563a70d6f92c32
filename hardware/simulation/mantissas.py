"""Neurons whose weights are mantissas with an exponent."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import LoihiState, integrate
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.quantized import QuantizedPopulation

Array = npt.NDArray[Any]


class MantissaNeurons:
    """Neurons of one population, whose state goes on from one call to the next.

    Args:
        population: whose they are.
        numbers: integers of the chip.
        n_samples: samples at once.
    """

    def __init__(
        self, population: QuantizedPopulation, numbers: NumberFormat, n_samples: int
    ) -> None:
        self.population, self.numbers = population, numbers
        self._state = LoihiState.rest(n_samples, len(population.bias))

    def __call__(
        self, total: npt.NDArray[np.int64], first: int = 0
    ) -> tuple[Array | None, npt.NDArray[np.uint8]]:
        """Go on for some steps.

        Args:
            total: what arrives in each, units, [W, B, N]; overwritten.
            first: step of the first row.

        Returns:
            Potentials, V, of neurons that never fire, else None, and spikes, [W, B, N] each.

        Raises:
            HardwareError: a current or a potential overflows.
        """
        own, numbers = self.population, self.numbers
        v, fired = integrate(
            total,
            decay_u=np.full(len(own.bias), numbers.decay_one),
            decay_v=own.decay_v,
            threshold=own.threshold_units(numbers),
            bias=own.bias,
            name=own.name,
            numbers=numbers,
            state=self._state,
            first=first,
            keep_u=False,
        )
        return v / own.scale if own.threshold is None else None, fired
