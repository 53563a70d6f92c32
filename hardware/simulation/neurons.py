"""Neurons of a population in the arithmetic of its chip, which go on window after window."""

from __future__ import annotations

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.quantized import (
    AnalogPopulation,
    AxonTypePopulation,
    QuantizedGraph,
    QuantizedPopulation,
)
from polychrony.hardware.simulation.analog import AnalogNeurons
from polychrony.hardware.simulation.axon_types import AxonTypeNeurons
from polychrony.hardware.simulation.mantissas import MantissaNeurons

ChipNeurons = MantissaNeurons | AxonTypeNeurons | AnalogNeurons


def neurons_of(quantized: QuantizedGraph, name: str, n_steps: int, n_samples: int) -> ChipNeurons:
    """Neurons at rest.

    Args:
        quantized: the network as the chip holds it.
        name: the population.
        n_steps: steps of the run.
        n_samples: samples at once.

    Raises:
        HardwareError: the chip cannot run numbers of this kind.
    """
    population, numbers = quantized.populations[name], quantized.chip.numbers
    if isinstance(population, AnalogPopulation):
        return AnalogNeurons(population, quantized.graph.dt, n_steps, n_samples)
    if isinstance(population, AxonTypePopulation):
        return AxonTypeNeurons(population, n_samples)
    if isinstance(population, QuantizedPopulation) and isinstance(numbers, NumberFormat):
        return MantissaNeurons(population, numbers, n_samples)
    raise HardwareError(
        f"{name} is quantized as {type(population).__name__}, which {quantized.chip.name} cannot "
        "run; quantize the network for this chip"
    )
