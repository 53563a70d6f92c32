"""Which cores each neuron reaches, with how many messages and synapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.mapping.axons import AxonTypes, axon_of, present
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


class Part(Protocol):
    """Consecutive neurons of one population."""

    @property
    def population(self) -> str:
        """Name of the population."""

    @property
    def start(self) -> int:
        """First neuron."""

    @property
    def stop(self) -> int:
        """One past the last neuron."""

    @property
    def core(self) -> int:
        """Core that holds them."""


@dataclass(frozen=True, eq=False)
class FanOut:
    """Where the spikes of one population go: an edge for each neuron and core that it reaches.

    Args:
        row_ptr: first edge of each neuron, [N + 1].
        core: core reached, ascending within a neuron, [E].
        messages: axons of the core that a spike of the neuron activates, [E].
        synapses: synapses of the neuron in that core, [E].
    """

    row_ptr: IntArray
    core: IntArray
    messages: IntArray
    synapses: IntArray

    @property
    def neuron(self) -> IntArray:
        """Neuron of each edge, [E]."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))

    def dense(self, n_cores: int) -> IntArray:
        """Synapses from each neuron to each core, [N, n_cores]."""
        table = np.zeros((len(self.row_ptr) - 1, n_cores), np.int64)
        table[self.neuron, self.core] = self.synapses
        return table


def fan_out(
    graph: NetworkGraph,
    source: str,
    parts: Sequence[Part],
    chip: Chip,
    types: AxonTypes = None,
) -> FanOut:
    """Edges from each neuron of a population to the cores that hold parts of the network.

    Args:
        graph: the network.
        source: name of the population that spikes.
        parts: what the cores hold.
        chip: the chip, which says what needs an axon of its own.
        types: type of each synapse's axon per projection of the graph; -1 is no synapse.

    Returns:
        The edges, sorted by neuron and core.
    """
    held = homes(graph, parts)
    pre, core, axon = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for index, projection in enumerate(graph.projections):
        if projection.source != source or projection.target not in held:
            continue
        kept = present(index, types, projection.n_synapses)
        home = held[projection.target][projection.post[kept]]
        there = home >= 0
        pre.append(projection.pre[kept][there].astype(np.int64))
        core.append(home[there])
        axon.append(axon_of(projection, index, chip, types)[kept][there])
    return _edges(
        np.concatenate(pre), np.concatenate(core), np.concatenate(axon), graph[source].size
    )


def homes(graph: NetworkGraph, parts: Sequence[Part]) -> dict[str, IntArray]:
    """Core of each neuron of each population that runs on the chip; -1 where it is not given.

    Args:
        graph: the network.
        parts: what the cores hold.

    Returns:
        [N] by population.
    """
    found: dict[str, IntArray] = {}
    for part in parts:
        home = found.setdefault(part.population, np.full(graph[part.population].size, -1, np.int64))
        home[part.start : part.stop] = part.core
    return found


def _edges(pre: IntArray, core: IntArray, axon: IntArray, size: int) -> FanOut:
    order = np.lexsort((axon, core, pre))
    pre, core, axon = pre[order], core[order], axon[order]
    edge = np.ones(len(pre), bool)
    edge[1:] = (np.diff(pre) != 0) | (np.diff(core) != 0)
    message = edge.copy()
    message[1:] |= np.diff(axon) != 0
    first = np.flatnonzero(edge)
    synapses = np.diff(np.append(first, len(pre)))
    messages = np.add.reduceat(message.astype(np.int64), first) if len(first) else first
    row_ptr = np.searchsorted(pre[first], np.arange(size + 1))
    return FanOut(row_ptr.astype(np.int64), core[first], messages, synapses.astype(np.int64))
