"""Analog neurons in continuous time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.quantized import AnalogPopulation, QuantizedGraph

Array = npt.NDArray[Any]


def run_analog(
    quantized: QuantizedGraph, population: AnalogPopulation, spikes: Mapping[str, Array]
) -> tuple[Array, npt.NDArray[np.uint8]]:
    """Run one population, event by event.

    Args:
        quantized: the network.
        population: whom to run.
        spikes: counts of each source, [T, B, N].

    Returns:
        Potentials at the end of each step, V, and spikes, [T, B, N] each.
    """
    raise NotImplementedError
