"""Which parts of the network each neuron reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

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


def fan_out(graph: NetworkGraph, source: str, parts: Sequence[Part]) -> IntArray:
    """Synapses from each neuron of a population to each part of the network.

    Args:
        graph: the network.
        source: name of the population that spikes.
        parts: where synapses may end.

    Returns:
        Number of synapses, [N, len(parts)].
    """
    size = graph[source].size
    count = np.zeros((size, len(parts)), np.int64)
    for projection in graph.outgoing(source):
        for column, part in enumerate(parts):
            if part.population == projection.target:
                inside = (projection.post >= part.start) & (projection.post < part.stop)
                count[:, column] += np.bincount(projection.pre[inside], minlength=size)
    return count
