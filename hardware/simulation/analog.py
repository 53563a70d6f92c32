"""Analog neurons in continuous time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.dynapse_steps import integrate_steps
from polychrony.hardware.quantized import AnalogPopulation, QuantizedGraph
from polychrony.hardware.simulation.together import together

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
    feed = together(quantized, population.name, spikes)
    trace = integrate_steps(
        *feed,
        n=len(population.tau),
        dt=quantized.graph.dt,
        tau=population.tau,
        v_inf=population.v_inf,
        threshold=population.threshold,
        refractory=population.refractory,
        name=population.name,
    )
    return trace.v, trace.spikes
