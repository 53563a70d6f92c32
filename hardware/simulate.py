"""Run of a network in the exact integers of its chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import integrate
from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.activity import Activity
from polychrony.snn.kernels.events import scatter_events
from polychrony.snn.simulate import check_inputs

Array = npt.NDArray[Any]


def _current(quantized: QuantizedGraph, name: str, spikes: Mapping[str, Array]) -> Array:
    n_steps, n_samples = next(iter(spikes.values())).shape[:2]
    total = np.zeros((n_steps, n_samples, quantized.graph[name].size), np.int64)
    for projection in quantized.projections:
        if projection.target == name:
            scatter_events(
                spikes[projection.source],
                projection.row_ptr,
                projection.post,
                projection.delay,
                projection.weight,
                total.shape[2],
                out=total,
            )
    return total


def run_on_chip(quantized: QuantizedGraph, inputs: Mapping[str, Array]) -> Activity:
    """Run a quantized network from rest.

    A synapse with delay d adds its weight to the current of its neuron d steps after the spike, as
    in the software. Steps stretch on the chip until every core is done, so that none is lost.

    Args:
        quantized: the network in integers.
        inputs: spike counts of each input population, [T, B, N]; a count above 1 is so many events.

    Returns:
        Spikes of every spiking population, and the potentials of the readouts, scaled back to V.

    Raises:
        HardwareError: a current or a potential overflows.
        GraphError: the inputs do not fit the graph.
    """
    graph, numbers = quantized.graph, quantized.chip.numbers
    spikes: dict[str, Array] = dict(check_inputs(graph, inputs))
    potentials: dict[str, Array] = {}
    for population in graph.order():
        if population.kind == "input":
            continue
        integers = quantized.populations[population.name]
        v, fired = integrate(
            _current(quantized, population.name, spikes),
            decay_u=np.full(population.size, numbers.decay_one),
            decay_v=integers.decay_v,
            threshold=integers.threshold_units(numbers),
            bias=integers.bias,
            name=population.name,
        )
        if population.kind == "li":
            potentials[population.name] = (v / integers.scale).astype(np.float32)
        else:
            spikes[population.name] = fired
    return Activity(graph.dt, spikes, potentials)
