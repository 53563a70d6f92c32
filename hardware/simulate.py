"""Run of a network in the arithmetic of its chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.quantized import QuantizedGraph
from polychrony.hardware.simulation import current, neurons_of, run_host
from polychrony.snn.activity import Activity
from polychrony.snn.components import Component
from polychrony.snn.feeds import Late
from polychrony.snn.loops import Neurons, run_loop
from polychrony.snn.simulate import check_inputs

Array = npt.NDArray[Any]


def _loop(
    quantized: QuantizedGraph, component: Component, spikes: Mapping[str, Array], late: Late | None
) -> dict[str, Array]:
    """Spikes of populations that hear each other."""

    def spiking(name: str) -> Neurons:
        neurons = neurons_of(quantized, name, *shape)
        return lambda total, first: neurons(total, first)[1]

    shape = next(iter(spikes.values())).shape[:2]
    totals = {name: current(quantized, name, spikes, late) for name in component.names}
    neurons = {name: spiking(name) for name in component.names}
    return run_loop(component, quantized.projections, totals, neurons, late)


def run_on_chip(
    quantized: QuantizedGraph, inputs: Mapping[str, Array], late: Late | None = None
) -> Activity:
    """Run a quantized network from rest.

    A synapse with delay d acts on its neuron d steps after the spike, as in the software. Digital
    chips compute in exact integers, step by step; analog neurons run in continuous time, with the
    spikes of a step at its beginning, and each of their spikes counts for the step it falls in.
    Populations that form loops advance together, as many steps at a time as their spikes take to
    come back. Without `late`, all spikes arrive in their step.

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
    shape = next(iter(spikes.values())).shape[:2]
    for component in graph.components:
        if component.window is not None:
            spikes |= _loop(quantized, component, spikes, late)
            continue
        (name,) = component.names
        kind = graph[name].kind
        if kind == "input":
            continue
        if name not in quantized.populations:
            potentials[name] = run_host(graph, name, spikes)
            continue
        total = current(quantized, name, spikes, late)
        v, fired = neurons_of(quantized, name, *shape)(total)
        if kind == "li":
            assert v is not None
            potentials[name] = v.astype(np.float32)
        else:
            spikes[name] = fired
    return Activity(graph.dt, spikes, potentials)
