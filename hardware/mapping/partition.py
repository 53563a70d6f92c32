"""Cut populations into slices that each fit on one core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError, HardwareError
from polychrony.hardware.limits import check
from polychrony.hardware.mapping.fan_out import fan_out
from polychrony.hardware.violation import Violation
from polychrony.snn.graph import NetworkGraph, Population

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CoreSlice:
    """Consecutive neurons of one population on one core, and what they take of it.

    Args:
        population: name of the population.
        start: first neuron.
        stop: one past the last neuron.
        synapses: synapses that end here.
        axons_in: distinct neurons that reach this core.
        axons_out: core-to-core edges that leave it.
        max_delay: longest delay of its synapses, steps.
    """

    population: str
    start: int
    stop: int
    synapses: int
    axons_in: int
    axons_out: int
    max_delay: int

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.stop - self.start


@dataclass(frozen=True)
class _Incoming:
    """Synapses of a population, sorted by the neuron that they reach."""

    row_ptr: IntArray
    source: IntArray
    delay: IntArray
    n_sources: int

    @classmethod
    def of(cls, graph: NetworkGraph, population: Population) -> _Incoming:
        offset, offsets = 0, {}
        for name in dict.fromkeys(p.source for p in graph.incoming(population.name)):
            offsets[name] = offset
            offset += graph[name].size
        projections = graph.incoming(population.name)
        empty = [np.zeros(0, np.int64)]
        post = np.concatenate([p.post for p in projections] or empty)
        source = np.concatenate([p.pre + offsets[p.source] for p in projections] or empty)
        delay = np.concatenate([p.delay for p in projections] or empty)
        order = np.argsort(post, kind="stable")
        row_ptr = np.searchsorted(post[order], np.arange(population.size + 1))
        return cls(row_ptr, source[order].astype(np.int64), delay[order].astype(np.int64), offset)


def _slices(
    population: Population, incoming: _Incoming, edges: IntArray, chip: Chip
) -> list[CoreSlice]:
    """Fill one core after the other, neuron by neuron, under all of its limits at once."""
    done: list[CoreSlice] = []
    start = synapses = axons_in = axons_out = max_delay = 0
    heard = np.zeros(incoming.n_sources, bool)
    for neuron in range(population.size):
        row = slice(incoming.row_ptr[neuron], incoming.row_ptr[neuron + 1])
        source, delay = incoming.source[row], int(incoming.delay[row].max(initial=0))
        new = len(np.unique(source[~heard[source]]))
        fits = (
            neuron - start < chip.neurons_with_delay(max(max_delay, delay))
            and (synapses + len(source)) * chip.synapse_bits <= chip.synaptic_memory_bits
            and axons_in + new <= chip.axons_in_per_core
            and axons_out + edges[neuron] <= chip.axons_out_per_core
        )
        if not fits:
            if neuron == start:
                raise HardwareError(
                    f"{population.name}: neuron {neuron} alone exceeds one core of {chip.name} "
                    f"({len(source)} synapses, {new} axons in, {edges[neuron]} axons out); prune "
                    "its synapses"
                )
            taken = (synapses, axons_in, axons_out, max_delay)
            done.append(CoreSlice(population.name, start, neuron, *taken))
            start, synapses, axons_in, axons_out, max_delay = neuron, 0, 0, 0, 0
            heard[:] = False
            new = len(np.unique(source))
        heard[source] = True
        axons_in += new
        synapses += len(source)
        axons_out += int(edges[neuron])
        max_delay = max(max_delay, delay)
    taken = (synapses, axons_in, axons_out, max_delay)
    return [*done, CoreSlice(population.name, start, population.size, *taken)]


def partition(graph: NetworkGraph, chip: Chip) -> tuple[CoreSlice, ...]:
    """Cut a network into slices, one per core.

    A core holds neighbouring neurons of one population, as many as its compartments, distribution
    lists, core-to-core edges and synaptic memory allow together. A synapse takes the bits of its
    weight, its delay and the index of its neuron (derived; the chip's packed formats are not
    published in full).

    Args:
        graph: the network.
        chip: the chip.

    Returns:
        Slices, in the order in which spikes flow.

    Raises:
        ChipLimitError: the network exceeds a limit, or needs more cores than there are.
    """
    check(graph, chip)
    slices: list[CoreSlice] = []
    # Backwards, since the edges that leave a core depend on how its targets are cut.
    for population in reversed(graph.order()):
        if population.kind == "input":
            continue
        edges = (fan_out(graph, population.name, slices) > 0).sum(axis=1)
        incoming = _Incoming.of(graph, population)
        slices = _slices(population, incoming, edges, chip) + slices
    if len(slices) > chip.n_cores:
        counts = {p.name: sum(s.population == p.name for s in slices) for p in graph}
        most = max(counts, key=lambda name: counts[name])
        raise ChipLimitError(
            (
                Violation(
                    "network",
                    "number of cores",
                    f"{len(slices)} (most for {most!r}: {counts[most]})",
                    f"{chip.n_cores} on one {chip.name}",
                    "use smaller layers, fewer synapses or shorter delays",
                ),
            )
        )
    return tuple(slices)
