"""Synapses of a population by the neuron that they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.mapping.axons import AxonTypes, axon_of, present
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Incoming:
    """Synapses that end in a population, sorted by the neuron that they reach.

    Args:
        row_ptr: first synapse of each neuron, [N + 1].
        axon: axon of each synapse, numbered from 0 over all that reach the population, [S].
        delay: steps, [S].
        n_axons: number of distinct axons.
    """

    row_ptr: IntArray
    axon: IntArray
    delay: IntArray
    n_axons: int


def incoming(graph: NetworkGraph, name: str, chip: Chip, types: AxonTypes = None) -> Incoming:
    """Gather the synapses that end in a population.

    Args:
        graph: the network.
        name: the population.
        chip: the chip, which says what needs an axon of its own.
        types: type of each synapse's axon per projection of the graph; -1 is no synapse.

    Returns:
        The synapses.
    """
    empty = np.zeros(0, np.int64)
    post, delay, source, axon = [empty], [empty], [empty], [empty]
    first: dict[str, int] = {}
    for index, projection in enumerate(graph.projections):
        if projection.target != name:
            continue
        kept = present(index, types, projection.n_synapses)
        start = first.setdefault(projection.source, sum(graph[other].size for other in first))
        post.append(projection.post[kept].astype(np.int64))
        delay.append(projection.delay[kept].astype(np.int64))
        source.append(projection.pre[kept] + np.int64(start))
        axon.append(axon_of(projection, index, chip, types)[kept])
    ends = np.concatenate(post)
    order = np.argsort(ends, kind="stable")
    labels = np.stack([np.concatenate(source), np.concatenate(axon)])[:, order]
    distinct, number = np.unique(labels, axis=1, return_inverse=True)
    return Incoming(
        np.searchsorted(ends[order], np.arange(graph[name].size + 1)).astype(np.int64),
        number.reshape(-1).astype(np.int64),
        np.concatenate(delay)[order],
        distinct.shape[1],
    )
