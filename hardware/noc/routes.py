"""Where the messages of each neuron go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping import Mapping
from polychrony.hardware.mapping.fan_out import fan_out

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Origin:
    """Consecutive neurons of one population that send from the same tile.

    Args:
        population: name of the population.
        start: first neuron.
        stop: one past the last neuron.
        core: core that they run on, or the number of cores for the host's spikes.
        synapses: synapses from each neuron to each core, [N, C].
        east_west: hops to each core, [C].
        north_south: hops to each core, [C].
    """

    population: str
    start: int
    stop: int
    core: int
    synapses: IntArray
    east_west: IntArray
    north_south: IntArray

    @cached_property
    def reached(self) -> npt.NDArray[np.bool_]:
        """Whether a neuron sends messages to a core, [N, C]."""
        return self.synapses > 0

    @property
    def local(self) -> npt.NDArray[np.bool_]:
        """Whether a core lies in the same tile, [C]."""
        return np.asarray((self.east_west + self.north_south) == 0)


@dataclass(frozen=True, eq=False)
class Routes:
    """Routes of all messages of a mapped network: one message per spike and core reached.

    Args:
        mapping: the network on its chip.
    """

    mapping: Mapping

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """Every group of neurons that sends, host included."""
        mapping, chip = self.mapping, self.mapping.chip
        host = mapping.n_cores
        groups = [(p.name, 0, p.size, host, chip.io_tile) for p in mapping.graph.inputs]
        for core, (part, tile) in enumerate(zip(mapping.slices, mapping.tile, strict=True)):
            groups.append((part.population, part.start, part.stop, core, int(tile)))
        tables: dict[str, IntArray] = {}
        origins = []
        for name, start, stop, core, tile in groups:
            if not mapping.graph.outgoing(name):
                continue
            if name not in tables:
                tables[name] = fan_out(mapping.graph, name, mapping.slices)
            hops = chip.mesh.hops(tile, mapping.tile)
            origins.append(Origin(name, start, stop, core, tables[name][start:stop], *hops))
        return tuple(origins)
