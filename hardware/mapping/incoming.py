"""Synapses of a population by the neuron that they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.mapping.axons import AxonTypes, axon_of, present
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]

_AXON_BITS = 32  # of a label; the source neuron lies above them


@dataclass(frozen=True, eq=False)
class Incoming:
    """Synapses that end in a population, sorted by the neuron that they reach.

    Args:
        row_ptr: first synapse of each neuron, [N + 1].
        axon: axon of each synapse, numbered from 0 over all that reach the population, [S].
        delay: steps, [S].
        label: of each such axon, the same in every population that it reaches, [A].
    """

    row_ptr: IntArray
    axon: IntArray
    delay: IntArray
    label: IntArray


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
    sizes = [population.size for population in graph]
    first = dict(zip((p.name for p in graph), np.cumsum([0, *sizes]), strict=False))
    for index, projection in enumerate(graph.projections):
        if projection.target != name:
            continue
        kept = present(index, types, projection.n_synapses)
        post.append(projection.post[kept].astype(np.int64))
        delay.append(projection.delay[kept].astype(np.int64))
        source.append(projection.pre[kept] + first[projection.source])
        axon.append(axon_of(projection, index, chip, types)[kept])
    ends = np.concatenate(post)
    order = np.argsort(ends, kind="stable")
    labels = (np.concatenate(source) << _AXON_BITS | np.concatenate(axon))[order]
    distinct, number = np.unique(labels, return_inverse=True)
    return Incoming(
        np.searchsorted(ends[order], np.arange(graph[name].size + 1)).astype(np.int64),
        number.astype(np.int64),
        np.concatenate(delay)[order],
        distinct,
    )
