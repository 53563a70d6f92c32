"""Software-only run of a network graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from polychrony.snn import kernels
from polychrony.snn.activity import Activity
from polychrony.snn.errors import GraphError
from polychrony.snn.graph import NetworkGraph, Population
from polychrony.snn.kernels.events import row_pointers, scatter_events
from polychrony.snn.surrogate import ATan

Array = npt.NDArray[Any]


def check_inputs(graph: NetworkGraph, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Input spike counts as contiguous uint8 arrays.

    Args:
        graph: the network.
        inputs: counts of each input population, [T, B, N], whole numbers from 0 to 255.

    Returns:
        The same counts, uint8.

    Raises:
        GraphError: a population is missing or unknown, or its array is not what it must be.
    """
    wanted = {population.name: population.size for population in graph.inputs}
    if set(inputs) != set(wanted):
        raise GraphError(f"inputs are given for {sorted(inputs)}, the graph needs {sorted(wanted)}")
    checked = {}
    for name, size in wanted.items():
        array = np.asarray(inputs[name])
        if array.ndim != 3 or array.shape[2] != size:
            raise GraphError(f"input {name!r} has shape {array.shape}, expected [T, B, {size}]")
        counts = array.astype(np.uint8)
        if not np.array_equal(counts, array):
            raise GraphError(f"input {name!r} must hold whole spike counts from 0 to 255")
        checked[name] = np.ascontiguousarray(counts)
    return checked


def _current(
    graph: NetworkGraph, population: Population, spikes: Mapping[str, Array]
) -> npt.NDArray[np.float32]:
    n_steps, n_samples = next(iter(spikes.values())).shape[:2]
    total = np.zeros((n_steps, n_samples, population.size))
    for projection in graph.incoming(population.name):
        scatter_events(
            spikes[projection.source],
            row_pointers(projection.pre, graph[projection.source].size),
            projection.post,
            projection.delay,
            projection.weight.astype(np.float64),
            population.size,
            out=total,
        )
    total += population.bias
    return total.astype(np.float32)


def _run(population: Population, current: npt.NDArray[np.float32]) -> Array:
    x, decay = torch.from_numpy(current), torch.tensor(population.decay)
    rest = torch.zeros(x.shape[1:])
    if population.kind == "li":
        return kernels.li(x, rest, decay)[0].numpy()
    threshold = torch.tensor(population.v_threshold)
    spikes, _ = kernels.lif(x, rest, decay, threshold, population.v_reset, ATan(), True)
    return spikes.to(torch.uint8).numpy()


def simulate(graph: NetworkGraph, inputs: Mapping[str, Array] | Array) -> Activity:
    """Run a graph in software, from rest.

    Currents are summed in float64 and rounded once to float32; potentials are float32. The result
    is the same whatever the batch, and equals that of the discretized torch network.

    Args:
        graph: the network.
        inputs: spike counts [T, B, N] of each input population by name, or one array for a graph
            with one input.

    Returns:
        Spikes of every spiking population, and potentials of the readouts.

    Raises:
        GraphError: the inputs do not fit the graph.
    """
    if not isinstance(inputs, Mapping):
        if len(graph.inputs) != 1:
            raise GraphError(f"the graph has {len(graph.inputs)} inputs; give them by name")
        inputs = {graph.inputs[0].name: inputs}
    spikes: dict[str, Array] = dict(check_inputs(graph, inputs))
    potentials: dict[str, Array] = {}
    with torch.no_grad():
        for population in graph.order():
            if population.kind == "input":
                continue
            result = _run(population, _current(graph, population, spikes))
            (potentials if population.kind == "li" else spikes)[population.name] = result
    return Activity(graph.dt, spikes, potentials)
