"""What one spike of each neuron causes between cores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping import Mapping
from polychrony.hardware.mapping.fan_out import homes

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Route:
    """Edges of one population, from each neuron to each core that its spikes reach.

    Args:
        population: name of the population.
        home: core of each neuron, or the number of cores for the host, [N].
        copies: neurons of the chip that each neuron takes, [N].
        row_ptr: first edge of each neuron, [N + 1].
        core: core reached, [E].
        messages: messages that cross the mesh; 0 where one message to the tile serves, [E].
        deliveries: messages that the core takes in, [E].
        synapses: synaptic operations in the core, [E].
        east_west: hops of a message, [E].
        north_south: hops of a message, [E].
    """

    population: str
    home: IntArray
    copies: IntArray
    row_ptr: IntArray
    core: IntArray
    messages: IntArray
    deliveries: IntArray
    synapses: IntArray
    east_west: IntArray
    north_south: IntArray

    @property
    def neuron(self) -> IntArray:
        """Neuron of each edge, [E]."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))

    @property
    def local(self) -> IntArray:
        """1 where an edge stays within its tile, [E]."""
        return np.asarray(self.east_west + self.north_south == 0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Routes:
    """All messages of a mapped network, per spike.

    Args:
        mapping: the network on its chip.
    """

    mapping: Mapping

    @cached_property
    def of(self) -> dict[str, Route]:
        """The route of each population whose spikes reach a core."""
        return {name: self._route(name) for name in self.mapping.fans}

    def _home(self, name: str) -> IntArray:
        host = np.full(self.mapping.graph[name].size, self.mapping.n_cores, np.int64)
        return homes(self.mapping.graph, self.mapping.slices).get(name, host)

    def _route(self, name: str) -> Route:
        mapping, fans, home = self.mapping, self.mapping.fans[name], self._home(name)
        tile = np.append(mapping.tile, mapping.chip.io_tile)
        start, end = tile[home[fans.neuron]], tile[fans.core]
        east_west, north_south = mapping.chip.grid.hops(start, end)
        messages = fans.messages
        if mapping.chip.router.multicast:
            messages = _shared(fans.neuron * mapping.chip.grid.n_tiles + end, messages)
        return Route(
            name,
            home,
            mapping.copies(name),
            fans.row_ptr,
            fans.core,
            messages,
            fans.messages,
            fans.synapses,
            east_west,
            north_south,
        )


def _shared(place: IntArray, messages: IntArray) -> IntArray:
    """Messages when one serves all cores of a tile: the first edge of a place carries them all."""
    _, first, where = np.unique(place, return_index=True, return_inverse=True)
    most = np.zeros(len(first), np.int64)
    np.maximum.at(most, where.reshape(-1), messages)
    carried = np.zeros(len(messages), np.int64)
    carried[first] = most
    return carried
