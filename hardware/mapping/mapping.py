"""A network laid out on a chip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.axons import AxonTypes
from polychrony.hardware.mapping.fan_out import FanOut, fan_out, homes
from polychrony.hardware.mapping.partition import copies_needed, partition, tile_groups
from polychrony.hardware.mapping.placement import PlacementProblem, PlacementResult
from polychrony.hardware.mapping.placement import place as place_cores
from polychrony.hardware.mapping.slices import CoreSlice, Usage
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Placement = Callable[[NetworkGraph, Sequence[CoreSlice], Chip], IntArray]
"""A rule that gives every slice a tile; at most `chip.cores_per_tile` slices may share one."""


def count_cores(slices: Sequence[CoreSlice]) -> int:
    """Number of cores that hold something."""
    return 1 + max((part.core for part in slices), default=-1)


@dataclass(frozen=True, eq=False)
class Mapping:
    """Slices of a network and the tile of each.

    Inputs take no core: their spikes enter from the host at `chip.io_tile`.

    Args:
        graph: the network.
        chip: the chip.
        slices: what the cores hold, in the order in which spikes flow.
        tile: tile of each core in use, [C].
        types: type of each synapse's axon per projection of the graph, or None.
        placement: how the tiles were chosen, or None.

    Raises:
        HardwareError: a tile is given to more cores than it has.
    """

    graph: NetworkGraph
    chip: Chip
    slices: tuple[CoreSlice, ...]
    tile: IntArray
    types: AxonTypes = None
    placement: PlacementResult | None = None

    def __post_init__(self) -> None:
        if self.tile.shape != (self.n_cores,):
            raise HardwareError(f"{self.n_cores} cores need as many tiles, not {self.tile.shape}")
        self.chip.grid.coordinates(self.tile)
        shared = np.bincount(self.tile, minlength=1)
        if shared.max() > self.chip.cores_per_tile:
            raise HardwareError(
                f"tile {shared.argmax()} is given {shared.max()} cores, but a tile of "
                f"{self.chip.name} has {self.chip.cores_per_tile}"
            )

    @property
    def n_cores(self) -> int:
        """Cores in use."""
        return count_cores(self.slices)

    @cached_property
    def usage(self) -> tuple[Usage, ...]:
        """What is taken of each core."""
        used = [Usage()] * self.n_cores
        for part in self.slices:
            used[part.core] += part.usage
        return tuple(used)

    @property
    def n_tiles(self) -> int:
        """Tiles in use."""
        return len(np.unique(self.tile))

    @property
    def n_chips(self) -> int:
        """Chips in use."""
        column, row = self.chip.grid.coordinates(self.tile)
        mesh = self.chip.mesh
        return len(np.unique(row // mesh.rows * self.chip.chips.columns + column // mesh.columns))

    @cached_property
    def fans(self) -> dict[str, FanOut]:
        """Where the spikes of each population go, for those that reach a core."""
        names = [p.name for p in self.graph if self.graph.outgoing(p.name)]
        return {n: fan_out(self.graph, n, self.slices, self.chip, self.types) for n in names}

    def copies(self, name: str) -> IntArray:
        """Neurons of the chip that each neuron of a population takes, [N]."""
        if name not in self.fans:
            return np.ones(self.graph[name].size, np.int64)
        return copies_needed(self.fans[name], tile_groups(self.slices), self.chip)

    def report(self) -> dict[str, Any]:
        """Resources in use, with the fullest core under each limit as a fraction of the limit."""
        chip, slices, usage = self.chip, self.slices, self.usage
        fractions = {
            "neurons": [u.physical / chip.neurons_with_delay(u.max_delay) for u in usage],
            "axons_in": [u.axons_in / chip.axons_in_per_core for u in usage],
        }
        if chip.axons_out_per_core is not None:
            fractions["axons_out"] = [u.axons_out / chip.axons_out_per_core for u in usage]
        if chip.synapse_bits and chip.synaptic_memory_bits is not None:
            bits = chip.synapse_bits / chip.synaptic_memory_bits
            fractions["synaptic_memory"] = [u.synapses * bits for u in usage]
        names = dict.fromkeys(s.population for s in slices)
        return {
            "cores": self.n_cores,
            "cores_of_chip": chip.n_cores,
            "tiles": self.n_tiles,
            "tiles_of_chip": chip.grid.n_tiles,
            "chips": self.n_chips,
            "neurons": sum(s.n_neurons for s in slices),
            "neurons_with_copies": sum(u.physical for u in usage),
            "cores_per_population": {n: sum(s.population == n for s in slices) for n in names},
            "fullest_core_fraction": {key: max(values) for key, values in fractions.items()},
            "placement": None if self.placement is None else self.placement.to_dict(),
        }


def placement_problem(
    graph: NetworkGraph,
    chip: Chip,
    slices: Sequence[CoreSlice],
    types: AxonTypes = None,
    rates: Table[str, npt.ArrayLike] | None = None,
) -> PlacementProblem:
    """Messages between cores, as a problem of placement.

    Args:
        graph: the network.
        chip: the chip.
        slices: what the cores hold.
        types: type of each synapse's axon per projection.
        rates: spikes per inference of each neuron, by population; 1 where it is not given.

    Returns:
        The problem, with hops priced by the energy of the chip's first profile where it is known.
    """
    n, held = count_cores(slices), homes(graph, slices)
    traffic, host = np.zeros((n, n)), np.zeros(n)
    for population in graph:
        if not graph.outgoing(population.name):
            continue
        fans = fan_out(graph, population.name, slices, chip, types)
        rate = np.ones(population.size)
        if rates is not None and population.name in rates:
            rate = np.asarray(rates[population.name], np.float64)
        weight = fans.messages * rate[fans.neuron]
        if population.kind == "input":
            host += np.bincount(fans.core, weight, minlength=n)
            continue
        np.add.at(traffic, (held[population.name][fans.neuron], fans.core), weight)
    groups = tile_groups(slices) if chip.destinations_per_neuron and chip.router.multicast else None
    return PlacementProblem(traffic, host, chip.grid, chip.cores_per_tile, chip.io_tile, groups)


def map_network(
    graph: NetworkGraph,
    chip: Chip,
    place: str | Placement = "annealing",
    *,
    types: AxonTypes = None,
    relays: Sequence[str] = (),
    shared: Sequence[str] = (),
    rates: Table[str, npt.ArrayLike] | None = None,
    seed: int = 0,
) -> Mapping:
    """Cut a network into cores and give each a tile.

    Args:
        graph: the network.
        chip: the chip.
        place: way of placing, one of `placement.METHODS`, or a rule that chooses the tiles.
        types: type of each synapse's axon per projection, as quantization chose it.
        relays: populations whose neurons delay spikes themselves.
        shared: populations that may share cores with each other.
        rates: spikes per inference of each neuron, by population; 1 where it is not given.
        seed: seed of the placement.

    Returns:
        The layout.

    Raises:
        HardwareError: the network does not fit on the chip, or no method has that name.
    """
    slices = partition(graph, chip, types, relays=relays, shared=shared)
    if not slices:
        raise HardwareError("the network has inputs only; nothing of it runs on the chip")
    if callable(place):
        return Mapping(graph, chip, slices, np.asarray(place(graph, slices, chip)), types)
    problem = placement_problem(graph, chip, slices, types, rates)
    result = place_cores(problem, place, seed=seed)
    return Mapping(graph, chip, slices, result.tile, types, result)
