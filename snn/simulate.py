"""Software-only run of a network graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from polychrony.snn import kernels
from polychrony.snn.activity import Activity
from polychrony.snn.errors import GraphError
from polychrony.snn.feeds import Late, real_rows, sum_known
from polychrony.snn.fixed_point import DECAY_BITS, FixedPointLI, FixedPointLIF
from polychrony.snn.graph import NetworkGraph, Population
from polychrony.snn.li import LIState
from polychrony.snn.lif import LIFState
from polychrony.snn.loops import run_loop
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


class _Neurons:
    """Neurons of a population, whose state goes on from one call to the next."""

    def __init__(self, population: Population, n_samples: int) -> None:
        self.population = population
        self._fixed = None if population.resolution is None else _fixed(population)
        wide = torch.float32 if self._fixed is None else torch.float64
        self._v = torch.zeros(n_samples, population.size, dtype=wide)
        self._decay = torch.tensor(population.decay)
        self._threshold = torch.tensor(population.v_threshold)

    @property
    def potential(self) -> Array:
        """Potential after the last step, V or units, [B, N]."""
        return self._v.numpy()

    def __call__(self, total: Array, first: int = 0) -> Array:
        """Spikes, or the potentials of a readout, [W, B, N]."""
        if self._fixed is not None:
            return self._count(self._fixed, total)
        current = np.empty(total.shape, np.float32)
        np.add(total, self.population.bias, out=current, casting="same_kind")
        x = torch.from_numpy(current)
        if self.population.kind == "li":
            trace, self._v = kernels.li(x, self._v, self._decay)
            return trace.numpy()
        reset = self.population.v_reset
        spikes, self._v = kernels.lif(x, self._v, self._decay, self._threshold, reset, ATan(), True)
        return spikes.to(torch.uint8).numpy()

    def _count(self, cells: FixedPointLIF | FixedPointLI, total: Array) -> Array:
        """The same in whole numbers."""
        x = torch.from_numpy(total + self.population.bias.astype(np.float64))
        if isinstance(cells, FixedPointLI):
            trace, state = cells.forward_with_state(x, LIState(self._v))
            self._v = state.v
            return trace.float().numpy()
        spikes, after = cells.forward_with_state(x, LIFState(self._v))
        self._v = after.v
        return spikes.to(torch.uint8).numpy()


def _fixed(population: Population) -> FixedPointLIF | FixedPointLI:
    """Neurons of a population that counts in whole numbers."""
    resolution = population.resolution
    assert resolution is not None
    unit = torch.tensor(resolution.unit, dtype=torch.float64)
    decay = torch.tensor(population.decay, dtype=torch.float64).mul(2**DECAY_BITS).round()
    if population.kind == "li":
        return FixedPointLI(1.0, decay, unit)
    threshold = (torch.tensor(population.v_threshold, dtype=torch.float64) / unit).round()
    reset = population.v_reset
    back = None if reset is None else (torch.tensor(reset, dtype=torch.float64) / unit).round()
    return FixedPointLIF(
        1.0, decay, threshold.clamp_min(1), unit, resolution.levels, resolution.nearest, back
    )


def simulate(
    graph: NetworkGraph, inputs: Mapping[str, Array] | Array, late: Late | None = None
) -> Activity:
    """Run a graph in software, from rest.

    Currents are summed in float64 and rounded once to float32; potentials are float32. The result
    is the same whatever the batch, and equals that of the discretized torch network. Populations
    that form loops advance together, as many steps at a time as their spikes take to come back.

    Args:
        graph: the network.
        inputs: spike counts [T, B, N] of each input population by name, or one array for a graph
            with one input.
        late: spikes that arrive late; all in time without it.

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
    shape = next(iter(spikes.values())).shape[:2]
    potentials: dict[str, Array] = {}
    projections = real_rows(graph)
    with torch.no_grad():
        for component in graph.components:
            if graph[component.names[0]].kind == "input":
                continue
            neurons = {name: _Neurons(graph[name], shape[1]) for name in component.names}
            sizes = {name: (*shape, graph[name].size) for name in component.names}
            totals = {
                name: sum_known(projections, name, spikes, (size, np.float64), late)
                for name, size in sizes.items()
            }
            if component.window is not None:
                spikes |= run_loop(component, projections, totals, neurons, late)
                continue
            (name,) = component.names
            found = potentials if graph[name].kind == "li" else spikes
            found[name] = neurons[name](totals[name])
    return Activity(graph.dt, spikes, potentials)


def membrane_potentials(graph: NetworkGraph, activity: Activity) -> Iterator[tuple[str, Array]]:
    """Potentials of neurons after each step of a run, worked out from its spikes.

    Args:
        graph: the network.
        activity: what `simulate` gave for it, with all spikes in time.

    Yields:
        Name and potentials, V, [T, B, N], of each population that is no input. They are those after
        the reset; of neurons that count in whole numbers, in units of theirs.

    Raises:
        GraphError: the activity does not belong to the graph.
    """
    activity.check(graph)
    projections = real_rows(graph)
    shape = activity.n_steps, activity.batch_size
    for population in graph:
        name = population.name
        if population.kind == "li":
            yield name, activity.potentials[name]
        elif population.kind == "lif":
            size = (*shape, population.size)
            total = sum_known(projections, name, activity.spikes, (size, np.float64))
            neurons, found = _Neurons(population, shape[1]), np.empty(size, np.float32)
            with torch.no_grad():
                for step in range(shape[0]):
                    neurons(total[step : step + 1])
                    found[step] = neurons.potential
            yield name, found
