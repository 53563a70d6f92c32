"""Run of a network in the arithmetic of its chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.quantized import (
    AnalogPopulation,
    AxonTypePopulation,
    QuantizedGraph,
    QuantizedPopulation,
)
from polychrony.hardware.simulation import (
    Late,
    run_analog,
    run_axon_types,
    run_host,
    run_mantissas,
)
from polychrony.snn.activity import Activity
from polychrony.snn.simulate import check_inputs

Array = npt.NDArray[Any]


def _run(
    quantized: QuantizedGraph, name: str, spikes: Mapping[str, Array], late: Late | None
) -> tuple[Array, Array]:
    population, numbers = quantized.populations[name], quantized.chip.numbers
    if isinstance(population, AnalogPopulation):
        if late is not None:
            raise HardwareError(f"{name}: analog neurons take arrivals in continuous time only")
        return run_analog(quantized, population, spikes)
    if isinstance(population, AxonTypePopulation):
        return run_axon_types(quantized, population, spikes, late)
    if isinstance(population, QuantizedPopulation) and isinstance(numbers, NumberFormat):
        return run_mantissas(quantized, population, numbers, spikes, late)
    raise HardwareError(
        f"{name} is quantized as {type(population).__name__}, which {quantized.chip.name} cannot "
        "run; quantize the network for this chip"
    )


def run_on_chip(
    quantized: QuantizedGraph, inputs: Mapping[str, Array], late: Late | None = None
) -> Activity:
    """Run a quantized network from rest.

    A synapse with delay d acts on its neuron d steps after the spike, as in the software. Digital
    chips compute in exact integers, step by step; analog neurons run in continuous time, with the
    spikes of a step at its beginning, and each of their spikes counts for the step it falls in.
    Without `late`, all spikes arrive in their step.

    Args:
        quantized: the network as the chip holds it.
        inputs: spike counts of each input population, [T, B, N]; a count above 1 is so many events.
        late: spikes that arrive late, on a digital chip.

    Returns:
        Spikes of every spiking population, and the potentials of the readouts, scaled back to V.

    Raises:
        HardwareError: a current or a potential overflows.
        GraphError: the inputs do not fit the graph.
    """
    graph = quantized.graph
    spikes: dict[str, Array] = dict(check_inputs(graph, inputs))
    potentials: dict[str, Array] = {}
    for population in graph.order():
        name = population.name
        if population.kind == "input":
            continue
        if name not in quantized.populations:
            potentials[name] = run_host(graph, name, spikes)
            continue
        v, fired = _run(quantized, name, spikes, late)
        if population.kind == "li":
            potentials[name] = v.astype(np.float32)
        else:
            spikes[name] = fired
    return Activity(graph.dt, spikes, potentials)
