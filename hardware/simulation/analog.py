"""Analog neurons in continuous time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.dynapse import membranes
from polychrony.hardware.arithmetic.dynapse_steps import StepState, advance_steps
from polychrony.hardware.quantized import AnalogPopulation

Array = npt.NDArray[Any]


class AnalogNeurons:
    """Neurons of one population, whose state goes on from one call to the next.

    Args:
        population: whose they are.
        dt: step, s.
        n_steps: steps of the run.
        n_samples: samples at once.
    """

    def __init__(
        self, population: AnalogPopulation, dt: float, n_steps: int, n_samples: int
    ) -> None:
        self.name, self.dt, self.n_steps = population.name, dt, n_steps
        self._membranes = membranes(
            len(population.tau),
            tau=population.tau,
            v_inf=population.v_inf,
            threshold=population.threshold,
            refractory=population.refractory,
            duration=n_steps * dt,
            name=population.name,
        )
        self._state = StepState.at_start(self._membranes, n_samples)

    def __call__(
        self, total: npt.NDArray[np.float64], first: int = 0
    ) -> tuple[Array, npt.NDArray[np.uint8]]:
        """Go on for some steps.

        Args:
            total: what arrives at the beginning of each, V, [W, B, N].
            first: step of the first row.

        Returns:
            Potentials at the end of each step, V, and spikes, [W, B, N] each.
        """
        return advance_steps(
            total, self._membranes, self.dt, self._state, first, self.n_steps, self.name
        )
