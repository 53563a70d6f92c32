"""Neurons whose weights are mantissas with an exponent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import integrate
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.quantized import QuantizedGraph, QuantizedPopulation
from polychrony.hardware.simulation.current import Late, current

Array = npt.NDArray[Any]


def run_mantissas(
    quantized: QuantizedGraph,
    population: QuantizedPopulation,
    numbers: NumberFormat,
    spikes: Mapping[str, Array],
    late: Late | None = None,
) -> tuple[Array, npt.NDArray[np.uint8]]:
    """Run one population in exact integers.

    Args:
        quantized: the network.
        population: whom to run.
        numbers: integers of the chip.
        spikes: counts of each source, [T, B, N].
        late: those that arrive late; all in time without it.

    Returns:
        Potentials, V, and spikes, [T, B, N] each.

    Raises:
        HardwareError: a current or a potential overflows.
    """
    v, fired = integrate(
        current(quantized, population.name, spikes, late),
        decay_u=np.full(len(population.bias), numbers.decay_one),
        decay_v=population.decay_v,
        threshold=population.threshold_units(numbers),
        bias=population.bias,
        name=population.name,
        numbers=numbers,
    )
    return v / population.scale, fired
