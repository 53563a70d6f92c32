"""Neurons that keep one integer weight per type of axon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.truenorth import integrate_truenorth
from polychrony.hardware.quantized import AxonTypePopulation, QuantizedGraph
from polychrony.hardware.simulation.current import Late, current

Array = npt.NDArray[Any]


def run_axon_types(
    quantized: QuantizedGraph,
    population: AxonTypePopulation,
    spikes: Mapping[str, Array],
    late: Late | None = None,
) -> tuple[Array, npt.NDArray[np.uint8]]:
    """Run one population in exact integers.

    Args:
        quantized: the network.
        population: whom to run.
        spikes: counts of each source, [T, B, N].
        late: those that arrive late; all in time without it.

    Returns:
        Potentials, V, and spikes, [T, B, N] each.

    Raises:
        HardwareError: a potential overflows.
    """
    v, fired = integrate_truenorth(
        current(quantized, population.name, spikes, late) + population.bias,
        threshold=population.threshold,
        leak=population.leak,
        reset=population.reset,
        leak_reversal=True,
        name=population.name,
    )
    return v / population.scale, fired
