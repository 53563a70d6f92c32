"""Lanes: what one delivery of a spike serves, the synapses of one neuron on one axon of a core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping import Mapping
from polychrony.hardware.mapping.axons import axon_of, present
from polychrony.hardware.mapping.fan_out import homes
from polychrony.hardware.noc.routes import Route
from polychrony.snn.kernels.events import row_pointers

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lanes of one population, in the order of neuron, core and axon.

    Args:
        ptr: first lane of each edge of the route, [E + 1].
        edge: edge of each lane, [L].
        neuron: neuron that sends, [L].
        core: core that takes it in, [L].
    """

    ptr: IntArray
    edge: IntArray
    neuron: IntArray
    core: IntArray

    def __len__(self) -> int:
        return len(self.edge)


def lanes_of(route: Route) -> Lanes:
    """Lanes of a route.

    Args:
        route: edges of a population.
    """
    edge = np.repeat(np.arange(len(route.core)), route.deliveries)
    ptr = np.concatenate([[0], np.cumsum(route.deliveries)])
    return Lanes(ptr, edge, route.neuron[edge], route.core[edge])


class SynapsesByLane(NamedTuple):
    """Synapses of a projection, sorted by the lane over which they hear their source.

    Args:
        lane: lanes that they use, ascending, [U].
        row_ptr: first synapse of each, [U + 1].
        order: the synapses, [S'].
        rest: synapses on no lane.
    """

    lane: IntArray
    row_ptr: IntArray
    order: IntArray
    rest: IntArray


def by_lane(lane: IntArray) -> SynapsesByLane:
    """Sort the synapses of a projection by their lanes.

    Args:
        lane: lane of each synapse, [S]; -1 for none.
    """
    there = np.flatnonzero(lane >= 0)
    used, local = np.unique(lane[there], return_inverse=True)
    order = np.argsort(local, kind="stable")
    rows = row_pointers(local[order], len(used))
    return SynapsesByLane(used, rows, there[order], np.flatnonzero(lane < 0))


def lanes_of_synapses(mapping: Mapping, source: str) -> dict[int, IntArray]:
    """Lane over which each synapse of a population hears it.

    Args:
        mapping: the network on its chip.
        source: name of the population that spikes.

    Returns:
        [S] by the number of the projection; -1 for a synapse that the chip does not hold, or whose
        target runs on the host.
    """
    graph, held = mapping.graph, homes(mapping.graph, mapping.slices)
    parts = []
    for index, p in enumerate(graph.projections):
        if p.source != source or p.target not in held:
            continue
        kept = np.flatnonzero(
            present(index, mapping.types, p.n_synapses) & (held[p.target][p.post] >= 0)
        )
        axon = axon_of(p, index, mapping.chip, mapping.types)[kept]
        parts.append((index, kept, p.pre[kept], held[p.target][p.post[kept]], axon))
    if not parts:
        return {}
    pre, core, axon = (np.concatenate([part[k] for part in parts]) for k in (2, 3, 4))
    order = np.lexsort((axon, core, pre))
    new = np.ones(len(order), bool)
    new[1:] = np.any([np.diff(x[order]) != 0 for x in (pre, core, axon)], axis=0)
    lane = np.empty(len(order), np.int64)
    lane[order] = np.cumsum(new) - 1
    found, start = {}, 0
    for index, kept, *_ in parts:
        found[index] = np.full(graph.projections[index].n_synapses, -1)
        found[index][kept] = lane[start : start + len(kept)]
        start += len(kept)
    return found
